//! `device_tracker`: at home or away.

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::{Built, Draft, Input, Kind, Role, common};
use crate::model::State;

#[derive(Debug)]
struct Tracker {
    home: Arc<str>,
    away: Arc<str>,
    reset: Arc<str>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let kind = Tracker {
        home: fields.payload_or("payload_home", "home"),
        away: fields.payload_or("payload_not_home", "not_home"),
        reset: fields.payload_or("payload_reset", common::NONE),
    };
    let mut built = Built::new(kind, "MQTT Device Tracker");
    common::read(fields, &mut built, Role::State, "state_topic", "value_template");
    if fields.get("json_attributes_topic").is_none() {
        common::need_any(&built, fields, "a state_topic or json_attributes_topic")?;
    }
    let source = fields.text("source_type").unwrap_or_else(|| "gps".to_owned());
    built.capabilities.insert("source_type".into(), source.into());
    Ok(built)
}

impl Kind for Tracker {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let text = input.text()?;
        if *text == *self.home {
            draft.set_state("home");
        } else if *text == *self.away {
            draft.set_state("not_home");
        } else if *text == *self.reset {
            draft.set_state(State::UNKNOWN);
        } else if !text.is_empty() {
            // Anything else is the name of a place.
            draft.set_state(&text);
        }
        Ok(())
    }
}
