//! A lock with a motor that takes a second and jams now and then.

use serde_json::{Value, json};

use crate::model::{Publish, Timestamp};

use super::card::Card;
use super::machine::{Chance, Machine, after, json as message};

/// How long the motor turns.
const MOTOR: i64 = 900;
/// Jams once in so many times that it locks.
const JAMS: u64 = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bolt {
    Locked,
    Unlocked,
    Locking,
    Unlocking,
    Jammed,
}

impl Bolt {
    fn word(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Locking => "locking",
            Self::Unlocking => "unlocking",
            Self::Jammed => "jammed",
        }
    }
}

pub(super) struct Lock {
    card: Card,
    bolt: Bolt,
    chance: Chance,
    /// The next time that it locks, it jams.
    jam: bool,
    next: Option<Timestamp>,
}

impl Lock {
    pub(super) fn new(card: Card, seed: u64) -> Self {
        Self { card, bolt: Bolt::Locked, chance: Chance::new(seed), jam: false, next: None }
    }
}

impl Machine for Lock {
    fn topics(&self) -> Vec<String> {
        vec![self.card.topic("set")]
    }

    fn announce(&self) -> Vec<Publish> {
        let body = json!({
            "state_topic": self.card.topic(""),
            "command_topic": self.card.topic("set"),
            "command_template": "{\"state\": \"{{ value }}\"}",
            "value_template": "{{ value_json.lock_state }}",
            "state_locked": "locked",
            "state_unlocked": "unlocked",
            "state_locking": "locking",
            "state_unlocking": "unlocking",
            "state_jammed": "jammed",
            "object_id": self.card.id,
        });
        vec![self.card.entity("lock", "", None, body)]
    }

    fn report(&self, _: Timestamp) -> Vec<Publish> {
        let locked = self.bolt == Bolt::Locked;
        let state = json!({"lock_state": self.bolt.word(), "state": if locked { "LOCK" } else { "UNLOCK" }});
        vec![message(self.card.topic(""), &state)]
    }

    fn receive(&mut self, _: &str, payload: &str, now: Timestamp) -> Vec<Publish> {
        let wanted: Value = serde_json::from_str(payload).unwrap_or(Value::Null);
        self.bolt = match wanted.get("state").and_then(Value::as_str) {
            Some("LOCK") => Bolt::Locking,
            Some("UNLOCK") => Bolt::Unlocking,
            _ => return Vec::new(),
        };
        self.next = Some(after(now, MOTOR));
        self.report(now)
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Publish> {
        if self.next.is_none_or(|next| now < next) {
            return Vec::new();
        }
        self.next = None;
        self.bolt = match self.bolt {
            Bolt::Locking if std::mem::take(&mut self.jam) || self.chance.once_in(JAMS) => Bolt::Jammed,
            Bolt::Locking => Bolt::Locked,
            _ => Bolt::Unlocked,
        };
        self.report(now)
    }

    fn due(&self) -> Option<Timestamp> {
        self.next
    }

    fn provoke(&mut self, word: &str, _: Timestamp) -> bool {
        self.jam |= word == "jam";
        word == "jam"
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_card;
    use super::super::timeline::Timeline;
    use super::*;

    #[test]
    fn it_locks_and_jams_when_provoked() {
        Timeline::new(Lock::new(test_card("door_lock"), 1), "").table(&[
            (0, "", "", &[("/lock_state", "locked")]),
            (0, "set", r#"{"state":"UNLOCK"}"#, &[("/lock_state", "unlocking")]),
            (1_000, "", "", &[("/lock_state", "unlocked"), ("/state", "UNLOCK")]),
            (1_000, "provoke", "jam", &[("/lock_state", "unlocked")]),
            (2_000, "set", r#"{"state":"LOCK"}"#, &[("/lock_state", "locking")]),
            (3_000, "", "", &[("/lock_state", "jammed")]),
            (4_000, "set", r#"{"state":"EAT"}"#, &[]),
            (4_000, "set", "[", &[]),
        ]);
    }

    #[test]
    fn it_jams_sometimes_and_alike_with_the_same_seed() {
        let jams = |seed| {
            let mut lock = Lock::new(test_card("door_lock"), seed);
            (0..200)
                .map(|n| {
                    let now = Timestamp::from_millis(n * 10_000);
                    lock.receive("", r#"{"state":"LOCK"}"#, now);
                    lock.tick(after(now, MOTOR));
                    lock.bolt == Bolt::Jammed
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(jams(5), jams(5));
        let count = jams(5).into_iter().filter(|jammed| *jammed).count();
        assert!((5..=60).contains(&count), "{count}");
    }
}
