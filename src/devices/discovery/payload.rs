//! A discovery message taken apart into its components.

use serde_json::{Map, Value};

use super::abbreviations::{Table, expand};
use super::topic::DiscoveryTopic;

/// Most components that one message may bring.
const MAX_COMPONENTS: usize = 1000;

/// Keys that the components of a device message take over from it.
const SHARED: [&str; 11] = [
    "availability",
    "availability_mode",
    "availability_template",
    "availability_topic",
    "command_topic",
    "encoding",
    "message_expiry_interval",
    "payload_available",
    "payload_not_available",
    "state_topic",
    "qos",
];

/// What a discovery message says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    /// Everything that was announced on the topic is gone.
    Remove,
    /// The same components will be announced on another topic; keep what is known of them.
    Migrate,
    /// The components of the topic from now on.
    Components(Vec<Component>),
}

/// One component: an entity, a trigger or a tag scanner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Component {
    /// `light`, `device_automation`, …
    pub(crate) platform: String,
    /// Node id and object id; unique together with the platform.
    pub(crate) id: String,
    /// Its keys, written out in full.
    pub(crate) map: Map<String, Value>,
    /// Whether the message takes it away.
    pub(crate) removed: bool,
    /// Topics: what is read from the first is read from the second as well.
    pub(crate) mirror: Option<(String, String)>,
}

/// Takes a discovery message apart.
///
/// # Errors
/// In words, when the message cannot be used at all.
pub(crate) fn read(topic: DiscoveryTopic<'_>, payload: &[u8]) -> Result<Message, String> {
    if payload.iter().all(u8::is_ascii_whitespace) {
        return Ok(Message::Remove);
    }
    let mut map = match serde_json::from_slice(payload) {
        Ok(Value::Object(map)) => map,
        Ok(_) => return Err("the message is JSON, but no object".to_owned()),
        Err(error) => return Err(format!("broken JSON: {error}")),
    };
    expand(&mut map, Table::Component);
    if map.is_empty() {
        return Ok(Message::Remove);
    }
    if map.get("migrate_discovery") == Some(&Value::Bool(true)) {
        return Ok(Message::Migrate);
    }
    if topic.component == "device" {
        return device(topic, map).map(Message::Components);
    }
    let id = match topic.node_id {
        Some(node) => format!("{node} {}", topic.object_id),
        None => topic.object_id.to_owned(),
    };
    let platform = topic.component.to_owned();
    Ok(Message::Components(vec![Component { platform, id, map, removed: false, mirror: None }]))
}

fn device(topic: DiscoveryTopic<'_>, mut map: Map<String, Value>) -> Result<Vec<Component>, String> {
    let mut found = Vec::new();
    let device = map.remove("device");
    let id = |component: &str| match topic.node_id {
        Some(node) => format!("{} {node} {component}", topic.object_id),
        None => format!("{} {component}", topic.object_id),
    };
    let children = match map.remove("child_devices") {
        Some(Value::Array(children)) => children,
        _ => Vec::new(),
    };
    let mut groups = Vec::new();
    if let Some(Value::Object(components)) = map.remove("components") {
        groups.push((components, device.clone()));
    }
    for child in children.into_iter().take(MAX_COMPONENTS) {
        let Value::Object(mut child) = child else { continue };
        expand(&mut child, Table::Device);
        expand(&mut child, Table::Component);
        if let Some(Value::Object(components)) = child.remove("components") {
            groups.push((components, Some(child_device(&child, device.as_ref()))));
        }
    }
    if groups.is_empty() {
        return Err("a device message needs components".to_owned());
    }
    for (components, device) in groups {
        for (name, component) in components {
            if found.len() >= MAX_COMPONENTS {
                return Err(format!("a device message may bring {MAX_COMPONENTS} components and no more"));
            }
            let Value::Object(mut component) = component else { continue };
            expand(&mut component, Table::Component);
            let Some(Value::String(platform)) = component.shift_remove("platform") else { continue };
            let removed = component.is_empty();
            if !removed {
                share(&map, device.as_ref(), &mut component);
            }
            found.push(Component { platform, id: id(&name), map: component, removed, mirror: None });
        }
    }
    Ok(found)
}

/// Gives a component what it shares with its device message.
fn share(message: &Map<String, Value>, device: Option<&Value>, component: &mut Map<String, Value>) {
    for key in SHARED.into_iter().chain(["~"]) {
        if let Some(value) = message.get(key)
            && !component.contains_key(key)
        {
            component.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(device) = device {
        component.entry("device").or_insert_with(|| device.clone());
    }
}

/// A part of a device that is a device of its own, reached through the first.
fn child_device(child: &Map<String, Value>, parent: Option<&Value>) -> Value {
    let mut own = child.clone();
    if let Some(via) = parent.and_then(super::device::id) {
        own.entry("via_device").or_insert_with(|| Value::String(via.to_string()));
    }
    Value::Object(own)
}

#[cfg(test)]
mod tests {
    use super::super::topic;
    use super::*;

    fn parse(path: &str, payload: &str) -> Result<Message, String> {
        read(topic::read(path).unwrap().unwrap(), payload.as_bytes())
    }

    #[test]
    fn single_components() {
        let Message::Components(found) =
            parse("switch/n/o/config", r#"{"cmd_t": "~/x", "~": "base"}"#).unwrap()
        else {
            panic!("no components");
        };
        assert_eq!((found[0].platform.as_str(), found[0].id.as_str()), ("switch", "n o"));
        assert!(found[0].map.contains_key("command_topic"));
        assert_eq!(parse("switch/o/config", ""), Ok(Message::Remove));
        assert_eq!(parse("switch/o/config", "{}"), Ok(Message::Remove));
        assert_eq!(parse("switch/o/config", r#"{"migr_discvry": true}"#), Ok(Message::Migrate));
        assert!(parse("switch/o/config", "{").unwrap_err().contains("broken JSON"));
        assert!(parse("switch/o/config", "[1]").is_err());
    }

    #[test]
    fn device_components_share_and_override() {
        let text = r#"{"dev": {"ids": "d"}, "o": {"name": "x"}, "qos": 1, "stat_t": "s", "cmps": {
            "a": {"p": "sensor", "stat_t": "own"}, "b": {"p": "switch", "cmd_t": "c"}, "gone": {"p": "sensor"}}}"#;
        let Message::Components(found) = parse("device/thing/config", text).unwrap() else { panic!("none") };
        let keys: Vec<_> = found.iter().map(|c| (c.platform.as_str(), c.id.as_str(), c.removed)).collect();
        assert_eq!(
            keys,
            [("sensor", "thing a", false), ("switch", "thing b", false), ("sensor", "thing gone", true)]
        );
        assert_eq!(found[0].map["state_topic"], "own");
        assert_eq!(found[1].map["state_topic"], "s");
        assert_eq!(found[1].map["qos"], 1);
        assert_eq!(found[1].map["device"]["ids"], "d");
    }

    #[test]
    fn children_are_devices_behind_their_parent() {
        let text = r#"{"dev": {"ids": "d"}, "o": {"name": "x"}, "cdevs": [
            {"ids": "kid", "name": "Kid", "cmps": {"a": {"p": "sensor", "stat_t": "s"}}}]}"#;
        let Message::Components(found) = parse("device/thing/config", text).unwrap() else { panic!("none") };
        assert_eq!(found[0].map["device"]["via_device"], "d");
        assert_eq!(found[0].map["device"]["name"], "Kid");
    }
}
