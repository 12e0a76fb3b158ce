//! The only place that reads the wall clock. Everything else is handed the time.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::model::Timestamp;

/// What the wall clock says.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Before this point (2026-01-01) no hub of this version can be running: the clock was not set yet.
pub const EARLIEST: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Less than this is the clock being slowed or hurried, not set.
const STEP: i64 = 1_000;

/// Notices when the wall clock is set: a board without a clock of its own starts with a wrong one, and the
/// network's time puts it right later, by hours or by years.
#[derive(Debug)]
pub struct Watch {
    /// Wall clock less the time since the machine started, in milliseconds, when last looked at.
    offset: i64,
}

impl Watch {
    /// Looks for the first time.
    #[must_use]
    pub fn new() -> Self {
        Self { offset: offset(now(), since_boot()) }
    }

    /// By how many milliseconds the wall clock was set since the last look; `None` while it just runs.
    pub fn look(&mut self) -> Option<i64> {
        self.compare(now(), since_boot())
    }

    fn compare(&mut self, wall: Timestamp, since_boot: Duration) -> Option<i64> {
        let before = std::mem::replace(&mut self.offset, offset(wall, since_boot));
        let step = self.offset.saturating_sub(before);
        (step.saturating_abs() >= STEP).then_some(step)
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

fn offset(wall: Timestamp, since_boot: Duration) -> i64 {
    wall.as_millis().saturating_sub(i64::try_from(since_boot.as_millis()).unwrap_or(i64::MAX))
}

/// Runs on while the machine sleeps, unlike `Instant` (clock_gettime(2)): waking up is no setting of the clock.
fn since_boot() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map(Duration::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_noticed_once() {
        let at = |wall, counted| (Timestamp::from_millis(wall), Duration::from_millis(counted));
        let mut watch = Watch { offset: offset(Timestamp::from_millis(5_000), Duration::from_millis(1_000)) };
        for ((wall, counted), step) in [
            (at(65_000, 61_000), None),
            // Hurried along by the network's time.
            (at(125_030, 121_000), None),
            (at(1_700_000_000_000, 122_000), Some(1_700_000_000_000 - 126_030)),
            (at(1_700_000_010_000, 132_000), None),
            (at(1_699_996_410_000, 132_000), Some(-3_600_000)),
            (at(1_699_996_411_000, 133_000), None),
        ] {
            assert_eq!(watch.compare(wall, counted), step, "{wall}");
        }
    }
}
