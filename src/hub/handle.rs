//! The one way to speak with the hub.

use std::sync::{Arc, OnceLock};

use tokio::sync::{Semaphore, broadcast, mpsc, oneshot};

use crate::model::{
    Change, Command, EntityId, Event, Health, Inbound, ListChange, Message, Origin, Outcome, Reply, Revision,
    Timer, TimerChange, Timestamp, TodoList,
};
use crate::store::{History, Store, StoreError};

use super::converse;
use super::home::Home;
use super::languages::Languages;
use super::options::Settings;
use super::ports::Decider;
use super::request::{Answer, Request, Traffic};

/// How many conversations may be under way at once.
const CONVERSATIONS: usize = 4_096;
/// Events that a slow listener may be behind before it has to read everything again: at 5,000 a second,
/// most of a second.
const EVENTS: usize = 4_096;

/// Why the hub did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The hub is stopping.
    #[error("the hub is stopping")]
    Stopping,
    /// Too many requests wait; try again.
    #[error("the hub is busy: {0} requests are waiting")]
    Busy(usize),
    /// There is no such thing.
    #[error("there is no {kind} {id:?}")]
    NotFound {
        /// `entity`, `area`, `timer`, …
        kind: &'static str,
        /// What was asked for.
        id: String,
    },
    /// What was asked for is not possible, in words for a person.
    #[error("{0}")]
    Invalid(String),
    /// The change could not be written to the disk, so it was not made.
    #[error("not saved, so nothing was changed: {0}")]
    Storage(String),
}

/// Events with their revision. A receiver that falls behind is told by `RecvError::Lagged` and reads
/// everything again.
pub type Events = broadcast::Receiver<(Revision, Arc<Event>)>;

/// Where the actor's events go.
pub(super) type Emitter = broadcast::Sender<(Revision, Arc<Event>)>;

/// A cheap, cloneable way to speak with the hub's actor.
#[derive(Clone)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    traffic: mpsc::Sender<Traffic>,
    events: Emitter,
    pub(super) languages: Arc<Languages>,
    store: Store,
    talks: Arc<Semaphore>,
    pub(super) decider: Arc<OnceLock<Arc<dyn Decider>>>,
}

impl Handle {
    /// Joins the ends; only the actor's start makes handles.
    pub(super) fn new(
        requests: mpsc::Sender<Request>,
        traffic: mpsc::Sender<Traffic>,
        languages: Arc<Languages>,
        store: Store,
    ) -> Self {
        let (events, _) = broadcast::channel(EVENTS);
        let talks = Arc::new(Semaphore::new(CONVERSATIONS));
        Self { requests, traffic, events, languages, store, talks, decider: Arc::default() }
    }

    /// From now on this decides where no sentence template matches. Only the first call has an effect.
    pub fn decide_with(&self, decider: Arc<dyn Decider>) {
        let _ = self.decider.set(decider);
    }

    pub(super) fn emitter(&self) -> Emitter {
        self.events.clone()
    }

    /// Everything that happens from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events.subscribe()
    }

    /// Says something to the hub and waits for its answer. It is carried out to its end even when the
    /// caller does not wait for it.
    ///
    /// # Errors
    /// [`HubError::Stopping`] or [`HubError::Busy`]; [`HubError::Invalid`] for a language that the hub does
    /// not have, or a text that is far too long. A sentence that is not understood is no error but a reply.
    pub async fn converse(&self, message: Message) -> Result<Reply, HubError> {
        let talk = Arc::clone(&self.talks).try_acquire_owned();
        let talk = talk.map_err(|_| HubError::Busy(CONVERSATIONS))?;
        let handle = self.clone();
        let task = tokio::spawn(async move {
            let reply = converse::converse(&handle, message).await;
            drop(talk);
            reply
        });
        task.await
            .unwrap_or_else(|error| Err(HubError::Invalid(format!("the conversation broke off: {error}"))))
    }

    /// Carries out commands together and waits, at most [`Outcome::PATIENCE`], for the devices to confirm.
    ///
    /// # Errors
    /// [`HubError::NotFound`] when an entity does not exist; then none of the commands went out.
    pub async fn execute(&self, commands: Vec<Command>, origin: Origin) -> Result<Vec<Outcome>, HubError> {
        self.ask(|answer| Request::Execute(commands, origin, answer)).await
    }

    /// Changes the home. `Ok` means that the change is on the disk.
    ///
    /// # Errors
    /// [`HubError::NotFound`], [`HubError::Invalid`] or [`HubError::Storage`]; nothing was changed then.
    pub async fn change(&self, change: Change) -> Result<(), HubError> {
        self.ask(|answer| Request::Change(change, answer)).await
    }

    /// Sets or changes a timer. `Ok` means that it is on the disk.
    ///
    /// # Errors
    /// As [`Handle::change`].
    pub async fn timer(&self, change: TimerChange) -> Result<Timer, HubError> {
        self.ask(|answer| Request::Timer(change, answer)).await
    }

    /// Changes a list. `Ok` means that it is on the disk.
    ///
    /// # Errors
    /// As [`Handle::change`].
    pub async fn list(&self, change: ListChange) -> Result<TodoList, HubError> {
        self.ask(|answer| Request::List(change, answer)).await
    }

    /// Reads from the home. The closure runs inside the actor: copy out what is needed and return.
    ///
    /// # Errors
    /// [`HubError::Stopping`].
    pub async fn read<T, F>(&self, question: F) -> Result<T, HubError>
    where
        T: Send + 'static,
        F: FnOnce(&Home) -> T + Send + 'static,
    {
        self.ask(|answer: Answer<T>| {
            Request::Ask(Box::new(move |home| {
                // Whoever asked may have gone away meanwhile.
                let _ = answer.send(Ok(question(home)));
            }))
        })
        .await
    }

    /// What an entity's state was between two points in time, thinned out to about `points`. The newest
    /// half minute may be missing: it is not on the disk yet, and listeners have had it as events.
    ///
    /// # Errors
    /// [`HubError::Storage`] when the disk cannot be read, [`HubError::Stopping`].
    pub async fn history(
        &self,
        entity: EntityId,
        from: Timestamp,
        to: Timestamp,
        points: usize,
    ) -> Result<History, HubError> {
        self.store.history(entity, from, to, points).await.map_err(unreadable)
    }

    /// What was said and answered, the newest first.
    ///
    /// # Errors
    /// As [`Handle::history`].
    pub async fn conversations(&self, limit: usize) -> Result<Vec<(Message, Reply)>, HubError> {
        self.ask(Request::Settle).await?;
        self.store.conversations(limit).await.map_err(unreadable)
    }

    /// The database, for what is no part of the home: passwords, tokens, sessions.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Hands over a message from the broker; waits while the hub is busy, which slows the broker down.
    ///
    /// # Errors
    /// [`HubError::Stopping`].
    pub async fn inbound(&self, message: Inbound) -> Result<(), HubError> {
        self.traffic.send(Traffic::Inbound(message)).await.map_err(|_| HubError::Stopping)
    }

    /// Tells the hub that the connection to the broker came up or went down.
    ///
    /// # Errors
    /// [`HubError::Stopping`].
    pub async fn connected(&self, up: bool) -> Result<(), HubError> {
        self.traffic.send(Traffic::Connected(up)).await.map_err(|_| HubError::Stopping)
    }

    /// Tells how a part is; the hub passes it on as an event.
    ///
    /// # Errors
    /// [`HubError::Stopping`].
    pub async fn health(&self, health: Health) -> Result<(), HubError> {
        self.send(Request::Health(health)).await
    }

    /// As [`Handle::health`], from code that cannot wait: lost when the hub is very busy.
    pub fn health_now(&self, health: Health) {
        if self.requests.try_send(Request::Health(health)).is_err() {
            tracing::debug!("a health report was lost");
        }
    }

    /// Passes an event on to the listeners, for example that the configuration was read again.
    ///
    /// # Errors
    /// [`HubError::Stopping`].
    pub async fn announce(&self, event: Event) -> Result<(), HubError> {
        self.send(Request::Announce(event)).await
    }

    /// Uses other settings from now on.
    ///
    /// # Errors
    /// [`HubError::Stopping`].
    pub async fn configure(&self, settings: Settings) -> Result<(), HubError> {
        self.send(Request::Configure(settings)).await
    }

    /// Saves everything and ends the actor; what is asked afterwards is answered [`HubError::Stopping`].
    pub async fn stop(&self) {
        let (done, wait) = oneshot::channel();
        if self.send(Request::Stop(done)).await.is_ok() {
            // A dropped sender means stopped, too.
            let _ = wait.await;
        }
    }

    pub(super) async fn send(&self, request: Request) -> Result<(), HubError> {
        self.requests.send(request).await.map_err(|_| HubError::Stopping)
    }

    pub(super) async fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T, HubError> {
        let (answer, wait) = oneshot::channel();
        self.send(request(answer)).await?;
        wait.await.map_err(|_| HubError::Stopping)?
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
fn unreadable(error: StoreError) -> HubError {
    match error {
        StoreError::Closed => HubError::Stopping,
        error => HubError::Storage(error.to_string()),
    }
}
