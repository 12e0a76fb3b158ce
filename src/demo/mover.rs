//! Covers and valves: they take their time, say where they are, and can be stopped on the way.

use serde_json::json;

use crate::model::{Publish, Timestamp};

use super::card::Card;
use super::machine::{Machine, Ramp, after, json as message, retained};

/// How often something that moves says where it is.
const STEP: i64 = 500;

/// What moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A cover, with its device class.
    Cover(&'static str),
    /// A valve, which gets its position where a cover gets a word.
    Valve,
}

pub(super) struct Mover {
    card: Card,
    kind: Kind,
    /// Milliseconds from closed to open.
    travel: i64,
    position: Ramp,
    next: Option<Timestamp>,
}

impl Mover {
    pub(super) fn new(card: Card, kind: Kind, travel: i64, position: i64) -> Self {
        Self { card, kind, travel, position: Ramp::resting(position), next: None }
    }

    fn word(&self, now: Timestamp) -> &'static str {
        let position = self.position.at(now);
        if self.position.moving(now) {
            if self.position.target() > position { "opening" } else { "closing" }
        } else if position == 0 {
            "closed"
        } else {
            "open"
        }
    }

    fn go(&mut self, position: i64, now: Timestamp) {
        self.position = self.position.at_speed(position.clamp(0, 100), self.travel, now);
        self.schedule(now);
    }

    fn schedule(&mut self, now: Timestamp) {
        self.next = self.position.moving(now).then(|| after(now, STEP));
    }
}

impl Machine for Mover {
    fn topics(&self) -> Vec<String> {
        let mut topics = vec![self.card.topic("command")];
        if self.kind != Kind::Valve {
            topics.push(self.card.topic("position/command"));
        }
        topics
    }

    fn announce(&self) -> Vec<Publish> {
        let body = match self.kind {
            Kind::Cover(class) => json!({
                "device_class": class,
                "command_topic": self.card.topic("command"),
                "state_topic": self.card.topic("state"),
                "position_topic": self.card.topic("position/state"),
                "set_position_topic": self.card.topic("position/command"),
                "object_id": self.card.id,
            }),
            Kind::Valve => json!({
                "device_class": "water",
                "reports_position": true,
                "command_topic": self.card.topic("command"),
                "state_topic": self.card.topic("state"),
                "payload_stop": "STOP",
                "object_id": self.card.id,
            }),
        };
        let component = if self.kind == Kind::Valve { "valve" } else { "cover" };
        vec![self.card.entity(component, "", None, body)]
    }

    fn report(&self, now: Timestamp) -> Vec<Publish> {
        let (word, position) = (self.word(now), self.position.at(now));
        if self.kind == Kind::Valve {
            return vec![message(self.card.topic("state"), &json!({"state": word, "position": position}))];
        }
        vec![
            retained(self.card.topic("position/state"), position.to_string()),
            retained(self.card.topic("state"), word),
        ]
    }

    fn receive(&mut self, _: &str, payload: &str, now: Timestamp) -> Vec<Publish> {
        match payload.trim().to_ascii_uppercase().as_str() {
            "OPEN" => self.go(100, now),
            "CLOSE" => self.go(0, now),
            "STOP" => {
                self.position = self.position.stopped(now);
                self.schedule(now);
            }
            other => match other.parse::<i64>() {
                Ok(position) => self.go(position, now),
                Err(_) => return Vec::new(),
            },
        }
        self.report(now)
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Publish> {
        if self.next.is_none_or(|next| now < next) {
            return Vec::new();
        }
        self.schedule(now);
        self.report(now)
    }

    fn due(&self) -> Option<Timestamp> {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::super::card::Style;
    use super::super::test_card_of;
    use super::super::timeline::Timeline;
    use super::*;

    #[test]
    fn a_blind_moves_and_stops() {
        let blind = Mover::new(test_card_of("blind", Style::Esphome), Kind::Cover("blind"), 10_000, 0);
        let mut blind = Timeline::new(blind, "blind/state");
        blind.table(&[
            (0, "", "", &[("", "closed")]),
            (0, "command", "OPEN", &[("", "opening")]),
            (5_000, "command", "STOP", &[("", "open")]),
            (6_000, "position/command", "10", &[("", "closing")]),
            (20_000, "", "", &[("", "open")]),
            (20_000, "command", "CLOSE", &[("", "closing")]),
            (30_000, "", "", &[("", "closed")]),
            (30_000, "command", "dance", &[]),
        ]);
    }

    #[test]
    fn a_position_is_told_on_the_way() {
        let blind = Mover::new(test_card_of("blind", Style::Esphome), Kind::Cover("blind"), 10_000, 0);
        Timeline::new(blind, "position/state").table(&[
            (0, "position/command", "40", &[("", "0")]),
            (2_000, "", "", &[("", "20")]),
            (9_000, "", "", &[("", "40")]),
            (9_000, "position/command", "900", &[("", "40")]),
            (60_000, "", "", &[("", "100")]),
        ]);
    }

    #[test]
    fn a_valve_speaks_json() {
        let valve = Mover::new(test_card_of("valve", Style::Own), Kind::Valve, 4_000, 0);
        Timeline::new(valve, "").table(&[
            (0, "command", "100", &[("/state", "opening"), ("/position", "0")]),
            (2_000, "command", "STOP", &[("/state", "open"), ("/position", "50")]),
            (3_000, "command", "0", &[("/state", "closing")]),
            (9_000, "", "", &[("/state", "closed"), ("/position", "0")]),
        ]);
    }
}
