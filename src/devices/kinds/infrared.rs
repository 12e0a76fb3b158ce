//! `infrared`: emitters that send a code, and receivers that hear one.

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::{Built, Draft, Input, Kind, Role, Writer, common};
use crate::model::{Action, Attributes};

#[derive(Debug)]
struct Infrared;

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let mut built = Built::new(Infrared, "MQTT Infrared");
    common::state_and_command(fields, &mut built);
    common::need_any(&built, fields, "a command_topic or a state_topic")?;
    let schema = if built.writes(Role::State) { "emitter" } else { "receiver" };
    built.capabilities.insert("schema".into(), schema.into());
    Ok(built)
}

impl Kind for Infrared {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State || input.text()?.is_empty() {
            return Ok(());
        }
        let signal: Attributes = input.object(Clone::clone)?;
        draft.set_state(&input.now.to_string());
        draft.events.push(("received".to_owned(), signal));
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        match action {
            Action::SendCommand { command } => out.send(Role::State, command.as_str()),
            _ => Err(out.unsupported()),
        }
    }

    fn ignores_retained(&self) -> bool {
        true
    }
}
