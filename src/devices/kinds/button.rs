//! `button` and `scene`: something to set off, with no state of its own.

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::common;
use super::{Built, Draft, Input, Kind, Role, Writer};
use crate::model::Action;

#[derive(Debug)]
struct Button {
    press: Arc<str>,
}

pub(super) fn build(
    fields: &mut Fields<'_>,
    key: &str,
    default: &str,
    name: &'static str,
) -> Result<Built, String> {
    let press = fields.payload_or(key, default);
    let mut built = Built::new(Button { press }, name);
    common::write(fields, &mut built, Role::State, "command_topic", "command_template");
    common::need_any(&built, fields, "a command_topic")?;
    Ok(built)
}

impl Kind for Button {
    fn read(&self, _: Role, _: &Input<'_>, _: &mut Draft<'_>) -> Result<(), String> {
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        match action {
            Action::Press | Action::TurnOn { .. } => out.send(Role::State, &*self.press),
            _ => Err(out.unsupported()),
        }
    }
}
