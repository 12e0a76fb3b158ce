//! Vacuums and lawn mowers.

use crate::model::{Action, Command, Domain, Entity};

use super::super::capability::{Feature, segments};
use super::super::facts::Failure;
use super::super::resolver::{find_areas, fold, is_called};
use super::{Ask, Planned};

pub(super) fn send(ask: &Ask<'_>, domain: Domain, action: &Action) -> Planned {
    let mut wanted = ask.constraints(&[domain]);
    if *action == Action::ReturnToBase && domain == Domain::Vacuum {
        wanted.feature = Some(Feature::ReturnToBase);
    }
    let targets = ask.resolve(&wanted)?;
    ask.command_all(targets, action)
}

/// Rooms are named by the home's areas; the vacuum's map has to know a room of the same name.
pub(super) fn clean_area(ask: &Ask<'_>) -> Planned {
    let area = ask.slots.text("area").ok_or_else(|| Failure::new("nothing_to_set"))?;
    // The area says where to clean, not where the vacuum stands.
    let mut wanted = ask.constraints(&[Domain::Vacuum]);
    wanted.area = None;
    let mut targets = ask.resolve(&wanted)?;
    let areas = find_areas(ask.view, area);
    if areas.is_empty() {
        return Err(Failure::new("no_area").with("area", area));
    }
    let rooms_of = |entity: &Entity| -> Vec<String> {
        let known = segments(entity).into_iter();
        known
            .filter(|(_, name)| areas.iter().any(|area| is_called(&area.names, &fold(name))))
            .map(|(id, _)| id.to_owned())
            .collect()
    };
    let mut commands = Vec::new();
    targets.entities.retain(|id| {
        let segments = ask.view.entities.get(id).map(|entity| rooms_of(entity)).unwrap_or_default();
        let can = !segments.is_empty();
        if can {
            commands.push(Command { entity: id.clone(), action: Action::CleanArea { segments } });
        }
        can
    });
    if commands.is_empty() {
        return Err(Failure::new("no_segment").with("area", area));
    }
    Ok(ask.commands(commands, targets, ask.facts()))
}
