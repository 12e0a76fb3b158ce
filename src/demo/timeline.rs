//! Plays a machine through a table of commands and times, for tests.

use serde_json::Value;

use crate::model::{Publish, Timestamp};

use super::machine::Machine;

/// Plays a machine through a table of commands and times, for tests.
pub(super) struct Timeline<M> {
    machine: M,
    /// Which of its topics is looked at.
    look: String,
    last: String,
}

/// When, on which topic ends, with what payload (both empty for a look without a command), and what its state is
/// then: JSON pointers and texts, an empty text for what must not be there. No expectations: nothing is said.
pub(super) type Row<'a> = (i64, &'a str, &'a str, &'a [(&'a str, &'a str)]);

impl<M: Machine> Timeline<M> {
    pub(super) fn new(machine: M, look: &str) -> Self {
        Self { machine, look: look.to_owned(), last: String::new() }
    }

    fn note(&mut self, said: &[Publish]) -> usize {
        let look = &self.look;
        let ours = said.iter().filter(|m| look.is_empty() || m.topic.ends_with(look.as_str()));
        let count = ours.clone().count();
        if let Some(message) = ours.last() {
            self.last = String::from_utf8(message.payload.to_vec()).unwrap();
        }
        count
    }

    pub(super) fn table(&mut self, rows: &[Row<'_>]) {
        for (millis, topic, payload, expected) in rows {
            let now = Timestamp::from_millis(*millis);
            while let Some(due) = self.machine.due().filter(|due| *due <= now) {
                let said = self.machine.tick(due);
                self.note(&said);
                assert_ne!(self.machine.due(), Some(due), "a tick that stays due at {due:?}");
            }
            let said = if topic.is_empty() {
                self.machine.report(now)
            } else if *topic == "provoke" {
                assert!(self.machine.provoke(payload, now), "{payload}");
                self.machine.report(now)
            } else {
                let full =
                    self.machine.topics().into_iter().find(|full| full.ends_with(topic)).expect("a topic");
                self.machine.receive(&full, payload, now)
            };
            let count = self.note(&said);
            if expected.is_empty() {
                assert_eq!(count, 0, "{topic} {payload} at {millis}");
            }
            let json: Value =
                serde_json::from_str(&self.last).unwrap_or_else(|_| Value::from(self.last.clone()));
            for (pointer, wanted) in *expected {
                let found = match json.pointer(pointer) {
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                    None => String::new(),
                };
                assert_eq!(found, *wanted, "{pointer} at {millis} after {topic} {payload}: {}", self.last);
            }
        }
    }
}
