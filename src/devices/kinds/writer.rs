//! Writing an entity's messages.

use std::fmt::Display;

use bytes::Bytes;
use minijinja::Value;

use crate::model::{Action, Entity, Publish, State};

use super::super::effect::CommandError;
use super::super::template::Templates;
use super::draft::number_text;
use super::{Role, Write};

/// The entity that a command is for, as it is now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) entity: &'a Entity,
    pub(crate) state: &'a State,
}

impl Subject<'_> {
    /// One of the entity's capabilities as a number.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.entity.capabilities.get(name).and_then(serde_json::Value::as_f64)
    }

    /// An attribute of the state as a number.
    pub(crate) fn attribute(&self, name: &str) -> Option<f64> {
        self.state.attributes.get(name).and_then(serde_json::Value::as_f64)
    }

    /// Whether a list among the capabilities has this word.
    pub(crate) fn offers(&self, list: &str, word: &str) -> bool {
        self.words(list).any(|offered| offered == word)
    }

    /// The words of a list among the capabilities.
    pub(crate) fn words(&self, list: &str) -> impl Iterator<Item = &str> {
        let list = self.entity.capabilities.get(list).and_then(serde_json::Value::as_array);
        list.into_iter().flatten().filter_map(serde_json::Value::as_str)
    }
}

/// Collects the messages of one command.
pub(crate) struct Writer<'a> {
    pub(crate) subject: Subject<'a>,
    pub(crate) action: &'a Action,
    pub(crate) writes: &'a [Write],
    pub(crate) templates: &'a Templates,
    pub(crate) qos: u8,
    pub(crate) retain: bool,
    pub(crate) out: Vec<Publish>,
}

impl Writer<'_> {
    /// Whether the entity has a topic for this role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.writes.iter().any(|write| write.role == role)
    }

    /// Sends a fixed text, past the topic's template.
    pub(crate) fn raw(&mut self, role: Role, payload: &str) -> Result<(), CommandError> {
        let topic = self.topic(role)?.topic.to_string();
        self.push(topic, payload.to_owned());
        Ok(())
    }

    /// Sends a value through the topic's template; without a template the value as text.
    pub(crate) fn send(&mut self, role: Role, value: impl Into<Value>) -> Result<(), CommandError> {
        self.send_with(role, value, &[])
    }

    /// Sends a number as text: whole where it is whole.
    pub(crate) fn number(&mut self, role: Role, number: f64) -> Result<(), CommandError> {
        self.send(role, number_value(number))
    }

    /// As [`Writer::send`], with more variables for the template.
    pub(crate) fn send_with(
        &mut self,
        role: Role,
        value: impl Into<Value>,
        more: &[(&str, Value)],
    ) -> Result<(), CommandError> {
        let write = self.topic(role)?;
        let (topic, template) = (write.topic.to_string(), write.template.clone());
        let value = value.into();
        let payload = match template {
            None => self.plain(&value),
            Some(template) => self.render(&template, value, more)?,
        };
        self.push(topic, payload);
        Ok(())
    }

    /// What a template makes of a value and more variables.
    pub(crate) fn render(
        &self,
        template: &super::Template,
        value: Value,
        more: &[(&str, Value)],
    ) -> Result<String, CommandError> {
        let entity = self.subject.entity;
        let mut variables = vec![
            ("value", value),
            ("entity_id", Value::from(entity.id.as_str())),
            ("name", Value::from(entity.names.name.as_str())),
        ];
        variables.extend(more.iter().cloned());
        self.templates
            .write(template, &variables)
            .map_err(|error| CommandError::Template { entity: entity.id.clone(), reason: error.to_string() })
    }

    fn plain(&self, value: &Value) -> String {
        match f64::try_from(value.clone()) {
            Ok(number) if value.is_number() => number_text(number),
            _ => value.to_string(),
        }
    }

    fn topic(&self, role: Role) -> Result<&Write, CommandError> {
        self.writes.iter().find(|write| write.role == role).ok_or_else(|| self.unsupported())
    }

    fn push(&mut self, topic: String, payload: String) {
        let payload = Bytes::from(payload);
        self.out.push(Publish { topic, payload, qos: self.qos, retain: self.retain });
    }

    /// The error for what this entity cannot do.
    pub(crate) fn unsupported(&self) -> CommandError {
        let action = serde_json::to_value(self.action).ok();
        let name = action.as_ref().and_then(|value| value.get("action")).and_then(|name| name.as_str());
        CommandError::Unsupported {
            entity: self.subject.entity.id.clone(),
            what: name.unwrap_or("do this").replace('_', " "),
        }
    }

    /// The error for a value that this entity does not take.
    pub(crate) fn bad(&self, what: &'static str, value: impl Display, allowed: impl Display) -> CommandError {
        CommandError::BadValue {
            entity: self.subject.entity.id.clone(),
            what,
            value: value.to_string(),
            allowed: allowed.to_string(),
        }
    }

    /// Checks that a word is in a list among the entity's capabilities.
    pub(crate) fn choose(&self, list: &str, what: &'static str, word: &str) -> Result<(), CommandError> {
        if self.subject.offers(list, word) {
            return Ok(());
        }
        let offered: Vec<&str> = self.subject.words(list).take(40).collect();
        Err(self.bad(what, word, format!("it takes {}", offered.join(", "))))
    }
}

/// A number for templates: whole where it is whole, as Python callers pass it.
pub(crate) fn number_value(number: f64) -> Value {
    match super::draft::tidy(number).as_i64() {
        Some(whole) => Value::from(whole),
        None => Value::from(number),
    }
}
