//! Which entities read a topic.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::discovery::topic::is_wild;

/// Longest message that is kept for entities that come later, in bytes.
const MAX_KEPT: usize = 4096;

/// One reader: the slot of an entity, and which of its topics it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) slot: u32,
    pub(super) part: u16,
}

#[derive(Debug, Default)]
struct Exact {
    targets: Vec<Target>,
    /// The last message, for entities that are discovered after it came.
    last: Option<Box<[u8]>>,
}

/// A level of the tree of filters with wildcards.
#[derive(Debug, Default)]
struct Level {
    next: HashMap<Box<str>, Level>,
    /// Readers of a filter that ends here.
    ends: Vec<Target>,
    /// Readers of a filter that goes on with `#`.
    rest: Vec<Target>,
}

/// The topics in use.
#[derive(Debug, Default)]
pub(super) struct Index {
    exact: HashMap<Arc<str>, Exact>,
    wild: Level,
}

impl Index {
    /// Adds a reader; true when the filter had none before.
    pub(super) fn add(&mut self, filter: &Arc<str>, target: Target) -> bool {
        let targets = if is_wild(filter) {
            self.wild.at(filter)
        } else {
            &mut self.exact.entry(filter.clone()).or_default().targets
        };
        targets.push(target);
        targets.len() == 1
    }

    /// Takes a slot's readers of a filter away; true when it has none any more.
    pub(super) fn remove(&mut self, filter: &Arc<str>, slot: u32) -> bool {
        if is_wild(filter) {
            let targets = self.wild.at(filter);
            targets.retain(|target| target.slot != slot);
            let empty = targets.is_empty();
            if empty {
                self.wild.prune();
            }
            return empty;
        }
        let Some(exact) = self.exact.get_mut(filter) else { return false };
        exact.targets.retain(|target| target.slot != slot);
        let empty = exact.targets.is_empty();
        if empty {
            self.exact.remove(filter);
        }
        empty
    }

    /// Notes a message and gives its readers, those of one slot side by side.
    pub(super) fn message(&mut self, topic: &str, payload: &[u8]) -> Vec<Target> {
        let mut found = Vec::new();
        if let Some(exact) = self.exact.get_mut(topic) {
            found.extend_from_slice(&exact.targets);
            exact.last = (payload.len() <= MAX_KEPT && !payload.is_empty()).then(|| payload.into());
        }
        if !self.wild.is_empty() && !topic.starts_with('$') {
            let levels: Vec<&str> = topic.split('/').collect();
            let plain = found.len();
            self.wild.find(&levels, &mut found);
            if found.len() > plain {
                found.sort_by_key(|target| target.slot);
                found.dedup();
            }
        }
        found
    }

    /// The last message on a topic that is read already.
    pub(super) fn last(&self, topic: &str) -> Option<Box<[u8]>> {
        self.exact.get(topic)?.last.clone()
    }
}

impl Level {
    fn is_empty(&self) -> bool {
        self.next.is_empty() && self.ends.is_empty() && self.rest.is_empty()
    }

    fn at(&mut self, filter: &str) -> &mut Vec<Target> {
        let mut level = self;
        for part in filter.split('/') {
            if part == "#" {
                return &mut level.rest;
            }
            level = level.next.entry(part.into()).or_default();
        }
        &mut level.ends
    }

    fn find(&self, levels: &[&str], found: &mut Vec<Target>) {
        found.extend_from_slice(&self.rest);
        let Some((first, others)) = levels.split_first() else {
            found.extend_from_slice(&self.ends);
            return;
        };
        for name in [*first, "+"] {
            if let Some(level) = self.next.get(name) {
                level.find(others, found);
            }
        }
    }

    fn prune(&mut self) {
        self.next.retain(|_, level| {
            level.prune();
            !level.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(index: &mut Index, topic: &str) -> Vec<u32> {
        index.message(topic, b"x").into_iter().map(|target| target.slot).collect()
    }

    #[test]
    fn wildcards_match_as_mqtt_says() {
        let mut index = Index::default();
        for (slot, filter) in ["a/b", "a/+", "a/#", "#", "+/b/c"].into_iter().enumerate() {
            let target = Target { slot: u32::try_from(slot).unwrap(), part: 0 };
            assert!(index.add(&Arc::from(filter), target));
        }
        assert_eq!(slots(&mut index, "a/b"), [0, 1, 2, 3]);
        assert_eq!(slots(&mut index, "a"), [2, 3]);
        assert_eq!(slots(&mut index, "a/b/c"), [2, 3, 4]);
        assert_eq!(slots(&mut index, "$SYS/x"), [] as [u32; 0]);
        assert!(index.remove(&Arc::from("a/#"), 2));
        assert_eq!(slots(&mut index, "a"), [3]);
    }

    #[test]
    fn the_last_message_is_kept_for_late_comers() {
        let mut index = Index::default();
        let topic: Arc<str> = Arc::from("t");
        assert!(index.add(&topic, Target { slot: 1, part: 0 }));
        assert!(!index.add(&topic, Target { slot: 2, part: 0 }));
        index.message("t", b"on");
        assert_eq!(index.last("t").as_deref(), Some(b"on".as_slice()));
        assert!(!index.remove(&topic, 1));
        assert!(index.remove(&topic, 2));
        assert_eq!(index.last("t"), None);
    }
}
