//! What becomes of the outbox when a clock that ran ahead is set back.

use super::Outbox;
use crate::base::time::{CLOCK_STEP, Timestamp};

impl Outbox {
    /// If the clock was set back, has all that waits do so for as long as it had left to wait,
    /// instead of until time has caught up. Returns whether it was set back.
    pub fn handle_clock(&mut self, now: Timestamp) -> bool {
        let step = self.now.since(now);
        if step < CLOCK_STEP {
            return false;
        }
        self.now = now;
        let pulled = |time: Timestamp| time.before(step).max(now).min(time);
        for delivery in &mut self.pending {
            delivery.added_at = delivery.added_at.min(now);
            delivery.due = pulled(delivery.due);
        }
        for letter in &mut self.dead {
            letter.at = letter.at.min(now);
        }
        for channel in &mut self.channels {
            channel.handle_clock(pulled, now);
        }
        true
    }

    /// Takes the time of a step.
    pub(super) fn step_to(&mut self, now: Timestamp) {
        self.handle_clock(now);
        self.now = self.now.max(now);
    }
}
