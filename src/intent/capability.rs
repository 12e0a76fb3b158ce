//! What an entity can do, read from its capabilities.

use serde_json::Value;

use crate::model::{Domain, Entity};

/// Something that not every entity of a domain can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feature {
    /// A light that can be dimmed.
    Brightness,
    /// A light that can be coloured.
    Color,
    /// A light whose white can be warm or cold.
    ColorTemperature,
    /// A cover or valve that can stand half open.
    Position,
    /// A fan with speeds.
    Speed,
    /// A climate device with one target temperature.
    TargetTemperature,
    /// A climate device whose fan has modes.
    FanMode,
    /// A vacuum that can go home.
    ReturnToBase,
}

impl Feature {
    /// Whether the entity can do it.
    ///
    /// An entity that says nothing of the matter is taken to be able: the device registry refuses what
    /// it has no topic for, and the reply says so.
    #[must_use]
    pub(super) fn of(self, entity: &Entity) -> bool {
        match self {
            Self::Brightness => {
                color_modes(entity).is_none_or(|modes| modes.iter().any(|mode| *mode != "onoff"))
            }
            Self::Color => color_modes(entity).is_none_or(|modes| modes.iter().any(|mode| is_color(mode))),
            Self::ColorTemperature => color_modes(entity)
                .is_none_or(|modes| modes.iter().any(|mode| *mode == "color_temp" || is_color(mode))),
            Self::Position => has_word(entity, &["set_position"]),
            Self::Speed => has_word(entity, &["set_speed", "fan_speed", "percentage"]),
            Self::TargetTemperature => {
                entity.domain() == Domain::WaterHeater || has_word(entity, &["target_temperature"])
            }
            Self::FanMode => entity.capabilities.contains_key("fan_modes") || has_word(entity, &["fan_mode"]),
            Self::ReturnToBase => has_word(entity, &["return_home", "return_to_base", "dock"]),
        }
    }
}

fn is_color(mode: &str) -> bool {
    matches!(mode, "hs" | "xy" | "rgb" | "rgbw" | "rgbww")
}

fn color_modes(entity: &Entity) -> Option<Vec<&str>> {
    let modes = entity.capabilities.get("supported_color_modes")?.as_array()?;
    Some(modes.iter().filter_map(Value::as_str).collect())
}

fn has_word(entity: &Entity, words: &[&str]) -> bool {
    match entity.capabilities.get("supported_features").and_then(Value::as_array) {
        None => true,
        Some(features) => features.iter().filter_map(Value::as_str).any(|feature| words.contains(&feature)),
    }
}

/// The rooms on a vacuum's map, as `(id, name)`. The announcement lists them as `id.name`, or as a bare
/// name that is its own id.
#[must_use]
pub(super) fn segments(entity: &Entity) -> Vec<(&str, &str)> {
    let list = entity.capabilities.get("segments").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|segment| segment.split_once('.').unwrap_or((segment, segment)))
        .collect()
}
