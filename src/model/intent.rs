//! What a sentence means.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The value of a slot, as the sentence templates give it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SlotValue {
    /// A whole number (percentages, minutes, degrees).
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A word, a name or free text.
    Text(String),
    /// Several words, where a template names more than one domain or device class.
    Many(Vec<String>),
}

impl SlotValue {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[allow(clippy::cast_precision_loss, reason = "slot numbers are small")]
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }
}

/// A recognised wish, in the names of Home Assistant's intents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Intent {
    /// For example `HassTurnOn`.
    pub name: String,
    /// For example `name`, `area`, `brightness`.
    pub slots: BTreeMap<String, SlotValue>,
}

/// An intent and how it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recognition {
    /// What is wished.
    pub intent: Intent,
    /// Key of the response text among the intent's responses.
    pub response: String,
    /// The language whose templates matched.
    pub language: String,
    /// The template that matched, for the trace.
    pub template: String,
    /// What each slot's words were in the sentence.
    pub spoken: BTreeMap<String, String>,
    /// Context that the template asks for or brings (`domain`, `area`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, SlotValue>,
}
