//! What becomes of the watch when a clock that ran ahead is set back.
//!
//! Times are stored, so one that lies in the future would hold up whatever waits for it until time
//! has caught up. Such times are pulled back at each alarm and each round, hence within a minute.
//! Times that are over stay as they are, since most of them were noted before the clock ran ahead.

use super::MonitorHost;
use super::counts::hour_of;
use crate::base::time::Timestamp;
use crate::site::config::WatchRules;

impl MonitorHost {
    /// Pulls back what a clock that ran ahead has noted.
    pub(super) fn handle_clock(&mut self, rules: &WatchRules, now: Timestamp) {
        let step = self.spending.clock_step(now);
        let mut checks = rules.checks.iter();
        for group in &mut self.groups {
            group.hour = group.hour.min(hour_of(now));
            for (watched, check) in group.checks.iter_mut().zip(&mut checks) {
                group.has_changed |= watched.handle_clock(check, step, now);
            }
        }
        self.round = self.round.map(|begun| begun.min(now));
        self.last_round = self.last_round.map(|ended| ended.min(now));
        for order in &mut self.under_way {
            order.until = order.until.min(now + order.within);
        }
        self.history.handle_clock(now);
        self.site_hour.handle_clock(now);
        self.objectives.handle_clock(rules, now);
        self.spending.handle_clock(now);
        self.incidents.handle_clock(now);
        self.outbox_has_changed |= self.outbox.handle_clock(now);
        self.subscribers.handle_clock(step, now);
    }
}
