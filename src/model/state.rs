//! The state of an entity, as Home Assistant shapes it: one text and named attributes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Timestamp;

/// Named values beside the state, in Home Assistant's names and units
/// (`brightness` 0 to 255, `color_temp_kelvin` in kelvin, `current_position` in percent).
pub type Attributes = serde_json::Map<String, serde_json::Value>;

/// What is known of an entity now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct State {
    /// `on`, `off`, `open`, `21.5`, …; [`State::UNKNOWN`] before the device has spoken.
    pub state: String,
    /// Values beside it.
    #[serde(default)]
    #[schema(value_type = Object, required)]
    pub attributes: Attributes,
    /// When `state` last became another text.
    pub last_changed: Timestamp,
    /// When the device last said anything about this entity.
    pub last_updated: Timestamp,
    /// Whether the device can be reached, as its availability topics say.
    pub available: bool,
}

impl State {
    /// The state of an entity that has not spoken yet.
    pub const UNKNOWN: &'static str = "unknown";
    /// What is shown and answered for an entity that cannot be reached.
    pub const UNAVAILABLE: &'static str = "unavailable";

    /// An entity that has not spoken yet.
    #[must_use]
    pub fn unknown(now: Timestamp) -> Self {
        Self {
            state: Self::UNKNOWN.to_owned(),
            attributes: Attributes::new(),
            last_changed: now,
            last_updated: now,
            available: true,
        }
    }

    /// The state to show: [`State::UNAVAILABLE`] when the device cannot be reached.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.available { &self.state } else { Self::UNAVAILABLE }
    }

    /// Whether the device has spoken and can be reached.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.available && self.state != Self::UNKNOWN
    }
}
