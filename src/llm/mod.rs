//! The language model on the board: a thread of its own runs llama.cpp behind a bounded queue.
//!
//! [`Llm`] implements the hub's port [`LanguageModel`]. llama.cpp's types stay inside `engine`; with the cargo feature
//! `llm` switched off everything else is still there, and says that this build has no model.

#[cfg(feature = "llm")]
mod engine;
#[cfg(not(feature = "llm"))]
#[path = "engine_absent.rs"]
mod engine;
pub mod fake;
mod file;
pub mod gguf;
mod plan;
mod queue;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use tokio::sync::oneshot;
use tokio::time::timeout_at;
use tokio_util::sync::CancellationToken;

use crate::hub::ports::{
    Completed, Completion, LanguageModel, ModelError, ModelState, ModelStatus, ModelTotals, Piece, Prompt,
};
use crate::runtime::{Metrics, Part, PartError};

pub use file::{FileError, ModelFile};
pub use plan::{DoesNotFit, KvType, Plan, Wishes};

use queue::{Job, Order, Queue};
use worker::Worker;

/// What a build without the feature says.
const NOT_BUILT: &str = "this build of the hub was made without one";
/// Requests that may wait.
const MOST_WAITING: usize = 16;
/// Longest prompt in bytes; tokens are limited by the context.
const MAX_PROMPT: usize = 1 << 20;
/// llama.cpp parses grammars recursively.
const STACK: usize = 8 << 20;
/// How long after its deadline a request is given up by those who wait, in case the thread does not come to it.
const LATE: Duration = Duration::from_millis(50);

/// How a model is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the files lie.
    pub folder: PathBuf,
    /// The model in use: `NAME.gguf` in the folder.
    pub name: Option<String>,
    /// Context, form and memory, as far as the owner chose.
    pub wishes: Wishes,
    /// Threads that compute.
    pub threads: u16,
    /// Whether it is loaded at once and not with the first request.
    pub load_at_start: bool,
    /// Its memory is given back after so long without a request.
    pub idle: Option<Duration>,
    /// Where what was read of stable prompts is kept; nowhere without it.
    pub state_folder: Option<PathBuf>,
}

/// The language model on the board. All clones are one.
#[derive(Clone)]
pub struct Llm {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    queue: Queue,
    stop: CancellationToken,
    about: Mutex<About>,
}

struct About {
    name: Option<Arc<str>>,
    state: ModelState,
    context: u32,
    planned: u64,
    totals: ModelTotals,
}

impl std::fmt::Debug for Llm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Llm").field("status", &self.status()).finish()
    }
}

impl Llm {
    /// Nothing is loaded before [`Llm::run`].
    #[must_use]
    pub fn new(options: Options) -> Self {
        let name: Option<Arc<str>> = options.name.as_deref().map(Arc::from);
        let state = match (&name, cfg!(feature = "llm")) {
            (_, false) => ModelState::Absent(NOT_BUILT.to_owned()),
            (None, true) => ModelState::Absent(nothing_chosen(&options.folder)),
            (Some(_), true) => ModelState::Unloaded,
        };
        let about = About { name, state, context: 0, planned: 0, totals: ModelTotals::default() };
        let queue = Queue::new(MOST_WAITING);
        let stop = CancellationToken::new();
        Self { shared: Arc::new(Shared { options, queue, stop, about: Mutex::new(about) }) }
    }

    /// Runs the thread until the hub stops. For the supervisor, which calls it again after a failure.
    ///
    /// # Errors
    /// What went wrong inside.
    pub async fn run(&self, part: Part) -> Result<(), PartError> {
        let (done_send, mut done) = oneshot::channel();
        let reporter = part.clone();
        let report = Box::new(move |level, message: String| reporter.report(level, message));
        let worker = Worker::new(Arc::clone(&self.shared), report);
        std::thread::Builder::new().name("llm".to_owned()).stack_size(STACK).spawn(move || {
            let _ = done_send.send(worker.run());
        })?;
        let ended = tokio::select! {
            ended = &mut done => ended,
            () = part.shutdown.wait() => {
                self.shared.stop.cancel();
                self.shared.queue.stop();
                done.await
            }
        };
        match ended {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(reason.into()),
            Err(_) => Err("a fault in the program ended the language model's thread".into()),
        }
    }

    /// Takes another model, by the name of its file. Requests that wait are answered by the new one; when it cannot
    /// be used, the one before stays.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub async fn use_model(&self, name: &str) -> Result<(), ModelError> {
        self.built()?;
        let (reply, answer) = oneshot::channel();
        self.shared.queue.order(Order::Use(name.to_owned(), reply))?;
        answer.await.unwrap_or(Err(ModelError::Stopping))
    }

    /// Gives the model's memory back after the request that runs. The next request loads it again.
    ///
    /// # Errors
    /// When the hub stops.
    pub async fn unload(&self) -> Result<(), ModelError> {
        let (reply, answer) = oneshot::channel();
        self.shared.queue.order(Order::Unload(reply))?;
        answer.await.map_err(|_| ModelError::Stopping)
    }

    /// Adds the model's figures to the hub's.
    pub fn figures(&self, metrics: &Metrics) {
        type Read = fn(&ModelStatus) -> f64;
        let counters: [(&str, &str, Read); 8] = [
            ("model_answers", "Answers of the language model", |s| float(s.totals.answers)),
            ("model_failures", "Requests that it did not answer", |s| float(s.totals.failures)),
            ("model_tokens_read", "Tokens of prompts that were read", |s| float(s.totals.tokens_read)),
            ("model_tokens_reused", "Tokens of prompts that were there already", |s| {
                float(s.totals.tokens_reused)
            }),
            ("model_tokens_generated", "Tokens generated", |s| float(s.totals.tokens_generated)),
            ("model_reading_seconds", "Time spent reading prompts", |s| s.totals.reading.as_secs_f64()),
            ("model_generating_seconds", "Time spent generating", |s| s.totals.generating.as_secs_f64()),
            ("model_loads", "How often a model was loaded", |s| float(s.totals.loads)),
        ];
        for (name, help, read) in counters {
            let this = self.clone();
            metrics.counter(name, help, move || read(&this.status()));
        }
        let this = self.clone();
        metrics.gauge("model_waiting", "Requests that wait for the language model", move || {
            this.status().waiting.to_string().parse().unwrap_or_default()
        });
        let this = self.clone();
        metrics.gauge("model_planned_bytes", "Memory planned for the loaded language model", move || {
            float(this.status().planned_bytes)
        });
    }

    fn built(&self) -> Result<(), ModelError> {
        if cfg!(feature = "llm") { Ok(()) } else { Err(ModelError::Absent(NOT_BUILT.to_owned())) }
    }

    fn accept(
        &self,
        request: Completion,
    ) -> Result<(oneshot::Receiver<Result<Completed, ModelError>>, CancellationToken), ModelError> {
        self.built()?;
        let absent = matches!(self.shared.about().state, ModelState::Absent(_));
        if absent {
            return Err(self.shared.absent());
        }
        let length = prompt_bytes(&request.prompt);
        if length > MAX_PROMPT {
            let reason = format!("its prompt has {length} bytes, {MAX_PROMPT} is the most");
            return Err(ModelError::BadRequest(reason));
        }
        let (reply, answer) = oneshot::channel();
        let abandoned = request.cancel.child_token();
        self.shared.queue.push(Job {
            request,
            arrived: Instant::now(),
            abandoned: abandoned.clone(),
            reply,
        })?;
        Ok((answer, abandoned))
    }
}

impl LanguageModel for Llm {
    fn complete(&self, request: Completion) -> BoxFuture<'static, Result<Completed, ModelError>> {
        let deadline = request.deadline;
        let (answer, abandoned) = match self.accept(request) {
            Ok(accepted) => accepted,
            Err(error) => return ready(Err(error)).boxed(),
        };
        let until = tokio::time::Instant::now() + deadline + LATE;
        async move {
            // Dropped together with this future.
            let _guard = abandoned.clone().drop_guard();
            tokio::select! {
                answered = timeout_at(until, answer) => match answered {
                    Ok(Ok(answer)) => answer,
                    Ok(Err(_)) => Err(ModelError::Stopping),
                    Err(_) => Err(ModelError::TooSlow(deadline)),
                },
                () = abandoned.cancelled() => Err(ModelError::Cancelled),
            }
        }
        .boxed()
    }

    fn status(&self) -> ModelStatus {
        let about = self.shared.about();
        ModelStatus {
            name: about.name.clone(),
            state: about.state.clone(),
            context_tokens: about.context,
            planned_bytes: about.planned,
            waiting: self.shared.queue.len(),
            most_waiting: self.shared.queue.most(),
            totals: about.totals,
        }
    }
}

impl Shared {
    fn about(&self) -> MutexGuard<'_, About> {
        self.about.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self) -> Option<Arc<str>> {
        self.about().name.clone()
    }

    fn choose(&self, name: &Arc<str>) {
        self.about().name = Some(Arc::clone(name));
    }

    fn absent(&self) -> ModelError {
        match self.about().state.clone() {
            ModelState::Absent(reason) => ModelError::Absent(reason),
            _ => ModelError::Absent(nothing_chosen(&self.options.folder)),
        }
    }

    fn set_state(&self, state: ModelState, plan: Option<(&Arc<str>, &Plan)>) {
        let mut about = self.about();
        // With nothing chosen, giving memory back leads to nothing again.
        about.state = match state {
            ModelState::Unloaded if about.name.is_none() => {
                ModelState::Absent(nothing_chosen(&self.options.folder))
            }
            state => state,
        };
        about.context = plan.map_or(about.context, |(_, plan)| plan.context);
        about.planned = plan.map_or(0, |(_, plan)| plan.total());
    }

    fn count(&self, change: impl FnOnce(&mut ModelTotals)) {
        change(&mut self.about().totals);
    }
}

fn nothing_chosen(folder: &Path) -> String {
    format!(
        "none is chosen: put a GGUF file into {} and its name without .gguf into models.name",
        folder.display()
    )
}

/// The file of a model. A name never leads out of the folder.
fn path_of(folder: &Path, name: &str) -> Result<PathBuf, ModelError> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 128 || name.starts_with('.') || !name.chars().all(good) {
        let reason = format!("{name:?} is no name of a model: letters, digits, - _ and . make one");
        return Err(ModelError::BadRequest(reason));
    }
    Ok(folder.join(format!("{name}.gguf")))
}

fn prompt_bytes(prompt: &Prompt) -> usize {
    match prompt {
        Prompt::Text { stable, changing } => {
            let piece = |piece: &Piece| match piece {
                Piece::Markup(text) | Piece::Words(text) => text.len(),
            };
            stable.len() + changing.iter().map(piece).sum::<usize>()
        }
        Prompt::Chat { messages, .. } => messages.iter().map(|message| message.content.len() + 16).sum(),
    }
}

/// Counts beyond 2^53 would lose digits; none gets there.
#[allow(clippy::cast_precision_loss, reason = "Prometheus counts in floating point")]
fn float(count: u64) -> f64 {
    count as f64
}
