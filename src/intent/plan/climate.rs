//! Warmth and air: temperatures, modes of a climate device's fan, speeds of fans.

use crate::model::{Action, Command, Domain, Entity, EntityId};

use super::super::capability::Feature;
use super::super::facts::{Facts, Failure, Shown};
use super::super::resolver::{Constraints, Targets};
use super::{Ask, Plan, Planned};

pub(super) fn set_temperature(ask: &Ask<'_>) -> Planned {
    let said = ask.slots.number("temperature").ok_or_else(|| Failure::new("nothing_to_set"))?;
    let mut wanted = ask.constraints(&[Domain::Climate, Domain::WaterHeater]);
    wanted.feature = Some(Feature::TargetTemperature);
    wanted.single = true;
    if wanted.name.is_none() {
        // "Set the temperature" is about the room, not about the boiler.
        wanted.domains = vec![Domain::Climate];
    }
    let targets = ask.resolve(&wanted)?;
    let commands = targets
        .entities
        .iter()
        .filter_map(|id| ask.view.entities.get(id))
        .map(|entity| Command {
            entity: entity.id.clone(),
            action: Action::SetTemperature {
                temperature: Some(convert(said, ask.context.temperature_unit, unit(ask, entity))),
                target_temp_low: None,
                target_temp_high: None,
            },
        })
        .collect();
    Ok(ask.commands(commands, targets, ask.facts()))
}

pub(super) fn set_fan_mode(ask: &Ask<'_>) -> Planned {
    let said = ask.slots.text("fan_mode").ok_or_else(|| Failure::new("nothing_to_set"))?;
    let mut wanted = ask.constraints(&[Domain::Climate]);
    wanted.feature = Some(Feature::FanMode);
    let mut targets = ask.resolve(&wanted)?;
    let mut commands = Vec::new();
    targets.entities.retain(|id| {
        let mode = ask.view.entities.get(id).and_then(|entity| own_mode(entity, "fan_modes", said));
        if let Some(mode) = mode {
            commands.push(Command { entity: id.clone(), action: Action::SetFanMode { fan_mode: mode } });
            return true;
        }
        false
    });
    if commands.is_empty() {
        return Err(Failure::new("no_such_mode").with("mode", said));
    }
    Ok(ask.commands(commands, targets, ask.facts()))
}

/// The mode in the device's own spelling; `None` when it lists its modes and this is not among them.
pub(super) fn own_mode(entity: &Entity, list: &str, said: &str) -> Option<String> {
    match entity.capabilities.get(list).and_then(serde_json::Value::as_array) {
        None => Some(said.to_owned()),
        Some(modes) => modes
            .iter()
            .filter_map(serde_json::Value::as_str)
            .find(|mode| mode.eq_ignore_ascii_case(said))
            .map(str::to_owned),
    }
}

pub(super) fn fan_speed(ask: &Ask<'_>) -> Planned {
    let percentage = ask.slots.percent("percentage").ok_or_else(|| Failure::new("nothing_to_set"))?;
    let mut wanted = ask.constraints(&[Domain::Fan]);
    wanted.feature = Some(Feature::Speed);
    let targets = ask.resolve(&wanted)?;
    ask.command_all(targets, &Action::SetPercentage { percentage })
}

pub(super) fn get_temperature(ask: &Ask<'_>) -> Planned {
    let mut wanted = ask.constraints(&[Domain::Climate]);
    wanted.single = true;
    let found = match ask.resolve_here(&wanted) {
        // A room without a thermostat may have a thermometer.
        Err(failure) if failure.candidates.is_empty() => thermometer(ask, &wanted).ok_or(failure)?,
        other => other?,
    };
    let matched = found.entities.iter().filter_map(|id| shown(ask, id)).collect();
    Ok(Plan::Answer(Facts { matched, ..ask.facts() }))
}

fn thermometer(ask: &Ask<'_>, wanted: &Constraints<'_>) -> Option<Targets> {
    let mut wanted = wanted.clone();
    wanted.domains = vec![Domain::Sensor];
    wanted.device_classes = vec!["temperature"];
    ask.resolve_here(&wanted).ok()
}

/// With its temperatures in the home's unit.
fn shown(ask: &Ask<'_>, id: &EntityId) -> Option<Shown> {
    let entity = ask.view.entities.get(id)?;
    let mut shown = Shown::of(ask.view, id, ask.language())?;
    let (from, to) = (unit(ask, entity), ask.context.temperature_unit);
    if from != to {
        if let Some(value) = shown.attributes.get("current_temperature").and_then(serde_json::Value::as_f64) {
            shown.attributes.insert("current_temperature".into(), convert(value, from, to).into());
        }
        if let Ok(value) = shown.state.parse::<f64>() {
            shown.state = convert(value, from, to).to_string();
        }
        shown.attributes.insert("unit_of_measurement".into(), to.into());
    }
    Some(shown)
}

/// The unit in which the entity speaks; the home's where it does not say.
fn unit<'a>(ask: &Ask<'a>, entity: &'a Entity) -> &'a str {
    let own = entity.capabilities.get("temperature_unit").and_then(serde_json::Value::as_str);
    match own.or(entity.unit_of_measurement.as_deref()) {
        Some("F" | "°F") => "°F",
        Some("C" | "°C") => "°C",
        _ => ask.context.temperature_unit,
    }
}

/// Converts between °C and °F, rounded to a tenth.
fn convert(value: f64, from: &str, to: &str) -> f64 {
    let converted = match (from, to) {
        ("°C", "°F") => value * 9.0 / 5.0 + 32.0,
        ("°F", "°C") => (value - 32.0) * 5.0 / 9.0,
        _ => return value,
    };
    (converted * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::convert;

    #[test]
    fn temperatures_are_converted_both_ways() {
        assert_eq!(convert(20.0, "°C", "°F"), 68.0);
        assert_eq!(convert(70.0, "°F", "°C"), 21.1);
        assert_eq!(convert(20.5, "°C", "°C"), 20.5);
    }
}
