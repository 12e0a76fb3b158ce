//! `binary_sensor`.

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::common;
use super::{Built, Draft, Input, Kind, Role};

#[derive(Debug)]
struct BinarySensor {
    on: Arc<str>,
    off: Arc<str>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let kind = BinarySensor {
        on: fields.payload_or("payload_on", "ON"),
        off: fields.payload_or("payload_off", "OFF"),
    };
    let mut built = Built::new(kind, "MQTT Binary sensor");
    common::read(fields, &mut built, Role::State, "state_topic", "value_template");
    common::need_any(&built, fields, "a state_topic")?;
    built.expire_after = fields.number("expire_after").and_then(common::millis);
    built.off_delay = fields.number("off_delay").and_then(common::millis);
    Ok(built)
}

impl Kind for BinarySensor {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        common::on_off(&input.text()?, &self.on, &self.off, draft)
    }
}
