//! What a monitor keeps of one place.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::confirmation::Confirmation;
use super::{CheckResult, MonitorPolicy};
use crate::base::time::Timestamp;

/// A place from which the check is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) name: String,
    /// When the next observation is due.
    pub(super) due: Timestamp,
    /// When it was last observed.
    observed_at: Timestamp,
    /// Whether the last observation was `down`.
    was_down: bool,
    failure: Confirmation,
    impairment: Confirmation,
}

impl Place {
    /// A place that has not been observed yet.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            due: Timestamp::default(),
            observed_at: Timestamp::default(),
            was_down: false,
            failure: Confirmation::default(),
            impairment: Confirmation::default(),
        }
    }

    /// A place that is taken to fail since then.
    pub(super) fn failing(name: &str, since: Timestamp, now: Timestamp) -> Self {
        let failing = Confirmation::met(since);
        Self {
            observed_at: now,
            was_down: true,
            failure: failing,
            impairment: failing,
            ..Self::new(name)
        }
    }

    /// Pulls back what lies after `now`, and what is due later than it could be.
    pub(super) fn handle_clock(&mut self, policy: &MonitorPolicy, now: Timestamp) {
        self.due = self.due.min(now + policy.every);
        self.observed_at = self.observed_at.min(now);
        self.failure.handle_clock(now);
        self.impairment.handle_clock(now);
    }

    /// Takes an observation. Returns the time of the first of the observations that ended the
    /// failing of this place, in the step in which it stops to fail.
    pub(super) fn observe(
        &mut self,
        policy: &MonitorPolicy,
        result: CheckResult,
        now: Timestamp,
    ) -> Option<Timestamp> {
        self.observed_at = now;
        self.was_down = result == CheckResult::Down;
        let limits = (policy.failures, policy.successes);
        self.impairment.observe(result != CheckResult::Up, limits, now);
        self.failure.observe(self.was_down, limits, now)
    }

    /// The beginning of the series that made it fail, while it fails.
    pub(super) const fn fails_since(&self) -> Option<Timestamp> {
        self.failure.since
    }

    pub(super) const fn is_impaired(&self) -> bool {
        self.impairment.since.is_some()
    }

    /// Whether the last observation contradicts what is confirmed so far.
    pub(super) const fn is_unsure(&self) -> bool {
        self.was_down != self.failure.since.is_some()
    }

    pub(super) fn is_fresh(&self, policy: &MonitorPolicy, now: Timestamp) -> bool {
        now.since(self.observed_at) < policy.stale_after
    }
}
