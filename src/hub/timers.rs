//! What happens to timers. Pure: the time is handed in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Timer, TimerChange, TimerId, TimerState, Timestamp};
use crate::store::{Document, Write};

use super::handle::HubError;

/// All timers.
pub(super) type Timers = BTreeMap<TimerId, Arc<Timer>>;

/// How many timers there may be.
const MOST: usize = 500;
/// The longest timer.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// The longest name in characters.
const NAME: usize = 100;
/// How long a finished timer stays before it goes by itself.
pub(super) const KEPT: Duration = Duration::from_secs(15 * 60);

/// What people and time do to timers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TimerOp {
    /// Somebody's change.
    Change(TimerChange),
    /// Its time has come.
    Fire(TimerId),
    /// It was over long ago.
    Expire(TimerId),
}

/// What the disk has to know of a change.
pub(super) fn apply(
    timers: &mut Timers,
    op: &TimerOp,
    now: Timestamp,
) -> Result<(Arc<Timer>, Write), HubError> {
    let timer = match op {
        TimerOp::Change(TimerChange::Start { duration, name, area, channel, command }) => {
            let name = name.as_deref().map(str::trim).filter(|name| !name.is_empty());
            check(timers, *duration, name)?;
            Timer {
                id: free_id(timers, now)?,
                name: name.map(str::to_owned),
                duration_ms: millis(*duration),
                state: TimerState::Running { ends: now.plus(*duration) },
                area: area.clone(),
                channel: channel.clone(),
                command: command.clone(),
                created: now,
            }
        }
        TimerOp::Change(TimerChange::Cancel(id)) | TimerOp::Expire(id) => return remove(timers, id),
        TimerOp::Fire(id) => {
            let mut timer = find(timers, id)?;
            let at = match timer.state {
                TimerState::Running { ends } => ends,
                // The hub died while it carried the command out, or before.
                TimerState::Finished { at } if timer.command.is_some() => at,
                _ => return Err(missing(id)),
            };
            timer.state = TimerState::Finished { at };
            timer
        }
        TimerOp::Change(TimerChange::Pause(id)) => {
            let mut timer = find(timers, id)?;
            if let TimerState::Running { ends } = timer.state {
                timer.state = TimerState::Paused { left_ms: millis(ends.since(now)) };
            }
            running_or_paused(timer)?
        }
        TimerOp::Change(TimerChange::Resume(id)) => {
            let mut timer = find(timers, id)?;
            if let TimerState::Paused { left_ms } = timer.state {
                timer.state = TimerState::Running { ends: now.plus(Duration::from_millis(left_ms)) };
            }
            running_or_paused(timer)?
        }
        TimerOp::Change(TimerChange::Increase(id, by)) => {
            moved(find(timers, id)?, now, |left| left.saturating_add(*by).min(LONGEST))?
        }
        TimerOp::Change(TimerChange::Decrease(id, by)) => {
            moved(find(timers, id)?, now, |left| left.saturating_sub(*by))?
        }
    };
    let write = Write::put(Document::Timer, &timer.id, &timer);
    let write = write.map_err(|error| HubError::Invalid(error.to_string()))?;
    let timer = Arc::new(timer);
    timers.insert(timer.id.clone(), Arc::clone(&timer));
    Ok((timer, write))
}

/// The wall clock was set by so many milliseconds: timers are lengths of time, and go along with it. Not those
/// of before `start`: a clock that starts behind is being put right, and they were set by the right one.
pub(super) fn shift(timers: &mut Timers, by: i64, start: Timestamp) -> Vec<Write> {
    rewrite(timers, |timer| {
        let ours = timer.created >= start;
        if ours {
            move_by(timer, by);
        }
        ours
    })
}

/// A clock that is behind what it said when a timer was set cannot tell how much of the timer is left: it runs
/// for its whole time again, instead of for years.
pub(super) fn wind_back(timers: &mut Timers, now: Timestamp) -> Vec<Write> {
    rewrite(timers, |timer| {
        let behind = now < timer.created;
        if behind {
            move_by(timer, now.as_millis().saturating_sub(timer.created.as_millis()));
        }
        behind
    })
}

fn move_by(timer: &mut Timer, by: i64) {
    timer.created = timer.created.shifted(by);
    match &mut timer.state {
        TimerState::Running { ends: when } | TimerState::Finished { at: when } => *when = when.shifted(by),
        TimerState::Paused { .. } => {}
    }
}

/// Changes timers in place, where `change` says that it did, and gives what the disk has to know.
fn rewrite(timers: &mut Timers, change: impl Fn(&mut Timer) -> bool) -> Vec<Write> {
    let mut writes = Vec::new();
    for timer in timers.values_mut() {
        let mut other = (**timer).clone();
        if !change(&mut other) {
            continue;
        }
        match Write::put(Document::Timer, &other.id, &other) {
            Ok(write) => writes.push(write),
            Err(error) => tracing::error!(%error, timer = %other.id, "a timer cannot be kept"),
        }
        *timer = Arc::new(other);
    }
    writes
}

/// When something happens by itself next.
pub(super) fn next(timers: &Timers, except: &BTreeSet<TimerId>) -> Option<Timestamp> {
    timers.values().filter(|timer| !except.contains(&timer.id)).filter_map(|timer| due(timer)).min()
}

/// What has come due.
pub(super) fn due_by(timers: &Timers, except: &BTreeSet<TimerId>, now: Timestamp) -> Vec<(TimerId, TimerOp)> {
    let waiting = timers.values().filter(|timer| !except.contains(&timer.id));
    let due = waiting.filter(|timer| due(timer).is_some_and(|when| when <= now));
    due.map(|timer| match timer.state {
        TimerState::Finished { .. } if timer.command.is_none() => {
            (timer.id.clone(), TimerOp::Expire(timer.id.clone()))
        }
        _ => (timer.id.clone(), TimerOp::Fire(timer.id.clone())),
    })
    .collect()
}

fn due(timer: &Timer) -> Option<Timestamp> {
    match timer.state {
        TimerState::Running { ends } => Some(ends),
        TimerState::Paused { .. } => None,
        // A delayed command goes when it is carried out, not by itself.
        TimerState::Finished { at } if timer.command.is_some() => Some(at),
        TimerState::Finished { at } => Some(at.plus(KEPT)),
    }
}

fn check(timers: &Timers, duration: Duration, name: Option<&str>) -> Result<(), HubError> {
    if timers.len() >= MOST {
        return Err(HubError::Invalid(format!("there are already {MOST} timers")));
    }
    if duration.is_zero() || duration > LONGEST {
        return Err(HubError::Invalid("a timer runs longer than nothing and at most a year".to_owned()));
    }
    if name.is_some_and(|name| name.chars().count() > NAME) {
        return Err(HubError::Invalid(format!("a timer's name has at most {NAME} characters")));
    }
    Ok(())
}

fn free_id(timers: &Timers, now: Timestamp) -> Result<TimerId, HubError> {
    // Ids are not used again: a panel may still show an old timer.
    let ids = (0..=MOST).map(|count| format!("t{:x}-{count}", now.as_millis()));
    let free = ids.filter_map(|id| TimerId::new(&id).ok()).find(|id| !timers.contains_key(id));
    free.ok_or_else(|| HubError::Invalid("no timer can be set at this moment".to_owned()))
}

fn find(timers: &Timers, id: &TimerId) -> Result<Timer, HubError> {
    timers.get(id).map(|timer| (**timer).clone()).ok_or_else(|| missing(id))
}

fn missing(id: &TimerId) -> HubError {
    HubError::NotFound { kind: "timer", id: id.to_string() }
}

fn remove(timers: &mut Timers, id: &TimerId) -> Result<(Arc<Timer>, Write), HubError> {
    let timer = timers.remove(id).ok_or_else(|| missing(id))?;
    Ok((timer, Write::Remove(Document::Timer, id.to_string())))
}

fn running_or_paused(timer: Timer) -> Result<Timer, HubError> {
    if matches!(timer.state, TimerState::Finished { .. }) {
        return Err(HubError::Invalid("the timer has ended".to_owned()));
    }
    Ok(timer)
}

fn moved(mut timer: Timer, now: Timestamp, change: impl Fn(Duration) -> Duration) -> Result<Timer, HubError> {
    let left = change(timer.left(now));
    timer.state = match timer.state {
        TimerState::Running { .. } => TimerState::Running { ends: now.plus(left) },
        TimerState::Paused { .. } => TimerState::Paused { left_ms: millis(left) },
        finished @ TimerState::Finished { .. } => finished,
    };
    running_or_paused(timer)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Channel;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn start(duration: Duration, command: Option<&str>) -> TimerOp {
        TimerOp::Change(TimerChange::Start {
            duration,
            name: Some(" pizza ".into()),
            area: None,
            channel: Channel::Panel,
            command: command.map(|text| (text.into(), "en".into())),
        })
    }

    fn change(timers: &mut Timers, change: TimerChange, now: Timestamp) -> Result<Arc<Timer>, HubError> {
        apply(timers, &TimerOp::Change(change), now).map(|(timer, _)| timer)
    }

    #[test]
    fn a_timer_runs_pauses_and_rings() {
        let (mut timers, none) = (Timers::new(), BTreeSet::new());
        let (timer, _) = apply(&mut timers, &start(MINUTE, None), at(0)).unwrap();
        let id = timer.id.clone();
        assert_eq!(timer.name.as_deref(), Some("pizza"));
        assert_eq!(next(&timers, &none), Some(at(60)));
        change(&mut timers, TimerChange::Pause(id.clone()), at(10)).unwrap();
        assert_eq!(next(&timers, &none), None);
        let timer = change(&mut timers, TimerChange::Increase(id.clone(), MINUTE), at(1_000)).unwrap();
        assert_eq!(timer.state, TimerState::Paused { left_ms: 110_000 });
        change(&mut timers, TimerChange::Resume(id.clone()), at(2_000)).unwrap();
        let timer = change(&mut timers, TimerChange::Decrease(id.clone(), 2 * MINUTE), at(2_001)).unwrap();
        assert_eq!(timer.state, TimerState::Running { ends: at(2_001) });
        assert_eq!(due_by(&timers, &none, at(2_001)), [(id.clone(), TimerOp::Fire(id.clone()))]);
        apply(&mut timers, &TimerOp::Fire(id.clone()), at(2_005)).unwrap();
        assert_eq!(timers[&id].state, TimerState::Finished { at: at(2_001) });
        change(&mut timers, TimerChange::Pause(id.clone()), at(2_006)).unwrap_err();
        assert_eq!(due_by(&timers, &none, at(2_001).plus(KEPT)), [(id.clone(), TimerOp::Expire(id.clone()))]);
        apply(&mut timers, &TimerOp::Expire(id), at(9_000)).unwrap();
        assert!(timers.is_empty());
    }

    #[test]
    fn a_clock_that_is_set_changes_no_length() {
        let mut timers = Timers::new();
        let (running, _) = apply(&mut timers, &start(MINUTE, None), at(0)).unwrap();
        let (paused, _) = apply(&mut timers, &start(MINUTE, None), at(10)).unwrap();
        change(&mut timers, TimerChange::Pause(paused.id.clone()), at(20)).unwrap();
        let year = 365 * 24 * 3_600;
        assert!(shift(&mut timers, year * 1_000, at(11)).is_empty());
        assert_eq!(shift(&mut timers, year * 1_000, at(0)).len(), 2);
        assert_eq!(timers[&running.id].state, TimerState::Running { ends: at(year + 60) });
        assert_eq!(timers[&paused.id].state, TimerState::Paused { left_ms: 50_000 });
        shift(&mut timers, -3_600_000, at(year));
        assert_eq!(timers[&running.id].left(at(year - 3_600 + 20)), Duration::from_secs(40));

        // The machine starts again, and thinks that it is 1970.
        assert_eq!(wind_back(&mut timers, at(7)).len(), 2);
        assert_eq!(timers[&running.id].state, TimerState::Running { ends: at(67) });
        assert!(wind_back(&mut timers, at(8)).is_empty());
    }

    #[test]
    fn a_delayed_command_stays_until_it_is_carried_out() {
        let (mut timers, none) = (Timers::new(), BTreeSet::new());
        let (timer, _) = apply(&mut timers, &start(MINUTE, Some("turn off the light")), at(0)).unwrap();
        let fire = TimerOp::Fire(timer.id.clone());
        let (fired, write) = apply(&mut timers, &fire, at(60)).unwrap();
        assert_eq!(fired.state, TimerState::Finished { at: at(60) });
        assert!(!matches!(write, Write::Remove(..)), "it is still on the disk while it is carried out");
        // As the next hub finds it when this one dies now.
        assert_eq!(due_by(&timers, &none, at(90)), [(timer.id.clone(), fire.clone())]);
        assert_eq!(apply(&mut timers, &fire, at(90)).unwrap().0.state, TimerState::Finished { at: at(60) });
        let (_, write) =
            apply(&mut timers, &TimerOp::Change(TimerChange::Cancel(timer.id.clone())), at(91)).unwrap();
        assert!(matches!(write, Write::Remove(Document::Timer, _)) && timers.is_empty());
    }

    #[test]
    fn nonsense_is_refused() {
        let mut timers = Timers::new();
        apply(&mut timers, &start(Duration::ZERO, None), at(0)).unwrap_err();
        apply(&mut timers, &start(Duration::MAX, None), at(0)).unwrap_err();
        for _ in 0..MOST {
            apply(&mut timers, &start(MINUTE, None), at(0)).unwrap();
        }
        apply(&mut timers, &start(MINUTE, None), at(0)).unwrap_err();
        let gone = TimerId::new("t0").unwrap();
        let error = change(&mut timers, TimerChange::Cancel(gone), at(0)).unwrap_err();
        assert_eq!(error.to_string(), "there is no timer \"t0\"");
    }
}
