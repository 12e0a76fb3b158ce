//! `event`: a press, a ring. The state is the time of the last one.

use serde_json::Value;

use super::super::discovery::fields::Fields;
use super::{Built, Draft, Input, Kind, Role, common};

#[derive(Debug)]
struct Event {
    types: Vec<String>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let types = fields.list("event_types").unwrap_or_default();
    if types.is_empty() {
        fields.note("event_types is missing, so any type is taken");
    }
    let mut built = Built::new(Event { types: types.clone() }, "MQTT Event");
    common::read(fields, &mut built, Role::State, "state_topic", "value_template");
    common::need_any(&built, fields, "a state_topic")?;
    built.offer("event_types", types);
    Ok(built)
}

impl Kind for Event {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State || input.text()?.trim().is_empty() {
            return Ok(());
        }
        let (kind, attributes) = input.object(|map| {
            let mut attributes = map.clone();
            let kind = attributes.shift_remove("event_type");
            (kind, attributes)
        })?;
        let Some(Value::String(kind)) = kind else { return Err("the event has no event_type".to_owned()) };
        if !self.types.is_empty() && !self.types.contains(&kind) {
            return Err(format!("{kind:?} is none of its event_types"));
        }
        // What came with the event before does not belong to this one.
        let old: Vec<String> = draft.attributes().keys().cloned().collect();
        old.iter().for_each(|name| draft.remove(name));
        draft.set("event_type", kind.clone());
        for (name, value) in &attributes {
            draft.set(name, value.clone());
        }
        draft.set_state(&input.now.to_string());
        draft.events.push((kind, attributes));
        Ok(())
    }

    fn ignores_retained(&self) -> bool {
        true
    }
}
