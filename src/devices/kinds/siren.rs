//! `siren`.

use std::sync::Arc;

use minijinja::Value;
use serde_json::json;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common;
use super::switch::{switched, wanted};
use super::{Built, Draft, Input, Kind, Role, Subject, Template, Writer};
use crate::model::Action;

#[derive(Debug)]
struct Siren {
    payload_on: Arc<str>,
    payload_off: Arc<str>,
    state_on: Arc<str>,
    state_off: Arc<str>,
    template: Option<Template>,
    off_template: Option<Template>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let payload_on = fields.payload_or("payload_on", "ON");
    let payload_off = fields.payload_or("payload_off", "OFF");
    let template = fields.template("command_template").ok().flatten();
    let off_template = fields.template("command_off_template").ok().flatten().or_else(|| template.clone());
    let kind = Siren {
        state_on: fields.shared("state_on").unwrap_or_else(|| payload_on.clone()),
        state_off: fields.shared("state_off").unwrap_or_else(|| payload_off.clone()),
        payload_on,
        payload_off,
        template,
        off_template,
    };
    let mut built = Built::new(kind, "MQTT Siren");
    common::read(fields, &mut built, Role::State, "state_topic", "state_value_template");
    common::write(fields, &mut built, Role::State, "command_topic", "");
    common::need_any(&built, fields, "a command_topic")?;
    let mut features = vec!["turn_on", "turn_off"];
    if let Some(tones) = fields.list("available_tones").filter(|tones| !tones.is_empty()) {
        features.push("tones");
        built.offer("available_tones", tones);
    }
    if fields.flag("support_duration").unwrap_or(true) {
        features.push("duration");
    }
    if fields.flag("support_volume_set").unwrap_or(true) {
        features.push("volume_set");
    }
    built.offer("supported_features", features);
    Ok(built)
}

impl Kind for Siren {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let mut text = input.text()?;
        if let Ok(serde_json::Value::Object(map)) = serde_json::from_str(&text) {
            for name in ["tone", "duration", "volume_level"] {
                if let Some(value) = map.get(name) {
                    draft.set(name, value.clone());
                }
            }
            let state = map.get("state").and_then(super::super::discovery::fields::scalar);
            text = state.unwrap_or_default();
        }
        common::on_off(&text, &self.state_on, &self.state_off, draft)
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let Some(on) = wanted(action, out.subject.state) else { return Err(out.unsupported()) };
        let (payload, template) =
            if on { (&self.payload_on, &self.template) } else { (&self.payload_off, &self.off_template) };
        let text = match template {
            Some(template) => {
                out.render(template, Value::from(&**payload), &[("state", Value::from(&**payload))])?
            }
            None => json!({ "state": &**payload }).to_string(),
        };
        out.raw(Role::State, &text)
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        wanted(action, subject.state).map(switched).into_iter().collect()
    }
}
