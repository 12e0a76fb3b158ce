//! Any bytes as a discovery payload, then as states of whatever came of it, then every simple command.

use bytes::Bytes;
use homeclaw::devices::{Effect, Registry, RegistryOptions};
use homeclaw::model::{Action, Command, Inbound, Timestamp};

const COMPONENTS: [&str; 32] = [
    "alarm_control_panel",
    "binary_sensor",
    "button",
    "camera",
    "climate",
    "cover",
    "date",
    "datetime",
    "device",
    "device_automation",
    "device_tracker",
    "event",
    "fan",
    "humidifier",
    "image",
    "lawn_mower",
    "light",
    "lock",
    "notify",
    "number",
    "scene",
    "select",
    "sensor",
    "siren",
    "switch",
    "tag",
    "text",
    "time",
    "update",
    "vacuum",
    "valve",
    "water_heater",
];

/// Whatever is handed in must do no harm.
pub(crate) fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let mut parts = rest.splitn(4, |byte| *byte == 0);
    let payload = parts.next().unwrap_or_default();
    let now = Timestamp::from_millis(1_700_000_000_000);
    let mut registry = Registry::new(RegistryOptions::default());
    let topic = match COMPONENTS.get(usize::from(*first) % (COMPONENTS.len() + 2)) {
        Some(component) => format!("homeassistant/{component}/fuzz/config"),
        None => "tasmota/discovery/AABBCCDDEEFF/config".to_owned(),
    };
    let inbound = |topic: String, payload: &[u8]| Inbound {
        topic,
        payload: Bytes::copy_from_slice(payload),
        retain: false,
    };
    let effects = registry.on_message(&inbound(topic.clone(), payload), now);
    let filters: Vec<String> = effects
        .into_iter()
        .flat_map(|effect| if let Effect::Subscribe(filters) = effect { filters } else { Vec::new() })
        .collect();
    for state in parts {
        for filter in &filters {
            registry.on_message(&inbound(filter.replace(['+', '#'], "x"), state), now);
        }
    }
    let entities: Vec<_> = registry.view().entities.keys().cloned().collect();
    for entity in entities {
        for action in [
            Action::turn_on(),
            Action::turn_off(),
            Action::Toggle,
            Action::Open,
            Action::Start,
            Action::Press,
        ] {
            let command = Command { entity: entity.clone(), action };
            // Whether the entity can do this is its own matter.
            let _ = registry.command(&command, now);
            let _ = registry.expects(&command);
        }
    }
    registry.on_message(&inbound(topic, b""), now);
    assert!(registry.view().entities.is_empty(), "an empty payload removes what was announced");
}
