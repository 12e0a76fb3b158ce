//! Sensors: figures that drift, energy that is counted, and contacts that open and close.

use serde_json::{Value, json};

use crate::model::{Publish, Timestamp};

use super::card::{Card, Style};
use super::machine::{Chance, Drift, Machine, Text, after, json as message, put, retained, round};

/// Where a figure comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Drift(Drift),
    /// Kilowatt hours of the figure before this one, which is in watts, from a reading on.
    Energy(f64),
}

/// One figure of a sensor.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub(super) key: &'static str,
    pub(super) name: Text,
    /// Home Assistant's device class, unit and state class.
    pub(super) class: (&'static str, &'static str, &'static str),
    pub(super) source: Source,
    pub(super) diagnostic: bool,
}

impl Figure {
    /// A figure that drifts; what it is measures itself as.
    pub(super) fn new(key: &'static str, name: Text, unit: &'static str, drift: Drift) -> Self {
        Self { key, name, class: (key, unit, "measurement"), source: Source::Drift(drift), diagnostic: false }
    }

    /// A battery that empties slowly enough to stay as it is.
    pub(super) fn battery(level: f64) -> Self {
        let drift = Drift { middle: level, swing: 0.0, period: 1.0, noise: 0.0, digits: 0 };
        Self { diagnostic: true, ..Self::new("battery", ("Battery", "电池"), "%", drift) }
    }

    /// Kilowatt hours of the power in front of it.
    pub(super) fn energy(reading: f64) -> Self {
        Self {
            key: "energy",
            name: ("Energy", "电量"),
            class: ("energy", "kWh", "total_increasing"),
            source: Source::Energy(reading),
            diagnostic: false,
        }
    }
}

/// Something that is either so or so, and changes by itself.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub(super) key: &'static str,
    pub(super) class: &'static str,
    /// What is sent when it is open, wet, occupied.
    pub(super) on_is: bool,
    /// How long it stays off and on, in seconds; never comes on by itself without.
    pub(super) rhythm: Option<((i64, i64), (i64, i64))>,
    /// Words that provoke it on and off.
    pub(super) words: (&'static str, &'static str),
}

pub(super) struct Sensor {
    card: Card,
    figures: Vec<Figure>,
    contact: Option<Contact>,
    on: bool,
    changes: Option<Timestamp>,
    seed: u64,
    chance: Chance,
    every: i64,
    next: Option<Timestamp>,
    counted: f64,
    last: Option<Timestamp>,
}

impl Sensor {
    pub(super) fn new(
        card: Card,
        figures: Vec<Figure>,
        contact: Option<Contact>,
        seed: u64,
        every: i64,
    ) -> Self {
        Self {
            card,
            figures,
            contact,
            on: false,
            changes: None,
            seed,
            chance: Chance::new(seed),
            every: every * 1_000,
            next: Some(Timestamp::from_millis(0)),
            counted: 0.0,
            last: None,
        }
    }

    fn drift(&self, index: usize, now: Timestamp) -> f64 {
        match self.figures.get(index).map(|figure| figure.source) {
            Some(Source::Drift(drift)) => {
                drift.at(now, self.seed.wrapping_add(u64::try_from(index).unwrap_or(0) * 97))
            }
            Some(Source::Energy(reading)) => round(reading + self.counted, 4),
            None => 0.0,
        }
    }

    /// Adds what went through since the last look.
    fn count(&mut self, now: Timestamp) {
        let counter = self.figures.iter().position(|figure| matches!(figure.source, Source::Energy(_)));
        if let (Some(counter), Some(last)) = (counter, self.last) {
            let hours = now.since(last).as_secs_f64() / 3_600.0;
            self.counted += self.drift(counter.saturating_sub(1), now) / 1_000.0 * hours;
        }
        self.last = Some(now);
    }

    fn set(&mut self, on: bool, now: Timestamp) {
        self.on = on;
        let rhythm = self.contact.as_ref().and_then(|contact| contact.rhythm);
        self.changes = rhythm.map(|(off_for, on_for)| {
            let (low, high) = if on { on_for } else { off_for };
            after(now, self.chance.between(low * 1_000, high * 1_000))
        });
    }

    fn schedule(&mut self, now: Timestamp) {
        self.next = Some(after(now, self.every));
    }
}

impl Machine for Sensor {
    fn topics(&self) -> Vec<String> {
        Vec::new()
    }

    fn announce(&self) -> Vec<Publish> {
        let zigbee = self.card.style == Style::Zigbee;
        let place = |key: &str, kind: &str| {
            if zigbee {
                json!({
                    "state_topic": self.card.topic(""),
                    "value_template": format!("{{{{ value_json.{key} }}}}"),
                })
            } else {
                json!({"state_topic": self.card.topic(&format!("{kind}/{key}/state"))})
            }
        };
        let mut said: Vec<Publish> = self
            .figures
            .iter()
            .map(|figure| {
                let (class, unit, state_class) = figure.class;
                let mut body = place(figure.key, "sensor");
                put(&mut body, "device_class", json!(class));
                put(&mut body, "unit_of_measurement", json!(unit));
                put(&mut body, "state_class", json!(state_class));
                put(&mut body, "object_id", json!(format!("{}_{}", self.card.id, figure.key)));
                if figure.diagnostic {
                    put(&mut body, "entity_category", json!("diagnostic"));
                }
                self.card.entity("sensor", figure.key, Some(figure.name), body)
            })
            .collect();
        if let Some(contact) = &self.contact {
            let mut body = place(contact.key, "binary_sensor");
            put(&mut body, "device_class", json!(contact.class));
            put(&mut body, "payload_on", json!(contact.on_is));
            put(&mut body, "payload_off", json!(!contact.on_is));
            put(&mut body, "object_id", json!(self.card.id));
            said.push(self.card.entity("binary_sensor", contact.key, None, body));
        }
        said
    }

    fn report(&self, now: Timestamp) -> Vec<Publish> {
        let figures =
            (0..).zip(&self.figures).map(|(index, figure)| (figure.key, json!(self.drift(index, now))));
        let contact = self.contact.iter().map(|contact| (contact.key, json!(self.on == contact.on_is)));
        if self.card.style == Style::Zigbee {
            let mut state: serde_json::Map<String, Value> =
                figures.chain(contact).map(|(key, value)| (key.to_owned(), value)).collect();
            state.insert("linkquality".to_owned(), json!(96));
            return vec![message(self.card.topic(""), &Value::Object(state))];
        }
        let say = |kind: &str, key: &str, value: &Value| {
            retained(self.card.topic(&format!("{kind}/{key}/state")), value.to_string())
        };
        figures
            .map(|(key, value)| say("sensor", key, &value))
            .chain(contact.map(|(key, value)| say("binary_sensor", key, &value)))
            .collect()
    }

    fn receive(&mut self, _: &str, _: &str, _: Timestamp) -> Vec<Publish> {
        Vec::new()
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Publish> {
        let turn = self.changes.is_some_and(|at| at <= now);
        if turn {
            self.set(!self.on, now);
        } else if self.changes.is_none() && self.contact.as_ref().is_some_and(|c| c.rhythm.is_some()) {
            self.set(self.on, now);
        }
        let due = self.next.is_some_and(|at| at <= now);
        if due {
            self.count(now);
            self.schedule(now);
        }
        if turn || due { self.report(now) } else { Vec::new() }
    }

    fn due(&self) -> Option<Timestamp> {
        [self.next, self.changes].into_iter().flatten().min()
    }

    fn provoke(&mut self, word: &str, now: Timestamp) -> bool {
        let words = self.contact.as_ref().map(|contact| contact.words);
        match words {
            Some((on, _)) if on == word => self.set(true, now),
            Some((_, off)) if off == word => self.set(false, now),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::timeline::Timeline;
    use super::super::{test_card, test_card_of};
    use super::*;

    fn steady(value: f64) -> Drift {
        Drift { middle: value, swing: 0.0, period: 60.0, noise: 0.0, digits: 1 }
    }

    #[test]
    fn a_door_opens_and_closes() {
        let contact = Contact {
            key: "contact",
            class: "door",
            on_is: false,
            rhythm: Some(((100, 101), (10, 11))),
            words: ("open", "closed"),
        };
        let door = Sensor::new(test_card("door"), vec![Figure::battery(80.0)], Some(contact), 3, 3_600);
        Timeline::new(door, "").table(&[
            (0, "", "", &[("/contact", "true"), ("/battery", "80.0")]),
            (1_000, "provoke", "open", &[("/contact", "false")]),
            (13_000, "", "", &[("/contact", "true")]),
            (50_000, "provoke", "open", &[("/contact", "false")]),
            (51_000, "provoke", "closed", &[("/contact", "true")]),
        ]);
    }

    #[test]
    fn energy_is_counted() {
        let figures =
            vec![Figure::new("power", ("Power", "功率"), "W", steady(2_000.0)), Figure::energy(10.0)];
        let meter = Sensor::new(test_card_of("meter", Style::Esphome), figures, None, 1, 60);
        let hour = 3_600_000;
        Timeline::new(meter, "energy/state")
            .table(&[(hour, "", "", &[("", "12.0")]), (2 * hour, "", "", &[("", "14.0")])]);
    }
}
