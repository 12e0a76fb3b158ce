//! How simulated devices introduce themselves: Home Assistant's MQTT discovery.

use serde_json::{Value, json};

use crate::model::Publish;

use super::Language;
use super::machine::{Text, json as message, put};

/// What all devices have in common.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// In which language the devices are named.
    pub(super) language: Language,
    /// Where discovery is published, `homeassistant` by default.
    pub(super) discovery: String,
    /// What every other topic starts with, so that a real Zigbee2MQTT on the same broker is left alone.
    pub(super) base: String,
}

impl Setting {
    pub(super) fn text(&self, text: Text) -> &'static str {
        match self.language {
            Language::English => text.0,
            Language::Chinese => text.1,
        }
    }

    /// Where the whole simulation says whether it runs; also its last will.
    pub(super) fn status(&self) -> String {
        format!("{}/status", self.base)
    }
}

/// Whose style a device speaks; decides its topics and how it says that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `…/zigbee2mqtt/NAME`, availability in JSON.
    Zigbee,
    /// `…/esphome/NAME`, plain texts.
    Esphome,
    /// Its own topics, one discovery message for the whole device.
    Own,
}

/// The identity of a device.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub(super) setting: Setting,
    pub(super) style: Style,
    /// Letters, digits and underscores; part of every topic and identifier.
    pub(super) id: &'static str,
    pub(super) name: Text,
    pub(super) room: Text,
    pub(super) maker: &'static str,
    pub(super) model: &'static str,
}

impl Card {
    /// The device's own topic, with something behind it.
    pub(super) fn topic(&self, rest: &str) -> String {
        let style = match self.style {
            Style::Zigbee => "zigbee2mqtt",
            Style::Esphome => "esphome",
            Style::Own => "devices",
        };
        let slash = if rest.is_empty() { "" } else { "/" };
        format!("{}/{style}/{}{slash}{rest}", self.setting.base, self.id)
    }

    fn unique(&self, part: &str) -> String {
        if part.is_empty() { format!("demo_{}", self.id) } else { format!("demo_{}_{part}", self.id) }
    }

    fn device(&self) -> Value {
        json!({
            "identifiers": [self.unique("")],
            "name": self.setting.text(self.name),
            "manufacturer": self.maker,
            "model": self.model,
            "sw_version": "1.0.0",
            "suggested_area": self.setting.text(self.room),
        })
    }

    fn origin(&self) -> Value {
        match self.style {
            Style::Zigbee => json!({"name": "Zigbee2MQTT", "sw_version": "2.6.0"}),
            Style::Esphome => json!({"name": "ESPHome", "sw_version": "2026.9.0"}),
            Style::Own => json!({"name": "Homeclaw demo", "sw_version": env!("CARGO_PKG_VERSION")}),
        }
    }

    fn availability(&self) -> Value {
        let mut own = json!({"topic": self.topic("availability")});
        if self.style == Style::Zigbee {
            put(&mut own, "value_template", json!("{{ value_json.state }}"));
        }
        json!([{"topic": self.setting.status()}, own])
    }

    /// Whether the device can be reached, as it says so itself.
    pub(super) fn available(&self, up: bool) -> Publish {
        let word = if up { "online" } else { "offline" };
        if self.style == Style::Zigbee {
            message(self.topic("availability"), &json!({"state": word}))
        } else {
            super::machine::retained(self.topic("availability"), word)
        }
    }

    /// One discovery message for one entity. `part` is empty for what the device mainly is; its name is the
    /// device's then. `body` holds the component's own keys.
    pub(super) fn entity(&self, component: &str, part: &str, name: Option<Text>, body: Value) -> Publish {
        let mut config = json!({
            "unique_id": self.unique(part),
            "name": name.map(|name| self.setting.text(name)),
            "availability": self.availability(),
            "availability_mode": "all",
            "device": self.device(),
            "origin": self.origin(),
        });
        merge(&mut config, body);
        let object = if part.is_empty() { component } else { part };
        message(format!("{}/{component}/demo_{}/{object}/config", self.setting.discovery, self.id), &config)
    }

    /// One discovery message for the device with all of its entities: component, part, name and keys of each.
    pub(super) fn whole(&self, entities: Vec<(&'static str, &'static str, Option<Text>, Value)>) -> Publish {
        let mut components = serde_json::Map::new();
        for (platform, part, name, body) in entities {
            let mut config = json!({
                "p": platform,
                "unique_id": self.unique(part),
                "name": name.map(|name| self.setting.text(name)),
            });
            merge(&mut config, body);
            let key = if part.is_empty() { platform } else { part };
            components.insert(key.to_owned(), config);
        }
        let config = json!({
            "dev": self.device(),
            "o": self.origin(),
            "avty": self.availability(),
            "avty_mode": "all",
            "cmps": components,
        });
        message(format!("{}/device/demo_{}/config", self.setting.discovery, self.id), &config)
    }
}

/// Puts the keys of one object into another.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
