//! What the hub asks where no sentence template matches: what does this sentence want of this home?

use futures_util::future::BoxFuture;

use crate::intent::Excerpt;
use crate::model::Intent;

/// Something that decides what a sentence wants.
pub trait Decider: Send + Sync + 'static {
    /// Decides. The future is done when the decision is there, or cannot come any more; dropping it cancels.
    fn decide(&self, wish: Wish) -> BoxFuture<'static, Result<Decided, CannotDecide>>;
}

/// A sentence, and the part of the home that it may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What was said.
    pub text: String,
    /// Language tag of the names in the excerpt.
    pub language: String,
    /// The home as far as it matters.
    pub excerpt: Excerpt,
}

/// A decision, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// What is to be done.
    pub decision: Decision,
    /// Who decided: the model's name.
    pub by: String,
    /// What the model said, word for word.
    pub said: String,
    /// Tokens that were read for it.
    pub tokens_read: u32,
    /// Tokens of the prompt that were known already.
    pub tokens_reused: u32,
    /// Tokens of the answer.
    pub tokens_generated: u32,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// These wishes, in this order.
    Do(Vec<Asked>),
    /// Nothing is to be done.
    No(Why),
}

/// One wish.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// In the names of Home Assistant's intents; entities, areas and floors are given by their ids.
    pub intent: Intent,
    /// Which of the language's answers fits a question: `one`, `any`, `which`, `all`, `how_many`.
    pub response: Option<String>,
}

/// Why nothing is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was no wish.
    Chat,
    /// A wish, but it does not say enough.
    Unclear,
    /// The home has nothing that could do it.
    Impossible,
}

/// Why there is no decision; the sentence then stays not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotDecide {
    /// There is no model, or not one that decides.
    #[error("no model decides: {0}")]
    Absent(String),
    /// The model did not answer, or not in time.
    #[error("{0}")]
    Failed(String),
}
