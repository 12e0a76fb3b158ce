//! What the hub can be asked for.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::model::{
    Change, Command, Event, Health, Inbound, ListChange, Message, Origin, Outcome, Reply, Timer, TimerChange,
    TodoList,
};

use super::handle::HubError;
use super::home::Home;
use super::options::Settings;
use super::talk::{Heard, Talked};

/// Where an answer goes.
pub(super) type Answer<T> = oneshot::Sender<Result<T, HubError>>;

/// A question about the home that runs inside the actor; it must be quick.
pub(super) type Question = Box<dyn FnOnce(&Home) + Send>;

/// What the connection to the broker brings, in its order.
pub(super) enum Traffic {
    /// A message from the broker.
    Inbound(Inbound),
    /// The connection to the broker came up (true) or went down (false).
    Connected(bool),
}

/// One request to the actor.
pub(super) enum Request {
    /// Somebody said something, and it was recognised or not.
    Heard(Box<Heard>, Answer<Talked>),
    /// A conversation has ended: keep it and tell the listeners.
    Said(Arc<Message>, Arc<Reply>),
    /// Answered when every conversation that has ended has its place in the store's queue, so that who asks
    /// the store afterwards finds it.
    Settle(Answer<()>),
    /// Carry out commands together; the outcomes come in the same order.
    Execute(Vec<Command>, Origin, Answer<Vec<Outcome>>),
    /// The owner changes something.
    Change(Change, Answer<()>),
    /// Timers.
    Timer(TimerChange, Answer<Timer>),
    /// Lists.
    List(ListChange, Answer<TodoList>),
    /// Read something.
    Ask(Question),
    /// A part says how it is.
    Health(Health),
    /// Something that only passes through to the listeners.
    Announce(Event),
    /// Other settings from now on.
    Configure(Settings),
    /// Save everything and end.
    Stop(oneshot::Sender<()>),
}
