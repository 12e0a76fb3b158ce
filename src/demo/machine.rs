//! What every simulated device is made of: pure state machines that take input and a time and return messages.

use bytes::Bytes;
use serde_json::Value;

use crate::model::{Publish, Timestamp};

/// A name in English and in Chinese.
pub(super) type Text = (&'static str, &'static str);

/// One simulated device. Nothing in it knows of sockets or clocks.
pub(super) trait Machine: Send {
    /// Where it takes commands.
    fn topics(&self) -> Vec<String>;

    /// Its discovery messages.
    fn announce(&self) -> Vec<Publish>;

    /// Everything it would say of itself now.
    fn report(&self, now: Timestamp) -> Vec<Publish>;

    /// Takes a command.
    fn receive(&mut self, topic: &str, payload: &str, now: Timestamp) -> Vec<Publish>;

    /// Does what is due.
    fn tick(&mut self, now: Timestamp) -> Vec<Publish> {
        let _ = now;
        Vec::new()
    }

    /// When something is due next.
    fn due(&self) -> Option<Timestamp> {
        None
    }

    /// Makes happen what otherwise only chance brings (`jam`, `open`, `wet`, …); false when it cannot.
    fn provoke(&mut self, word: &str, now: Timestamp) -> bool {
        let _ = (word, now);
        false
    }
}

/// A retained message. States are retained too, so that a hub that comes later knows them at once.
pub(super) fn retained(topic: impl Into<String>, payload: impl Into<Bytes>) -> Publish {
    Publish { topic: topic.into(), payload: payload.into(), qos: 0, retain: true }
}

/// The same with JSON.
pub(super) fn json(topic: impl Into<String>, payload: &Value) -> Publish {
    retained(topic, payload.to_string())
}

/// Puts a key into a JSON object.
pub(super) fn put(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = object {
        map.insert(key.to_owned(), value);
    }
}

/// A value that moves evenly from one number to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ramp {
    from: i64,
    to: i64,
    start: Timestamp,
    millis: i64,
}

impl Ramp {
    pub(super) fn resting(value: i64) -> Self {
        Self { from: value, to: value, start: Timestamp::from_millis(0), millis: 0 }
    }

    pub(super) fn target(self) -> i64 {
        self.to
    }

    pub(super) fn at(self, now: Timestamp) -> i64 {
        let elapsed = now.as_millis() - self.start.as_millis();
        if elapsed >= self.millis {
            return self.to;
        }
        self.from + (self.to - self.from) * elapsed.max(0) / self.millis
    }

    pub(super) fn moving(self, now: Timestamp) -> bool {
        now.as_millis() - self.start.as_millis() < self.millis
    }

    /// On the way to another value, from wherever it is now.
    pub(super) fn towards(self, to: i64, millis: i64, now: Timestamp) -> Self {
        Self { from: self.at(now), to, start: now, millis: millis.max(0) }
    }

    /// The same with a speed: so many milliseconds for a hundred.
    pub(super) fn at_speed(self, to: i64, millis_per_hundred: i64, now: Timestamp) -> Self {
        let way = (to - self.at(now)).abs();
        self.towards(to, way * millis_per_hundred / 100, now)
    }

    pub(super) fn stopped(self, now: Timestamp) -> Self {
        Self::resting(self.at(now))
    }
}

/// Chance that can be repeated: the same seed gives the same sequence (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    /// A time between two.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).unwrap_or(0).max(1);
        low + i64::try_from(self.next() % span).unwrap_or(0)
    }
}

/// A figure that drifts as figures in a home do: a slow wave and a little noise, given by the time alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drift {
    /// Around which value.
    pub(super) middle: f64,
    /// How far up and down.
    pub(super) swing: f64,
    /// How long one wave takes, in minutes.
    pub(super) period: f64,
    /// How much noise.
    pub(super) noise: f64,
    /// Digits behind the point.
    pub(super) digits: i32,
}

impl Drift {
    pub(super) fn at(self, now: Timestamp, seed: u64) -> f64 {
        let millis = now.as_millis();
        let minutes = f64::from(i32::try_from(millis / 1_000 % 100_000_000).unwrap_or(0)) / 60.0;
        let shift = f64::from(u16::try_from(seed % 628).unwrap_or(0)) / 100.0;
        let wave = (minutes / self.period * std::f64::consts::TAU + shift).sin();
        let step = u64::try_from(millis / 1_000).unwrap_or(0);
        let dice = Chance::new(seed ^ step).next() % 2_001;
        let noise = f64::from(u16::try_from(dice).unwrap_or(1_000)) / 1_000.0 - 1.0;
        round(self.middle + self.swing * wave + self.noise * noise, self.digits)
    }
}

/// Rounds to so many digits behind the point.
pub(super) fn round(value: f64, digits: i32) -> f64 {
    let factor = 10f64.powi(digits);
    (value * factor).round() / factor
}

/// The nearest whole number; what comes from outside is bounded before.
pub(super) fn whole(value: f64) -> i64 {
    // No conversion from floating point is both safe and plain: the decimal text is.
    format!("{value:.0}").parse().unwrap_or(0)
}

/// Milliseconds later.
pub(super) fn after(now: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_add(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_ramp_moves_evenly_and_stops_where_it_is() {
        let ramp = Ramp::resting(0).towards(100, 1_000, at(0));
        assert_eq!(
            [ramp.at(at(0)), ramp.at(at(250)), ramp.at(at(1_000)), ramp.at(at(9_000))],
            [0, 25, 100, 100]
        );
        let back = ramp.at_speed(0, 1_000, at(500));
        assert_eq!([back.at(at(500)), back.at(at(750)), back.at(at(1_000))], [50, 25, 0]);
        assert!(back.moving(at(900)) && !back.moving(at(1_000)));
        assert_eq!(back.stopped(at(750)).at(at(5_000)), 25);
    }

    #[test]
    fn chance_repeats_with_its_seed() {
        let sequence = |seed| {
            let mut chance = Chance::new(seed);
            [chance.next(), chance.next(), chance.next()]
        };
        assert_eq!(sequence(7), sequence(7));
        assert_ne!(sequence(7), sequence(8));
        let mut chance = Chance::new(1);
        assert!((0..1_000).all(|_| (5..9).contains(&chance.between(5, 9))));
    }

    #[test]
    fn a_drift_stays_near_its_middle() {
        let drift = Drift { middle: 21.0, swing: 1.5, period: 60.0, noise: 0.2, digits: 1 };
        for minute in 0..600 {
            let value = drift.at(at(minute * 60_000), 42);
            assert!((19.2..=22.8).contains(&value), "{value}");
        }
        assert!((drift.at(at(0), 42) - drift.at(at(0), 42)).abs() < f64::EPSILON);
    }
}
