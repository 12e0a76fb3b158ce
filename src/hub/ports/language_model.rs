//! What the hub asks of a language model, whichever engine answers: one on the board, or a server.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Something that completes prompts.
pub trait LanguageModel: Send + Sync + 'static {
    /// Completes a prompt. The future is done when the answer is whole, or cannot come any more. Dropping the
    /// future cancels the request.
    fn complete(&self, request: Completion) -> BoxFuture<'static, Result<Completed, ModelError>>;

    /// How the model is, from what is known without asking it.
    fn status(&self) -> ModelStatus;
}

/// Who says something in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The frame that the hub sets.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// What a tool that the model called gave.
    Tool,
}

impl Role {
    /// As chat templates write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChatMessage {
    /// Who says it.
    pub role: Role,
    /// What is said. Text that the model's vocabulary uses for control is taken out of it.
    pub content: String,
}

/// A part of a prompt that is not a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Text of the hub: names of control tokens in it count as such.
    Markup(String),
    /// Words from outside: whatever looks like a control token is taken out.
    Words(String),
}

/// What a model reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Prompt {
    /// Text as the model was trained on, without a chat template.
    Text {
        /// What stays the same from request to request, as [`Piece::Markup`]. The engine keeps it as read.
        stable: Arc<str>,
        /// What follows it.
        changing: Vec<Piece>,
    },
    /// A conversation, put into the model's own chat template.
    Chat {
        /// From the oldest to the newest.
        messages: Vec<ChatMessage>,
        /// How many messages at the front stay the same from request to request.
        stable: usize,
    },
}

/// How the next token is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Sampling {
    /// The most likely one: the same answer every time on the same machine.
    #[default]
    Greedy,
    /// By chance, weighted.
    Random {
        /// Above 0: how much likeliness is levelled; 1 leaves it as the model says.
        temperature: f32,
        /// From 0 to 1: only the most likely tokens that make up this share together.
        top_p: f32,
        /// The same seed gives the same choice; without one the system's randomness is asked.
        seed: Option<u64>,
    },
}

/// A request to a model.
#[derive(Debug, Clone)]
pub struct Completion {
    /// Requests of one session share what was read for them, such as a conversation so far.
    pub session: Arc<str>,
    /// What to read.
    pub prompt: Prompt,
    /// A grammar in GBNF with a rule `root`: nothing outside it is ever generated.
    pub grammar: Option<Arc<str>>,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Most tokens to generate.
    pub max_tokens: u32,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// Longest time from now to the whole answer, waiting included.
    pub deadline: Duration,
    /// Cancelling this stops the model between two tokens, or two pieces of the prompt.
    pub cancel: CancellationToken,
    /// Gets the answer piece by piece. A receiver that does not keep up loses pieces, never the answer.
    pub stream: Option<mpsc::Sender<String>>,
}

impl Completion {
    /// A greedy request for at most so many tokens within so much time.
    #[must_use]
    pub fn new(session: &str, prompt: Prompt, max_tokens: u32, deadline: Duration) -> Self {
        Self {
            session: session.into(),
            prompt,
            grammar: None,
            sampling: Sampling::Greedy,
            max_tokens,
            stop: Vec::new(),
            deadline,
            cancel: CancellationToken::new(),
            stream: None,
        }
    }

    /// With a grammar in GBNF.
    #[must_use]
    pub fn with_grammar(mut self, gbnf: impl Into<Arc<str>>) -> Self {
        self.grammar = Some(gbnf.into());
        self
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model said so, or the grammar left nothing more to say.
    Stop,
    /// As many tokens as were asked for.
    Length,
}

/// What an answer cost, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Usage {
    /// In the prompt.
    pub prompt_tokens: u32,
    /// Of the prompt, those that did not have to be read again.
    pub reused_tokens: u32,
    /// Of the reused ones, those that came from the disk.
    pub restored_tokens: u32,
    /// In the answer.
    pub generated_tokens: u32,
}

/// Where the time went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Timings {
    /// Waiting for other requests, and for the model to be loaded.
    pub waiting: Duration,
    /// Reading the prompt.
    pub reading: Duration,
    /// Generating the answer.
    pub generating: Duration,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Completed {
    /// The answer.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
    /// What it cost.
    pub usage: Usage,
    /// Where the time went.
    pub timings: Timings,
    /// The model that answered.
    pub model: Arc<str>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// There is none to ask.
    #[error("there is no language model: {0}")]
    Absent(String),
    /// It cannot be used now: what is wrong, and what a person can do.
    #[error("the language model cannot be used: {0}")]
    Unusable(String),
    /// Too many requests wait.
    #[error("the language model is busy: {waiting} requests wait already")]
    Busy {
        /// How many wait.
        waiting: usize,
    },
    /// The time was up.
    #[error("the language model did not answer within {0:?}")]
    TooSlow(Duration),
    /// Somebody cancelled it.
    #[error("the request to the language model was cancelled")]
    Cancelled,
    /// The prompt and its answer do not fit.
    #[error("the prompt has {prompt} tokens and its answer may have {answer}, but only {context} fit")]
    TooLong {
        /// Tokens of the prompt.
        prompt: usize,
        /// Tokens of the answer.
        answer: usize,
        /// Tokens that fit in all.
        context: usize,
    },
    /// Something in the request makes no sense.
    #[error("the request to the language model is wrong: {0}")]
    BadRequest(String),
    /// The engine failed.
    #[error("the language model failed: {0}")]
    Failed(String),
    /// The hub stops.
    #[error("the hub is stopping")]
    Stopping,
}

/// How far a model is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum ModelState {
    /// There is none, and why.
    Absent(String),
    /// It is loaded with the first request.
    Unloaded,
    /// It is being loaded.
    Loading,
    /// It answers.
    Ready,
    /// It cannot be used: what is wrong, and what a person can do.
    Failed(String),
}

/// How a model is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelStatus {
    /// Its name, if there is one.
    pub name: Option<Arc<str>>,
    /// How far it is.
    #[serde(flatten)]
    pub state: ModelState,
    /// Tokens that prompt and answer may have together; 0 while it is not known.
    pub context_tokens: u32,
    /// Bytes that it takes, by the plan made before loading; 0 while nothing is loaded.
    pub planned_bytes: u64,
    /// Requests that wait.
    pub waiting: usize,
    /// Most requests that may wait.
    pub most_waiting: usize,
    /// Since the hub started.
    pub totals: ModelTotals,
}

/// What a model did since the hub started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ModelTotals {
    /// Answers given.
    pub answers: u64,
    /// Requests without an answer.
    pub failures: u64,
    /// Tokens of prompts that were read.
    pub tokens_read: u64,
    /// Tokens of prompts that did not have to be read.
    pub tokens_reused: u64,
    /// Tokens generated.
    pub tokens_generated: u64,
    /// Time spent reading prompts.
    pub reading: Duration,
    /// Time spent generating.
    pub generating: Duration,
    /// How often a model was loaded.
    pub loads: u64,
}
