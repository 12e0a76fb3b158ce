//! Any text as a value template, rendered with any payload: a state or a logged reason, in bounded time.

use bytes::Bytes;
use homeclaw::devices::{Registry, RegistryOptions};
use homeclaw::model::{Inbound, Timestamp};

/// Whatever is handed in must do no harm.
pub(crate) fn run(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let Some(Ok(template)) = parts.next().map(std::str::from_utf8) else { return };
    let state = parts.next().unwrap_or(b"{\"a\": [1, 2, {\"b\": \"text\"}]}");
    let now = Timestamp::from_millis(1_700_000_000_000);
    let mut registry = Registry::new(RegistryOptions::default());
    let config = serde_json::json!({"name": "x", "state_topic": "fuzz/state", "value_template": template});
    let inbound = |topic: &str, payload: Vec<u8>| Inbound {
        topic: topic.to_owned(),
        payload: Bytes::from(payload),
        retain: false,
    };
    registry.on_message(&inbound("homeassistant/sensor/fuzz/config", config.to_string().into_bytes()), now);
    registry.on_message(&inbound("fuzz/state", state.to_vec()), now);
}
