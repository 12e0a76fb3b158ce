//! Devices that are a handful of values: each has a topic for its state and one for commands, and a rule says how
//! they hang together.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Publish, Timestamp};

use super::card::Card;
use super::machine::{Machine, Text, after, retained, round, whole};

/// What a command may set a value to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Allowed {
    /// One of these.
    Words(&'static [&'static str]),
    /// One of these, done and not kept.
    Press(&'static [&'static str]),
    /// A number from a lowest to a highest, with so many digits behind the point.
    Number(f64, f64, i32),
    /// Any text up to so many characters.
    Text(usize),
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A command set a value, or pressed something.
    Set(&'static str, &'a str),
    /// Time went by.
    Tick,
}

/// The values of a device, and what follows from a change.
#[derive(Debug, Default)]
pub(super) struct Values {
    values: BTreeMap<&'static str, String>,
    /// Changed since they were last told.
    changed: Vec<&'static str>,
    /// When the rule wants to be asked again.
    pub(super) wake: Option<Timestamp>,
    /// Messages besides the device's own state: its topic's last part, and what to say.
    pub(super) said: Vec<Publish>,
}

impl Values {
    pub(super) fn get(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }

    pub(super) fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == value
    }

    pub(super) fn number(&self, key: &str) -> f64 {
        self.get(key).parse().unwrap_or(0.0)
    }

    pub(super) fn set(&mut self, key: &'static str, value: impl Into<String>) {
        let value = value.into();
        if self.values.get(key) != Some(&value) {
            self.values.insert(key, value);
            self.changed.push(key);
        }
    }

    /// Takes a value nearer to another by at most a step; whether it has arrived.
    pub(super) fn approach(&mut self, key: &'static str, target: f64, step: f64) -> bool {
        let value = self.number(key);
        let next = round(value + (target - value).clamp(-step, step), 1);
        self.set(key, next.to_string());
        (next - target).abs() < 0.05
    }

    pub(super) fn wake_in(&mut self, millis: i64, now: Timestamp) {
        self.wake = Some(after(now, millis));
    }
}

/// How the values of a device hang together.
pub(super) type Rule = fn(&mut Values, &Card, Event<'_>, Timestamp);

/// One entity of a device: component, part, name and the component's own keys.
pub(super) type Entity = (&'static str, &'static str, Option<Text>, Value);

/// How a device of this sort is described.
pub(super) struct Sheet {
    /// Its entities. In texts of their keys `~` stands for the device's topic.
    pub(super) entities: Vec<Entity>,
    /// One discovery message for all of them.
    pub(super) whole: bool,
    /// Its values at the start; each has a state topic of its name.
    pub(super) values: &'static [(&'static str, &'static str)],
    /// What may be set by `NAME/set`.
    pub(super) commands: &'static [(&'static str, Allowed)],
    /// The rule.
    pub(super) rule: Rule,
    /// Words that set a value from outside, for tests and shows.
    pub(super) words: &'static [(&'static str, &'static str, &'static str)],
}

pub(super) struct Slots {
    card: Card,
    sheet: Sheet,
    values: Values,
}

impl Slots {
    pub(super) fn new(card: Card, sheet: Sheet) -> Self {
        let mut values = Values::default();
        for (key, value) in sheet.values {
            values.values.insert(key, (*value).to_owned());
        }
        values.wake = Some(Timestamp::from_millis(0));
        Self { card, sheet, values }
    }

    fn tell(&self, key: &str) -> Publish {
        retained(self.card.topic(key), self.values.get(key).to_owned())
    }

    fn apply(&mut self, event: Event<'_>, now: Timestamp) -> Vec<Publish> {
        (self.sheet.rule)(&mut self.values, &self.card, event, now);
        let mut keys = std::mem::take(&mut self.values.changed);
        keys.sort_unstable();
        keys.dedup();
        let mut said: Vec<Publish> = keys.into_iter().map(|key| self.tell(key)).collect();
        said.append(&mut self.values.said);
        said
    }
}

impl Machine for Slots {
    fn topics(&self) -> Vec<String> {
        self.sheet.commands.iter().map(|(key, _)| self.card.topic(&format!("{key}/set"))).collect()
    }

    fn announce(&self) -> Vec<Publish> {
        let base = self.card.topic("");
        let entities = self.sheet.entities.iter().map(|(component, part, name, body)| {
            let mut body = body.clone();
            spread(&mut body, &base);
            (*component, *part, *name, body)
        });
        if self.sheet.whole {
            return vec![self.card.whole(entities.collect())];
        }
        entities.map(|(component, part, name, body)| self.card.entity(component, part, name, body)).collect()
    }

    fn report(&self, _: Timestamp) -> Vec<Publish> {
        self.values.values.keys().map(|key| self.tell(key)).collect()
    }

    fn receive(&mut self, topic: &str, payload: &str, now: Timestamp) -> Vec<Publish> {
        let known =
            self.sheet.commands.iter().find(|(key, _)| self.card.topic(&format!("{key}/set")) == topic);
        let Some((key, allowed)) = known else { return Vec::new() };
        let Some(value) = accept(*allowed, payload.trim()) else {
            tracing::debug!(topic, payload, "the simulated device does not know this command");
            return Vec::new();
        };
        let keep = !matches!(allowed, Allowed::Press(_));
        if keep {
            self.values.set(key, value.clone());
            // A device confirms what it was told, also when it was so already.
            self.values.changed.push(key);
        }
        self.apply(Event::Set(key, &value), now)
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Publish> {
        if self.values.wake.is_none_or(|wake| now < wake) {
            return Vec::new();
        }
        self.values.wake = None;
        self.apply(Event::Tick, now)
    }

    fn due(&self) -> Option<Timestamp> {
        self.values.wake
    }

    fn provoke(&mut self, word: &str, now: Timestamp) -> bool {
        let Some((_, key, value)) = self.sheet.words.iter().find(|(known, ..)| *known == word) else {
            return false;
        };
        self.values.set(key, *value);
        self.values.wake_in(0, now);
        true
    }
}

/// The value that a command asks for, if it may.
fn accept(allowed: Allowed, payload: &str) -> Option<String> {
    // Sirens and some others are told by an object with a state in it.
    let object: Option<Value> = serde_json::from_str(payload).ok().filter(Value::is_object);
    let inner = object.as_ref().and_then(|object| object.get("state")).and_then(Value::as_str);
    let payload = inner.unwrap_or(payload);
    match allowed {
        Allowed::Words(words) | Allowed::Press(words) => {
            words.iter().find(|word| word.eq_ignore_ascii_case(payload)).map(|word| (*word).to_owned())
        }
        Allowed::Number(low, high, digits) => {
            let number: f64 = payload.parse().ok().filter(|number: &f64| number.is_finite())?;
            let number = number.clamp(low, high);
            Some(if digits == 0 { whole(number).to_string() } else { round(number, digits).to_string() })
        }
        Allowed::Text(most) => (payload.chars().count() <= most).then(|| payload.to_owned()),
    }
}

/// Writes the device's topic for `~`.
fn spread(body: &mut Value, base: &str) {
    match body {
        Value::String(text) => {
            if let Some(rest) = text.strip_prefix('~') {
                *text = format!("{base}{rest}");
            }
        }
        Value::Object(map) => map.values_mut().for_each(|value| spread(value, base)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_allowed_is_taken() {
        let words = Allowed::Words(&["heat", "off"]);
        for (allowed, payload, expected) in [
            (words, "HEAT", Some("heat")),
            (words, "burn", None),
            (Allowed::Words(&["ON"]), r#"{"state":"ON","tone":"bell"}"#, Some("ON")),
            (Allowed::Number(5.0, 30.0, 1), "21.26", Some("21.3")),
            (Allowed::Number(5.0, 30.0, 1), "99", Some("30")),
            (Allowed::Number(5.0, 30.0, 0), "6.6", Some("7")),
            (Allowed::Number(5.0, 30.0, 1), "NaN", None),
            (Allowed::Number(5.0, 30.0, 1), "warm", None),
            (Allowed::Text(3), "你好", Some("你好")),
            (Allowed::Text(3), "four", None),
        ] {
            assert_eq!(accept(allowed, payload).as_deref(), expected, "{payload}");
        }
    }
}
