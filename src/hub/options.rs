//! How the hub is set up.

use jiff::tz::TimeZone;

use crate::devices::RegistryOptions;
use crate::runtime::Metrics;
use crate::store::Limits;

/// What the owner can change while the hub runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What the home is called.
    pub name: String,
    /// The language where a message names none.
    pub language: String,
    /// Languages in which a sentence is tried that the first does not understand.
    pub further_languages: Vec<String>,
    /// For dates and times.
    pub time_zone: TimeZone,
    /// `°C` or `°F`.
    pub temperature_unit: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "Home".to_owned(),
            language: "en".to_owned(),
            further_languages: Vec::new(),
            time_zone: TimeZone::UTC,
            temperature_unit: "°C".to_owned(),
        }
    }
}

/// Everything that the hub needs besides its store and the way to the broker.
#[derive(Debug, Clone, Default)]
pub struct HubOptions {
    /// What can change while it runs.
    pub settings: Settings,
    /// How devices are found.
    pub registry: RegistryOptions,
    /// How much history is kept; no days keep none.
    pub history: Limits,
    /// What is counted.
    pub metrics: Metrics,
}
