//! From a sentence to what is wished: templates, matcher, targets, plan and words of the reply. Pure.

mod capability;
mod choose;
mod compile;
mod conclude;
mod data;
mod engine;
mod excerpt;
mod facts;
mod fragments;
mod grammar;
mod language;
mod lists;
mod matcher;
mod names;
mod nearest;
mod numbers;
mod plan;
mod preview;
#[cfg(test)]
mod properties;
mod repeat;
mod resolver;
mod responses;
mod sample;
mod skip;
mod source;
mod state_words;
mod template;
#[cfg(test)]
pub(crate) mod test_home;
mod text;
mod trie;

pub use choose::choose;
pub use compile::GrammarError;
pub use conclude::{assume_done, conclude};
pub use excerpt::{Excerpt, Item, Place};
pub use facts::{Conclusion, Facts, Failure, Note, Shown, SlotWords, TimerFacts};
pub use language::{Language, LanguageError};
pub use matcher::{MAX_CHARS, Matcher, NoMatch};
pub use plan::{Context, Plan, list_names, plan};
pub use preview::{Preview, preview};
pub use repeat::is_repeatable;
pub use resolver::{Candidate, Targets};
pub use responses::{render, texts};
pub use sample::spoken_forms;
