//! `cover`: doors, blinds and shutters with position and tilt.

use std::sync::Arc;

use minijinja::Value;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::writer::number_value;
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, State};

#[derive(Debug)]
struct Cover {
    open: Option<Arc<str>>,
    close: Option<Arc<str>>,
    stop: Option<Arc<str>>,
    stop_tilt: Arc<str>,
    states: [(Arc<str>, &'static str); 4],
    stopped: Arc<str>,
    position: Range,
    tilt: Range,
    tilt_closed: f64,
    tilt_opened: f64,
    tells_state: bool,
    tells_position: bool,
}

/// Device units from closed to open; may run downwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) closed: f64,
    pub(super) open: f64,
}

impl Range {
    pub(super) fn new(closed: f64, open: f64) -> Self {
        // A range without extent would divide by zero.
        if (open - closed).abs() < f64::EPSILON {
            Self { closed: 0.0, open: 100.0 }
        } else {
            Self { closed, open }
        }
    }

    pub(super) fn percent(self, value: f64) -> f64 {
        ((value - self.closed) * 100.0 / (self.open - self.closed)).floor().clamp(0.0, 100.0)
    }

    pub(super) fn value(self, percent: f64) -> f64 {
        (self.closed + percent * (self.open - self.closed) / 100.0).round()
    }
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let cover = Cover {
        open: fields.shared_or("payload_open", "OPEN"),
        close: fields.shared_or("payload_close", "CLOSE"),
        stop: fields.shared_or("payload_stop", "STOP"),
        stop_tilt: fields.payload_or("payload_stop_tilt", "STOP"),
        states: [
            (fields.payload_or("state_opening", "opening"), "opening"),
            (fields.payload_or("state_closing", "closing"), "closing"),
            (fields.payload_or("state_open", "open"), "open"),
            (fields.payload_or("state_closed", "closed"), "closed"),
        ],
        stopped: fields.payload_or("state_stopped", "stopped"),
        position: Range::new(
            fields.number("position_closed").unwrap_or(0.0),
            fields.number("position_open").unwrap_or(100.0),
        ),
        tilt: Range::new(
            fields.number("tilt_min").unwrap_or(0.0),
            fields.number("tilt_max").unwrap_or(100.0),
        ),
        tilt_closed: fields.number("tilt_closed_value").unwrap_or(0.0),
        tilt_opened: fields.number("tilt_opened_value").unwrap_or(100.0),
        tells_state: fields.get("state_topic").is_some(),
        tells_position: fields.get("position_topic").is_some(),
    };
    let mut features = Vec::new();
    if fields.get("command_topic").is_some() {
        let can = [(&cover.open, "open"), (&cover.close, "close"), (&cover.stop, "stop")];
        features.extend(can.into_iter().filter(|(payload, _)| payload.is_some()).map(|(_, name)| name));
    }
    let mut built = Built::new(cover, "MQTT Cover");
    common::read(fields, &mut built, Role::Position, "position_topic", "position_template");
    common::read(fields, &mut built, Role::State, "state_topic", "value_template");
    common::read(fields, &mut built, Role::Tilt, "tilt_status_topic", "tilt_status_template");
    common::write(fields, &mut built, Role::State, "command_topic", "");
    if common::write(fields, &mut built, Role::Position, "set_position_topic", "set_position_template") {
        features.push("set_position");
    }
    if common::write(fields, &mut built, Role::Tilt, "tilt_command_topic", "tilt_command_template") {
        features.extend(["open_tilt", "close_tilt", "stop_tilt", "set_tilt_position"]);
    }
    common::need_any(&built, fields, "a command_topic, state_topic or position_topic")?;
    built.offer("supported_features", features);
    Ok(built)
}

impl Cover {
    fn position_message(&self, text: &str, draft: &mut Draft<'_>) -> Result<(), String> {
        let mut position = text.trim().parse::<f64>().ok();
        if let Ok(serde_json::Value::Object(map)) = serde_json::from_str(text) {
            if let Some(tilt) = map.get("tilt_position").and_then(json_number) {
                self.tilt_message(tilt, draft)?;
            }
            position = map.get("position").and_then(json_number);
        }
        let Some(position) = position.filter(|position| position.is_finite()) else {
            return Err(format!("{text:?} is no position"));
        };
        let percent = self.position.percent(position);
        draft.set_number("current_position", percent);
        // The state topic has the last word, once it has spoken.
        if !self.tells_state || draft.state() == State::UNKNOWN {
            draft.set_state(if percent == 0.0 { "closed" } else { "open" });
        }
        Ok(())
    }

    fn tilt_message(&self, value: f64, draft: &mut Draft<'_>) -> Result<(), String> {
        let (low, high) = (self.tilt.closed.min(self.tilt.open), self.tilt.closed.max(self.tilt.open));
        if !(low..=high).contains(&value.round()) {
            return Err(format!("a tilt of {value} is not between {low} and {high}"));
        }
        draft.set_number("current_tilt_position", self.tilt.percent(value.round()));
        Ok(())
    }

    fn state_message(&self, text: &str, draft: &mut Draft<'_>) -> Result<(), String> {
        let known = self.states.iter().find(|(payload, _)| **payload == *text);
        if text == &*self.stopped && known.is_none_or(|(_, state)| matches!(*state, "opening" | "closing")) {
            let shut = if self.tells_position {
                draft.number("current_position") == Some(0.0)
            } else {
                matches!(draft.state(), "closed" | "closing")
            };
            draft.set_state(if shut { "closed" } else { "open" });
        } else if let Some((_, state)) = known {
            draft.set_state(state);
        } else if text == NONE {
            draft.set_state(State::UNKNOWN);
        } else {
            return Err(format!("{text:?} is none of the cover's states"));
        }
        Ok(())
    }

    fn variables(&self, percent: f64, name: &'static str) -> [(&'static str, Value); 5] {
        [
            (name, number_value(percent)),
            ("position_open", number_value(self.position.open)),
            ("position_closed", number_value(self.position.closed)),
            ("tilt_min", number_value(self.tilt.closed)),
            ("tilt_max", number_value(self.tilt.open)),
        ]
    }

    fn tilt_to(&self, percent: u8, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let value = match percent {
            0 => self.tilt_closed,
            100.. => self.tilt_opened,
            _ => self.tilt.value(f64::from(percent)),
        };
        let more = self.variables(f64::from(percent.min(100)), "tilt_position");
        out.send_with(Role::Tilt, number_value(value), &more)
    }

    fn move_to(&self, percent: f64, out: &mut Writer<'_>) -> Result<(), CommandError> {
        if out.has(Role::Position) {
            let value = number_value(self.position.value(percent));
            return out.send_with(Role::Position, value, &self.variables(percent, "position"));
        }
        // Without positions the two ends can still be reached.
        match (percent, &self.open, &self.close) {
            (100.0, Some(open), _) => out.raw(Role::State, open),
            (0.0, _, Some(close)) => out.raw(Role::State, close),
            _ => Err(out.unsupported()),
        }
    }
}

fn json_number(value: &serde_json::Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Where an action wants the cover: open, closed, or neither.
pub(super) fn wanted(action: &Action, state: &State) -> Option<bool> {
    match action {
        Action::Open | Action::TurnOn { .. } => Some(true),
        Action::Close | Action::TurnOff { .. } => Some(false),
        Action::Toggle => Some(matches!(state.state.as_str(), "closed" | "closing")),
        _ => None,
    }
}

impl Kind for Cover {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        let text = input.text()?;
        if text.is_empty() {
            return Ok(());
        }
        match role {
            Role::State => self.state_message(&text, draft),
            Role::Position => self.position_message(&text, draft),
            Role::Tilt => {
                let value = text.trim().parse::<f64>().map_err(|_| format!("{text:?} is no tilt"))?;
                self.tilt_message(value, draft)
            }
            _ => Ok(()),
        }
    }

    fn confirms(&self, action: &Action) -> Role {
        match action {
            Action::SetTiltPosition { .. } => Role::Tilt,
            Action::SetPosition { .. } => Role::Position,
            _ if self.tells_state => Role::State,
            _ => Role::Position,
        }
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        if let Some(open) = wanted(action, out.subject.state) {
            let payload = if open { &self.open } else { &self.close };
            return match payload {
                Some(payload) if out.has(Role::State) => out.raw(Role::State, payload),
                _ if !out.has(Role::Position) && out.has(Role::Tilt) => {
                    self.tilt_to(if open { 100 } else { 0 }, out)
                }
                _ => self.move_to(if open { 100.0 } else { 0.0 }, out),
            };
        }
        match (action, &self.stop) {
            (Action::Stop, Some(stop)) if out.has(Role::State) => out.raw(Role::State, stop),
            (Action::Stop, _) => out.raw(Role::Tilt, &self.stop_tilt),
            (Action::SetPosition { position }, _) => self.move_to(f64::from((*position).min(100)), out),
            (Action::SetTiltPosition { tilt_position }, _) => self.tilt_to(*tilt_position, out),
            _ => Err(out.unsupported()),
        }
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        let words =
            |words: &[&str]| vec![Check::State(words.iter().map(|word| (*word).to_owned()).collect())];
        // A cover takes its time: that it moves the right way is confirmation enough.
        match (wanted(action, subject.state), action) {
            (Some(true), _) => words(&["open", "opening"]),
            (Some(false), _) => words(&["closed", "closing"]),
            (None, Action::Stop) => words(&["open", "closed"]),
            (None, Action::SetPosition { position }) => {
                let target = f64::from(*position);
                match subject.attribute("current_position") {
                    // Where it reports its way, any movement in the right direction confirms.
                    Some(now) if self.tells_state && (now - target).abs() > 2.0 => {
                        vec![Check::Toward("current_position", now, target)]
                    }
                    _ => vec![Check::Near("current_position", target, 2.0)],
                }
            }
            (None, Action::SetTiltPosition { tilt_position }) => {
                vec![Check::Near("current_tilt_position", f64::from(*tilt_position), 2.0)]
            }
            _ => Vec::new(),
        }
    }
}
