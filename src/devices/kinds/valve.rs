//! `valve`, with or without positions.

use std::sync::Arc;

use serde_json::Value;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::cover::{Range, wanted};
use super::writer::number_value;
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, State};

#[derive(Debug)]
struct Valve {
    open: Option<Arc<str>>,
    close: Option<Arc<str>>,
    stop: Option<Arc<str>>,
    states: [(Arc<str>, &'static str); 4],
    positions: bool,
    range: Range,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let closed = fields.number("position_closed").unwrap_or(0.0);
    let kind = Valve {
        open: fields.shared_or("payload_open", "OPEN"),
        close: fields.shared_or("payload_close", "CLOSE"),
        stop: fields.shared("payload_stop"),
        states: [
            (fields.payload_or("state_opening", "opening"), "opening"),
            (fields.payload_or("state_closing", "closing"), "closing"),
            (fields.payload_or("state_open", "open"), "open"),
            (fields.payload_or("state_closed", "closed"), "closed"),
        ],
        positions: fields.flag("reports_position").unwrap_or(false),
        range: Range::new(closed, fields.number("position_open").unwrap_or(100.0)),
    };
    let mut features = Vec::new();
    if fields.get("command_topic").is_some() {
        let can = [(&kind.open, "open"), (&kind.close, "close"), (&kind.stop, "stop")];
        features.extend(can.into_iter().filter(|(payload, _)| payload.is_some()).map(|(_, name)| name));
        if kind.positions {
            features.push("set_position");
        }
    }
    let mut built = Built::new(kind, "MQTT Valve");
    common::state_and_command(fields, &mut built);
    common::need_any(&built, fields, "a command_topic or state_topic")?;
    built.offer("supported_features", features);
    Ok(built)
}

impl Kind for Valve {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let text = input.text()?;
        if text.is_empty() {
            return Ok(());
        }
        let (mut word, mut position) = (Some(text.clone()), text.trim().parse::<f64>().ok());
        if let Ok(Value::Object(map)) = serde_json::from_str(&text) {
            word = map.get("state").and_then(Value::as_str).map(ToOwned::to_owned);
            position = map.get("position").and_then(Value::as_f64);
        }
        if word.as_deref() == Some(NONE) {
            draft.remove("current_position");
            draft.set_state(State::UNKNOWN);
            return Ok(());
        }
        let known = self.states.iter().find(|(payload, _)| Some(&**payload) == word.as_deref());
        let position = position.filter(|_| self.positions);
        if let Some(position) = position {
            let percent = self.range.percent(position);
            draft.set_number("current_position", percent);
            draft.set_state(if percent == 0.0 { "closed" } else { "open" });
        }
        match known {
            Some((_, moving @ ("opening" | "closing"))) => draft.set_state(moving),
            Some((_, state)) if !self.positions => draft.set_state(state),
            _ if position.is_none() => return Err(format!("{text:?} is none of the valve's states")),
            _ => {}
        }
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let percent = match (wanted(action, out.subject.state), action) {
            (Some(open), _) if !self.positions => {
                let payload = if open { &self.open } else { &self.close };
                return match payload {
                    Some(payload) => out.send(Role::State, &**payload),
                    None => Err(out.unsupported()),
                };
            }
            (Some(open), _) => {
                if open {
                    100.0
                } else {
                    0.0
                }
            }
            (None, Action::SetPosition { position }) if self.positions => f64::from((*position).min(100)),
            (None, Action::Stop) => {
                return match &self.stop {
                    Some(stop) => out.send(Role::State, &**stop),
                    None => Err(out.unsupported()),
                };
            }
            _ => return Err(out.unsupported()),
        };
        let more = [
            ("position", number_value(percent)),
            ("position_open", number_value(self.range.open)),
            ("position_closed", number_value(self.range.closed)),
        ];
        out.send_with(Role::State, number_value(self.range.value(percent)), &more)
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        match (wanted(action, subject.state), action) {
            (Some(true), _) => common::becomes(&["open", "opening"]),
            (Some(false), _) => common::becomes(&["closed", "closing"]),
            (None, Action::Stop) => common::becomes(&["open", "closed"]),
            (None, Action::SetPosition { position }) => {
                let target = f64::from(*position);
                match subject.attribute("current_position").filter(|now| (now - target).abs() > 2.0) {
                    Some(now) => vec![Check::Toward("current_position", now, target)],
                    None => vec![Check::Near("current_position", target, 2.0)],
                }
            }
            _ => Vec::new(),
        }
    }
}
