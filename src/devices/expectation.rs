//! What a device should say once it has carried out a command.

use crate::model::State;

/// How a state compares with what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is so.
    Met,
    /// It is not so, or not yet.
    NotYet,
    /// The device said that it cannot (a lock that jams).
    Refused,
}

/// A condition on one part of a state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Check {
    /// The state is one of these.
    State(Vec<String>),
    /// An attribute is this text.
    Text(&'static str, String),
    /// An attribute is this, or so near that rounding explains it.
    Near(&'static str, f64, f64),
    /// An attribute has left the first number towards the second.
    Toward(&'static str, f64, f64),
    /// The state itself, read as a number, is near this.
    Value(f64, f64),
    /// `hs_color` is near this hue and saturation.
    Hue(f64, f64),
}

/// What would confirm a command. Made by [`super::Registry::expects`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expectation {
    pub(crate) confirmable: bool,
    pub(crate) checks: Vec<Check>,
    pub(crate) refused: &'static [&'static str],
}

impl Expectation {
    /// Whether the device has a topic on which it could confirm. Otherwise the command is merely sent.
    #[must_use]
    pub fn is_confirmable(&self) -> bool {
        self.confirmable && !self.checks.is_empty()
    }

    /// Compares a state with what was asked for.
    #[must_use]
    pub fn met(&self, state: &State) -> Verdict {
        if self.refused.contains(&state.state.as_str()) {
            return Verdict::Refused;
        }
        if state.available && self.is_confirmable() && self.checks.iter().all(|check| check.holds(state)) {
            return Verdict::Met;
        }
        Verdict::NotYet
    }
}

impl Check {
    fn holds(&self, state: &State) -> bool {
        let number = |name: &str| state.attributes.get(name).and_then(serde_json::Value::as_f64);
        match self {
            Self::State(wanted) => wanted.contains(&state.state),
            Self::Text(name, wanted) => state.attributes.get(*name).is_some_and(|value| match value {
                serde_json::Value::String(text) => text == wanted,
                serde_json::Value::Bool(flag) => *wanted == if *flag { "true" } else { "false" },
                _ => false,
            }),
            Self::Near(name, wanted, by) => number(name).is_some_and(|value| (value - wanted).abs() <= *by),
            Self::Toward(name, from, to) => {
                number(name).is_some_and(|value| (value - to).abs() < (from - to).abs() - 0.5)
            }
            Self::Value(wanted, by) => {
                state.state.parse::<f64>().is_ok_and(|value| (value - wanted).abs() <= *by)
            }
            Self::Hue(hue, saturation) => {
                let Some(serde_json::Value::Array(pair)) = state.attributes.get("hs_color") else {
                    return false;
                };
                let part = |index: usize| pair.get(index).and_then(serde_json::Value::as_f64);
                let (Some(h), Some(s)) = (part(0), part(1)) else { return false };
                // Hue is a circle, and says nothing when there is hardly any colour.
                let apart = (h - hue).rem_euclid(360.0);
                let near = apart.min(360.0 - apart) <= 12.0 || (*saturation < 6.0 && s < 12.0);
                near && (s - saturation).abs() <= 15.0
            }
        }
    }
}
