//! Changes that are written first and made afterwards, and how the disk is.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;

use crate::model::{
    Change, Event, Health, HealthLevel, ListChange, ListId, Message, Reply, ReplyKind, Timer, TimerChange,
    TimerState, Timestamp, TodoList,
};
use crate::runtime::clock;
use crate::runtime::metrics::OutcomeLabel;
use crate::store::{CONVERSATIONS, StoreError, Write};

use super::actor::{Actor, DISK_AGAIN, Saving, Then};
use super::changes;
use super::handle::HubError;
use super::lane::BATCH;
use super::lists::Lists;
use super::request::Answer;
use super::talk::{End, Talked};
use super::timers::{self, TimerOp, Timers};

/// The part of the hub that keeps things.
const STORAGE: &str = "storage";

/// Changes of timers that are made together or not at all.
pub(super) struct TimerUnit {
    ops: Vec<TimerOp>,
    then: Then,
    /// The last timer changed, as it is then; for one that rings, when it was due.
    result: Option<Arc<Timer>>,
    due: Option<Timestamp>,
}

/// Changes of lists that are made together or not at all.
pub(super) struct ListUnit {
    changes: Vec<ListChange>,
    then: Then,
    result: Option<Arc<TodoList>>,
}

/// Conversations that have ended. Those that come while some are being written go together after them.
#[derive(Default)]
pub(super) struct Said {
    waiting: VecDeque<(Arc<Message>, Arc<Reply>)>,
    away: bool,
}

/// The store keeps no more.
const MOST_SAID: usize = CONVERSATIONS as usize;

impl Actor {
    pub(super) fn change_timers(&mut self, ops: Vec<TimerOp>, then: Then) {
        let due = match ops.as_slice() {
            [TimerOp::Fire(id)] => self.home.timers.get(id).and_then(|timer| match timer.state {
                TimerState::Running { ends } => Some(ends),
                TimerState::Finished { at } => Some(at),
                TimerState::Paused { .. } => None,
            }),
            _ => None,
        };
        match self.timer_lane.push(TimerUnit { ops, then, result: None, due }) {
            Ok(()) => self.send_timers(),
            Err((unit, error)) => self.refuse(unit.then, error),
        }
    }

    /// Brings the waiting changes of timers on their way to the disk, unless some are on it already.
    fn send_timers(&mut self) {
        let (mut units, mut writes) = (Vec::new(), Vec::new());
        let mut after = self.home.timers.clone();
        let now = clock::now();
        while units.len() < BATCH {
            let Some(mut unit) = self.timer_lane.next() else { break };
            let mut tried = after.clone();
            let done = unit.ops.iter().try_for_each(|op| {
                let (timer, write) = timers::apply(&mut tried, op, now)?;
                unit.result = Some(timer);
                writes.push(write);
                Ok(())
            });
            match done {
                Ok(()) => {
                    after = tried;
                    units.push(unit);
                }
                Err(error) => {
                    self.not_firing(&unit);
                    self.refuse(unit.then, error);
                }
            }
        }
        if !units.is_empty() {
            self.timer_lane.depart(units, after);
            self.save(writes, Saving::Timers);
        }
    }

    fn timers_written(&mut self, result: &Result<(), StoreError>) {
        let Some((units, after)) = self.timer_lane.arrive() else { return };
        let now = clock::now();
        if result.is_ok() {
            self.take_timers(after);
        }
        for unit in units {
            self.not_firing(&unit);
            let inner = matches!(unit.then, Then::Nothing);
            match result {
                Ok(()) => {}
                // A kitchen timer rings, whether the disk is full or not.
                Err(_) if inner => {
                    let mut timers = self.home.timers.clone();
                    for op in &unit.ops {
                        // Gone already means that somebody dismissed it.
                        let _ = timers::apply(&mut timers, op, now);
                    }
                    self.take_timers(timers);
                }
                Err(error) => {
                    self.refuse(unit.then, HubError::Storage(error.to_string()));
                    continue;
                }
            }
            if let (Some(timer), Some(due)) = (&unit.result, unit.due) {
                self.rang(timer, due, now);
            }
            match (unit.then, unit.result) {
                (Then::Talk(ongoing), _) => self.conclude(*ongoing, &[]),
                (Then::Timer(answer), Some(timer)) => {
                    // Whoever asked may have gone away meanwhile; so everywhere below.
                    let _ = answer.send(Ok((*timer).clone()));
                }
                _ => {}
            }
        }
        self.send_timers();
    }

    /// The wall clock was set by so many milliseconds.
    pub(super) fn shift_timers(&mut self, by: i64) {
        let mut shifted = self.home.timers.clone();
        let mut writes = timers::shift(&mut shifted, by, self.started);
        // What is on its way to the disk was reckoned by the old clock.
        if let Some(after) = self.timer_lane.after_mut() {
            writes = timers::shift(after, by, self.started);
        }
        self.started = self.started.shifted(by);
        self.take_timers(shifted);
        if !writes.is_empty() {
            self.save(writes, Saving::Nothing);
        }
    }

    /// At the start: the clock may be behind the one by which the timers were set.
    pub(super) fn wind_back(&mut self) {
        let writes = timers::wind_back(&mut self.home.timers, clock::now());
        if !writes.is_empty() {
            tracing::warn!(
                timers = writes.len(),
                "the clock is behind; timers run for at most their time again"
            );
            self.save(writes, Saving::Nothing);
        }
    }

    /// What was due is no longer on its way to the disk. A delayed command is until it was carried out and taken
    /// away, or it would be carried out twice.
    fn not_firing(&mut self, unit: &TimerUnit) {
        let command = unit.result.as_ref().is_some_and(|timer| timer.command.is_some());
        for op in &unit.ops {
            match op {
                TimerOp::Fire(_) if command => {}
                TimerOp::Fire(id) | TimerOp::Expire(id) | TimerOp::Change(TimerChange::Cancel(id)) => {
                    self.firing.remove(id);
                }
                TimerOp::Change(_) => {}
            }
        }
    }

    fn take_timers(&mut self, after: Timers) {
        let before = std::mem::replace(&mut self.home.timers, after);
        let (changed, gone) = differences(&before, &self.home.timers);
        changed.into_iter().for_each(|timer| self.emit(Event::TimerUpdated(timer)));
        gone.into_iter().for_each(|timer| self.emit(Event::TimerRemoved { timer }));
    }

    pub(super) fn change_lists(&mut self, changes: Vec<ListChange>, then: Then) {
        match self.list_lane.push(ListUnit { changes, then, result: None }) {
            Ok(()) => self.send_lists(),
            Err((unit, error)) => self.refuse(unit.then, error),
        }
    }

    fn send_lists(&mut self) {
        let (mut units, mut writes) = (Vec::new(), Vec::new());
        let mut after = self.lists.clone();
        let now = clock::now();
        while units.len() < BATCH {
            let Some(mut unit) = self.list_lane.next() else { break };
            let mut tried = after.clone();
            let mut own = Vec::new();
            let done = unit.changes.iter().try_for_each(|change| {
                let (list, more) = tried.apply(change, now)?;
                unit.result = Some(list);
                own.extend(more);
                Ok(())
            });
            match done {
                Ok(()) => {
                    after = tried;
                    writes.append(&mut own);
                    units.push(unit);
                }
                Err(error) => self.refuse(unit.then, error),
            }
        }
        if !units.is_empty() {
            self.list_lane.depart(units, after);
            self.save(writes, Saving::Lists);
        }
    }

    fn lists_written(&mut self, result: &Result<(), StoreError>) {
        let Some((units, after)) = self.list_lane.arrive() else { return };
        if result.is_ok() {
            self.take_lists(after);
        }
        for unit in units {
            if let Err(error) = result {
                self.refuse(unit.then, HubError::Storage(error.to_string()));
                continue;
            }
            match (unit.then, unit.result) {
                (Then::Talk(ongoing), _) => self.conclude(*ongoing, &[]),
                (Then::List(answer), Some(list)) => {
                    let _ = answer.send(Ok((*list).clone()));
                }
                _ => {}
            }
        }
        self.send_lists();
    }

    fn take_lists(&mut self, after: Lists) {
        let before = std::mem::replace(&mut self.home.lists, after.all.clone());
        self.lists = after;
        let (changed, gone): (_, Vec<ListId>) = differences(&before, &self.home.lists);
        // A list never changes its name.
        if !gone.is_empty() || changed.iter().any(|list: &Arc<TodoList>| !before.contains_key(&list.id)) {
            self.names_changed();
        }
        changed.into_iter().for_each(|list| self.emit(Event::ListUpdated(list)));
        gone.into_iter().for_each(|list| self.emit(Event::ListRemoved { list }));
    }

    pub(super) fn change(&mut self, change: Change, answer: Answer<()>) {
        match self.change_lane.push((change, answer)) {
            Ok(()) => self.send_change(),
            Err(((_, answer), error)) => {
                let _ = answer.send(Err(error));
            }
        }
    }

    /// The owner's changes go one at a time: each may depend on the one before.
    fn send_change(&mut self) {
        while let Some((change, answer)) = self.change_lane.next() {
            let checked = self.home.registry.check(&change).map_err(HubError::from);
            let rows = checked.and_then(|()| {
                changes::rows(&self.home.registry, &change)
                    .map_err(|error| HubError::Invalid(format!("the change cannot be kept: {error}")))
            });
            match rows {
                Ok(writes) => {
                    self.change_lane.depart(vec![(change, answer)], ());
                    return self.save(writes, Saving::Change);
                }
                Err(error) => {
                    let _ = answer.send(Err(error));
                }
            }
        }
    }

    fn change_written(&mut self, result: &Result<(), StoreError>) {
        let Some((units, ())) = self.change_lane.arrive() else { return };
        for (change, answer) in units {
            let done = match result {
                Ok(()) => self.home.registry.apply(&change, clock::now()).map_err(HubError::from),
                Err(error) => Err(HubError::Storage(error.to_string())),
            };
            let done = done.map(|effects| self.effects(effects));
            let _ = answer.send(done);
        }
        self.send_change();
    }

    /// The disk is done with something.
    pub(super) fn written(&mut self, saving: Saving, result: &Result<(), StoreError>) {
        self.look_at_clock();
        self.disk_is(result);
        match saving {
            Saving::Timers => self.timers_written(result),
            Saving::Lists => self.lists_written(result),
            Saving::Change => self.change_written(result),
            Saving::Kept(writes) => {
                let again = if result.is_ok() { Vec::new() } else { Arc::unwrap_or_clone(writes) };
                self.keeper.arrived(again, Instant::now() + DISK_AGAIN);
            }
            Saving::Nothing => {}
            Saving::Said => {
                self.said.away = false;
                self.send_said();
            }
        }
    }

    /// Health says how the disk is; while it refuses, it is tried again now and then.
    pub(super) fn disk_is(&mut self, result: &Result<(), StoreError>) {
        let (level, message) = match result {
            Ok(()) => (HealthLevel::Ok, String::new()),
            Err(StoreError::Closed) => return,
            Err(error) => {
                self.keeper.retry(vec![Write::Probe], Instant::now() + DISK_AGAIN);
                (HealthLevel::Failing, error.to_string())
            }
        };
        let part = STORAGE.to_owned();
        self.part_is(Health { part, level, message, since: clock::now(), restarts: 0 });
    }

    /// A part says how it is. The same words again are no news.
    pub(super) fn part_is(&mut self, mut health: Health) {
        if let Some(old) = self.home.health.get(&health.part) {
            let same = old.level == health.level && old.restarts == health.restarts;
            if same && old.message == health.message {
                return;
            }
            if old.level == health.level {
                health.since = old.since;
            }
        }
        let health = Arc::new(health);
        self.home.health.insert(health.part.clone(), Arc::clone(&health));
        self.emit(Event::Health(health));
    }

    /// A conversation is over.
    pub(super) fn said(&mut self, message: Arc<Message>, reply: Arc<Reply>) {
        self.metrics.sentences.get_or_create(&OutcomeLabel { outcome: kind(reply.kind) }).inc();
        if self.said.waiting.len() >= MOST_SAID {
            self.said.waiting.pop_front();
        }
        self.said.waiting.push_back((Arc::clone(&message), Arc::clone(&reply)));
        if !self.said.away {
            self.send_said();
        }
        self.emit(Event::Conversation { message, reply });
    }

    /// Brings the conversations that have ended on their way to the disk. They are not worth a second try.
    pub(super) fn send_said(&mut self) {
        if self.said.waiting.is_empty() {
            return;
        }
        let said = Write::Conversations(self.said.waiting.drain(..).collect());
        match self.store.write_lazily(vec![said]) {
            Ok(written) => {
                self.said.away = true;
                self.wait_for(written, Saving::Said);
            }
            Err(error) => self.disk_is(&Err(error)),
        }
    }

    fn refuse(&mut self, then: Then, error: HubError) {
        match then {
            Then::Talk(ongoing) => {
                let ongoing = *ongoing;
                let end = End::Refused { recognition: ongoing.recognition, error };
                let _ = ongoing.answer.send(Ok(Talked { end, trace: ongoing.trace }));
            }
            Then::Timer(answer) => drop(answer.send(Err(error))),
            Then::List(answer) => drop(answer.send(Err(error))),
            Then::Execute(answer) => drop(answer.send(Err(error))),
            Then::Nothing => tracing::debug!(%error, "a timer was gone before its time came"),
        }
    }
}

/// What is new or other in `after`, and what is no longer there.
fn differences<K: Ord + Clone, V>(
    before: &BTreeMap<K, Arc<V>>,
    after: &BTreeMap<K, Arc<V>>,
) -> (Vec<Arc<V>>, Vec<K>) {
    let other = |(id, new): &(&K, &Arc<V>)| before.get(id).is_none_or(|old| !Arc::ptr_eq(old, new));
    let changed = after.iter().filter(other).map(|(_, new)| Arc::clone(new)).collect();
    let gone = before.keys().filter(|id| !after.contains_key(id)).cloned().collect();
    (changed, gone)
}

fn kind(kind: ReplyKind) -> &'static str {
    match kind {
        ReplyKind::ActionDone => "action_done",
        ReplyKind::Partial => "partial",
        ReplyKind::QueryAnswer => "query_answer",
        ReplyKind::NoMatch => "no_match",
        ReplyKind::Error => "error",
        ReplyKind::Question => "question",
    }
}
