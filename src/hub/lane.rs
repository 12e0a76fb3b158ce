//! Changes of one kind, in their order: written first, made afterwards.

use std::collections::VecDeque;

use super::handle::HubError;

/// How many changes of one kind may wait for the disk.
const WAITING: usize = 4_096;
/// How many of them are written at once.
pub(super) const BATCH: usize = 64;

/// Changes that wait, and those that are being written together with what the home will be then.
pub(super) struct Lane<Unit, After> {
    waiting: VecDeque<Unit>,
    flight: Option<(Vec<Unit>, After)>,
}

impl<Unit, After> Default for Lane<Unit, After> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), flight: None }
    }
}

impl<Unit, After> Lane<Unit, After> {
    /// Queues a change.
    ///
    /// # Errors
    /// The change itself and [`HubError::Busy`] when too many wait.
    pub(super) fn push(&mut self, unit: Unit) -> Result<(), (Unit, HubError)> {
        if self.waiting.len() >= WAITING {
            return Err((unit, HubError::Busy(WAITING)));
        }
        self.waiting.push_back(unit);
        Ok(())
    }

    /// The next change to prepare; `None` while some are being written.
    pub(super) fn next(&mut self) -> Option<Unit> {
        if self.flight.is_some() { None } else { self.waiting.pop_front() }
    }

    /// These are being written now.
    pub(super) fn depart(&mut self, units: Vec<Unit>, after: After) {
        self.flight = Some((units, after));
    }

    /// What the home will be when those that are being written have arrived.
    pub(super) fn after_mut(&mut self) -> Option<&mut After> {
        self.flight.as_mut().map(|(_, after)| after)
    }

    /// They are written, or could not be.
    pub(super) fn arrive(&mut self) -> Option<(Vec<Unit>, After)> {
        self.flight.take()
    }

    /// Whether some are being written.
    pub(super) fn is_busy(&self) -> bool {
        self.flight.is_some()
    }
}
