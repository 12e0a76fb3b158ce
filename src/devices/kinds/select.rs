//! `select`.

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, State};

#[derive(Debug)]
struct Select {
    options: Vec<String>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let options = fields.list("options").unwrap_or_default();
    if options.is_empty() {
        fields.note("options is missing or empty, so nothing can be chosen");
    }
    let mut built = Built::new(Select { options: options.clone() }, "MQTT Select");
    common::state_and_command(fields, &mut built);
    common::need_any(&built, fields, "a command_topic")?;
    built.offer("options", options);
    Ok(built)
}

impl Kind for Select {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let text = input.text()?;
        if self.options.contains(&text) {
            draft.set_state(&text);
        } else if text.eq_ignore_ascii_case(NONE) {
            draft.set_state(State::UNKNOWN);
        } else if !text.is_empty() {
            return Err(format!("{text:?} is none of the options"));
        }
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let Action::SelectOption { option } = action else { return Err(out.unsupported()) };
        out.choose("options", "option", option)?;
        out.send(Role::State, option.as_str())
    }

    fn expect(&self, action: &Action, _subject: &Subject<'_>) -> Vec<Check> {
        match action {
            Action::SelectOption { option } => common::becomes(&[option]),
            _ => Vec::new(),
        }
    }
}
