//! The `device` part of a discovery message.

use serde_json::{Map, Value};

use super::super::strings::Strings;
use super::abbreviations::{Table, expand};
use super::fields::scalar;
use crate::model::{Device, DeviceId, Names};

/// A device as a message describes it, and the room that it suggests.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Described {
    pub(crate) device: Device,
    /// Whether the message gives the device a name.
    pub(crate) named: bool,
    pub(crate) suggested_area: Option<String>,
}

/// Reads the device of a component. An error says why the entity has none; it is used all the same.
pub(crate) fn read(value: &Value, strings: &mut Strings) -> Result<Described, String> {
    let Value::Object(map) = value else { return Err("device is no mapping".to_owned()) };
    let mut map = map.clone();
    expand(&mut map, Table::Device);
    let text = |key: &str| {
        map.get(key).and_then(scalar).map(|text| text.trim().to_owned()).filter(|t| !t.is_empty())
    };
    let id = identifiers(&map).ok_or_else(|| "device has neither identifiers nor connections".to_owned())?;
    let name = text("name");
    let mut shared = |key: &str| text(key).map(|text| strings.get(&clip(text)));
    let device = Device {
        names: Names::new(clip(name.clone().unwrap_or_else(|| id.as_str().to_owned()))),
        id,
        manufacturer: shared("manufacturer"),
        model: shared("model"),
        model_id: shared("model_id"),
        sw_version: shared("sw_version"),
        hw_version: shared("hw_version"),
        serial_number: text("serial_number").map(clip),
        configuration_url: text("configuration_url").filter(|url| is_web(url)).map(clip),
        via_device: text("via_device").and_then(|id| device_id(&id)),
        area: None,
    };
    Ok(Described { device, named: name.is_some(), suggested_area: text("suggested_area").map(clip) })
}

/// The id of the device that a message describes.
pub(crate) fn id(value: &Value) -> Option<DeviceId> {
    let mut map = value.as_object()?.clone();
    expand(&mut map, Table::Device);
    identifiers(&map)
}

/// The first identifier, or the first connection as `type:value`.
fn identifiers(map: &Map<String, Value>) -> Option<DeviceId> {
    let first = match map.get("identifiers") {
        Some(Value::Array(list)) => list.iter().find_map(scalar),
        Some(single) => scalar(single),
        None => None,
    };
    if let Some(id) = first.as_deref().and_then(device_id) {
        return Some(id);
    }
    let connections = map.get("connections")?.as_array()?;
    // Either a list of pairs, or, as some devices send it, one pair alone.
    let pair = connections.iter().find_map(Value::as_array).unwrap_or(connections);
    let (kind, value) = (pair.first().and_then(scalar)?, pair.get(1).and_then(scalar)?);
    device_id(&format!("{kind}:{value}"))
}

/// A device id from any text: control characters are dropped, the length is cut.
pub(crate) fn device_id(text: &str) -> Option<DeviceId> {
    let clean: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    DeviceId::new(&cut(clean, 255)).ok()
}

fn is_web(url: &str) -> bool {
    ["http://", "https://", "homeassistant://"].iter().any(|scheme| url.starts_with(scheme))
}

fn clip(text: impl AsRef<str>) -> String {
    cut(text.as_ref().chars().filter(|c| !c.is_control()).collect(), 200)
}

/// Cuts a text at a character's end.
pub(crate) fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn identifiers_of_every_shape() {
        let id =
            |value: Value| read(&value, &mut Strings::new()).map(|described| described.device.id.to_string());
        assert_eq!(id(json!({"ids": "a"})).unwrap(), "a");
        assert_eq!(id(json!({"identifiers": ["a", "b"]})).unwrap(), "a");
        assert_eq!(id(json!({"ids": [12]})).unwrap(), "12");
        assert_eq!(id(json!({"cns": [["mac", "02:5b"]]})).unwrap(), "mac:02:5b");
        assert_eq!(id(json!({"connections": ["mac", "02:5b"]})).unwrap(), "mac:02:5b");
        assert!(id(json!({"name": "x"})).is_err());
        assert!(id(json!("x")).is_err());
    }

    #[test]
    fn a_link_is_a_web_link() {
        let url = |url: &str| {
            let device = json!({"ids": "a", "cu": url});
            read(&device, &mut Strings::new()).unwrap().device.configuration_url
        };
        assert_eq!(url("http://192.168.1.2"), Some("http://192.168.1.2".to_owned()));
        assert_eq!(url("javascript:alert(1)"), None);
    }
}
