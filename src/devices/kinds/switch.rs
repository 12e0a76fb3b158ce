//! `switch`.

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common;
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, State};

#[derive(Debug)]
struct Switch {
    payload_on: Arc<str>,
    payload_off: Arc<str>,
    state_on: Arc<str>,
    state_off: Arc<str>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let payload_on = fields.payload_or("payload_on", "ON");
    let payload_off = fields.payload_or("payload_off", "OFF");
    let state_on = fields.shared("state_on").unwrap_or_else(|| payload_on.clone());
    let state_off = fields.shared("state_off").unwrap_or_else(|| payload_off.clone());
    let mut built = Built::new(Switch { payload_on, payload_off, state_on, state_off }, "MQTT Switch");
    common::state_and_command(fields, &mut built);
    common::need_any(&built, fields, "a command_topic")?;
    Ok(built)
}

impl Kind for Switch {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        common::on_off(&input.text()?, &self.state_on, &self.state_off, draft)
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let Some(on) = wanted(action, out.subject.state) else { return Err(out.unsupported()) };
        let payload = if on { &self.payload_on } else { &self.payload_off };
        out.send(Role::State, &**payload)
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        wanted(action, subject.state).map(switched).into_iter().collect()
    }
}

/// Whether an action wants something on or off; `None` for actions about something else.
pub(super) fn wanted(action: &Action, state: &State) -> Option<bool> {
    match action {
        Action::TurnOn { .. } => Some(true),
        Action::TurnOff { .. } => Some(false),
        Action::Toggle => Some(state.state != "on"),
        _ => None,
    }
}

/// The check for a state of on or off.
pub(super) fn switched(on: bool) -> Check {
    Check::State(vec![if on { "on" } else { "off" }.to_owned()])
}
