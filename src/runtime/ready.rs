//! Readiness: the hub is ready when everything that has to be there has said so. Being alive is another
//! matter: whoever can answer is alive.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;

/// What is still missing. All clones are one.
#[derive(Debug, Clone)]
pub struct Readiness {
    missing: Arc<watch::Sender<BTreeSet<&'static str>>>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self { missing: Arc::new(watch::channel(BTreeSet::new()).0) }
    }
}

/// Holds readiness back until it is released. Dropped unreleased it holds on: the part never came up.
#[derive(Debug)]
#[must_use]
pub struct Latch {
    name: &'static str,
    readiness: Readiness,
}

impl Readiness {
    /// Something that has to be there before the hub is ready.
    pub fn latch(&self, name: &'static str) -> Latch {
        self.missing.send_if_modified(|missing| missing.insert(name));
        Latch { name, readiness: self.clone() }
    }

    /// What is missing; empty when the hub is ready.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        self.missing.borrow().iter().copied().collect()
    }

    /// Waits until nothing is missing.
    pub async fn ready(&self) {
        let mut missing = self.missing.subscribe();
        // The sender lives as long as `self`.
        let _ = missing.wait_for(BTreeSet::is_empty).await;
    }
}

impl Latch {
    /// It is there.
    pub fn release(self) {
        self.readiness.missing.send_if_modified(|missing| missing.remove(self.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ready_when_the_last_latch_is_released() {
        let readiness = Readiness::default();
        let (store, mqtt) = (readiness.latch("store"), readiness.latch("mqtt"));
        assert_eq!(readiness.missing(), ["mqtt", "store"]);
        store.release();
        assert_eq!(readiness.missing(), ["mqtt"]);
        let waiting = tokio::spawn({
            let readiness = readiness.clone();
            async move { readiness.ready().await }
        });
        mqtt.release();
        waiting.await.unwrap();
        assert!(readiness.missing().is_empty());
    }

    #[test]
    fn a_part_that_never_came_up_is_missing() {
        let readiness = Readiness::default();
        drop(readiness.latch("web"));
        assert_eq!(readiness.missing(), ["web"]);
    }
}
