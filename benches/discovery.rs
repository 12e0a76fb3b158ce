//! 30,000 discovery messages into one registry: time, and the most memory that it took.
//!
//! `cargo bench --bench discovery`, or `cargo run --profile quick` of the same target.
#![allow(clippy::print_stdout, reason = "a bench tells its figures on standard output")]

use std::time::Instant;

use homeclaw::devices::{Registry, RegistryOptions};
use homeclaw::model::{Inbound, Timestamp};
use serde_json::{Value, json};

const MESSAGES: usize = 30_000;

fn main() {
    let messages: Vec<Inbound> = (0..MESSAGES).map(message).collect();
    let bytes: usize = messages.iter().map(|message| message.payload.len()).sum();
    let before = peak_kib();
    let now = Timestamp::from_millis(1_700_000_000_000);
    let mut registry = Registry::new(RegistryOptions::default());
    let start = Instant::now();
    let mut effects = 0;
    for message in &messages {
        effects += registry.on_message(message, now).len();
    }
    let taken = start.elapsed();
    println!("discovery messages    {MESSAGES} ({} KiB)", bytes / 1024);
    println!("entities, devices     {}, {}", registry.view().entities.len(), registry.view().devices.len());
    println!("effects               {effects}");
    println!("time                  {:.3} s", taken.as_secs_f64());
    let start = Instant::now();
    let mut changes = 0;
    for device in 0..3_000 {
        let payload = json!({"state": "ON", "brightness": device % 254, "power": device, "contact": true,
            "temperature": 21.5, "linkquality": 99});
        let topic = format!("zigbee2mqtt/device {device}");
        let message = Inbound { topic, payload: payload.to_string().into(), retain: false };
        changes += registry.on_message(&message, now).len();
    }
    let each = start.elapsed().as_secs_f64() / 3_000.0 * 1e6;
    println!("state messages        3000, {changes} changes, {each:.1} µs each");
    let state = r#"{"state": "online"}"#;
    let message = Inbound { topic: "zigbee2mqtt/bridge/state".into(), payload: state.into(), retain: true };
    let start = Instant::now();
    let changes = registry.on_message(&message, now).len();
    println!("one for all entities  {changes} changes, {:.3} s", start.elapsed().as_secs_f64());
    println!("peak memory           {} MiB, of it {} MiB the messages", peak_kib() / 1024, before / 1024);
}

/// Ten kinds for each device, as Zigbee2MQTT announces them.
fn message(index: usize) -> Inbound {
    let (device, kind) = (index / 10, index % 10);
    let base = format!("zigbee2mqtt/device {device}");
    let sensor = |class: &str, unit: &str| {
        (
            "sensor",
            class.to_owned(),
            json!({"device_class": class, "unit_of_measurement": unit,
            "state_class": "measurement", "value_template": format!("{{{{ value_json.{class} }}}}")}),
        )
    };
    let (platform, object, own) = match kind {
        0 => (
            "light",
            "light".to_owned(),
            json!({"name": null, "schema": "json", "brightness": true,
            "brightness_scale": 254, "supported_color_modes": ["xy", "color_temp"], "min_mireds": 153,
            "max_mireds": 500, "effect": true, "effect_list": ["blink", "breathe", "okay", "finish_effect"],
            "command_topic": format!("{base}/set")}),
        ),
        1 => (
            "switch",
            "switch".to_owned(),
            json!({"name": "Child lock", "payload_on": "ON", "payload_off": "OFF",
            "value_template": "{{ value_json.state }}", "command_topic": format!("{base}/set")}),
        ),
        2 => sensor("temperature", "°C"),
        3 => sensor("power", "W"),
        4 => (
            "binary_sensor",
            "contact".to_owned(),
            json!({"device_class": "door", "payload_on": false,
            "payload_off": true, "value_template": "{{ value_json.contact }}"}),
        ),
        5 => (
            "select",
            "power_on".to_owned(),
            json!({"name": "Power-on behavior", "entity_category": "config",
            "options": ["off", "on", "toggle", "previous"], "command_topic": format!("{base}/set/power_on"),
            "value_template": "{{ value_json.power_on_behavior }}"}),
        ),
        6 => (
            "number",
            "offset".to_owned(),
            json!({"name": "Offset", "min": -10, "max": 10, "step": 0.1,
            "command_topic": format!("{base}/set/offset"), "value_template": "{{ value_json.offset }}"}),
        ),
        7 => (
            "update",
            "update".to_owned(),
            json!({"name": null, "device_class": "firmware",
            "command_topic": "zigbee2mqtt/bridge/request/device/ota_update/update", "payload_install": "{}",
            "value_template": "{\"latest_version\":\"{{ value_json['update']['latest_version'] }}\"}"}),
        ),
        8 => (
            "button",
            "identify".to_owned(),
            json!({"name": "Identify", "command_topic": format!("{base}/set"),
            "payload_press": "identify"}),
        ),
        _ => sensor("linkquality", "lqi"),
    };
    let mut payload = json!({
        "availability": [{"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"}],
        "device": {"identifiers": [format!("zigbee2mqtt_{device:016x}")], "name": format!("device {device}"),
            "manufacturer": "Acme", "model": "Thing with everything", "model_id": "T-1", "sw_version": "1.0.0",
            "via_device": "zigbee2mqtt_bridge"},
        "object_id": format!("device_{device}_{object}"),
        "origin": {"name": "Zigbee2MQTT", "sw": "2.1.0", "url": "https://www.zigbee2mqtt.io"},
        "state_topic": base,
        "unique_id": format!("{device:016x}_{object}_zigbee2mqtt"),
    });
    if let (Value::Object(all), Value::Object(own)) = (&mut payload, own) {
        all.extend(own);
    }
    let topic = format!("homeassistant/{platform}/{device:016x}/{object}/config");
    Inbound { topic, payload: payload.to_string().into(), retain: true }
}

/// The most memory that the process has held, in KiB; 0 where the system does not tell.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
