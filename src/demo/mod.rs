//! A simulated home: an ordinary MQTT program, usable against any broker.
//!
//! Each device is a pure state machine, `(input, now) -> messages`; only [`run`] knows of sockets and clocks.
//! docs/mqtt.md lists the devices and what can be made to happen to them.

mod card;
mod comfort;
mod device;
mod home;
mod house;
mod light;
mod lock;
mod machine;
mod mover;
mod robots;
mod run;
mod sensor;
mod slots;
mod tasmota;
#[cfg(test)]
mod timeline;

pub use run::{DemoError, DemoOptions, run};

use crate::model::Publish;

/// In which language the demo's devices are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// From a language tag; everything but Chinese is English.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        if tag.split(['-', '_']).next().is_some_and(|part| part.eq_ignore_ascii_case("zh")) {
            Self::Chinese
        } else {
            Self::English
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        if self == Self::Chinese { Self::English } else { Self::Chinese }
    }

    /// The language's tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        if self == Self::Chinese { "zh-CN" } else { "en" }
    }

    fn text(self, text: machine::Text) -> &'static str {
        if self == Self::Chinese { text.1 } else { text.0 }
    }
}

/// A floor of the demo home: its name, its level, and the names of its rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoFloor {
    /// Name.
    pub name: &'static str,
    /// 0 is the ground floor.
    pub level: i16,
    /// Rooms, named as the devices suggest them.
    pub rooms: Vec<&'static str>,
}

/// The floors of the demo home. MQTT discovery has no word for them, so whoever runs the demo makes them.
#[must_use]
pub fn floors(language: Language) -> Vec<DemoFloor> {
    let floors = home::FLOORS.iter();
    floors
        .map(|(name, level, rooms)| DemoFloor {
            name: language.text(*name),
            level: *level,
            rooms: rooms.iter().map(|room| language.text(*room)).collect(),
        })
        .collect()
}

/// Devices that cannot say where they stand (Tasmota), by hardware address, with the room they are in.
#[must_use]
pub fn placement(language: Language) -> Vec<(&'static str, &'static str)> {
    home::UNPLACED.iter().map(|(address, room)| (*address, language.text(*room))).collect()
}

/// What the devices say when they introduce themselves, in a language.
#[must_use]
pub fn announcements(language: Language, discovery_prefix: &str) -> Vec<Publish> {
    let (discovery, base) = (discovery_prefix.to_owned(), DemoOptions::default().topic_prefix);
    home::devices(&card::Setting { language, discovery, base }, 0)
        .iter()
        .flat_map(device::Device::announce)
        .collect()
}

#[cfg(test)]
fn test_card(id: &'static str) -> card::Card {
    test_card_of(id, card::Style::Zigbee)
}

#[cfg(test)]
fn test_card_of(id: &'static str, style: card::Style) -> card::Card {
    let setting = card::Setting {
        language: Language::English,
        discovery: "homeassistant".to_owned(),
        base: "demo".to_owned(),
    };
    let room = ("Kitchen", "厨房");
    card::Card { setting, style, id, name: ("Thing", "东西"), room, maker: "Maker", model: "Model" }
}
