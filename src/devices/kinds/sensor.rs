//! `sensor`.

use std::sync::Arc;

use serde_json::Value;

use super::super::discovery::fields::Fields;
use super::common::{self, NONE};
use super::draft::tidy;
use super::{Built, Draft, Input, Kind, Role};
use crate::devices::discovery::device::cut;
use crate::devices::template::Template;
use crate::model::State;

#[derive(Debug)]
struct Sensor {
    numeric: bool,
    last_reset: Option<Template>,
    /// For `device_class: enum`: only these are states.
    options: Option<Arc<[String]>>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let class = fields.text("device_class");
    let options = fields.list("options").filter(|options| !options.is_empty());
    let numeric = fields.get("unit_of_measurement").is_some()
        || fields.get("state_class").is_some()
        || fields.get("suggested_display_precision").is_some();
    let last_reset = fields.template("last_reset_value_template").ok().flatten();
    let kind =
        Sensor { numeric: numeric && options.is_none(), last_reset, options: options.clone().map(Arc::from) };
    let mut built = Built::new(kind, "MQTT Sensor");
    if !common::read(fields, &mut built, Role::State, "state_topic", "value_template") {
        common::need_any(&built, fields, "a state_topic")?;
    }
    built.expire_after = fields.number("expire_after").and_then(common::millis);
    if let Some(options) = options {
        built.offer("options", options);
    } else if class.as_deref() == Some("enum") {
        fields.note("device_class enum without options");
    }
    if let Some(class) = fields.text("state_class") {
        built.capabilities.insert("state_class".into(), class.into());
    }
    if let Some(precision) = fields.number("suggested_display_precision") {
        built.capabilities.insert("suggested_display_precision".into(), tidy(precision));
    }
    Ok(built)
}

impl Kind for Sensor {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let text = input.text()?;
        if text.is_empty() {
            // Home Assistant keeps the old state of a sensor that says nothing.
            return Ok(());
        }
        if text == NONE {
            draft.set_state(State::UNKNOWN);
        } else if let Some(options) = &self.options {
            if !options.contains(&text) {
                return Err(format!("{text:?} is none of the sensor's options"));
            }
            draft.set_state(&text);
        } else if self.numeric {
            match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => draft.set_state(text.trim()),
                _ => return Err(format!("{text:?} is no number")),
            }
        } else {
            draft.set_state(&cut(text, 255));
        }
        if let Some(template) = &self.last_reset
            && let Ok(reset) = input.render(template)
            && !reset.is_empty()
        {
            draft.set("last_reset", Value::String(reset));
        }
        Ok(())
    }
}
