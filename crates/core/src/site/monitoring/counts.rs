//! How often a check was well in one hour.

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};
use crate::watch::monitor::CheckResult;

/// The span of one row of counts.
pub const HOUR: Millis = Millis::from_secs(3600);

/// The observations of a check in one hour, from all places together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourCounts {
    /// Observations that were `up`.
    pub up: u32,
    /// Observations that were `degraded`.
    pub degraded: u32,
    /// Observations that were `down`.
    pub down: u32,
    /// The sum of the times that answers took, without those that were `down`.
    pub took_sum: Millis,
    /// The longest of these times.
    pub took_max: Millis,
}

impl HourCounts {
    pub(super) fn add(&mut self, result: CheckResult, took: Millis) {
        let count = match result {
            CheckResult::Up => &mut self.up,
            CheckResult::Degraded => &mut self.degraded,
            CheckResult::Down => &mut self.down,
        };
        *count = count.saturating_add(1);
        if result != CheckResult::Down {
            self.took_sum = self.took_sum.saturating_add(took);
            self.took_max = self.took_max.max(took);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The beginning of the hour that a time is in.
pub(super) const fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis() / HOUR.get() * HOUR.get())
}
