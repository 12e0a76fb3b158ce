//! Tasmota's own discovery: `<prefix>/<mac>/config` for relays, lights, shutters, fans and switches, and
//! `<prefix>/<mac>/sensors` for what it measures.
//!
//! Both are put into the terms of Home Assistant's discovery, so that one implementation of each kind
//! serves both. Keys and rules are those of Tasmota's documentation and of the `hatasmota` package.

mod outputs;
mod sensors;

use std::fmt::Display;

use serde_json::{Map, Value, json};

use super::discovery::payload::Component;
use super::discovery::topic::check_publish;
use crate::model::Publish;

/// What a device said of itself: what everything else is made from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    mac: String,
    name: String,
    device: Value,
    /// `cmnd/…/`, `stat/…/` and `tele/…/`.
    command: String,
    stat: String,
    tele: String,
    online: String,
    offline: String,
    map: Map<String, Value>,
}

impl Config {
    /// Reads a `config` message.
    ///
    /// # Errors
    /// In words, when the message is none.
    pub(crate) fn read(mac: &str, payload: &[u8]) -> Result<Self, String> {
        let map = object(payload)?;
        let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if text("mac") != mac {
            return Err(format!("the message is about {:?}, its topic about {mac:?}", text("mac")));
        }
        let (full, topic) = (text("ft"), text("t"));
        if full.is_empty() || topic.is_empty() {
            return Err("the message has no topics (ft and t)".to_owned());
        }
        let prefixes = map.get("tp").and_then(Value::as_array);
        let prefix = |index: usize, default: &str| {
            let given = prefixes.and_then(|list| list.get(index)).and_then(Value::as_str);
            let end = mac.get(mac.len().saturating_sub(6)..).unwrap_or(mac);
            full.replace("%hostname%", &text("hn"))
                .replace("%id%", end)
                .replace("%prefix%", given.unwrap_or(default))
                .replace("%topic%", &topic)
        };
        let (command, stat, tele) = (prefix(0, "cmnd"), prefix(1, "stat"), prefix(2, "tele"));
        check_publish(&command)?;
        let name = text("dn");
        let device = json!({
            "identifiers": [mac],
            "name": name,
            "manufacturer": "Tasmota",
            "model": map.get("md"),
            "sw_version": map.get("sw"),
            "configuration_url": format!("http://{}/", text("ip")),
        });
        let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
        let (online, offline) = (or(text("onln"), "Online"), or(text("ofln"), "Offline"));
        Ok(Self { mac: mac.to_owned(), name, device, command, stat, tele, online, offline, map })
    }

    /// Everything that the device switches, dims, moves or listens to.
    pub(crate) fn components(&self) -> Vec<Component> {
        outputs::components(self)
    }

    /// Everything that the device measures, from its `sensors` message.
    ///
    /// # Errors
    /// In words, when the message is none.
    pub(crate) fn sensors(&self, payload: &[u8]) -> Result<Vec<Component>, String> {
        let map = object(payload)?;
        let Some(Value::Object(tree)) = map.get("sn") else { return Err("the message has no sn".to_owned()) };
        Ok(sensors::components(self, tree))
    }

    /// Asks the device for the states of its outputs, which it otherwise tells every few minutes only.
    pub(crate) fn ask_states(&self) -> Vec<Publish> {
        let shutters = (1..=outputs::shutters(self)).map(|number| format!("ShutterPosition{number}"));
        std::iter::once("STATE".to_owned()).chain(shutters).map(|command| self.ask(&command, "")).collect()
    }

    /// Asks the device for what it measures.
    pub(crate) fn ask_sensors(&self) -> Publish {
        self.ask("STATUS", "10")
    }

    fn ask(&self, command: &str, payload: &'static str) -> Publish {
        let topic = format!("{}{command}", self.command);
        Publish { topic, payload: payload.into(), qos: 0, retain: false }
    }

    fn number(&self, key: &str) -> i64 {
        self.map.get(key).and_then(Value::as_i64).unwrap_or(0)
    }

    fn numbers(&self, key: &str) -> Vec<i64> {
        let list = self.map.get(key).and_then(Value::as_array);
        list.into_iter().flatten().take(64).map(|value| value.as_i64().unwrap_or(0)).collect()
    }

    /// A `SetOption`.
    fn option(&self, number: &str) -> bool {
        self.map.get("so").and_then(|options| options.get(number)).and_then(Value::as_i64) == Some(1)
    }

    /// What the device says for off (0), on (1), toggle (2) and hold (3).
    fn word(&self, index: usize, default: &'static str) -> String {
        let given = self.map.get("state").and_then(|words| words.get(index)).and_then(Value::as_str);
        given.unwrap_or(default).to_owned()
    }

    /// The owner's name of an output; `None` when it is simply the device.
    fn friendly(&self, key: &str, kind: &str, index: usize) -> Value {
        let given = self.map.get(key).and_then(|names| names.get(index)).and_then(Value::as_str);
        match given {
            None => json!(format!("{kind} {}", index + 1)),
            Some(name) if index == 0 && name == self.name => Value::Null,
            Some(name) => json!(name),
        }
    }

    /// A component with what all of them have.
    fn component(&self, platform: &str, endpoint: &str, index: impl Display, own: Value) -> Component {
        let mut map = match own {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let unique = format!("{}_{platform}_{endpoint}_{index}", self.mac);
        map.insert("unique_id".into(), json!(unique));
        map.insert("device".into(), self.device.clone());
        map.insert("availability_topic".into(), json!(format!("{}LWT", self.tele)));
        map.insert("payload_available".into(), json!(self.online));
        map.insert("payload_not_available".into(), json!(self.offline));
        let id = format!("tasmota {} {endpoint} {index}", self.mac);
        Component { platform: platform.to_owned(), id, map, removed: false, mirror: None }
    }
}

/// Adds a key to a component.
fn put(own: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = own {
        map.insert(key.to_owned(), value);
    }
}

fn object(payload: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(payload) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("the message is JSON, but no object".to_owned()),
        Err(error) => Err(format!("broken JSON: {error}")),
    }
}

#[cfg(test)]
mod tests;
