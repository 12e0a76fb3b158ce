//! `fan`.

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common;
use super::switch::{switched, wanted};
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::Action;

#[derive(Debug)]
struct Fan {
    on: Arc<str>,
    off: Arc<str>,
    oscillate_on: Arc<str>,
    oscillate_off: Arc<str>,
    reset_percentage: Arc<str>,
    reset_preset: Arc<str>,
    /// Speeds in device units: the lowest that turns, and the highest.
    speeds: (f64, f64),
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let low = fields.number("speed_range_min").filter(|low| *low >= 1.0).unwrap_or(1.0);
    let high = fields.number("speed_range_max").filter(|high| *high >= low).unwrap_or(low.max(100.0));
    let kind = Fan {
        on: fields.payload_or("payload_on", "ON"),
        off: fields.payload_or("payload_off", "OFF"),
        oscillate_on: fields.payload_or("payload_oscillation_on", "oscillate_on"),
        oscillate_off: fields.payload_or("payload_oscillation_off", "oscillate_off"),
        reset_percentage: fields.payload_or("payload_reset_percentage", "None"),
        reset_preset: fields.payload_or("payload_reset_preset_mode", "None"),
        speeds: (low, high),
    };
    let mut built = Built::new(kind, "MQTT Fan");
    let topics = [
        (Role::State, "state_topic", "state_value_template"),
        (Role::Direction, "direction_state_topic", "direction_value_template"),
        (Role::Oscillation, "oscillation_state_topic", "oscillation_value_template"),
        (Role::Percentage, "percentage_state_topic", "percentage_value_template"),
        (Role::PresetMode, "preset_mode_state_topic", "preset_mode_value_template"),
    ];
    common::reads(fields, &mut built, &topics);
    let topics = [
        (Role::State, "command_topic", "command_template"),
        (Role::Direction, "direction_command_topic", "direction_command_template"),
        (Role::Oscillation, "oscillation_command_topic", "oscillation_command_template"),
        (Role::Percentage, "percentage_command_topic", "percentage_command_template"),
        (Role::PresetMode, "preset_mode_command_topic", "preset_mode_command_template"),
    ];
    common::writes(fields, &mut built, &topics);
    common::need_any(&built, fields, "a command_topic")?;
    let can = [
        (Role::State, "turn_on"),
        (Role::State, "turn_off"),
        (Role::Percentage, "set_speed"),
        (Role::Oscillation, "oscillate"),
        (Role::Direction, "direction"),
        (Role::PresetMode, "preset_mode"),
    ];
    let features: Vec<_> =
        can.into_iter().filter(|(role, _)| built.writes(*role)).map(|(_, name)| name).collect();
    built.offer("supported_features", features);
    if built.writes(Role::PresetMode) {
        built.offer("preset_modes", fields.list("preset_modes").unwrap_or_default());
    }
    if built.writes(Role::Percentage) {
        let steps = (high - low + 1.0).min(100.0);
        built.capabilities.insert("percentage_step".into(), super::tidy(100.0 / steps));
    }
    Ok(built)
}

impl Fan {
    fn count(&self) -> f64 {
        self.speeds.1 - self.speeds.0 + 1.0
    }

    fn percentage(&self, text: &str, draft: &mut Draft<'_>) -> Result<(), String> {
        if *text == *self.reset_percentage {
            draft.remove("percentage");
            return Ok(());
        }
        let speed: f64 = text.trim().parse().map_err(|_| format!("{text:?} is no speed"))?;
        let percent = ((speed - self.speeds.0 + 1.0) * 100.0 / self.count()).floor();
        if !(0.0..=100.0).contains(&percent) {
            return Err(format!("a speed of {text} is out of range"));
        }
        draft.set_number("percentage", percent);
        Ok(())
    }

    fn set_percentage(&self, percentage: u8, out: &mut Writer<'_>) -> Result<(), CommandError> {
        if percentage == 0 && out.has(Role::State) {
            return out.send(Role::State, &*self.off);
        }
        let percent = f64::from(percentage.min(100));
        let speed = (percent * self.count() / 100.0 + self.speeds.0 - 1.0).ceil();
        out.number(Role::Percentage, speed)
    }
}

impl Kind for Fan {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        let text = input.text()?;
        if text.is_empty() {
            return Ok(());
        }
        match role {
            Role::State => return common::on_off(&text, &self.on, &self.off, draft),
            Role::Percentage => return self.percentage(&text, draft),
            Role::Direction => draft.set("direction", text),
            Role::Oscillation if *text == *self.oscillate_on => draft.set("oscillating", true),
            Role::Oscillation if *text == *self.oscillate_off => draft.set("oscillating", false),
            Role::PresetMode if *text == *self.reset_preset => draft.remove("preset_mode"),
            Role::PresetMode => draft.set("preset_mode", text),
            _ => {}
        }
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        if let Some(on) = wanted(action, out.subject.state) {
            return out.send(Role::State, if on { &*self.on } else { &*self.off });
        }
        match action {
            Action::SetPercentage { percentage } => self.set_percentage(*percentage, out),
            Action::SetPresetMode { preset_mode } => {
                out.choose("preset_modes", "preset_mode", preset_mode)?;
                out.send(Role::PresetMode, preset_mode.as_str())
            }
            Action::Oscillate { oscillating } => {
                let payload = if *oscillating { &self.oscillate_on } else { &self.oscillate_off };
                out.send(Role::Oscillation, &**payload)
            }
            Action::SetDirection { direction } => {
                if !matches!(direction.as_str(), "forward" | "reverse") {
                    return Err(out.bad("direction", direction, "it takes forward or reverse"));
                }
                out.send(Role::Direction, direction.as_str())
            }
            _ => Err(out.unsupported()),
        }
    }

    fn confirms(&self, action: &Action) -> Role {
        match action {
            Action::SetPercentage { percentage: 1.. } => Role::Percentage,
            Action::SetPresetMode { .. } => Role::PresetMode,
            Action::Oscillate { .. } => Role::Oscillation,
            Action::SetDirection { .. } => Role::Direction,
            _ => Role::State,
        }
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        match action {
            Action::SetPercentage { percentage: 0 } => vec![switched(false)],
            Action::SetPercentage { percentage } => {
                let step = 100.0 / self.count();
                vec![Check::Near("percentage", f64::from(*percentage), step.max(1.0))]
            }
            Action::SetPresetMode { preset_mode } => common::is("preset_mode", preset_mode),
            Action::Oscillate { oscillating } => {
                common::is("oscillating", if *oscillating { "true" } else { "false" })
            }
            Action::SetDirection { direction } => common::is("direction", direction),
            _ => wanted(action, subject.state).map(switched).into_iter().collect(),
        }
    }
}
