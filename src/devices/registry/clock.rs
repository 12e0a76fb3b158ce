//! What happens by itself when time passes: states expire, pulses end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::binding::Binding;
use super::{Effect, Registry};
use crate::devices::effect::Tick;
use crate::model::{State, Timestamp};

/// Notes when an entity that has just spoken comes due.
pub(super) fn schedule(
    due: &mut BTreeSet<(Timestamp, u32)>,
    binding: &mut Binding,
    slot: u32,
    is_on: bool,
    now: Timestamp,
) {
    let wait = match (binding.expire_after, binding.off_delay.filter(|_| is_on)) {
        (Some(expire), Some(off)) => Some(expire.min(off)),
        (expire, off) => expire.or(off),
    };
    let next = wait.map(|millis| now.plus(Duration::from_millis(millis)));
    if let Some(old) = std::mem::replace(&mut binding.due, next) {
        due.remove(&(old, slot));
    }
    if let Some(next) = next {
        due.insert((next, slot));
    }
}

impl Registry {
    /// When [`Registry::tick`] has something to do next.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(when, _)| *when)
    }

    /// Does what has come due, and says when to come back.
    pub fn tick(&mut self, now: Timestamp) -> Tick {
        let mut effects = Vec::new();
        while let Some(&(when, slot)) = self.due.first() {
            if when > now {
                break;
            }
            self.due.pop_first();
            self.elapsed(slot, now, &mut effects);
        }
        Tick { effects, next: self.next_due() }
    }

    /// The wall clock was set by so many milliseconds: what waits has to wait no longer and no shorter for it.
    pub fn clock_set(&mut self, by: i64) {
        for (when, slot) in std::mem::take(&mut self.due) {
            let Some(binding) = self.slots.get_mut(slot as usize).and_then(Option::as_deref_mut) else {
                continue;
            };
            binding.due = Some(when.shifted(by));
            self.due.insert((when.shifted(by), slot));
            if let Some(state) = self.states.get_mut(&binding.entity) {
                let state = Arc::make_mut(state);
                state.last_updated = state.last_updated.shifted(by);
            }
        }
    }

    fn elapsed(&mut self, slot: u32, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(binding) = self.slots.get_mut(slot as usize).and_then(Option::as_deref_mut) else { return };
        binding.due = None;
        let Some(state) = self.states.get_mut(&binding.entity) else { return };
        let silent = u64::try_from(now.since(state.last_updated).as_millis()).unwrap_or(u64::MAX);
        let expired = binding.expire_after.is_some_and(|limit| silent >= limit);
        let text = if expired { State::UNKNOWN } else { "off" };
        if state.state != text {
            let state = Arc::make_mut(state);
            text.clone_into(&mut state.state);
            state.last_changed = now;
            effects.push(Effect::StateChanged(binding.entity.clone()));
        }
        // The pulse has ended; the longer wait for a sign of life goes on.
        if let (false, Some(limit)) = (expired, binding.expire_after) {
            let next = now.plus(Duration::from_millis(limit.saturating_sub(silent)));
            binding.due = Some(next);
            self.due.insert((next, slot));
        }
    }
}
