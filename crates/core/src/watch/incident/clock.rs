//! What becomes of an incident when a clock that ran ahead is set back.

use super::Incident;
use crate::base::time::{CLOCK_STEP, Timestamp};

impl Incident {
    /// Pulls back what was noted by a clock that ran ahead. Otherwise people would not be told of
    /// it until time has caught up. Returns whether there was anything.
    pub fn handle_clock(&mut self, now: Timestamp) -> bool {
        let bound = now + CLOCK_STEP;
        let mut latest = self.opened_at.max(self.since);
        for time in self.told.values().chain(self.checks.iter().map(|check| &check.since)) {
            latest = latest.max(*time);
        }
        if !self.is_open() || (latest < bound && !self.timeline.is_ahead_of(bound)) {
            return false;
        }
        self.opened_at = self.opened_at.min(now);
        self.since = self.since.min(now);
        for check in &mut self.checks {
            check.since = check.since.min(now);
            check.resolved_at = check.resolved_at.map(|at| at.min(now));
        }
        for told in self.told.values_mut() {
            *told = (*told).min(now);
        }
        if let Some(acknowledged) = &mut self.acknowledged {
            acknowledged.at = acknowledged.at.min(now);
        }
        self.timeline.handle_clock(now);
        true
    }
}
