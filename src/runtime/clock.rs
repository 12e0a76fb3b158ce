//! The only place that reads the wall clock. Everything else is handed the time.

use crate::model::Timestamp;

/// What the wall clock says.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Before this point (2026-01-01) no hub of this version can be running: the clock was not set yet.
pub const EARLIEST: Timestamp = Timestamp::from_millis(1_767_225_600_000);
