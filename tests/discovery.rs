//! Discovery messages by the hundred: each must become a usable entity.

use std::collections::BTreeSet;
use std::path::PathBuf;

use homeclaw::devices::{Effect, Registry, RegistryOptions};
use homeclaw::model::{Action, Command, EntityId, Inbound, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// The messages of a file with one `{"topic", "payload"}` a line.
fn messages(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        let payload = match message.get("payload") {
            Some(Value::String(text)) => text.clone(),
            Some(object) => object.to_string(),
            None => String::new(),
        };
        (message.get("topic").and_then(Value::as_str).unwrap_or(line).to_owned(), payload)
    };
    text.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
}

/// What is wrong with each message that became nothing usable; each goes to a registry of its own, since
/// messages from many homes share their ids.
fn unusable(messages: &[(String, String)]) -> Vec<String> {
    let mut bad = Vec::new();
    for (topic, payload) in messages {
        let mut registry = Registry::new(RegistryOptions::default());
        let message = Inbound { topic: topic.clone(), payload: payload.clone().into(), retain: true };
        let effects = registry.on_message(&message, NOW);
        let rejected = effects.iter().find(|effect| matches!(effect, Effect::Rejected { .. }));
        let made = registry.view().entities.len() + registry.triggers().count();
        if made == 0 || rejected.is_some() {
            bad.push(format!("{topic}: {rejected:?}"));
        }
    }
    bad
}

/// The different things that were left out of the messages.
fn notes(messages: &[(String, String)]) -> BTreeSet<String> {
    let mut registry = Registry::new(RegistryOptions::default());
    let mut notes = BTreeSet::new();
    for (topic, payload) in messages {
        let message = Inbound { topic: topic.clone(), payload: payload.clone().into(), retain: true };
        for effect in registry.on_message(&message, NOW) {
            if let Effect::Noted { reason, .. } = effect {
                notes.insert(reason.split_once(": ").map_or(reason.clone(), |(_, what)| what.to_owned()));
            }
        }
    }
    notes
}

fn shared(name: &str) -> Option<String> {
    let folder = std::env::var_os("HOMECLAW_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    std::fs::read_to_string(folder.join("data").join(name)).ok()
}

#[test]
fn every_message_of_our_own_becomes_usable() {
    let messages = messages(include_str!("fixtures/discovery.ndjson"));
    assert!(messages.len() >= 60, "{}", messages.len());
    assert_eq!(unusable(&messages), [] as [String; 0]);
}

#[test]
fn every_message_made_by_zigbee2mqtt_becomes_usable() {
    let Some(text) = shared("discovery-sample.ndjson") else {
        println!("LEFT OUT: ../shared/data/discovery-sample.ndjson is not there");
        return;
    };
    let messages = messages(&text);
    assert_eq!(messages.len(), 393);
    assert_eq!(unusable(&messages), [] as [String; 0]);
    // And all in one home.
    let mut registry = Registry::new(RegistryOptions::default());
    for (topic, payload) in &messages {
        let message = Inbound { topic: topic.clone(), payload: payload.clone().into(), retain: true };
        let rejected: Vec<_> = registry.on_message(&message, NOW);
        assert!(
            !rejected.iter().any(|effect| matches!(effect, Effect::Rejected { .. })),
            "{topic}: {rejected:?}"
        );
    }
    assert_eq!(registry.view().entities.len(), 393);
}

/// Any other collection, for whoever has one: `HOMECLAW_DISCOVERY=FILE cargo test --test discovery`.
#[test]
fn a_collection_of_ones_own() {
    let Some(file) = std::env::var_os("HOMECLAW_DISCOVERY") else {
        println!("LEFT OUT: HOMECLAW_DISCOVERY names no file");
        return;
    };
    let messages = messages(&std::fs::read_to_string(file).unwrap());
    let bad = unusable(&messages);
    for line in bad.iter().take(40) {
        println!("{line}");
    }
    println!("{} of {} are not usable", bad.len(), messages.len());
    for note in notes(&messages) {
        println!("left out: {note}");
    }
    assert!(bad.len() * 1000 <= messages.len(), "more than 0.1 % are not usable");
}

/// A registry with something to listen to, for messages of every sort.
fn home() -> Registry {
    let mut registry = Registry::new(RegistryOptions::default());
    for (topic, payload) in messages(include_str!("fixtures/discovery.ndjson")) {
        registry.on_message(&Inbound { topic, payload: payload.into(), retain: true }, NOW);
    }
    registry
}

fn send(registry: &mut Registry, topic: String, payload: Vec<u8>) {
    let message = Inbound { topic, payload: payload.into(), retain: false };
    registry.on_message(&message, NOW);
    registry.tick(Timestamp::from_millis(NOW.as_millis() + 1_000_000));
}

/// JSON of any shape, with the keys that discovery knows.
fn any_json() -> impl Strategy<Value = Value> {
    let key = proptest::sample::select(vec![
        "name",
        "state_topic",
        "command_topic",
        "device",
        "availability",
        "topic",
        "value_template",
        "schema",
        "~",
        "options",
        "min",
        "max",
        "brightness_scale",
        "position_open",
        "position_closed",
        "components",
        "platform",
        "speed_range_min",
        "speed_range_max",
        "unique_id",
        "identifiers",
        "supported_color_modes",
        "qos",
        "modes",
        "rl",
        "lt_st",
        "mac",
        "ft",
        "t",
        "sn",
        "so",
        "sht",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(Value::from("{{ value_json.a | float }}")),
        Just(Value::from("a/+/b")),
        Just(Value::from("light")),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let map = proptest::collection::vec((key.clone(), inner.clone()), 0..8).prop_map(|pairs| {
            Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
        });
        prop_oneof![map, proptest::collection::vec(inner, 0..4).prop_map(Value::from)]
    })
}

const PLATFORMS: [&str; 12] = [
    "light",
    "cover",
    "fan",
    "climate",
    "sensor",
    "number",
    "device",
    "valve",
    "text",
    "vacuum",
    "humidifier",
    "tag",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_stop_the_registry(topic in "\\PC{0,40}", payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut registry = Registry::new(RegistryOptions::default());
        send(&mut registry, topic.clone(), payload.clone());
        send(&mut registry, format!("homeassistant/light/{topic}/config"), payload.clone());
        send(&mut registry, "tasmota/discovery/AA/config".to_owned(), payload);
    }

    #[test]
    fn no_json_stops_discovery(platform in proptest::sample::select(PLATFORMS.to_vec()), json in any_json()) {
        let mut registry = Registry::new(RegistryOptions::default());
        send(&mut registry, format!("homeassistant/{platform}/a/config"), json.to_string().into_bytes());
        send(&mut registry, "tasmota/discovery/AA/config".to_owned(), json.to_string().into_bytes());
        send(&mut registry, "tasmota/discovery/AA/sensors".to_owned(), json.to_string().into_bytes());
    }

    #[test]
    fn no_template_stops_the_hub(source in "[{}%a-z _.|()\\[\\]0-9'~*+-]{0,60}", payload in "\\PC{0,40}") {
        let _ = homeclaw::devices::render(&source, payload.as_bytes());
        let _ = homeclaw::devices::render(&format!("{{{{ {source} }}}}"), payload.as_bytes());
    }
}

#[test]
fn no_state_message_stops_the_hub() {
    let mut registry = home();
    let topics = [
        "z/l",
        "z/d",
        "zigbee2mqtt/b",
        "bath-node/light/strip/state",
        "wled/shelf/c",
        "valetudo/robot/hass/robot_state",
    ];
    for payload in [
        "",
        "{}",
        "[]",
        "null",
        "\u{0}",
        "1e999",
        "-1",
        "{\"state\":{}}",
        "{\"position\":1e300}",
        "💡",
        "\"x\"",
    ] {
        for topic in topics {
            send(&mut registry, topic.to_owned(), payload.as_bytes().to_vec());
            send(&mut registry, topic.to_owned(), vec![0xff, 0xfe]);
        }
    }
    assert!(registry.view().states.len() >= 60);
}

/// One device of `round-trips.ndjson`: what it announces, what it says then, and what it is told.
#[derive(serde::Deserialize)]
struct RoundTrip {
    from: String,
    topic: String,
    payload: Value,
    entity: EntityId,
    hears: Vec<(String, String)>,
    /// `None` where the state is a time.
    state: Option<String>,
    #[serde(default)]
    attributes: serde_json::Map<String, Value>,
    /// Action, topic and message; the command may send others beside it.
    #[serde(default)]
    does: Vec<(Action, String, String)>,
}

/// What is wrong with a device; nothing when it works both ways.
fn wrong(device: RoundTrip) -> Vec<String> {
    let mut registry = Registry::new(RegistryOptions::default());
    let mut wrong = Vec::new();
    let announced = [(device.topic.clone(), device.payload.to_string())];
    for (topic, payload) in announced.into_iter().chain(device.hears) {
        let message = Inbound { topic, payload: payload.into(), retain: false };
        for effect in registry.on_message(&message, NOW) {
            if let Effect::Rejected { reason, .. } | Effect::Noted { reason, .. } = effect {
                wrong.push(reason);
            }
        }
    }
    let Some(state) = registry.view().states.get(&device.entity).cloned() else {
        let there: Vec<_> = registry.view().entities.keys().cloned().collect();
        return vec![format!("no {}, but {there:?}; {wrong:?}", device.entity)];
    };
    if device.state.as_ref().is_some_and(|expected| *expected != state.shown()) {
        wrong.push(format!("the state is {:?}, not {:?}", state.shown(), device.state));
    }
    for (name, expected) in device.attributes {
        let found = state.attributes.get(&name);
        if found != Some(&expected) {
            wrong.push(format!("{name} is {found:?}, not {expected}"));
        }
    }
    for (action, topic, payload) in device.does {
        let command = Command { entity: device.entity.clone(), action };
        match registry.command(&command, NOW) {
            Ok(sent) if sent.iter().any(|sent| sent.topic == topic && sent.payload == payload) => {}
            other => wrong.push(format!("{:?} sends {other:?}, not {payload} to {topic}", command.action)),
        }
    }
    wrong
}

#[test]
fn devices_of_many_makers_work_both_ways() {
    let mut count = 0;
    let mut all = Vec::new();
    for line in include_str!("fixtures/round-trips.ndjson").lines() {
        let device: RoundTrip = serde_json::from_str(line).unwrap();
        let name = format!("{} {}", device.from, device.entity);
        all.extend(wrong(device).into_iter().map(|what| format!("{name}: {what}")));
        count += 1;
    }
    assert!(count >= 80, "{count}");
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn limits_hold_and_ids_stay_apart() {
    let options = RegistryOptions { max_entities: 1_500, ..RegistryOptions::default() };
    let mut registry = Registry::new(options);
    let mut tell = |topic: &str, payload: String| {
        let message = Inbound { topic: topic.to_owned(), payload: payload.into(), retain: true };
        let effects = registry.on_message(&message, NOW);
        let rejected = effects.iter().filter(|effect| matches!(effect, Effect::Rejected { .. })).count();
        (rejected, registry.view().entities.len())
    };
    let components = |count: usize| {
        let sensor = |index: usize| {
            let about = serde_json::json!({"p": "sensor", "name": "Same", "stat_t": "s", "uniq_id": index});
            (format!("c{index}"), about)
        };
        let all: serde_json::Map<String, Value> = (0..count).map(sensor).collect();
        serde_json::json!({"dev": {"ids": "d", "name": "D"}, "o": {"name": "x"}, "cmps": all}).to_string()
    };
    assert_eq!(tell("homeassistant/device/d/config", components(1_000)), (0, 1_000));
    assert_eq!(tell("homeassistant/device/d/config", components(1_001)), (1, 1_000));
    // The same unique_id on another topic is refused, in another domain it is another entity.
    let sensor = r#"{"name": "Twin", "stat_t": "t", "uniq_id": "7"}"#;
    assert_eq!(tell("homeassistant/sensor/twin/config", sensor.to_owned()), (1, 1_000));
    assert_eq!(tell("homeassistant/binary_sensor/twin/config", sensor.to_owned()), (0, 1_001));
    for index in 0..1_000 {
        let payload = format!(r#"{{"name": "Same", "cmd_t": "c/{index}", "uniq_id": "sw{index}"}}"#);
        let (rejected, count) = tell(&format!("homeassistant/switch/s{index}/config"), payload);
        assert!(count <= 1_500 && (rejected == 1) == (index >= 499), "{index}: {rejected}, {count}");
    }
    // Fewer components are left of the device; an empty message takes the rest.
    assert_eq!(tell("homeassistant/device/d/config", components(10)).1, 510);
    assert_eq!(tell("homeassistant/device/d/config", String::new()).1, 500);
}
