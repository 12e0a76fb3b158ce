//! The one way to speak with the hub.

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::model::{
    Change, Command, Event, Health, Inbound, ListChange, Message, Origin, Outcome, Reply, Revision, Timer,
    TimerChange, TodoList,
};

use super::home::Home;
use super::request::{Answer, Request};

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

/// A cheap, cloneable way to speak with the hub's actor.
#[derive(Clone)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    events: broadcast::Sender<(Revision, Arc<Event>)>,
}

impl Handle {
    /// Joins the two ends; only the actor's start makes handles.
    pub(super) fn new(
        requests: mpsc::Sender<Request>,
        events: broadcast::Sender<(Revision, Arc<Event>)>,
    ) -> Self {
        Self { requests, events }
    }

    /// Everything that happens from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events.subscribe()
    }

    /// Says something to the hub and waits for its answer.
    ///
    /// # Errors
    /// [`HubError::Stopping`] or [`HubError::Busy`]; a sentence that is not understood is no error but a reply.
    pub async fn converse(&self, message: Message) -> Result<Reply, HubError> {
        self.ask(|answer| Request::Converse(message, answer)).await
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

    /// Hands over a message from the broker; waits while the hub is busy, which slows the broker down.
    ///
    /// # Errors
    /// [`HubError::Stopping`].
    pub async fn inbound(&self, message: Inbound) -> Result<(), HubError> {
        self.send(Request::Inbound(message)).await
    }

    /// Tells the hub that the connection to the broker came up or went down.
    ///
    /// # Errors
    /// [`HubError::Stopping`].
    pub async fn connected(&self, up: bool) -> Result<(), HubError> {
        self.send(Request::Connected(up)).await
    }

    /// Tells how a part is; the hub passes it on as an event.
    ///
    /// # Errors
    /// [`HubError::Stopping`].
    pub async fn health(&self, health: Health) -> Result<(), HubError> {
        self.send(Request::Health(health)).await
    }

    async fn send(&self, request: Request) -> Result<(), HubError> {
        self.requests.send(request).await.map_err(|_| HubError::Stopping)
    }

    async fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T, HubError> {
        let (answer, wait) = oneshot::channel();
        self.send(request(answer)).await?;
        wait.await.map_err(|_| HubError::Stopping)?
    }
}
