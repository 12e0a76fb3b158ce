//! Home Assistant's entity domains.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! domains {
    ($($variant:ident => $text:literal),+ $(,)?) => {
        /// The kind of an entity; the part of an entity id before the dot.
        ///
        /// Holds every component that Home Assistant discovers over MQTT, and the domains that its
        /// sentence templates name besides.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "each variant is the domain of its own name")]
        pub enum Domain {
            $($variant),+
        }

        impl Domain {
            /// Every domain, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The domain as Home Assistant writes it, for example `lawn_mower`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for Domain {
            type Err = UnknownDomain;
            fn from_str(text: &str) -> Result<Self, UnknownDomain> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownDomain),
                }
            }
        }
    };
}

domains! {
    AlarmControlPanel => "alarm_control_panel",
    Automation => "automation",
    BinarySensor => "binary_sensor",
    Button => "button",
    Calendar => "calendar",
    Camera => "camera",
    Climate => "climate",
    Counter => "counter",
    Cover => "cover",
    Date => "date",
    Datetime => "datetime",
    DeviceTracker => "device_tracker",
    Event => "event",
    Fan => "fan",
    Group => "group",
    Humidifier => "humidifier",
    Image => "image",
    Infrared => "infrared",
    InputBoolean => "input_boolean",
    InputButton => "input_button",
    InputNumber => "input_number",
    InputSelect => "input_select",
    InputText => "input_text",
    LawnMower => "lawn_mower",
    Light => "light",
    Lock => "lock",
    MediaPlayer => "media_player",
    Notify => "notify",
    Number => "number",
    Person => "person",
    Remote => "remote",
    Scene => "scene",
    Script => "script",
    Select => "select",
    Sensor => "sensor",
    Siren => "siren",
    Sun => "sun",
    Switch => "switch",
    Text => "text",
    Time => "time",
    Timer => "timer",
    Todo => "todo",
    Update => "update",
    Vacuum => "vacuum",
    Valve => "valve",
    WaterHeater => "water_heater",
    Weather => "weather",
    Zone => "zone",
}

/// The text is no domain that the hub knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown domain")]
pub struct UnknownDomain;

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_domain_reads_back() {
        for domain in Domain::ALL {
            assert_eq!(domain.as_str().parse::<Domain>(), Ok(*domain));
            assert_eq!(serde_json::to_value(domain).unwrap(), domain.as_str());
        }
    }
}
