//! The thread that owns the model: loads it, answers one request after the other, gives the memory back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::hub::ports::{ModelError, ModelState};
use crate::model::HealthLevel;
use crate::runtime::Memory;

use super::engine::{Engine, Limits, Model};
use super::file::ModelFile;
use super::plan::{Plan, Wishes};
use super::queue::{Job, Next, Order};
use super::{Options, Shared, path_of};

/// After a model could not be loaded, requests are refused for so long before it is tried again.
const RETRY: Duration = Duration::from_secs(30);
/// What the hub leaves free of the machine's memory when no limit is configured.
const LEFT_FREE: u64 = 64 << 20;

/// Told how the part is.
pub(super) type Report = Box<dyn Fn(HealthLevel, String) + Send>;

/// Somebody who waits to hear whether the model that he wants can be used.
type Switched = oneshot::Sender<Result<(), ModelError>>;

/// A model that was checked and fits.
struct Checked {
    name: Arc<str>,
    file: Arc<ModelFile>,
    plan: Plan,
}

/// Why a model is let go.
enum Leave {
    Stop,
    /// For another one.
    For(Checked, Switched),
    /// To give back its memory.
    Unload(Option<oneshot::Sender<()>>),
}

pub(super) struct Worker {
    shared: Arc<Shared>,
    report: Report,
    failed: Option<(Instant, ModelError)>,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>, report: Report) -> Self {
        Self { shared, report, failed: None }
    }

    fn options(&self) -> &Options {
        &self.shared.options
    }

    /// Works until the hub stops.
    ///
    /// # Errors
    /// What went so wrong that the thread must start anew.
    pub(super) fn run(mut self) -> Result<(), String> {
        (self.report)(HealthLevel::Ok, String::new());
        let mut wanted = if self.options().load_at_start { self.load_at_start() } else { None };
        loop {
            let (checked, switched) = match wanted.take() {
                Some(wanted) => wanted,
                None => match self.wait()? {
                    Some(wanted) => wanted,
                    None => return Ok(()),
                },
            };
            match self.serve(&checked, switched)? {
                Leave::Stop => return Ok(()),
                Leave::Unload(reply) => {
                    tracing::info!(model = %checked.name, "the language model gave back its memory");
                    self.shared.set_state(ModelState::Unloaded, None);
                    if let Some(reply) = reply {
                        let _ = reply.send(());
                    }
                }
                Leave::For(checked, switched) => wanted = Some((checked, Some(switched))),
            }
        }
    }

    fn load_at_start(&mut self) -> Option<(Checked, Option<Switched>)> {
        let name = self.shared.name()?;
        match self.check(&name, 0) {
            Ok(checked) => Some((checked, None)),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// Waits, with nothing loaded, until a model is needed. `None` when the hub stops.
    fn wait(&mut self) -> Result<Option<(Checked, Option<Switched>)>, String> {
        loop {
            match self.shared.queue.next(None) {
                Next::Stop => return Ok(None),
                Next::Idle => {}
                Next::Order(Order::Unload(reply)) => {
                    let _ = reply.send(());
                }
                Next::Order(Order::Use(name, reply)) => match self.check(&name, 0) {
                    Ok(checked) => return Ok(Some((checked, Some(reply)))),
                    Err(error) => {
                        let _ = reply.send(Err(error));
                    }
                },
                Next::Job(job) => {
                    let ready = self.recently_failed().map_or_else(
                        || {
                            let name = self.shared.name().ok_or_else(|| self.shared.absent())?;
                            self.check(&name, 0)
                        },
                        Err,
                    );
                    match ready {
                        Ok(checked) => {
                            self.shared.queue.put_back(job);
                            return Ok(Some((checked, None)));
                        }
                        Err(error) => {
                            self.shared.count(|totals| totals.failures += 1);
                            let _ = job.reply.send(Err(error.clone()));
                            if self.recently_failed().is_none() {
                                self.fail(error);
                            }
                        }
                    }
                }
            }
        }
    }

    fn recently_failed(&self) -> Option<ModelError> {
        self.failed.as_ref().filter(|(when, _)| when.elapsed() < RETRY).map(|(_, error)| error.clone())
    }

    fn fail(&mut self, error: ModelError) {
        tracing::warn!(%error, "the sentence templates go on alone");
        let message = format!("{error}; the sentence templates go on alone");
        self.shared.set_state(ModelState::Failed(error.to_string()), None);
        (self.report)(HealthLevel::Degraded, message);
        self.failed = Some((Instant::now(), error));
    }

    /// Looks whether a model's file is sound and fits into the memory, `freed` bytes of which will come free.
    fn check(&self, name: &str, freed: u64) -> Result<Checked, ModelError> {
        let unusable = |reason: String| ModelError::Unusable(reason);
        let path = path_of(&self.options().folder, name)?;
        let file = ModelFile::open(&path).map_err(|error| unusable(error.to_string()))?;
        let wishes = self.options().wishes;
        let limit = wishes.limit.or_else(|| free_memory(&Memory::read()).map(|free| free + freed));
        let wishes = Wishes { limit, ..wishes };
        let plan =
            Plan::choose(file.gguf(), &wishes).map_err(|error| unusable(format!("{name}: {error}")))?;
        Ok(Checked { name: name.into(), file: Arc::new(file), plan })
    }

    /// Loads a model and answers with it until there is a reason to let it go.
    fn serve(&mut self, checked: &Checked, switched: Option<Switched>) -> Result<Leave, String> {
        let Checked { name, file, plan } = checked;
        let started = Instant::now();
        self.shared.set_state(ModelState::Loading, Some((&checked.name, plan)));
        let loaded = catch_unwind(AssertUnwindSafe(|| Model::load(file, Arc::clone(name), plan.repack())));
        let model = match loaded.unwrap_or_else(|panic| Err(ModelError::Failed(said(panic.as_ref())))) {
            Ok(model) => model,
            Err(error) => return Ok(self.not_loaded(error, switched)),
        };
        let kept = self.options().state_folder.clone().map(|folder| (folder, file.fingerprint()));
        let engine = Engine::new(&model, plan, self.options().threads, kept);
        let mut engine = match engine {
            Ok(engine) => engine,
            Err(error) => return Ok(self.not_loaded(error, switched)),
        };
        tracing::info!(
            model = %name, took = ?started.elapsed(), context = plan.context, kv = plan.kv_type.as_str(),
            repacked = plan.repack(), planned_mib = plan.total() >> 20, "the language model is loaded"
        );
        self.failed = None;
        self.shared.choose(name);
        self.shared.count(|totals| totals.loads += 1);
        self.shared.set_state(ModelState::Ready, Some((name, plan)));
        (self.report)(HealthLevel::Ok, String::new());
        if let Some(switched) = switched {
            let _ = switched.send(Ok(()));
        }
        loop {
            match self.shared.queue.next(self.options().idle) {
                Next::Stop => return Ok(Leave::Stop),
                Next::Idle => return Ok(Leave::Unload(None)),
                Next::Order(Order::Unload(reply)) => return Ok(Leave::Unload(Some(reply))),
                Next::Order(Order::Use(name, reply)) => match self.check(&name, plan.total()) {
                    Ok(checked) => return Ok(Leave::For(checked, reply)),
                    Err(error) => {
                        let _ = reply.send(Err(error));
                    }
                },
                Next::Job(job) => self.answer(&mut engine, job)?,
            }
        }
    }

    /// The model that was wanted cannot be loaded: the one before is tried again, if there is one.
    fn not_loaded(&mut self, error: ModelError, switched: Option<Switched>) -> Leave {
        match switched {
            // The choice is as it was, and the next request loads what was chosen before.
            Some(switched) => {
                let _ = switched.send(Err(error));
                self.shared.set_state(ModelState::Unloaded, None);
            }
            None => self.fail(error),
        }
        Leave::Unload(None)
    }

    fn answer(&self, engine: &mut Engine<'_>, job: Job) -> Result<(), String> {
        let limits = Limits {
            until: job.arrived + job.request.deadline,
            deadline: job.request.deadline,
            cancel: job.abandoned.clone(),
            stop: self.shared.stop.clone(),
        };
        let waiting = job.arrived.elapsed();
        let answered = catch_unwind(AssertUnwindSafe(|| engine.complete(&job.request, &limits, waiting)));
        let (answer, crashed) = match answered {
            Ok(answer) => (answer, None),
            Err(panic) => {
                let reason = said(panic.as_ref());
                (Err(ModelError::Failed(reason.clone())), Some(reason))
            }
        };
        self.shared.count(|totals| match &answer {
            Ok(done) => {
                totals.answers += 1;
                totals.tokens_read += u64::from(done.usage.prompt_tokens - done.usage.reused_tokens);
                totals.tokens_reused += u64::from(done.usage.reused_tokens);
                totals.tokens_generated += u64::from(done.usage.generated_tokens);
                totals.reading += done.timings.reading;
                totals.generating += done.timings.generating;
            }
            Err(_) => totals.failures += 1,
        });
        let _ = job.reply.send(answer);
        match crashed {
            Some(reason) => Err(reason),
            None => {
                engine.tidy();
                Ok(())
            }
        }
    }
}

/// What the machine, or the hub's control group, has free for a model.
fn free_memory(memory: &Memory) -> Option<u64> {
    let group = memory.limit.map(|limit| limit.saturating_sub(memory.resident.unwrap_or_default()));
    let free = [memory.available, group].into_iter().flatten().min()?;
    Some(free.saturating_sub(LEFT_FREE))
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a fault in the program: {}", text.unwrap_or("no message"))
}
