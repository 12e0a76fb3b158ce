//! `lawn_mower`.

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use crate::model::{Action, State};

#[derive(Debug)]
struct Mower;

const STATES: [&str; 5] = ["docked", "error", "mowing", "paused", "returning"];

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let mut built = Built::new(Mower, "MQTT Lawn Mower");
    common::read(fields, &mut built, Role::Activity, "activity_state_topic", "activity_value_template");
    let topics = [
        (Role::Dock, "dock_command_topic", "dock_command_template"),
        (Role::Pause, "pause_command_topic", "pause_command_template"),
        (Role::Start, "start_mowing_command_topic", "start_mowing_command_template"),
    ];
    common::writes(fields, &mut built, &topics);
    common::need_any(&built, fields, "a topic to read or to write")?;
    let can = [(Role::Start, "start_mowing"), (Role::Pause, "pause"), (Role::Dock, "dock")];
    let features: Vec<_> =
        can.into_iter().filter(|(role, _)| built.writes(*role)).map(|(_, name)| name).collect();
    built.offer("supported_features", features);
    Ok(built)
}

impl Kind for Mower {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::Activity {
            return Ok(());
        }
        match input.text()?.to_ascii_lowercase().as_str() {
            "" => {}
            "none" => draft.set_state(State::UNKNOWN),
            state if STATES.contains(&state) => draft.set_state(state),
            other => return Err(format!("{other:?} is no activity of a lawn mower (nor {NONE})")),
        }
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        match action {
            Action::Start | Action::TurnOn { .. } => out.send(Role::Start, "start_mowing"),
            Action::Pause | Action::Stop => out.send(Role::Pause, "pause"),
            Action::ReturnToBase | Action::TurnOff { .. } => out.send(Role::Dock, "dock"),
            _ => Err(out.unsupported()),
        }
    }

    fn confirms(&self, _action: &Action) -> Role {
        Role::Activity
    }

    fn expect(&self, action: &Action, _subject: &Subject<'_>) -> Vec<Check> {
        match action {
            Action::Start | Action::TurnOn { .. } => common::becomes(&["mowing"]),
            Action::Pause | Action::Stop => common::becomes(&["paused"]),
            Action::ReturnToBase | Action::TurnOff { .. } => common::becomes(&["returning", "docked"]),
            _ => Vec::new(),
        }
    }

    fn refusals(&self) -> &'static [&'static str] {
        &["error"]
    }
}
