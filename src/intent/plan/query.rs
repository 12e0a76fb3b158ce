//! Questions about states.

use crate::model::{Domain, EntityId};

use super::super::facts::{Facts, Failure, Shown};
use super::super::resolver::{Constraints, NoTarget, resolve};
use super::{Ask, Plan, Planned, explain};

/// One, any, all, which or how many: the response asks, the facts are the same.
pub(super) fn state(ask: &Ask<'_>) -> Planned {
    let wanted = ask.constraints(&[]);
    let found = match resolve(ask.view, ask.language(), &wanted, ask.context.area) {
        Ok(targets) => targets.entities,
        // "Are any lights on in the cellar?" has an answer also where there are no lights.
        Err(NoTarget::Nothing(missing)) if missing.entity.is_none() => Vec::new(),
        Err(error) => return Err(explain(error, wanted.name.unwrap_or_default())),
    };
    let (found, asked) = match openings(ask, &wanted, &found) {
        Some((sensors, states)) => (sensors, states),
        None => (found, ask.slots.texts("state")),
    };
    let shown = found.iter().filter_map(|id| Shown::of(ask.view, id, ask.language()));
    let (matched, unmatched) =
        shown.partition(|shown| asked.is_empty() || asked.contains(&shown.state.as_str()));
    Ok(Plan::Answer(Facts { matched, unmatched, ..ask.facts() }))
}

/// Windows and doors that do not move by themselves have a sensor instead: where no cover is meant, the contacts
/// of that class answer, whose "on" is "open".
fn openings<'a>(
    ask: &Ask<'a>,
    wanted: &Constraints<'a>,
    covers: &[EntityId],
) -> Option<(Vec<EntityId>, Vec<&'static str>)> {
    if !covers.is_empty() || wanted.name.is_some() || wanted.domains != [Domain::Cover] {
        return None;
    }
    let device_classes = wanted.device_classes.iter().map(|class| match *class {
        "garage" => "garage_door",
        "gate" => "opening",
        class => class,
    });
    let contacts = Constraints {
        domains: vec![Domain::BinarySensor],
        device_classes: device_classes.collect(),
        ..wanted.clone()
    };
    let found = resolve(ask.view, ask.language(), &contacts, ask.context.area).ok()?.entities;
    let state = |state: &&str| match *state {
        "open" => Some("on"),
        "closed" => Some("off"),
        _ => None,
    };
    Some((found, ask.slots.texts("state").iter().filter_map(state).collect()))
}

pub(super) fn weather(ask: &Ask<'_>) -> Planned {
    let mut wanted = ask.constraints(&[Domain::Weather]);
    wanted.area = None;
    let targets = ask.resolve(&wanted).map_err(|failure| match failure.key {
        "no_domain" => Failure::new("no_weather"),
        _ => failure,
    })?;
    let matched = targets.entities.iter().take(1).filter_map(|id| Shown::of(ask.view, id, ask.language()));
    Ok(Plan::Answer(Facts { matched: matched.collect(), ..ask.facts() }))
}
