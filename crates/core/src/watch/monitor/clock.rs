//! What becomes of a monitor when a clock that ran ahead is set back.

use super::{Monitor, MonitorPolicy};
use crate::base::time::{CLOCK_STEP, Millis, Timestamp};

impl Monitor {
    /// How far the clock was set back since the last step; zero if the step back is too small to
    /// count.
    pub fn clock_step(&self, now: Timestamp) -> Millis {
        let step = self.now.since(now);
        if step < CLOCK_STEP { Millis::ZERO } else { step }
    }

    /// Pulls back what was noted by a clock that ran ahead, so that nothing waits until time has
    /// caught up with it.
    pub fn handle_clock(&mut self, policy: &MonitorPolicy, now: Timestamp) {
        if self.clock_step(now) == Millis::ZERO {
            return;
        }
        for place in &mut self.places {
            place.handle_clock(policy, now);
        }
        if let Some(incident) = &mut self.incident {
            incident.handle_clock(now);
        }
        self.openings.handle_clock(now);
        // The end of a window that holds is what an operator said, or the site file.
        let over = if self.is_in_maintenance() { None } else { self.maintenance_until.as_mut() };
        let times = [self.last_resolved.as_mut(), self.parent_recovered_at.as_mut(), over];
        for time in times.into_iter().flatten() {
            *time = (*time).min(now);
        }
        self.now = now;
    }
}
