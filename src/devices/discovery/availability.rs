//! Whether a device can be reached, from one or several topics.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::template::{Payload, Template, Templates};
use super::abbreviations::{Table, expand};
use super::fields::Fields;
use crate::model::Availability as Mode;

/// The availability topics of an entity and what they said last.
#[derive(Debug)]
pub(crate) struct Availability {
    pub(crate) topics: Box<[Topic]>,
    mode: Mode,
    latest: bool,
}

/// One availability topic.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) topic: Arc<str>,
    template: Option<Template>,
    available: Arc<str>,
    not_available: Arc<str>,
    now: bool,
}

/// Reads `availability_topic` or the list `availability`; `None` when there is neither.
pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Box<Availability>> {
    let mut topics = Vec::new();
    if let Some(topic) = fields.subscribe("availability_topic")
        && let Ok(template) = fields.template("availability_template")
    {
        let available = fields.payload_or("payload_available", "online");
        let not_available = fields.payload_or("payload_not_available", "offline");
        topics.push(Topic { topic, template, available, not_available, now: false });
    }
    let entries: &[Value] = match fields.get("availability") {
        Some(Value::Array(entries)) => entries,
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    for entry in entries.iter().take(32) {
        match entry.as_object() {
            Some(map) => topics.extend(one(map, fields)),
            None => fields.note("an entry of availability is no mapping and was left out"),
        }
    }
    if topics.is_empty() {
        return None;
    }
    let mode = match fields.text("availability_mode").as_deref() {
        Some("all") => Mode::All,
        Some("any") => Mode::Any,
        None | Some("latest") => Mode::Latest,
        Some(other) => {
            fields.note(format!("availability_mode {other:?} is none of all, any, latest"));
            Mode::Latest
        }
    };
    Some(Box::new(Availability { topics: topics.into(), mode, latest: false }))
}

fn one(map: &Map<String, Value>, outer: &mut Fields<'_>) -> Option<Topic> {
    let mut map = map.clone();
    expand(&mut map, Table::Component);
    if let Some(Value::String(topic)) = map.get_mut("topic") {
        *topic = outer.based(std::mem::take(topic));
    }
    let mut fields = Fields::new(&map, outer.strings, outer.templates);
    let topic = fields.subscribe("topic");
    let template = fields.template("value_template");
    let available = fields.payload_or("payload_available", "online");
    let not_available = fields.payload_or("payload_not_available", "offline");
    let notes = std::mem::take(&mut fields.notes);
    notes.into_iter().for_each(|note| outer.note(format!("availability: {note}")));
    Some(Topic { topic: topic?, template: template.ok()?, available, not_available, now: false })
}

impl Availability {
    /// Takes in a message on one of the topics.
    pub(crate) fn message(&mut self, index: usize, payload: &Payload<'_>, templates: &Templates) {
        let Some(topic) = self.topics.get_mut(index) else { return };
        let text = match &topic.template {
            Some(template) => templates.read(template, payload).ok(),
            None => payload.text().map(ToOwned::to_owned),
        };
        let Some(text) = text else { return };
        let now = if *text == *topic.available {
            true
        } else if *text == *topic.not_available {
            false
        } else {
            return;
        };
        topic.now = now;
        self.latest = now;
    }

    /// Whether the device can be reached, by all that was said so far.
    pub(crate) fn is_available(&self) -> bool {
        match self.mode {
            Mode::All => self.topics.iter().all(|topic| topic.now),
            Mode::Any => self.topics.iter().any(|topic| topic.now),
            Mode::Latest => self.latest,
        }
    }

    /// Carries over what the same topics said before the device announced itself again.
    pub(crate) fn remember(&mut self, before: &Self) {
        for topic in &mut self.topics {
            if let Some(old) = before.topics.iter().find(|old| old.topic == topic.topic) {
                topic.now = old.now;
            }
        }
        self.latest = before.latest;
    }
}
