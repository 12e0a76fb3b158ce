//! What the hub needs from outside, as traits. The edges implement them, `app` joins the two.

mod decider;
mod language_model;

use crate::model::Publish;

pub use decider::{Asked, CannotDecide, Decided, Decider, Decision, Why, Wish};
pub use language_model::{
    ChatMessage, Completed, Completion, Finish, LanguageModel, ModelError, ModelState, ModelStatus,
    ModelTotals, Piece, Prompt, Role, Sampling, Timings, Usage,
};

/// Why the broker did not get a message or a subscription.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MqttError {
    /// There is no connection.
    #[error("the MQTT broker is not connected")]
    NotConnected,
    /// The queue to the broker is full.
    #[error("the queue to the MQTT broker is full ({0} messages)")]
    QueueFull(usize),
    /// The topic is not one that MQTT allows.
    #[error("{0:?} is no topic to publish to")]
    BadTopic(String),
    /// The payload is larger than the broker is allowed to get.
    #[error("{topic:?}: {bytes} bytes are too many; at most {most} are sent")]
    TooLarge {
        /// Where it was meant to go.
        topic: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
}

/// The way to the broker.
pub trait Mqtt: Send + Sync + 'static {
    /// Hands a message to the connection. Done means queued on a live connection.
    fn publish(&self, message: Publish) -> Result<(), MqttError>;

    /// Whether there is a live connection now.
    fn is_connected(&self) -> bool;

    /// Subscribes to more topics or filters; they are subscribed again after every reconnect.
    fn subscribe(&self, filters: Vec<String>);

    /// Gives up subscriptions.
    fn unsubscribe(&self, filters: Vec<String>);
}
