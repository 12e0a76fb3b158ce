//! Kitchen timers and delayed commands, found as Home Assistant finds them
//! (`homeassistant/components/intent/timers.py`).

use std::sync::Arc;
use std::time::Duration;

use crate::model::{AreaId, Timer, TimerChange, TimerState};

use super::super::facts::{Facts, Failure, TimerFacts};
use super::super::resolver::{find_areas, fold};
use super::{Ask, Plan, Planned};

pub(super) fn start(ask: &Ask<'_>) -> Planned {
    let duration = duration(ask, "").filter(|duration| !duration.is_zero());
    let duration = duration.ok_or_else(|| Failure::new("no_duration"))?;
    let command = ask.slots.text("conversation_command");
    let change = TimerChange::Start {
        duration,
        name: ask.slots.text("name").map(str::to_owned),
        area: ask.context.area.cloned(),
        channel: ask.context.channel.clone(),
        command: command.map(|text| (text.to_owned(), ask.language().to_owned())),
    };
    Ok(Plan::Timer(vec![change], ask.facts()))
}

pub(super) fn cancel(ask: &Ask<'_>) -> Planned {
    // A timer that rings is what "cancel the timer" means when none runs.
    let timer = find(ask, None).or_else(|failure| find_among(ask, ringing(ask)).map_err(|_| failure))?;
    let facts = Facts { canceled: 1, timers: vec![facts_of(ask, timer)], ..ask.facts() };
    Ok(Plan::Timer(vec![TimerChange::Cancel(timer.id.clone())], facts))
}

pub(super) fn cancel_all(ask: &Ask<'_>) -> Planned {
    let timers = find_all(ask, timers(ask).chain(ringing(ask)).collect())?;
    let changes = timers.iter().map(|timer| TimerChange::Cancel(timer.id.clone())).collect();
    let facts = Facts {
        canceled: timers.len(),
        timers: timers.iter().map(|timer| facts_of(ask, timer)).collect(),
        ..ask.facts()
    };
    Ok(Plan::Timer(changes, facts))
}

pub(super) fn increase(ask: &Ask<'_>) -> Planned {
    change(ask, None, |timer, by| TimerChange::Increase(timer.id.clone(), by))
}

pub(super) fn decrease(ask: &Ask<'_>) -> Planned {
    change(ask, None, |timer, by| TimerChange::Decrease(timer.id.clone(), by))
}

pub(super) fn pause(ask: &Ask<'_>) -> Planned {
    let timer = find(ask, Some(true))?;
    Ok(Plan::Timer(vec![TimerChange::Pause(timer.id.clone())], ask.facts()))
}

pub(super) fn unpause(ask: &Ask<'_>) -> Planned {
    let timer = find(ask, Some(false))?;
    Ok(Plan::Timer(vec![TimerChange::Resume(timer.id.clone())], ask.facts()))
}

pub(super) fn status(ask: &Ask<'_>) -> Planned {
    let timers = find_all(ask, timers(ask).collect())?;
    let timers = timers.iter().map(|timer| facts_of(ask, timer)).collect();
    Ok(Plan::Answer(Facts { timers, ..ask.facts() }))
}

fn change(ask: &Ask<'_>, active: Option<bool>, make: impl Fn(&Timer, Duration) -> TimerChange) -> Planned {
    let by = duration(ask, "").ok_or_else(|| Failure::new("no_duration"))?;
    let timer = find(ask, active)?;
    Ok(Plan::Timer(vec![make(timer, by)], ask.facts()))
}

/// The sum of the slots `hours`, `minutes` and `seconds`; `None` without any of them.
fn duration(ask: &Ask<'_>, prefix: &str) -> Option<Duration> {
    let units = [("hours", 3_600.0), ("minutes", 60.0), ("seconds", 1.0)];
    let parts = units.map(|(unit, length)| Some(ask.slots.number(&format!("{prefix}{unit}"))? * length));
    if parts.iter().all(Option::is_none) {
        return None;
    }
    let seconds: f64 = parts.into_iter().flatten().sum();
    // A year is longer than any timer; what is larger would not fit a duration.
    Some(Duration::from_secs_f64(seconds.clamp(0.0, 366.0 * 86_400.0)))
}

fn is_active(timer: &Timer) -> bool {
    matches!(timer.state, TimerState::Running { .. })
}

/// Timers that are not over, without delayed commands, which no sentence about timers means.
fn timers<'a>(ask: &Ask<'a>) -> impl Iterator<Item = &'a Arc<Timer>> + use<'a> {
    let all = ask.context.timers.values().filter(|timer| timer.command.is_none());
    all.filter(|timer| !matches!(timer.state, TimerState::Finished { .. }))
}

fn ringing<'a>(ask: &Ask<'a>) -> impl Iterator<Item = &'a Arc<Timer>> + use<'a> {
    let all = ask.context.timers.values().filter(|timer| timer.command.is_none());
    all.filter(|timer| matches!(timer.state, TimerState::Finished { .. }))
}

/// The one timer that is meant: by whether it runs, name, area, length, then by where the speaker is. Each
/// step ends the search as soon as one timer is left.
fn find<'a>(ask: &Ask<'a>, active: Option<bool>) -> Result<&'a Arc<Timer>, Failure> {
    let mut left: Vec<_> = timers(ask).collect();
    if let Some(active) = active {
        left.retain(|timer| is_active(timer) == active);
        if let [one] = left.as_slice() {
            return Ok(*one);
        }
    }
    find_among(ask, left.into_iter())
}

fn find_among<'a>(
    ask: &Ask<'a>,
    timers: impl Iterator<Item = &'a Arc<Timer>>,
) -> Result<&'a Arc<Timer>, Failure> {
    let mut left: Vec<_> = timers.collect();
    for filter in filters(ask)? {
        left.retain(|timer| filter(timer));
        if let [one] = left.as_slice() {
            return Ok(*one);
        }
    }
    if let [one] = left.as_slice() {
        return Ok(*one);
    }
    for near in near(ask) {
        let nearby: Vec<_> = left.iter().filter(|timer| near(timer)).collect();
        if let [one] = nearby.as_slice() {
            return Ok(**one);
        }
    }
    Err(Failure::new(if left.is_empty() { "timer_not_found" } else { "multiple_timers_matched" }))
}

/// Every timer that fulfils what the sentence says, those near the speaker first.
fn find_all<'a>(ask: &Ask<'a>, mut left: Vec<&'a Arc<Timer>>) -> Result<Vec<&'a Arc<Timer>>, Failure> {
    for filter in filters(ask)? {
        left.retain(|timer| filter(timer));
    }
    let near = near(ask);
    left.sort_by_key(|timer| near.iter().position(|near| near(timer)).unwrap_or(near.len()));
    Ok(left)
}

type Filter<'a> = Box<dyn Fn(&Timer) -> bool + 'a>;

/// One filter for each thing that the sentence says of the timer.
fn filters<'a>(ask: &Ask<'a>) -> Result<Vec<Filter<'a>>, Failure> {
    let mut filters: Vec<Filter<'a>> = Vec::new();
    if let Some(name) = ask.slots.text("name") {
        let name = fold(name);
        filters.push(Box::new(move |timer| timer.name.as_deref().is_some_and(|own| fold(own) == name)));
    }
    if let Some(name) = ask.slots.text("area") {
        let areas: Vec<AreaId> = find_areas(ask.view, name).into_iter().map(|area| area.id.clone()).collect();
        if areas.is_empty() {
            return Err(Failure::new("no_area").with("area", name));
        }
        filters.push(Box::new(move |timer| timer.area.as_ref().is_some_and(|area| areas.contains(area))));
    }
    if let Some(length) = duration(ask, "start_") {
        filters.push(Box::new(move |timer| Duration::from_millis(timer.duration_ms) == length));
    }
    Ok(filters)
}

/// How near a timer is to the speaker: in the same room, on the same floor.
fn near<'a>(ask: &Ask<'a>) -> Vec<Filter<'a>> {
    let (view, context) = (ask.view, ask.context);
    let Some(here) = context.area else {
        return Vec::new();
    };
    let floor = view.areas.get(here).and_then(|area| area.floor.as_ref());
    let floor_of = move |timer: &Timer| view.areas.get(timer.area.as_ref()?)?.floor.as_ref();
    vec![
        Box::new(move |timer| timer.area.as_ref() == Some(here)),
        Box::new(move |timer| floor.is_some() && floor_of(timer) == floor),
    ]
}

fn facts_of(ask: &Ask<'_>, timer: &Timer) -> TimerFacts {
    let area = timer.area.as_ref().and_then(|id| ask.view.areas.get(id));
    TimerFacts {
        name: timer.name.clone().unwrap_or_default(),
        area: area.map(|area| area.names.shown(ask.language()).to_owned()).unwrap_or_default(),
        is_active: is_active(timer),
        set: Duration::from_millis(timer.duration_ms),
        left: timer.left(ask.context.now),
    }
}
