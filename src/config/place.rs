//! Values that say where the home is.

use jiff::tz::TimeZone;

use super::field::{Context, Value, Wrong};
use super::mistake::nearest;
use super::values::TemperatureUnit;

/// A time zone of the IANA database.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone.
    #[must_use]
    pub const fn get(&self) -> &TimeZone {
        &self.0
    }
}

impl Value for Zone {
    fn allowed() -> String {
        "a name from the IANA time zone database, such as Europe/Berlin".to_owned()
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        TimeZone::get(text).map(Self).map_err(|_| {
            let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
            let suggestion = nearest(text, names.iter().map(String::as_str)).map(str::to_owned);
            Wrong { reason: Some("there is no such zone".to_owned()), suggestion }
        })
    }
    fn show(&self) -> String {
        self.0.iana_name().unwrap_or("UTC").to_owned()
    }
}

/// An angle in degrees: latitude from -90 to 90 or longitude from -180 to 180.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Degrees<const MOST: i16>(f64);

impl<const MOST: i16> Degrees<MOST> {
    /// Degrees, north and east positive.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl<const MOST: i16> Value for Degrees<MOST> {
    fn allowed() -> String {
        format!("degrees from -{MOST} to {MOST}, such as 52.52")
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        match text.parse::<f64>() {
            Ok(degrees) if degrees.abs() <= f64::from(MOST) => Ok(Self(degrees)),
            _ => Err(Wrong::default()),
        }
    }
    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// A country by its two letters of ISO 3166-1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country(String);

impl Country {
    /// What temperatures are usually told in, by the preferences of Unicode's CLDR (usage `weather`).
    #[must_use]
    pub fn temperature_unit(&self) -> TemperatureUnit {
        match self.as_str() {
            "BS" | "BZ" | "KY" | "PR" | "PW" | "US" => TemperatureUnit::Fahrenheit,
            _ => TemperatureUnit::Celsius,
        }
    }

    /// Two capital letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for Country {
    fn allowed() -> String {
        "the two letters of the country, such as DE or CN".to_owned()
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        let good = text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic());
        if good { Ok(Self(text.to_uppercase())) } else { Err(Wrong::default()) }
    }
    fn show(&self) -> String {
        self.0.clone()
    }
}
