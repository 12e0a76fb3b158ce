//! From a sentence to what is wished: templates, matcher, targets, plan and words of the reply. Pure.

mod capability;
mod conclude;
mod facts;
mod plan;
mod resolver;

pub use conclude::{assume_done, conclude};
pub use facts::{Conclusion, Facts, Failure, Note, Shown, SlotWords, TimerFacts};
pub use plan::{Context, Plan, plan};
pub use resolver::{Candidate, Targets};
