//! What somebody said to the hub, what it answered, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AreaId, Command, EntityId, Intent, MessageId, Outcome, Timestamp};

/// What a message came through.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// The page on the LAN.
    Panel,
    /// A program with a token.
    Api,
    /// `homeclaw say`.
    Cli,
    /// A microphone or voice satellite.
    Voice,
    /// The hub itself: a timer's delayed command, an automation.
    Hub,
    /// A message service, by its name.
    Service(String),
}

/// What somebody said or wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Runs through log lines and the trace.
    pub id: MessageId,
    /// What it came through.
    pub channel: Channel,
    /// Who said it, as the channel knows the person; `None` for anybody in the room.
    #[schema(required)]
    pub sender: Option<String>,
    /// The words.
    pub content: String,
    /// Language tag; `None` for the hub's own language.
    #[schema(required)]
    pub language: Option<String>,
    /// The room in which it was said, so that "turn on the light" finds its light.
    #[schema(required)]
    pub area: Option<AreaId>,
    /// When it arrived.
    pub time: Timestamp,
}

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// Done.
    ActionDone,
    /// Asked for and sent, but some device did not confirm or refused.
    Partial,
    /// An answer to a question.
    QueryAnswer,
    /// Nobody understood it.
    NoMatch,
    /// Understood, but there is no such thing, or it cannot be done.
    Error,
    /// The hub asks back, for example which of two.
    Question,
}

/// The hub's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reply {
    /// The message that it answers.
    pub message: MessageId,
    /// What kind of answer it is.
    pub kind: ReplyKind,
    /// The words, in `language`.
    pub text: String,
    /// Language tag of the words.
    pub language: String,
    /// What was understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub intent: Option<Intent>,
    /// What the reply offers instead or asks to choose from: whole sentences that would work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
    /// Why the hub decided as it did.
    pub trace: Trace,
}

/// Why the hub decided as it did: each step in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Trace {
    /// The steps.
    pub steps: Vec<TraceStep>,
    /// From the message's arrival to the reply, in microseconds.
    pub micros: u64,
}

/// One step of a decision. `at` is microseconds since the message arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TraceStep {
    /// What was heard, after normalisation.
    Heard {
        /// The text.
        text: String,
        /// The language in use.
        language: String,
    },
    /// A sentence template matched.
    Matched {
        /// Microseconds.
        at: u64,
        /// The intent's name.
        intent: String,
        /// The template.
        template: String,
    },
    /// Nothing matched.
    NotMatched {
        /// Microseconds.
        at: u64,
        /// Sentences that would have.
        nearest: Vec<String>,
    },
    /// Entities were chosen.
    Resolved {
        /// Microseconds.
        at: u64,
        /// Which.
        entities: Vec<EntityId>,
        /// Why these, in words.
        reason: String,
    },
    /// A command was published.
    Published {
        /// Microseconds.
        at: u64,
        /// The command.
        command: Command,
        /// The topic.
        topic: String,
        /// The payload, cut at 256 characters; codes are blotted out.
        payload: String,
    },
    /// A device answered, or did not.
    CameBack {
        /// Microseconds.
        at: u64,
        /// The entity.
        entity: EntityId,
        /// What came of it.
        outcome: Outcome,
    },
    /// Anything else worth knowing.
    Note {
        /// Microseconds.
        at: u64,
        /// In words.
        text: String,
    },
}
