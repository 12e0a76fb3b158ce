//! Brightness, colour and colour temperature of lights.

use crate::model::{Action, Color, Domain};

use super::super::capability::Feature;
use super::super::facts::Failure;
use super::{Ask, Planned, color};

pub(super) fn set(ask: &Ask<'_>) -> Planned {
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
