//! Brightness, colour and colour temperature of lights.

use crate::model::{Action, Color, Command, Domain, EntityId};

use super::super::capability::Feature;
use super::super::facts::Failure;
use super::{Ask, Planned, color};

/// The darkest that a step leads to: a step never switches off.
const DARKEST: f64 = 3.0;

pub(super) fn set(ask: &Ask<'_>) -> Planned {
    if let Some(step) = ask.slots.number("brightness_step") {
        return brighter(ask, step);
    }
    let brightness = ask.slots.percent("brightness");
    let color = match ask.slots.text("color") {
        None => None,
        Some(name) => {
            let color = color::by_name(name);
            Some(color.ok_or_else(|| Failure::new("unknown_color").with("color", name))?)
        }
    };
    // Kelvin; bounds are those of any white that a lamp can have.
    let kelvin = ask.slots.whole("temperature", 500, 40_000).and_then(|kelvin| u16::try_from(kelvin).ok());
    let feature = match (color, kelvin, brightness) {
        (Some(_), _, _) => Feature::Color,
        (None, Some(_), _) => Feature::ColorTemperature,
        (None, None, Some(_)) => Feature::Brightness,
        (None, None, None) => return Err(Failure::new("nothing_to_set")),
    };
    let mut wanted = ask.constraints(&[Domain::Light]);
    wanted.feature = Some(feature);
    let targets = ask.resolve(&wanted)?;
    ask.command_all(targets, &action(brightness, color, kelvin))
}

/// Each light by so many hundredths from where it is. Of several, those that are on are meant; where all are
/// dark, brighter turns them on.
pub(super) fn brighter(ask: &Ask<'_>, step: f64) -> Planned {
    let mut wanted = ask.constraints(&[Domain::Light]);
    if step < 0.0 {
        wanted.feature = Some(Feature::Brightness);
    }
    let mut targets = ask.resolve(&wanted)?;
    let now = |id: &EntityId| {
        let state = ask.view.states.get(id).filter(|state| state.state == "on")?;
        // A light that is on and says nothing of its brightness is as bright as it can be.
        Some(state.attributes.get("brightness").and_then(serde_json::Value::as_f64).unwrap_or(255.0))
    };
    if !targets.entities.iter().any(|id| now(id).is_some()) {
        if step > 0.0 {
            return ask.command_all(targets, &Action::turn_on());
        }
        return Err(Failure::new("entity_wrong_state").with("state", "off"));
    }
    targets.entities.retain(|id| now(id).is_some());
    let command = |entity: &EntityId| {
        let level = (now(entity).unwrap_or(0.0) + step * 2.55).clamp(DARKEST, 255.0).round();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 3..=255")]
        let level = level as u8;
        Command { entity: entity.clone(), action: dimmed(level) }
    };
    let commands = targets.entities.iter().map(command).collect();
    Ok(ask.commands(commands, targets, ask.facts()))
}

fn action(brightness: Option<u8>, color: Option<Color>, color_temp_kelvin: Option<u16>) -> Action {
    if brightness == Some(0) {
        return Action::turn_off();
    }
    Action::TurnOn {
        brightness: brightness.map(to_byte),
        color,
        color_temp_kelvin,
        white: None,
        effect: None,
        flash: None,
        transition: None,
    }
}

/// Only a brightness, of 255.
pub(super) fn dimmed(level: u8) -> Action {
    let mut action = Action::turn_on();
    if let Action::TurnOn { brightness, .. } = &mut action {
        *brightness = Some(level);
    }
    action
}

/// A percentage as Home Assistant's brightness: rounded, 100 % is 255.
fn to_byte(percent: u8) -> u8 {
    u8::try_from((u16::from(percent) * 255 + 50) / 100).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_becomes_home_assistants_brightness() {
        assert_eq!([1, 33, 50, 100].map(to_byte), [3, 84, 128, 255]);
        assert_eq!(action(Some(0), None, None), Action::turn_off());
    }
}
