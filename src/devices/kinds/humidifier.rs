//! `humidifier`, which may also dry.

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::switch::{switched, wanted};
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::Action;

#[derive(Debug)]
struct Humidifier {
    on: Arc<str>,
    off: Arc<str>,
    reset_humidity: Arc<str>,
    reset_mode: Arc<str>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let kind = Humidifier {
        on: fields.payload_or("payload_on", "ON"),
        off: fields.payload_or("payload_off", "OFF"),
        reset_humidity: fields.payload_or("payload_reset_humidity", NONE),
        reset_mode: fields.payload_or("payload_reset_mode", NONE),
    };
    let mut built = Built::new(kind, "MQTT Humidifier");
    let topics = [
        (Role::State, "state_topic", "state_value_template"),
        (Role::Action, "action_topic", "action_template"),
        (Role::CurrentHumidity, "current_humidity_topic", "current_humidity_template"),
        (Role::Humidity, "target_humidity_state_topic", "target_humidity_state_template"),
        (Role::Mode, "mode_state_topic", "mode_state_template"),
    ];
    common::reads(fields, &mut built, &topics);
    let topics = [
        (Role::State, "command_topic", "command_template"),
        (Role::Humidity, "target_humidity_command_topic", "target_humidity_command_template"),
        (Role::Mode, "mode_command_topic", "mode_command_template"),
    ];
    common::writes(fields, &mut built, &topics);
    common::need_any(&built, fields, "a command_topic and a target_humidity_command_topic")?;
    for (key, default) in [("min_humidity", 0.0), ("max_humidity", 100.0)] {
        built.capabilities.insert(key.into(), super::tidy(fields.number(key).unwrap_or(default)));
    }
    if built.writes(Role::Mode) {
        // Older messages call the list `modes`.
        let modes = fields.list("available_modes").or_else(|| fields.list("modes")).unwrap_or_default();
        built.offer("available_modes", modes);
        built.offer("supported_features", ["modes"]);
    }
    Ok(built)
}

impl Kind for Humidifier {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        let text = input.text()?;
        let humidity = |name: &'static str, draft: &mut Draft<'_>| match text.trim().parse::<f64>() {
            _ if *text == *self.reset_humidity => {
                draft.remove(name);
                Ok(())
            }
            Ok(percent) if (0.0..=100.0).contains(&percent) => {
                draft.set_number(name, percent.round());
                Ok(())
            }
            _ if text.is_empty() => Ok(()),
            _ => Err(format!("{text:?} is no humidity")),
        };
        match role {
            Role::State => common::on_off(&text, &self.on, &self.off, draft),
            Role::CurrentHumidity => humidity("current_humidity", draft),
            Role::Humidity => humidity("humidity", draft),
            Role::Action => {
                common::word("action", &text, draft);
                Ok(())
            }
            Role::Mode => {
                common::word("mode", if *text == *self.reset_mode { NONE } else { &text }, draft);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        if let Some(on) = wanted(action, out.subject.state) {
            return out.send(Role::State, if on { &*self.on } else { &*self.off });
        }
        match action {
            Action::SetHumidity { humidity } => {
                let low = out.subject.number("min_humidity").unwrap_or(0.0);
                let high = out.subject.number("max_humidity").unwrap_or(100.0);
                if !(low..=high).contains(&f64::from(*humidity)) {
                    return Err(out.bad("humidity", humidity, format!("it takes {low} to {high}")));
                }
                out.number(Role::Humidity, f64::from(*humidity))
            }
            Action::SetMode { mode } => {
                out.choose("available_modes", "mode", mode)?;
                out.send(Role::Mode, mode.as_str())
            }
            _ => Err(out.unsupported()),
        }
    }

    fn confirms(&self, action: &Action) -> Role {
        match action {
            Action::SetHumidity { .. } => Role::Humidity,
            Action::SetMode { .. } => Role::Mode,
            _ => Role::State,
        }
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        match action {
            Action::SetHumidity { humidity } => vec![Check::Near("humidity", f64::from(*humidity), 1.0)],
            Action::SetMode { mode } => common::is("mode", mode),
            _ => wanted(action, subject.state).map(switched).into_iter().collect(),
        }
    }
}
