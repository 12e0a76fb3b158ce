//! A device on the air: its machine, and whether it can be reached.

use crate::model::{Publish, Timestamp};

use super::machine::{Machine, after};

pub(super) struct Device {
    pub(super) id: &'static str,
    machine: Box<dyn Machine>,
    up: Publish,
    down: Publish,
    reachable: bool,
    /// How long it is there and how long it is away, in milliseconds.
    rhythm: Option<(i64, i64)>,
    turn: Option<Timestamp>,
}

impl Device {
    pub(super) fn new(id: &'static str, machine: Box<dyn Machine>, up: Publish, down: Publish) -> Self {
        Self { id, machine, up, down, reachable: true, rhythm: None, turn: None }
    }

    /// Lets it drop out again and again.
    pub(super) fn drops_out(&mut self, there: i64, away: i64) {
        self.rhythm = Some((there, away));
    }

    pub(super) fn topics(&self) -> Vec<String> {
        self.machine.topics()
    }

    pub(super) fn announce(&self) -> Vec<Publish> {
        self.machine.announce()
    }

    /// Whether it can be reached, and everything that it would say of itself.
    pub(super) fn report(&self, now: Timestamp) -> Vec<Publish> {
        if !self.reachable {
            return vec![self.down.clone()];
        }
        let mut said = vec![self.up.clone()];
        said.extend(self.machine.report(now));
        said
    }

    /// Its last words.
    pub(super) fn farewell(&self) -> Publish {
        self.down.clone()
    }

    pub(super) fn receive(&mut self, topic: &str, payload: &str, now: Timestamp) -> Vec<Publish> {
        if self.reachable { self.machine.receive(topic, payload, now) } else { Vec::new() }
    }

    pub(super) fn tick(&mut self, now: Timestamp) -> Vec<Publish> {
        if self.turn.is_none() {
            self.schedule(now);
        } else if self.turn.is_some_and(|turn| turn <= now) {
            return self.reach(!self.reachable, now);
        }
        // Time goes by for a device that cannot be reached, but nobody hears of it.
        let said = self.machine.tick(now);
        if self.reachable { said } else { Vec::new() }
    }

    pub(super) fn due(&self) -> Option<Timestamp> {
        let turn = self.rhythm.map(|_| self.turn.unwrap_or(Timestamp::from_millis(0)));
        [turn, self.machine.due()].into_iter().flatten().min()
    }

    /// Makes something happen now: `offline`, `online`, or what the device itself knows.
    pub(super) fn provoke(&mut self, word: &str, now: Timestamp) -> Option<Vec<Publish>> {
        match word {
            "offline" => Some(self.reach(false, now)),
            "online" => Some(self.reach(true, now)),
            _ if self.machine.provoke(word, now) => Some(self.report(now)),
            _ => None,
        }
    }

    fn reach(&mut self, reachable: bool, now: Timestamp) -> Vec<Publish> {
        self.reachable = reachable;
        self.schedule(now);
        self.report(now)
    }

    fn schedule(&mut self, now: Timestamp) {
        let wait = |(there, away)| if self.reachable { there } else { away };
        self.turn = self.rhythm.map(|rhythm| after(now, wait(rhythm)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::light::{Ability, Light};
    use super::super::test_card;
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn lamp() -> Device {
        let card = test_card("lamp");
        let (up, down) = (card.available(true), card.available(false));
        Device::new("lamp", Box::new(Light::new(card, Ability::White)), up, down)
    }

    #[test]
    fn a_device_that_is_away_hears_and_says_nothing() {
        let mut lamp = lamp();
        let set = r#"{"state":"ON"}"#;
        let offline = lamp.provoke("offline", at(0)).unwrap();
        assert_eq!(offline[0].payload, r#"{"state":"offline"}"#);
        assert!(lamp.receive("demo/zigbee2mqtt/lamp/set", set, at(1)).is_empty());
        assert_eq!(lamp.report(at(2)).len(), 1);
        let online = lamp.provoke("online", at(3)).unwrap();
        assert_eq!(online[0].payload, r#"{"state":"online"}"#);
        assert!(online.len() > 1);
        assert!(lamp.provoke("explode", at(4)).is_none());
    }

    #[test]
    fn it_drops_out_and_comes_back() {
        let mut lamp = lamp();
        lamp.drops_out(1_000, 200);
        assert!(lamp.tick(at(0)).is_empty());
        assert_eq!(lamp.due(), Some(at(1_000)));
        assert_eq!(lamp.tick(at(1_000)).len(), 1);
        assert_eq!(lamp.due(), Some(at(1_200)));
        assert!(lamp.tick(at(1_200)).len() > 1);
    }
}
