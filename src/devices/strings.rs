//! What many entities have alike is kept once.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// Values of which each is kept once, for as long as somebody uses it.
#[derive(Debug)]
pub(crate) struct Shared<T: ?Sized> {
    known: HashSet<Arc<T>>,
    /// Unused values are looked for when this many are known.
    sweep_at: usize,
}

/// The shared texts.
pub(crate) type Strings = Shared<str>;

impl<T: ?Sized + Eq + Hash> Shared<T> {
    pub(crate) fn new() -> Self {
        Self { known: HashSet::new(), sweep_at: 1_024 }
    }

    fn add(&mut self, value: Arc<T>) -> Arc<T> {
        if self.known.len() >= self.sweep_at {
            self.known.retain(|value| Arc::strong_count(value) > 1);
            self.sweep_at = (self.known.len() * 2).max(1_024);
        }
        self.known.insert(Arc::clone(&value));
        value
    }
}

impl Strings {
    /// The shared copy of a text.
    pub(crate) fn get(&mut self, text: &str) -> Arc<str> {
        match self.known.get(text) {
            Some(known) => Arc::clone(known),
            None => self.add(Arc::from(text)),
        }
    }
}

impl<T: Eq + Hash> Shared<T> {
    /// The shared copy of a value.
    pub(crate) fn keep(&mut self, value: T) -> Arc<T> {
        match self.known.get(&value) {
            Some(known) => Arc::clone(known),
            None => self.add(Arc::new(value)),
        }
    }
}
