//! The state of an entity while a message is being taken in.

use bytes::Bytes;
use serde_json::Value;

use crate::model::{Attributes, State};

use super::super::template::python_float;

/// The new state as far as it differs from the old one, which is only copied when needed.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    old: &'a State,
    state: Option<String>,
    attributes: Option<Attributes>,
    /// Things that happened: type and attributes.
    pub(crate) events: Vec<(String, Attributes)>,
    /// A picture that came.
    pub(crate) picture: Option<Bytes>,
    /// Set when the message said anything at all.
    pub(crate) touched: bool,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(old: &'a State) -> Self {
        Self { old, state: None, attributes: None, events: Vec::new(), picture: None, touched: false }
    }

    pub(crate) fn state(&self) -> &str {
        self.state.as_deref().unwrap_or(&self.old.state)
    }

    pub(crate) fn set_state(&mut self, state: &str) {
        self.touched = true;
        if self.state() != state {
            self.state = Some(state.to_owned());
        }
    }

    pub(crate) fn attributes(&self) -> &Attributes {
        self.attributes.as_ref().unwrap_or(&self.old.attributes)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.attributes().get(name)
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(Value::as_f64)
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.touched = true;
        let value = value.into();
        if self.get(name) != Some(&value) {
            self.changed().insert(name.to_owned(), value);
        }
    }

    /// Sets a number as a whole number where it is one.
    pub(crate) fn set_number(&mut self, name: &str, number: f64) {
        self.set(name, tidy(number));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.touched = true;
        if self.attributes().contains_key(name) {
            self.changed().shift_remove(name);
        }
    }

    fn changed(&mut self) -> &mut Attributes {
        self.attributes.get_or_insert_with(|| self.old.attributes.clone())
    }

    /// The new state text and attributes, as far as they are new.
    pub(crate) fn finish(self) -> (Option<String>, Option<Attributes>, Vec<(String, Attributes)>) {
        (self.state, self.attributes, self.events)
    }
}

/// A number as JSON: whole where it is whole.
pub(crate) fn tidy(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
        let whole = number as i64;
        return Value::from(whole);
    }
    Value::from(number)
}

/// A number as the text of a state or message: `21`, `21.5`.
pub(crate) fn number_text(number: f64) -> String {
    match tidy(number) {
        Value::Number(whole) if whole.is_i64() => whole.to_string(),
        _ => python_float(number),
    }
}
