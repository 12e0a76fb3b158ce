//! The JSON documents of the package `home-assistant-intents`, and our own of the same shape, as serde reads them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::model::SlotValue;

/// An object whose keys keep their order, since order breaks ties among templates.
#[derive(Debug)]
pub(super) struct Ordered<'a, T>(pub(super) Vec<(Cow<'a, str>, T)>);

impl<T> Default for Ordered<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Ordered<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<'a, T>(PhantomData<(&'a (), T)>);
        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Object<'a, T> {
            type Value = Ordered<'a, T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Ordered::default())
            }
        }
        deserializer.deserialize_any(Object(PhantomData))
    }
}

/// The whole document of a language.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow)]
    pub(super) language: Cow<'a, str>,
    #[serde(default)]
    pub(super) settings: Option<Settings>,
    #[serde(borrow, default)]
    pub(super) intents: Ordered<'a, Intent<'a>>,
    #[serde(borrow, default)]
    pub(super) lists: Ordered<'a, List<'a>>,
    #[serde(borrow, default)]
    pub(super) expansion_rules: Ordered<'a, Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) skip_words: Vec<Cow<'a, str>>,
    /// Words that mean nothing where a sentence begins or ends; only our own documents have them.
    #[serde(borrow, default)]
    pub(super) skip_ends: SkipEnds<'a>,
    #[serde(borrow, default)]
    pub(super) responses: Responses<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Settings {
    #[serde(default)]
    pub(super) ignore_whitespace: bool,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SkipEnds<'a> {
    #[serde(borrow, default)]
    pub(super) start: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) end: Vec<Cow<'a, str>>,
}

#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Responses<'a> {
    #[serde(borrow, default)]
    pub(super) errors: Ordered<'a, Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) intents: Ordered<'a, Ordered<'a, Cow<'a, str>>>,
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Intent<'a> {
    #[serde(borrow, default)]
    pub(super) data: Vec<Block<'a>>,
}

/// Sentences with what they have in common.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Block<'a> {
    #[serde(borrow)]
    pub(super) sentences: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) slots: Ordered<'a, SlotValue>,
    #[serde(borrow, default)]
    pub(super) response: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) requires_context: Ordered<'a, Option<Wanted<'a>>>,
    #[serde(borrow, default)]
    pub(super) excludes_context: Ordered<'a, Option<Wanted<'a>>>,
    #[serde(borrow, default)]
    pub(super) expansion_rules: Ordered<'a, Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) lists: Ordered<'a, List<'a>>,
}

/// A context's value, with or without the slot that it is copied into.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Wanted<'a> {
    Value(SlotValue),
    Copied {
        #[serde(default)]
        value: Option<SlotValue>,
        #[serde(borrow, default)]
        slot: Option<SlotName<'a>>,
    },
}

#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum SlotName<'a> {
    SameAsKey(bool),
    Named(#[serde(borrow)] Cow<'a, str>),
}

/// A list holds values, or is a range, or a wildcard.
#[derive(Debug, serde::Deserialize)]
pub(super) struct List<'a> {
    #[serde(borrow, default)]
    pub(super) values: Option<Vec<Value<'a>>>,
    #[serde(borrow, default)]
    pub(super) range: Option<Range<'a>>,
    #[serde(default)]
    pub(super) wildcard: bool,
}

#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Value<'a> {
    Plain(#[serde(borrow)] Cow<'a, str>),
    InOut {
        #[serde(borrow, rename = "in")]
        said: Cow<'a, str>,
        #[serde(default)]
        out: Option<SlotValue>,
        #[serde(borrow, default)]
        context: Ordered<'a, SlotValue>,
    },
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Range<'a> {
    pub(super) from: i32,
    pub(super) to: i32,
    #[serde(default = "one")]
    pub(super) step: i32,
    #[serde(borrow, default)]
    pub(super) fractions: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(super) multiplier: Option<f64>,
    #[serde(default = "yes")]
    pub(super) digits: bool,
    #[serde(default = "yes")]
    pub(super) words: bool,
}

fn one() -> i32 {
    1
}

fn yes() -> bool {
    true
}
