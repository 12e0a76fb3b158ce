//! `water_heater`.

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::climate::{check_temperature, reads, temperatures};
use super::common::{self, NONE};
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, State};

#[derive(Debug)]
struct WaterHeater {
    payload_on: Arc<str>,
    payload_off: Arc<str>,
    modes: Vec<String>,
}

const MODES: [&str; 7] = ["off", "eco", "electric", "gas", "heat_pump", "high_demand", "performance"];

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let modes = fields.list("modes").unwrap_or_else(|| MODES.map(str::to_owned).to_vec());
    let kind = WaterHeater {
        payload_on: fields.payload_or("payload_on", "ON"),
        payload_off: fields.payload_or("payload_off", "OFF"),
        modes: modes.clone(),
    };
    let mut built = Built::new(kind, "MQTT Water Heater");
    let topics = [
        (Role::CurrentTemperature, "current_temperature_topic", "current_temperature_template"),
        (Role::Mode, "mode_state_topic", "mode_state_template"),
        (Role::Temperature, "temperature_state_topic", "temperature_state_template"),
    ];
    reads(fields, &mut built, &topics);
    let topics = [
        (Role::Mode, "mode_command_topic", "mode_command_template"),
        (Role::Power, "power_command_topic", "power_command_template"),
        (Role::Temperature, "temperature_command_topic", "temperature_command_template"),
    ];
    common::writes(fields, &mut built, &topics);
    common::need_any(&built, fields, "a topic to read or to write")?;
    let mut features = Vec::new();
    if built.reads(Role::Temperature) || built.writes(Role::Temperature) {
        features.push("target_temperature");
    }
    if built.reads(Role::Mode) || built.writes(Role::Mode) {
        features.push("operation_mode");
    }
    if built.writes(Role::Power) {
        features.push("on_off");
    }
    built.offer("supported_features", features);
    built.offer("operation_list", modes);
    temperatures(fields, &mut built.capabilities, (43.3, 60.0));
    Ok(built)
}

impl Kind for WaterHeater {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        let text = input.text()?;
        match role {
            Role::CurrentTemperature => common::number("current_temperature", &text, draft),
            Role::Temperature => common::number("temperature", &text, draft),
            Role::Mode => {
                match text.as_str() {
                    "" => {}
                    NONE => draft.set_state(State::UNKNOWN),
                    mode if self.modes.iter().any(|known| known == mode) => draft.set_state(mode),
                    mode => return Err(format!("{mode:?} is none of its modes")),
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        match action {
            Action::TurnOn { .. } => out.send(Role::Power, &*self.payload_on),
            Action::TurnOff { .. } if out.has(Role::Power) => out.send(Role::Power, &*self.payload_off),
            Action::TurnOff { .. } => {
                out.choose("operation_list", "mode", "off")?;
                out.send(Role::Mode, "off")
            }
            Action::SetMode { mode } => {
                out.choose("operation_list", "mode", mode)?;
                out.send(Role::Mode, mode.as_str())
            }
            Action::SetTemperature { temperature: Some(wanted), .. } => {
                check_temperature(out, *wanted)?;
                out.number(Role::Temperature, *wanted)
            }
            _ => Err(out.unsupported()),
        }
    }

    fn confirms(&self, action: &Action) -> Role {
        if matches!(action, Action::SetTemperature { .. }) { Role::Temperature } else { Role::Mode }
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        match action {
            Action::TurnOff { .. } => common::becomes(&["off"]),
            Action::SetMode { mode } => common::becomes(&[mode]),
            Action::SetTemperature { temperature: Some(wanted), .. } => {
                let step = subject.number("target_temp_step").unwrap_or(1.0);
                vec![Check::Near("temperature", *wanted, step / 2.0)]
            }
            _ => Vec::new(),
        }
    }
}
