//! What the hub can be asked for.

use tokio::sync::oneshot;

use crate::model::{
    Change, Command, Health, Inbound, ListChange, Message, Origin, Outcome, Reply, Timer, TimerChange,
    TodoList,
};

use super::handle::HubError;
use super::home::Home;

/// Where an answer goes.
pub(super) type Answer<T> = oneshot::Sender<Result<T, HubError>>;

/// A question about the home that runs inside the actor; it must be quick.
pub(super) type Question = Box<dyn FnOnce(&Home) + Send>;

/// One request to the actor.
pub(super) enum Request {
    /// A message from the broker.
    Inbound(Inbound),
    /// The connection to the broker came up (true) or went down (false).
    Connected(bool),
    /// Somebody said something.
    Converse(Message, oneshot::Sender<Result<Reply, HubError>>),
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
}
