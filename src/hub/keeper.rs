//! What is written without anybody waiting for it: collected for a while, so that the disk is left alone.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use indexmap::IndexMap;
use tokio::time::Instant;

use crate::devices::Registry;
use crate::model::{DeviceId, EntityId, State, Timestamp};
use crate::store::{Document, Point, Recorded, Write};

/// How long records of devices wait.
const SOON: Duration = Duration::from_secs(1);
/// How long states and history wait.
const LATER: Duration = Duration::from_secs(30);
/// Numbers are kept at most this often, in milliseconds; in between the newest counts.
const NUMBERS_APART: u64 = 10_000;
/// Other states are kept at most this often, in milliseconds.
const TEXTS_APART: u64 = 1_000;
/// Points of history that may wait; more are written at once.
const MOST_POINTS: usize = 4_000;
/// Records and discovery messages that may wait; more are written at once.
const MOST_RECORDS: usize = 500;
/// Writes that are on their way at once: what a burst brings stays small while it goes to the disk.
const BATCH: usize = 1_000;
/// Writes that are tried again after the disk refused them; more are given up.
const MOST_AGAIN: usize = 100_000;
/// The longest state that is kept in history, in bytes.
const LONGEST_STATE: usize = 255;

/// Everything that waits to be written.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    /// In the order in which devices first announced themselves; `None` forgets.
    discovery: IndexMap<String, Option<Bytes>>,
    /// Records that are others now; what they say is looked up when they are written.
    documents: BTreeSet<(Document, String)>,
    states: BTreeSet<EntityId>,
    gone: BTreeSet<EntityId>,
    history: HashMap<EntityId, Vec<Recorded>>,
    points: usize,
    /// What the disk refused.
    again: VecDeque<Write>,
    soon: Option<Instant>,
    later: Option<Instant>,
    /// Until then the disk is left alone, because it refused.
    held: Option<Instant>,
    /// Whether some writes are on their way; the next ones wait for them.
    away: bool,
}

impl Keeper {
    /// A discovery message is to be kept, or forgotten.
    pub(super) fn discovery(&mut self, topic: String, payload: Option<Bytes>, now: Instant) {
        self.discovery.insert(topic, payload);
        self.soon(now);
    }

    /// A record is other now, or gone.
    pub(super) fn document(&mut self, document: Document, id: &str, now: Instant) {
        self.documents.insert((document, id.to_owned()));
        self.soon(now);
    }

    fn soon(&mut self, now: Instant) {
        let many = self.discovery.len() + self.documents.len() >= MOST_RECORDS;
        let when = if many { now } else { now + SOON };
        self.soon = Some(self.soon.map_or(when, |old| old.min(when)));
    }

    /// A state is to be kept.
    pub(super) fn state(&mut self, entity: &EntityId, now: Instant) {
        if !self.states.contains(entity) {
            self.states.insert(entity.clone());
        }
        self.later.get_or_insert(now + LATER);
    }

    /// An entity is gone, and its state with it.
    pub(super) fn forget(&mut self, entity: &EntityId, now: Instant) {
        self.states.remove(entity);
        self.gone.insert(entity.clone());
        self.soon(now);
    }

    /// A state belongs to history.
    pub(super) fn record(&mut self, entity: &EntityId, state: &State, at: Timestamp, now: Instant) {
        let Some(value) = point(state) else { return };
        let apart = if matches!(value, Point::Number(_)) { NUMBERS_APART } else { TEXTS_APART };
        let points = match self.history.get_mut(entity) {
            Some(points) => points,
            None => self.history.entry(entity.clone()).or_default(),
        };
        match points.last_mut() {
            Some(last)
                if same_kind(&last.value, &value) && at.as_millis().abs_diff(last.at.as_millis()) < apart =>
            {
                last.value = value;
            }
            _ => {
                points.push(Recorded { at, value });
                self.points += 1;
            }
        }
        let when = if self.points >= MOST_POINTS { now } else { now + LATER };
        self.later = Some(self.later.map_or(when, |old| old.min(when)));
    }

    /// When something is to be written.
    pub(super) fn due(&self) -> Option<Instant> {
        let due = [self.soon, self.later].into_iter().flatten().min().filter(|_| !self.away)?;
        Some(self.held.map_or(due, |held| due.max(held)))
    }

    /// What was taken has come back: nothing, or what the disk refused, to be tried again then.
    pub(super) fn arrived(&mut self, refused: Vec<Write>, when: Instant) {
        self.away = false;
        if !refused.is_empty() {
            self.retry(refused, when);
        }
    }

    /// Try again then, whatever else there is.
    pub(super) fn retry(&mut self, writes: Vec<Write>, when: Instant) {
        self.held = Some(when);
        let mut left = Vec::with_capacity(writes.len());
        for write in writes {
            match write {
                // A newer one may have reached the disk meanwhile.
                Write::Put(document, id, _) | Write::Remove(document, id) => {
                    self.documents.insert((document, id));
                }
                other => left.push(other),
            }
        }
        let mut writes = VecDeque::from(left);
        writes.append(&mut self.again);
        if writes.len() > MOST_AGAIN {
            tracing::warn!(count = writes.len(), "too much waits for the disk: history is given up");
            writes.retain(|write| !matches!(write, Write::History(..) | Write::Probe));
            writes.truncate(MOST_AGAIN);
        }
        self.again = writes;
        self.soon = Some(self.soon.map_or(when, |old| old.min(when)));
    }

    /// Takes out what has come due, at most one batch; [`Keeper::arrived`] ends its way. Records stay while a
    /// change of the owner is on its way to the disk (`busy`): what they say now is older than that.
    pub(super) fn take(&mut self, registry: &Registry, now: Instant, busy: bool) -> Vec<Write> {
        self.held = None;
        let mut writes = Vec::new();
        if self.soon.is_some_and(|when| when <= now) {
            self.take_records(registry, busy, BATCH, &mut writes);
            let waits = busy && !self.documents.is_empty();
            let more = !(self.again.is_empty() && self.discovery.is_empty() && self.gone.is_empty());
            let more = more || (!busy && !self.documents.is_empty());
            self.soon = if more { Some(now) } else { waits.then_some(now + SOON) };
        }
        if self.later.is_some_and(|when| when <= now) {
            self.take_states(registry, BATCH.saturating_sub(writes.len()), &mut writes);
            let more = !(self.states.is_empty() && self.history.is_empty());
            self.later = more.then_some(now);
        }
        self.away = !writes.is_empty();
        writes
    }

    /// Takes out everything, whenever it is due.
    pub(super) fn take_all(&mut self, registry: &Registry) -> Vec<Write> {
        let mut writes = Vec::new();
        self.take_records(registry, false, usize::MAX, &mut writes);
        self.take_states(registry, usize::MAX, &mut writes);
        (self.soon, self.later, self.held) = (None, None, None);
        writes
    }

    fn take_records(&mut self, registry: &Registry, busy: bool, most: usize, writes: &mut Vec<Write>) {
        let count = most.min(self.again.len());
        writes.extend(self.again.drain(..count));
        let count = most.saturating_sub(writes.len()).min(self.discovery.len());
        writes.extend(self.discovery.drain(..count).map(|(topic, payload)| match payload {
            Some(payload) => Write::Discovery(topic, payload),
            None => Write::ForgetDiscovery(topic),
        }));
        while !busy && writes.len() < most {
            let Some((document, id)) = self.documents.pop_first() else { break };
            writes.extend(record(registry, document, id));
        }
        while writes.len() < most {
            let Some(entity) = self.gone.pop_first() else { break };
            writes.push(Write::ForgetState(entity));
        }
    }

    fn take_states(&mut self, registry: &Registry, most: usize, writes: &mut Vec<Write>) {
        let most = writes.len().saturating_add(most);
        while writes.len() < most {
            let Some(id) = self.states.pop_first() else { break };
            let state = registry.view().states.get(&id).cloned();
            writes.extend(state.map(|state| Write::State(id, state)));
        }
        let points = &mut self.points;
        let room = most - writes.len();
        let taken = self.history.extract_if(|_, records| {
            *points -= records.len();
            true
        });
        writes.extend(taken.take(room).map(|(entity, records)| Write::History(entity, records)));
        if self.history.is_empty() {
            // A burst leaves a large table behind.
            self.history.shrink_to(1_024);
        }
    }
}

/// A record as it is now.
fn record(registry: &Registry, document: Document, id: String) -> Option<Write> {
    let view = registry.view();
    let written = match document {
        Document::Area => view.areas.get(id.as_str()).map(|area| Write::put(document, &id, &**area)),
        Document::Floor => view.floors.get(id.as_str()).map(|floor| Write::put(document, &id, &**floor)),
        Document::EntitySettings => EntityId::new(&id)
            .ok()
            .and_then(|entity| registry.entity_settings(&entity))
            .map(|settings| Write::put(document, &id, &settings)),
        Document::DeviceSettings => DeviceId::new(&id)
            .ok()
            .and_then(|device| registry.device_settings(&device))
            .map(|settings| Write::put(document, &id, settings)),
        // Timers are written before they change, never here.
        Document::Timer => return None,
    };
    match written {
        Some(Ok(write)) => Some(write),
        Some(Err(error)) => {
            tracing::error!(id, %error, "a record cannot be kept");
            None
        }
        None => Some(Write::Remove(document, id)),
    }
}

fn same_kind(one: &Point, other: &Point) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn point(state: &State) -> Option<Point> {
    if !state.is_known() {
        return Some(Point::Missing);
    }
    match state.state.parse::<f64>() {
        Ok(number) if number.is_finite() => Some(Point::Number(number)),
        _ if state.state.len() <= LONGEST_STATE => Some(Point::Text(state.state.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::RegistryOptions;

    #[test]
    fn history_is_thinned_and_the_newest_value_stays() {
        let mut keeper = Keeper::default();
        let now = Instant::now();
        let entity = EntityId::new("sensor.power").unwrap();
        for second in 0..25_i32 {
            let at = Timestamp::from_millis(i64::from(second) * 1_000);
            let state = State { state: second.to_string(), ..State::unknown(at) };
            keeper.record(&entity, &state, at, now);
        }
        let away = State { available: false, ..State::unknown(Timestamp::default()) };
        keeper.record(&entity, &away, Timestamp::from_millis(25_000), now);
        assert_eq!(keeper.due(), Some(now + LATER));
        let registry = Registry::new(RegistryOptions::default());
        assert!(keeper.take(&registry, now, false).is_empty());
        let writes = keeper.take(&registry, now + LATER, false);
        let [Write::History(_, points)] = writes.as_slice() else { panic!("{writes:?}") };
        let values: Vec<_> = points.iter().map(|point| (point.at.as_millis(), point.value.clone())).collect();
        assert_eq!(
            values,
            [
                (0, Point::Number(9.0)),
                (10_000, Point::Number(19.0)),
                (20_000, Point::Number(24.0)),
                (25_000, Point::Missing)
            ]
        );
        assert_eq!(keeper.due(), None);
    }

    #[test]
    fn what_the_disk_refused_comes_first_next_time() {
        let mut keeper = Keeper::default();
        let now = Instant::now();
        let registry = Registry::new(RegistryOptions::default());
        keeper.discovery("a".into(), Some("1".into()), now);
        let refused = keeper.take_all(&registry);
        keeper.discovery("a".into(), Some("2".into()), now);
        keeper.retry(refused, now);
        let writes = keeper.take(&registry, now, false);
        let [Write::Discovery(_, first), Write::Discovery(_, second)] = writes.as_slice() else {
            panic!("{writes:?}")
        };
        assert_eq!((&first[..], &second[..]), (b"1".as_slice(), b"2".as_slice()));
    }

    #[test]
    fn a_burst_goes_to_the_disk_in_batches_one_at_a_time() {
        let mut keeper = Keeper::default();
        let now = Instant::now();
        let registry = Registry::new(RegistryOptions::default());
        for n in 0..BATCH + 10 {
            keeper.discovery(n.to_string(), Some("x".into()), now);
        }
        assert_eq!(keeper.due(), Some(now), "many do not wait");
        let first = keeper.take(&registry, now, false);
        assert_eq!(first.len(), BATCH);
        assert_eq!(keeper.due(), None, "the rest waits for those on their way");
        let later = now + LATER;
        keeper.arrived(first, later);
        assert_eq!(keeper.due(), Some(later), "a disk that refuses is left alone for a while");
        let again = keeper.take(&registry, later, false);
        let Some(Write::Discovery(topic, _)) = again.first() else { panic!("{again:?}") };
        assert_eq!((again.len(), topic.as_str()), (BATCH, "0"));
        keeper.arrived(Vec::new(), later);
        assert_eq!(keeper.take(&registry, later, false).len(), 10);
        keeper.arrived(Vec::new(), later);
        assert_eq!(keeper.due(), None);
    }
}
