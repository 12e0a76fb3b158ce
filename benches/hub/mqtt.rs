//! A home of simulated devices for load: as many lights and sensors as wanted, answered at once.

use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use serde_json::json;

use crate::hub::{Hub, PASSWORD, USER};
use crate::report::Res;

pub(crate) const ROOMS: [&str; 10] =
    ["Kitchen", "Office", "Bedroom", "Bathroom", "Garage", "Hall", "Attic", "Studio", "Nursery", "Cellar"];
const ADJECTIVES: [&str; 10] =
    ["red", "blue", "tall", "small", "old", "round", "corner", "window", "reading", "ceiling"];

/// A connected client. The caller drives the event loop.
pub(crate) fn client(hub: &Hub, id: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(id, "127.0.0.1", hub.mqtt_port);
    options.set_credentials(USER, PASSWORD).set_keep_alive(Duration::from_secs(60));
    options.set_max_packet_size(1 << 20, 1 << 20);
    AsyncClient::new(options, 1000)
}

/// Drives an event loop and hands every message to `on_message`.
pub(crate) fn drive(mut events: EventLoop, mut on_message: impl FnMut(&str, &[u8]) + Send + 'static) {
    tokio::spawn(async move {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::Publish(message))) => on_message(&message.topic, &message.payload),
                Ok(_) => {}
                // The hub under test has gone: the measurement is over.
                Err(_) => return,
            }
        }
    });
}

/// The spoken name of light `n`: every one is different.
pub(crate) fn light_name(n: usize) -> String {
    let adjective = ADJECTIVES.get(n % 10).copied().unwrap_or("plain");
    let room = ROOMS.get(n / 10 % 10).copied().unwrap_or("Hall");
    format!("{room} {adjective} lamp {}", n / 100 + 1)
}

/// A discovery message for light `n`, as Zigbee2MQTT would send it.
pub(crate) fn light(n: usize) -> (String, Vec<u8>) {
    let room = ROOMS.get(n / 10 % 10).copied().unwrap_or("Hall");
    let payload = json!({
        "name": null, "unique_id": format!("bench_light_{n}"), "schema": "json", "brightness": true,
        "supported_color_modes": ["brightness"], "brightness_scale": 254,
        "command_topic": format!("bench/light_{n}/set"), "state_topic": format!("bench/light_{n}"),
        "device": {"identifiers": [format!("bench_device_{n}")], "name": light_name(n), "manufacturer": "Bench",
            "model": "Dimmable bulb", "suggested_area": room},
        "origin": {"name": "bench", "sw": "1"},
    });
    (format!("homeassistant/light/bench_{n}/light/config"), payload.to_string().into_bytes())
}

/// A discovery message for sensor `n`; four of them share a device, as real ones do.
pub(crate) fn sensor(n: usize) -> (String, Vec<u8>) {
    let kind =
        ["temperature", "humidity", "battery", "pressure"].get(n % 4).copied().unwrap_or("temperature");
    let unit = ["°C", "%", "%", "hPa"].get(n % 4).copied().unwrap_or("%");
    let device = n / 4;
    let payload = json!({
        "availability": [{"topic": "bench/bridge/state", "value_template": "{{ value_json.state }}"}],
        "device": {"identifiers": [format!("bench_0x{device:08x}")], "name": format!("Climate sensor {device}"),
            "manufacturer": "Bench", "model": "Temperature and humidity sensor", "sw_version": "1.2.3"},
        "device_class": kind, "enabled_by_default": true, "origin": {"name": "bench", "sw": "1"},
        "default_entity_id": format!("sensor.climate_{device}_{kind}"), "state_class": "measurement",
        "state_topic": format!("bench/sensor_{device}"), "unique_id": format!("bench_0x{device:08x}_{kind}"),
        "unit_of_measurement": unit, "value_template": format!("{{{{ value_json.{kind} }}}}"),
    });
    (format!("homeassistant/sensor/bench_{device}/{kind}/config"), payload.to_string().into_bytes())
}

/// Announces `lights` lights that answer every command at once, and waits until the hub knows them.
pub(crate) async fn announce_lights(hub: &Hub, lights: usize) -> Res<AsyncClient> {
    let (client, events) = client(hub, "bench-devices");
    let answers = client.clone();
    drive(events, move |topic, payload| {
        let Some(state_topic) = topic.strip_suffix("/set") else { return };
        // A full queue would be the driver's own limit; the hub then says "unconfirmed", which is counted.
        let _ = answers.try_publish(state_topic, QoS::AtMostOnce, false, payload.to_vec());
    });
    client.subscribe("bench/+/set", QoS::AtMostOnce).await?;
    for n in 0..lights {
        let (topic, payload) = light(n);
        client.publish(topic, QoS::AtLeastOnce, true, payload).await?;
    }
    hub.wait_for_entities(lights).await?;
    for n in 0..lights {
        let state = r#"{"state":"OFF","brightness":0}"#;
        client.publish(format!("bench/light_{n}"), QoS::AtLeastOnce, false, state).await?;
    }
    Ok(client)
}
