//! Texts that many entities share are kept once.

use std::collections::HashSet;
use std::sync::Arc;

/// The shared texts.
#[derive(Debug)]
pub(crate) struct Strings {
    known: HashSet<Arc<str>>,
    /// Unused texts are looked for when this many are known.
    sweep_at: usize,
}

impl Strings {
    pub(crate) fn new() -> Self {
        Self { known: HashSet::new(), sweep_at: 4096 }
    }

    /// The shared copy of a text.
    pub(crate) fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        if self.known.len() >= self.sweep_at {
            self.known.retain(|text| Arc::strong_count(text) > 1);
            self.sweep_at = (self.known.len() * 2).max(4096);
        }
        let shared: Arc<str> = Arc::from(text);
        self.known.insert(shared.clone());
        shared
    }
}
