//! Positions of covers and valves.

use crate::model::{Action, Command, Domain};

use super::super::capability::Feature;
use super::super::facts::Failure;
use super::{Ask, Planned};

const DOMAINS: &[Domain] = &[Domain::Cover, Domain::Valve];

pub(super) fn set_position(ask: &Ask<'_>) -> Planned {
    let position = ask.slots.percent("position").ok_or_else(|| Failure::new("nothing_to_set"))?;
    let mut targets = ask.resolve(&ask.constraints(DOMAINS))?;
    let mut commands = Vec::new();
    targets.entities.retain(|id| {
        let can = ask.view.entities.get(id).is_some_and(|entity| Feature::Position.of(entity));
        let action = match (can, position) {
            (true, position) => Action::SetPosition { position },
            // Quite open and quite closed need no position.
            (false, 0) => Action::Close,
            (false, 100) => Action::Open,
            (false, _) => return false,
        };
        commands.push(Command { entity: id.clone(), action });
        true
    });
    if commands.is_empty() {
        return Err(Failure::new("feature_not_supported"));
    }
    Ok(ask.commands(commands, targets, ask.facts()))
}

pub(super) fn stop(ask: &Ask<'_>) -> Planned {
    let targets = ask.resolve(&ask.constraints(DOMAINS))?;
    ask.command_all(targets, &Action::Stop)
}
