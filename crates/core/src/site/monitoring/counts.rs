//! How often a check was well in one hour.

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};
use crate::watch::monitor::{CheckResult, CheckState};

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
    /// The worst that all observations together added up to after one of them.
    #[serde(default, skip_serializing_if = "HourWorst::is_well")]
    pub worst: HourWorst,
    /// Whether one of them was made while maintenance held.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub in_maintenance: bool,
}

/// The worst that was confirmed in an hour.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum HourWorst {
    /// Nothing was wrong, or nothing was known.
    #[default]
    Well,
    /// It was `degraded`.
    Degraded,
    /// It was `down`.
    Down,
}

impl HourWorst {
    const fn is_well(&self) -> bool {
        matches!(self, Self::Well)
    }
}

impl From<CheckState> for HourWorst {
    fn from(state: CheckState) -> Self {
        match state {
            CheckState::Down => Self::Down,
            CheckState::Degraded => Self::Degraded,
            CheckState::Pending | CheckState::Unknown | CheckState::Up => Self::Well,
        }
    }
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

    /// Takes what the observations add up to with the one that was just counted.
    pub(super) fn confirm(&mut self, state: CheckState, in_maintenance: bool) {
        self.worst = self.worst.max(state.into());
        self.in_maintenance |= in_maintenance;
    }

    /// The number of observations.
    pub(super) const fn total(&self) -> u64 {
        self.up as u64 + self.degraded as u64 + self.down as u64
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The beginning of the hour that a time is in.
pub(super) const fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis() / HOUR.get() * HOUR.get())
}
