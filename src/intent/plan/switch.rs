//! Turning on and off: what that means for each kind of entity.

use crate::model::{Action, Command, Domain, Entity};

use super::super::facts::Failure;
use super::{Ask, Planned};

/// What to turn to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    On,
    Off,
    Other,
}

/// What "turn everything off" in a room or the whole home is about, where no domain is named. Locks, covers
/// and valves are left out: nobody means them, and on and off mean the reverse of safe for some of them.
const EVERYTHING: &[Domain] = &[
    Domain::Light,
    Domain::Switch,
    Domain::Fan,
    Domain::MediaPlayer,
    Domain::Climate,
    Domain::Humidifier,
    Domain::InputBoolean,
    Domain::Siren,
    Domain::Group,
];

pub(super) fn turn(ask: &Ask<'_>, to: To) -> Planned {
    let mut wanted = ask.constraints(&[]);
    if wanted.name.is_none() && wanted.domains.is_empty() && wanted.device_classes.is_empty() {
        wanted.domains = EVERYTHING.to_vec();
    }
    let targets = ask.resolve(&wanted)?;
    let entities = targets.entities.iter().filter_map(|id| ask.view.entities.get(id));
    let commands: Vec<_> = entities
        .filter_map(|entity| Some(Command { entity: entity.id.clone(), action: action(entity, to)? }))
        .collect();
    if commands.is_empty() {
        let first = targets.entities.first().and_then(|id| ask.view.entities.get(id));
        let name = first.map_or_else(String::new, |entity| entity.names.shown(ask.language()).to_owned());
        let key = if to == To::Off { "cannot_turn_off" } else { "cannot_turn_on" };
        return Err(Failure::new(key).with("entity", name));
    }
    Ok(ask.commands(commands, targets, ask.facts()))
}

/// The action by which an entity is turned on or off; `None` if it cannot be.
fn action(entity: &Entity, to: To) -> Option<Action> {
    let on = match to {
        To::On => true,
        To::Off => false,
        To::Other => return toggles(entity.domain()).then_some(Action::Toggle),
    };
    Some(match (entity.domain(), on) {
        (Domain::Cover | Domain::Valve, true) => Action::Open,
        (Domain::Cover | Domain::Valve, false) => Action::Close,
        // As Home Assistant has it: on is locked.
        (Domain::Lock, true) => Action::lock(),
        (Domain::Lock, false) => Action::unlock(),
        (Domain::Button | Domain::InputButton | Domain::Scene | Domain::Script, true) => Action::Press,
        (Domain::Vacuum | Domain::LawnMower, true) => Action::Start,
        (Domain::Vacuum | Domain::LawnMower, false) => Action::ReturnToBase,
        (Domain::Script, false) => Action::turn_off(),
        (domain, true) if switches(domain) => Action::turn_on(),
        (domain, false) if switches(domain) => Action::turn_off(),
        _ => return None,
    })
}

/// Domains with the services `turn_on` and `turn_off`.
fn switches(domain: Domain) -> bool {
    matches!(
        domain,
        Domain::Light
            | Domain::Switch
            | Domain::Fan
            | Domain::MediaPlayer
            | Domain::Climate
            | Domain::Humidifier
            | Domain::WaterHeater
            | Domain::Siren
            | Domain::Remote
            | Domain::Camera
            | Domain::Automation
            | Domain::InputBoolean
            | Domain::Group
    )
}

fn toggles(domain: Domain) -> bool {
    switches(domain) || matches!(domain, Domain::Cover | Domain::Valve)
}
