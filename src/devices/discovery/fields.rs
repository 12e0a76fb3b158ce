//! Reading the keys of a discovery message: lenient, and with a note for whatever is left out.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::strings::Strings;
use super::super::template::{Encoding, Template, Templates};
use super::topic;

/// The keys of one component, with what is needed to read them.
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    /// The `~` topic.
    base: Option<&'a str>,
    pub(crate) strings: &'a mut Strings,
    pub(crate) templates: &'a mut Templates,
    /// What was left out, and why.
    pub(crate) notes: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(
        map: &'a Map<String, Value>,
        strings: &'a mut Strings,
        templates: &'a mut Templates,
    ) -> Self {
        let base = map.get("~").and_then(Value::as_str);
        Self { map, base, strings, templates, notes: Vec::new() }
    }

    /// The value as it came; a null counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Whether the key is there, null or not.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        // A hostile message must not make a mountain of notes.
        if self.notes.len() < 20 {
            self.notes.push(text.into());
        }
    }

    /// A text; numbers and booleans are taken as text, as Home Assistant does.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        let value = self.get(key)?;
        let text = scalar(value);
        if text.is_none() {
            self.note(format!("{key} is no text and was left out"));
        }
        text
    }

    /// A text shared with every entity that has the same.
    pub(crate) fn shared(&mut self, key: &str) -> Option<Arc<str>> {
        let text = self.text(key)?;
        Some(self.strings.get(&text))
    }

    /// A text, or this one where the key is missing. An explicit null gives `None`.
    pub(crate) fn shared_or(&mut self, key: &str, default: &str) -> Option<Arc<str>> {
        if self.map.get(key).is_some_and(Value::is_null) {
            return None;
        }
        Some(self.payload_or(key, default))
    }

    /// A text, or this one where the key is missing.
    pub(crate) fn payload_or(&mut self, key: &str, default: &str) -> Arc<str> {
        match self.shared(key) {
            Some(text) => text,
            None => self.strings.get(default),
        }
    }

    /// True or false in any of the ways in which Home Assistant accepts them.
    pub(crate) fn flag(&mut self, key: &str) -> Option<bool> {
        let flag = match self.get(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => number.as_f64().map(|number| number != 0.0),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" | "enable" => Some(true),
                "0" | "false" | "no" | "off" | "disable" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if flag.is_none() {
            self.note(format!("{key} is neither true nor false and was left out"));
        }
        flag
    }

    /// A finite number, also when it comes as text.
    pub(crate) fn number(&mut self, key: &str) -> Option<f64> {
        let number = match self.get(key)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.note(format!("{key} is no number and was left out"));
        }
        number
    }

    /// How messages are to be read; encodings that no device sends any more are taken as UTF-8.
    pub(crate) fn encoding(&mut self) -> Encoding {
        let named = self.text("encoding").map(|name| name.trim().to_ascii_lowercase().replace('_', "-"));
        match named.as_deref() {
            None | Some("utf-8" | "utf8" | "ascii" | "us-ascii") => Encoding::Utf8,
            Some("") => Encoding::Raw,
            Some("iso-8859-1" | "iso8859-1" | "latin-1" | "latin1" | "windows-1252" | "cp1252") => {
                Encoding::Latin1
            }
            Some(other) => {
                self.note(format!("encoding {other:?} is not known, and UTF-8 is taken for it"));
                Encoding::Utf8
            }
        }
    }

    /// A list of texts; a single text is a list of one.
    pub(crate) fn list(&mut self, key: &str) -> Option<Vec<String>> {
        let list = match self.get(key)? {
            Value::Array(items) => items.iter().filter_map(scalar).collect(),
            single => scalar(single).into_iter().collect::<Vec<_>>(),
        };
        Some(list)
    }

    /// A topic to subscribe to.
    pub(crate) fn subscribe(&mut self, key: &str) -> Option<Arc<str>> {
        self.topic(key, topic::check_subscribe)
    }

    /// A topic to publish to.
    pub(crate) fn publish(&mut self, key: &str) -> Option<Arc<str>> {
        self.topic(key, topic::check_publish)
    }

    fn topic(&mut self, key: &str, check: fn(&str) -> Result<(), String>) -> Option<Arc<str>> {
        let text = self.text(key)?;
        let text = self.based(text);
        match check(&text) {
            Ok(()) => Some(self.strings.get(&text)),
            Err(reason) => {
                self.note(format!("{key} was left out: {reason}"));
                None
            }
        }
    }

    /// Puts the `~` topic in, at the start or at the end.
    pub(crate) fn based(&self, text: String) -> String {
        let Some(base) = self.base else { return text };
        if let Some(rest) = text.strip_prefix('~') {
            return format!("{base}{rest}");
        }
        match text.strip_suffix('~') {
            Some(rest) => format!("{rest}{base}"),
            None => text,
        }
    }

    /// A template; one that does not compile is noted, and `Err` so that its topic is not misread.
    pub(crate) fn template(&mut self, key: &str) -> Result<Option<Template>, String> {
        let Some(source) = self.text(key) else { return Ok(None) };
        self.compile(key, &source)
    }

    /// Compiles a template that came under a key.
    pub(crate) fn compile(&mut self, key: &str, source: &str) -> Result<Option<Template>, String> {
        if source.is_empty() {
            return Ok(None);
        }
        self.templates.compile(source).map(Some).map_err(|error| {
            let reason = format!("{key} does not compile: {error}");
            self.note(reason.clone());
            reason
        })
    }
}

/// A text, number or boolean as text.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) => Some(value.to_string()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        _ => None,
    }
}
