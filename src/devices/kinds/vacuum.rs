//! `vacuum`.

use std::sync::Arc;

use minijinja::Value;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::{Built, Draft, Input, Kind, Role, Subject, Writer, common};
use crate::model::{Action, State};

/// Feature, key of its payload, and the payload.
const COMMANDS: [(&str, &str, &str); 6] = [
    ("start", "payload_start", "start"),
    ("pause", "payload_pause", "pause"),
    ("stop", "payload_stop", "stop"),
    ("return_home", "payload_return_to_base", "return_to_base"),
    ("clean_spot", "payload_clean_spot", "clean_spot"),
    ("locate", "payload_locate", "locate"),
];

const STATES: [&str; 6] = ["cleaning", "docked", "error", "idle", "paused", "returning"];

#[derive(Debug)]
struct Vacuum {
    payloads: [Arc<str>; 6],
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let kind = Vacuum { payloads: COMMANDS.map(|(_, key, default)| fields.payload_or(key, default)) };
    let mut built = Built::new(kind, "MQTT Vacuum");
    common::read(fields, &mut built, Role::State, "state_topic", "");
    let topics = [
        (Role::State, "command_topic", ""),
        (Role::FanSpeed, "set_fan_speed_topic", ""),
        (Role::SendCommand, "send_command_topic", ""),
        (Role::CleanSegments, "clean_segments_command_topic", "clean_segments_command_template"),
    ];
    common::writes(fields, &mut built, &topics);
    common::need_any(&built, fields, "a command_topic or state_topic")?;
    let mut features = fields.list("supported_features").unwrap_or_else(|| {
        ["start", "stop", "return_home", "status", "battery", "clean_spot"].map(str::to_owned).to_vec()
    });
    if built.writes(Role::CleanSegments) {
        features.push("clean_area".to_owned());
    }
    built.offer("supported_features", features);
    built.offer("fan_speed_list", fields.list("fan_speed_list").unwrap_or_default());
    built.offer("segments", fields.list("segments").unwrap_or_default());
    Ok(built)
}

/// The feature that an action needs.
fn feature(action: &Action) -> Option<&'static str> {
    Some(match action {
        Action::Start | Action::TurnOn { .. } => "start",
        Action::Pause => "pause",
        Action::Stop => "stop",
        Action::ReturnToBase | Action::TurnOff { .. } => "return_home",
        Action::CleanSpot => "clean_spot",
        Action::Locate => "locate",
        _ => return None,
    })
}

impl Kind for Vacuum {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        input.object(|map| {
            for (name, value) in map.iter().take(50) {
                match (name.as_str(), value.as_str()) {
                    ("state", Some(state)) if STATES.contains(&state) => draft.set_state(state),
                    ("state", None) if value.is_null() => draft.set_state(State::UNKNOWN),
                    ("state", _) => {}
                    _ => draft.set(name, value.clone()),
                }
            }
        })
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        if let Some(feature) = feature(action) {
            let index = COMMANDS.iter().position(|(name, ..)| *name == feature);
            let offered = out.subject.offers("supported_features", feature);
            return match index.filter(|_| offered).and_then(|index| self.payloads.get(index)) {
                Some(payload) => out.raw(Role::State, payload),
                None => Err(out.unsupported()),
            };
        }
        match action {
            Action::SetFanSpeed { fan_speed } => {
                out.choose("fan_speed_list", "fan_speed", fan_speed)?;
                out.raw(Role::FanSpeed, fan_speed)
            }
            Action::SendCommand { command } => out.raw(Role::SendCommand, command),
            Action::CleanArea { segments } => {
                let known = out.writes.iter().find(|write| write.role == Role::CleanSegments);
                match known.and_then(|write| write.template.clone()) {
                    Some(template) => {
                        let list: Value = segments.iter().map(|name| Value::from(name.as_str())).collect();
                        let text = out.render(&template, list, &[])?;
                        out.raw(Role::CleanSegments, &text)
                    }
                    None => out.raw(Role::CleanSegments, &serde_json::json!(segments).to_string()),
                }
            }
            _ => Err(out.unsupported()),
        }
    }

    fn expect(&self, action: &Action, _subject: &Subject<'_>) -> Vec<Check> {
        match action {
            Action::Start | Action::TurnOn { .. } | Action::CleanSpot | Action::CleanArea { .. } => {
                common::becomes(&["cleaning"])
            }
            Action::Pause => common::becomes(&["paused", "idle"]),
            Action::Stop => common::becomes(&["idle", "paused", "docked"]),
            Action::ReturnToBase | Action::TurnOff { .. } => common::becomes(&["returning", "docked"]),
            Action::SetFanSpeed { fan_speed } => common::is("fan_speed", fan_speed),
            _ => Vec::new(),
        }
    }

    fn refusals(&self) -> &'static [&'static str] {
        &["error"]
    }
}
