//! `climate`: thermostats and air conditioners.

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::draft::tidy;
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, Attributes, State};

#[derive(Debug)]
struct Climate {
    payload_on: Arc<str>,
    payload_off: Arc<str>,
    modes: Vec<String>,
    has_power: bool,
}

const READS: [(Role, &str, &str); 12] = [
    (Role::Action, "action_topic", "action_template"),
    (Role::CurrentHumidity, "current_humidity_topic", "current_humidity_template"),
    (Role::CurrentTemperature, "current_temperature_topic", "current_temperature_template"),
    (Role::FanMode, "fan_mode_state_topic", "fan_mode_state_template"),
    (Role::Humidity, "target_humidity_state_topic", "target_humidity_state_template"),
    (Role::Mode, "mode_state_topic", "mode_state_template"),
    (Role::PresetMode, "preset_mode_state_topic", "preset_mode_value_template"),
    (Role::SwingMode, "swing_mode_state_topic", "swing_mode_state_template"),
    (Role::SwingHorizontalMode, "swing_horizontal_mode_state_topic", "swing_horizontal_mode_state_template"),
    (Role::Temperature, "temperature_state_topic", "temperature_state_template"),
    (Role::TemperatureHigh, "temperature_high_state_topic", "temperature_high_state_template"),
    (Role::TemperatureLow, "temperature_low_state_topic", "temperature_low_state_template"),
];

const WRITES: [(Role, &str, &str); 10] = [
    (Role::FanMode, "fan_mode_command_topic", "fan_mode_command_template"),
    (Role::Humidity, "target_humidity_command_topic", "target_humidity_command_template"),
    (Role::Mode, "mode_command_topic", "mode_command_template"),
    (Role::Power, "power_command_topic", "power_command_template"),
    (Role::PresetMode, "preset_mode_command_topic", "preset_mode_command_template"),
    (Role::SwingMode, "swing_mode_command_topic", "swing_mode_command_template"),
    (
        Role::SwingHorizontalMode,
        "swing_horizontal_mode_command_topic",
        "swing_horizontal_mode_command_template",
    ),
    (Role::Temperature, "temperature_command_topic", "temperature_command_template"),
    (Role::TemperatureHigh, "temperature_high_command_topic", "temperature_high_command_template"),
    (Role::TemperatureLow, "temperature_low_command_topic", "temperature_low_command_template"),
];

/// Adds topics to read, with `value_template` where a topic has no template of its own.
pub(super) fn reads(fields: &mut Fields<'_>, built: &mut Built, topics: &[(Role, &str, &str)]) {
    for (role, topic, template) in topics {
        let template = if fields.get(template).is_some() { template } else { "value_template" };
        common::read(fields, built, *role, topic, template);
    }
}

/// Limits and unit of a target temperature.
pub(super) fn temperatures(fields: &mut Fields<'_>, about: &mut Attributes, celsius: (f64, f64)) {
    let unit = fields.text("temperature_unit").unwrap_or_default().to_ascii_uppercase();
    let fahrenheit = unit.contains('F');
    let (low, high) = if fahrenheit { (celsius.0 * 1.8 + 32.0, celsius.1 * 1.8 + 32.0) } else { celsius };
    let unit = if fahrenheit { "°F" } else { "°C" };
    about.insert("temperature_unit".into(), unit.into());
    about.insert("min_temp".into(), tidy(fields.number("min_temp").unwrap_or(low)));
    about.insert("max_temp".into(), tidy(fields.number("max_temp").unwrap_or(high)));
    if let Some(step) = fields.number("temp_step").or_else(|| fields.number("precision")) {
        about.insert("target_temp_step".into(), tidy(step));
    }
}

/// A target temperature within the limits.
pub(super) fn check_temperature(out: &Writer<'_>, wanted: f64) -> Result<(), CommandError> {
    let low = out.subject.number("min_temp").unwrap_or(f64::MIN);
    let high = out.subject.number("max_temp").unwrap_or(f64::MAX);
    if (low..=high).contains(&wanted) {
        return Ok(());
    }
    Err(out.bad("temperature", wanted, format!("it takes {low} to {high}")))
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let named = |fields: &mut Fields<'_>, key: &str, default: &[&str]| {
        fields.list(key).unwrap_or_else(|| default.iter().map(|word| (*word).to_owned()).collect())
    };
    let modes = named(fields, "modes", &["auto", "off", "cool", "heat", "dry", "fan_only"]);
    let kind = Climate {
        payload_on: fields.payload_or("payload_on", "ON"),
        payload_off: fields.payload_or("payload_off", "OFF"),
        modes: modes.clone(),
        has_power: fields.get("power_command_topic").is_some(),
    };
    let mut built = Built::new(kind, "MQTT HVAC");
    reads(fields, &mut built, &READS);
    common::writes(fields, &mut built, &WRITES);
    common::need_any(&built, fields, "a topic to read or to write")?;
    built.offer("hvac_modes", modes);
    let mut features = vec!["turn_on", "turn_off"];
    let either = |built: &Built, role| built.reads(role) || built.writes(role);
    if either(&built, Role::Temperature) {
        features.push("target_temperature");
    }
    if either(&built, Role::TemperatureLow) || either(&built, Role::TemperatureHigh) {
        features.push("target_temperature_range");
    }
    if either(&built, Role::Humidity) {
        features.push("target_humidity");
        built.capabilities.insert("min_humidity".into(), tidy(fields.number("min_humidity").unwrap_or(30.0)));
        built.capabilities.insert("max_humidity".into(), tidy(fields.number("max_humidity").unwrap_or(99.0)));
    }
    let lists: [(Role, &'static str, &str, &[&str]); 4] = [
        (Role::FanMode, "fan_mode", "fan_modes", &["auto", "low", "medium", "high"]),
        (Role::SwingMode, "swing_mode", "swing_modes", &["on", "off"]),
        (Role::SwingHorizontalMode, "swing_horizontal_mode", "swing_horizontal_modes", &["on", "off"]),
        (Role::PresetMode, "preset_mode", "preset_modes", &[]),
    ];
    for (role, feature, list, default) in lists {
        if either(&built, role) {
            features.push(feature);
            let mut words = named(fields, list, default);
            if role == Role::PresetMode && !words.iter().any(|word| word == "none") {
                words.insert(0, "none".to_owned());
            }
            built.offer(list, words);
        }
    }
    built.offer("supported_features", features);
    temperatures(fields, &mut built.capabilities, (7.0, 35.0));
    if !built.reads(Role::Mode) {
        built.initial = Some("off");
    }
    Ok(built)
}

impl Climate {
    /// The mode for merely "on": the most general one that it has.
    fn mode_for_on(&self) -> Option<&str> {
        let has = |wanted: &str| self.modes.iter().find(|mode| *mode == wanted);
        let general = ["heat_cool", "auto", "heat", "cool"].into_iter().find_map(has);
        general.or_else(|| self.modes.iter().find(|mode| *mode != "off")).map(String::as_str)
    }

    fn switch(&self, on: bool, out: &mut Writer<'_>) -> Result<(), CommandError> {
        if self.has_power {
            let payload = if on { &self.payload_on } else { &self.payload_off };
            return out.send(Role::Power, &**payload);
        }
        let mode = if on {
            self.mode_for_on()
        } else {
            Some("off").filter(|off| self.modes.iter().any(|m| m == off))
        };
        match mode {
            Some(mode) => out.send(Role::Mode, mode),
            None => Err(out.unsupported()),
        }
    }
}

/// The attribute that a role is about.
fn attribute(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::CurrentHumidity => "current_humidity",
        Role::CurrentTemperature => "current_temperature",
        Role::Humidity => "humidity",
        Role::Temperature => "temperature",
        Role::TemperatureHigh => "target_temp_high",
        Role::TemperatureLow => "target_temp_low",
        Role::Action => "hvac_action",
        Role::FanMode => "fan_mode",
        Role::SwingMode => "swing_mode",
        Role::SwingHorizontalMode => "swing_horizontal_mode",
        Role::PresetMode => "preset_mode",
        _ => return None,
    })
}

impl Kind for Climate {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        let text = input.text()?;
        if role == Role::Mode {
            match text.as_str() {
                "" => {}
                NONE => draft.set_state(State::UNKNOWN),
                mode if self.modes.iter().any(|known| known == mode) => draft.set_state(mode),
                mode => return Err(format!("{mode:?} is none of its modes")),
            }
            return Ok(());
        }
        let Some(name) = attribute(role) else { return Ok(()) };
        match role {
            Role::Action | Role::FanMode | Role::SwingMode | Role::SwingHorizontalMode => {
                common::word(name, &text, draft);
                Ok(())
            }
            Role::PresetMode => {
                common::word(name, if text == NONE { "none" } else { &text }, draft);
                Ok(())
            }
            _ => common::number(name, &text, draft),
        }
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        match action {
            Action::TurnOn { .. } => self.switch(true, out),
            Action::TurnOff { .. } => self.switch(false, out),
            Action::Toggle => self.switch(out.subject.state.state == "off", out),
            Action::SetHvacMode { hvac_mode } => {
                out.choose("hvac_modes", "hvac_mode", hvac_mode)?;
                out.send(Role::Mode, hvac_mode.as_str())
            }
            Action::SetFanMode { fan_mode } => {
                out.choose("fan_modes", "fan_mode", fan_mode)?;
                out.send(Role::FanMode, fan_mode.as_str())
            }
            Action::SetSwingMode { swing_mode } => {
                out.choose("swing_modes", "swing_mode", swing_mode)?;
                out.send(Role::SwingMode, swing_mode.as_str())
            }
            Action::SetPresetMode { preset_mode } => {
                out.choose("preset_modes", "preset_mode", preset_mode)?;
                out.send(Role::PresetMode, preset_mode.as_str())
            }
            Action::SetHumidity { humidity } => {
                let low = out.subject.number("min_humidity").unwrap_or(0.0);
                let high = out.subject.number("max_humidity").unwrap_or(100.0);
                let wanted = f64::from(*humidity);
                if !(low..=high).contains(&wanted) {
                    return Err(out.bad("humidity", wanted, format!("it takes {low} to {high}")));
                }
                out.number(Role::Humidity, wanted)
            }
            Action::SetTemperature { temperature, target_temp_low, target_temp_high } => {
                let parts = [
                    (Role::Temperature, temperature),
                    (Role::TemperatureLow, target_temp_low),
                    (Role::TemperatureHigh, target_temp_high),
                ];
                for (role, wanted) in parts {
                    if let Some(wanted) = wanted {
                        check_temperature(out, *wanted)?;
                        out.number(role, *wanted)?;
                    }
                }
                if out.out.is_empty() { Err(out.unsupported()) } else { Ok(()) }
            }
            _ => Err(out.unsupported()),
        }
    }

    fn confirms(&self, action: &Action) -> Role {
        match action {
            Action::SetFanMode { .. } => Role::FanMode,
            Action::SetSwingMode { .. } => Role::SwingMode,
            Action::SetPresetMode { .. } => Role::PresetMode,
            Action::SetHumidity { .. } => Role::Humidity,
            Action::SetTemperature { temperature: Some(_), .. } => Role::Temperature,
            Action::SetTemperature { target_temp_low: Some(_), .. } => Role::TemperatureLow,
            Action::SetTemperature { .. } => Role::TemperatureHigh,
            _ => Role::Mode,
        }
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        let on = || {
            let mut modes: Vec<&str> = self.mode_for_on().into_iter().collect();
            modes.extend(self.modes.iter().map(String::as_str).filter(|mode| *mode != "off"));
            common::becomes(&modes)
        };
        match action {
            Action::TurnOn { .. } => on(),
            Action::TurnOff { .. } => common::becomes(&["off"]),
            Action::Toggle if subject.state.state == "off" => on(),
            Action::Toggle => common::becomes(&["off"]),
            Action::SetHvacMode { hvac_mode } => common::becomes(&[hvac_mode]),
            Action::SetFanMode { fan_mode } => common::is("fan_mode", fan_mode),
            Action::SetSwingMode { swing_mode } => common::is("swing_mode", swing_mode),
            Action::SetPresetMode { preset_mode } => common::is("preset_mode", preset_mode),
            Action::SetHumidity { humidity } => vec![Check::Near("humidity", f64::from(*humidity), 1.0)],
            Action::SetTemperature { temperature, target_temp_low, target_temp_high } => {
                let step = subject.number("target_temp_step").unwrap_or(1.0);
                let near =
                    |name, wanted: &Option<f64>| wanted.map(|wanted| Check::Near(name, wanted, step / 2.0));
                let parts = [
                    near("temperature", temperature),
                    near("target_temp_low", target_temp_low),
                    near("target_temp_high", target_temp_high),
                ];
                parts.into_iter().flatten().collect()
            }
            _ => Vec::new(),
        }
    }
}
