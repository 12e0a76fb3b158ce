//! The actor: the only owner of the home's state. It never waits for the disk or for a device.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::devices::{Effect, Registry, Saved};
use crate::model::{Change, EntityId, Outcome, Revision, Timer, TimerId, Timestamp, TodoList};
use crate::runtime::{Metrics, clock};
use crate::store::{Limits, Store, StoreError, Stored, Write, Written};

use super::effects::Complaints;
use super::execute::Waiters;
use super::handle::{Emitter, Handle, HubError};
use super::home::Home;
use super::keeper::Keeper;
use super::lane::Lane;
use super::languages::Languages;
use super::lists::Lists;
use super::options::HubOptions;
use super::pictures::Pictures;
use super::ports::Mqtt;
use super::request::{Answer, Request, Traffic};
use super::saving::{ListUnit, Said, TimerUnit};
use super::talk::{Asked, Ongoing};
use super::timers::{self, Timers};

/// How many requests, and how many messages from the broker, may wait.
const QUEUE: usize = 1_024;
/// Messages taken from the broker between two looks at everything else.
const BURST: usize = 32;
/// The wall clock is looked at again after this time: it may have been set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How long after a change of names the matchers in use are made anew.
pub(super) const NAMES_SETTLE: Duration = Duration::from_millis(500);
/// How often old history is thrown away.
const TRIM_EVERY: Duration = Duration::from_secs(3_600);
/// How soon a disk that refused is tried again.
pub(super) const DISK_AGAIN: Duration = Duration::from_secs(5);

/// What to do when commands or changes are through.
pub(super) enum Then {
    /// Answer a conversation.
    Talk(Box<Ongoing>),
    /// Answer with what came of commands.
    Execute(Answer<Vec<Outcome>>),
    /// Answer with the timer.
    Timer(Answer<Timer>),
    /// Answer with the list.
    List(Answer<TodoList>),
    /// Nobody waits.
    Nothing,
}

/// What was to be written.
pub(super) enum Saving {
    Timers,
    Lists,
    Change,
    /// Nobody waits for it, and it is not tried again.
    Nothing,
    Said,
    Kept(Arc<Vec<Write>>),
}

type Completion = Pin<Box<dyn Future<Output = (Saving, Result<(), StoreError>)> + Send>>;

/// The home and everything that is under way.
pub(super) struct Actor {
    pub(super) home: Home,
    pub(super) mqtt: Arc<dyn Mqtt>,
    pub(super) handle: Handle,
    pub(super) metrics: Metrics,
    pub(super) waiters: Waiters,
    pub(super) questions: Vec<Asked>,
    pub(super) paused: Vec<EntityId>,
    pub(super) store: Store,
    pub(super) said: Said,
    pub(super) complaints: Complaints,
    pub(super) keeper: Keeper,
    pub(super) lists: Lists,
    pub(super) timer_lane: Lane<TimerUnit, Timers>,
    pub(super) list_lane: Lane<ListUnit, Lists>,
    pub(super) change_lane: Lane<(Change, Answer<()>), ()>,
    /// Timers whose time has come, while that is being written.
    pub(super) firing: BTreeSet<TimerId>,
    pub(super) emitter: Emitter,
    pub(super) languages: Arc<Languages>,
    pending: FuturesUnordered<Completion>,
    pub(super) history: Limits,
    pub(super) names_due: Option<Instant>,
    trim_due: Instant,
    clock: clock::Watch,
    /// When the hub started, by the clock as it is now.
    pub(super) started: Timestamp,
}

/// Starts the hub with what the store has kept. Everything that was known before is there when this
/// returns. The task ends with [`Handle::stop`].
#[must_use]
pub fn start(
    options: HubOptions,
    store: Store,
    stored: Stored,
    mqtt: Arc<dyn Mqtt>,
) -> (Handle, JoinHandle<()>) {
    let (requests, request_queue) = mpsc::channel(QUEUE);
    let (traffic, traffic_queue) = mpsc::channel(QUEUE);
    let languages = Arc::new(Languages::new(options.settings.clone()));
    let handle = Handle::new(requests, traffic, Arc::clone(&languages), store.clone());
    let (lists, missing) = Lists::restore(stored.lists);
    let timers = stored.timers.into_iter().map(|timer| (timer.id.clone(), Arc::new(timer)));
    let home = Home {
        revision: Revision::default(),
        registry: Registry::new(options.registry),
        timers: timers.collect(),
        lists: lists.all.clone(),
        pictures: Pictures::default(),
        health: std::collections::BTreeMap::new(),
        settings: Arc::new(options.settings),
    };
    let mut actor = Actor {
        home,
        mqtt,
        emitter: handle.emitter(),
        handle: handle.clone(),
        metrics: options.metrics,
        waiters: Waiters::default(),
        questions: Vec::new(),
        paused: Vec::new(),
        store,
        said: Said::default(),
        complaints: Complaints::default(),
        keeper: Keeper::default(),
        lists,
        timer_lane: Lane::default(),
        list_lane: Lane::default(),
        change_lane: Lane::default(),
        firing: BTreeSet::new(),
        languages,
        pending: FuturesUnordered::new(),
        history: options.history,
        names_due: None,
        trim_due: Instant::now() + TRIM_EVERY / 12,
        clock: clock::Watch::new(),
        started: clock::now(),
    };
    actor.wind_back();
    if !missing.is_empty() {
        let missing = Arc::new(missing);
        actor.save(Arc::clone(&missing), Saving::Kept(missing));
    }
    actor.restore(Saved {
        areas: stored.areas,
        floors: stored.floors,
        entity_settings: understood(stored.entity_settings),
        device_settings: understood(stored.device_settings),
        discovery: stored.discovery,
        states: stored.states,
    });
    (handle, tokio::spawn(actor.run(request_queue, traffic_queue)))
}

/// One record that cannot be understood must not keep the hub from starting.
fn understood<T: serde::de::DeserializeOwned>(texts: Vec<String>) -> Vec<T> {
    let read = texts.into_iter().map(|text| serde_json::from_str(&text));
    read.filter_map(|value| {
        value.inspect_err(|error| tracing::warn!(%error, "a record of settings is left out")).ok()
    })
    .collect()
}

impl Actor {
    fn restore(&mut self, saved: Saved) {
        for effect in self.home.registry.restore(saved, clock::now()) {
            // Nobody listens yet, and everything else is on the disk already.
            match effect {
                Effect::Subscribe(filters) => self.mqtt.subscribe(filters),
                Effect::Unsubscribe(filters) => self.mqtt.unsubscribe(filters),
                Effect::Rejected { topic, reason } => {
                    tracing::warn!(topic, reason, "a discovery message from before is left out");
                }
                _ => {}
            }
        }
        self.count();
    }

    async fn run(mut self, mut requests: mpsc::Receiver<Request>, mut traffic: mpsc::Receiver<Traffic>) {
        loop {
            let wake = self.wake_at();
            tokio::select! {
                // Answers before new work, people before devices; a burst of devices still gets its turn below.
                biased;
                Some((saving, result)) = self.pending.next(), if !self.pending.is_empty() => {
                    self.written(saving, &result);
                }
                Some(request) = requests.recv() => {
                    if let Request::Stop(done) = request {
                        drop((requests, traffic));
                        self.finish().await;
                        // Whoever asked may not wait for it.
                        let _ = done.send(());
                        return;
                    }
                    self.request(request);
                }
                Some(item) = traffic.recv() => self.traffic(item),
                () = tokio::time::sleep_until(wake) => {}
            }
            for _ in 0..BURST {
                let Ok(item) = traffic.try_recv() else { break };
                self.traffic(item);
            }
            self.tick();
        }
    }

    fn request(&mut self, request: Request) {
        self.look_at_clock();
        match request {
            Request::Heard(heard, answer) => self.heard(*heard, answer),
            Request::Said(message, reply) => self.said(message, reply),
            Request::Settle(answer) => {
                self.send_said();
                // Whoever asked may have gone away meanwhile.
                let _ = answer.send(Ok(()));
            }
            Request::Execute(commands, origin, answer) => {
                let known = self.home.view().entities;
                if let Some(missing) = commands.iter().find(|command| !known.contains_key(&command.entity)) {
                    let id = missing.entity.to_string();
                    let _ = answer.send(Err(HubError::NotFound { kind: "entity", id }));
                    return;
                }
                tracing::debug!(?origin, count = commands.len(), "commands");
                self.execute(&commands, Then::Execute(answer));
            }
            Request::Change(change, answer) => self.change(change, answer),
            Request::Timer(change, answer) => {
                self.change_timers(vec![timers::TimerOp::Change(change)], Then::Timer(answer));
            }
            Request::List(change, answer) => self.change_lists(vec![change], Then::List(answer)),
            Request::Ask(question) => question(&self.home),
            Request::Health(health) => self.part_is(health),
            Request::Announce(event) => self.emit(event),
            Request::Configure(settings) => {
                let settings = Arc::new(settings);
                self.languages.configure(Arc::clone(&settings));
                self.home.settings = settings;
            }
            // Taken care of in `run`.
            Request::Stop(_) => {}
        }
    }

    fn traffic(&mut self, item: Traffic) {
        self.look_at_clock();
        let now = clock::now();
        let effects = match item {
            Traffic::Inbound(message) => {
                self.metrics.mqtt_received.inc();
                self.home.registry.on_message(&message, now)
            }
            Traffic::Connected(up) => self.home.registry.on_connected(up, now),
        };
        self.effects(effects);
    }

    /// When something has to be done without being asked.
    fn wake_at(&self) -> Instant {
        let now = Instant::now();
        let by_the_clock = [self.home.registry.next_due(), timers::next(&self.home.timers, &self.firing)];
        let wait = by_the_clock.into_iter().flatten().min().map(|when| when.since(clock::now()));
        let wake = now + wait.map_or(LONGEST_SLEEP, |wait| wait.min(LONGEST_SLEEP));
        let kept = [self.waiters.due(), self.keeper.due(), self.complaints.due()];
        let others = kept.into_iter().chain([self.names_due, Some(self.trim_due)]);
        others.into_iter().flatten().fold(wake, Instant::min)
    }

    /// Does what has come due.
    fn tick(&mut self) {
        self.look_at_clock();
        let (now, instant) = (clock::now(), Instant::now());
        if self.home.registry.next_due().is_some_and(|when| when <= now) {
            let tick = self.home.registry.tick(now);
            self.effects(tick.effects);
        }
        for (id, op) in timers::due_by(&self.home.timers, &self.firing, now) {
            self.firing.insert(id);
            self.change_timers(vec![op], Then::Nothing);
        }
        self.expire_waiters(instant);
        self.complaints.close(instant);
        if self.keeper.due().is_some_and(|when| when <= instant) {
            self.flush(instant);
        }
        if self.names_due.is_some_and(|when| when <= instant) {
            self.names_due = None;
            let (handle, languages) = (self.handle.clone(), Arc::clone(&self.languages));
            tokio::spawn(async move {
                for tag in languages.in_use() {
                    if let Err(error) = languages.matcher(&tag, &handle).await {
                        tracing::debug!(tag, %error, "the matcher was not made anew");
                    }
                }
            });
        }
        if self.trim_due <= instant {
            self.trim_due = instant + TRIM_EVERY;
            if let Err(error) = self.store.trim_history(self.history, now) {
                tracing::warn!(%error, "old history stays for now");
            }
        }
    }

    /// Before anything that has to do with time: the wall clock may have been set.
    pub(super) fn look_at_clock(&mut self) {
        let Some(by) = self.clock.look() else { return };
        tracing::warn!(by_seconds = by / 1_000, "the clock was set; what waits for a time goes along");
        self.home.registry.clock_set(by);
        self.shift_timers(by);
        // A clock that is wrong for a moment must not cost all history.
        self.trim_due = Instant::now() + TRIM_EVERY;
    }

    fn flush(&mut self, now: Instant) {
        let writes = self.keeper.take(&self.home.registry, now, self.change_lane.is_busy());
        if !writes.is_empty() {
            let writes = Arc::new(writes);
            match self.store.write_lazily(Arc::clone(&writes)) {
                Ok(written) => self.wait_for(written, Saving::Kept(writes)),
                Err(error) => self.written(Saving::Kept(writes), &Err(error)),
            }
        }
    }

    /// Writes to the disk and comes back to `saving` when it is there.
    pub(super) fn save(&mut self, writes: impl Into<Arc<Vec<Write>>>, saving: Saving) {
        match self.store.write(writes) {
            Ok(written) => self.wait_for(written, saving),
            Err(error) => self.written(saving, &Err(error)),
        }
    }

    pub(super) fn wait_for(&self, written: Written, saving: Saving) {
        let wait = async move { (saving, written.await.unwrap_or(Err(StoreError::Closed))) };
        self.pending.push(Box::pin(wait));
    }

    /// Lets everything under way come to its end, and saves what waits.
    async fn finish(&mut self) {
        while let Some((saving, result)) = self.pending.next().await {
            self.written(saving, &result);
            self.send_said();
        }
        let writes = self.keeper.take_all(&self.home.registry);
        let saved = match self.store.write(writes) {
            Ok(written) => written.await.unwrap_or(Err(StoreError::Closed)),
            Err(error) => Err(error),
        };
        if let Err(error) = saved {
            tracing::error!(%error, "the last states were not saved");
        }
    }
}
