//! The round of each minute, and when it is full.
//!
//! A round begins with the event of each minute, and orders what is due. It is full when each check
//! that was due by then has been observed or given up, at each of its places. Only then is the URL
//! called that notices when it is not: a monitor that orders checks and hears of none is no monitor
//! that works. A round that takes longer than a minute goes on, and the next one begins behind it.

use alloc::format;

use super::MonitorHost;
use super::effect::MonitorTask;
use super::own_trouble::OwnTrouble;
use crate::base::budget::Cost;
use crate::base::time::Timestamp;
use crate::site::budget::ROUND;
use crate::site::config::WatchRules;
use crate::watch::check::{GROUP_MAX, PROBER};
use crate::watch::severity::Severity;

impl MonitorHost {
    /// Takes the round of each minute: the alarm may have been lost.
    pub fn handle_round(&mut self, rules: &WatchRules, random: u32, now: Timestamp) {
        self.handle_clock(rules, now);
        // The rows and the calls that follow are counted where they are made.
        self.spending.spend(Cost { rows_written: 0, ..ROUND }, now);
        if self.round.is_none() {
            self.round = Some(now);
            for order in &mut self.under_way {
                order.is_of_round = true;
            }
        }
        self.do_due(rules, now);
        if !self.is_prober_dead(rules, now) {
            self.set_prober_dead(rules, false, now);
        }
        self.judge_objectives(rules, now);
        self.announce_maintenance(rules, now);
        self.settle(rules, random, now);
    }

    /// When the last full round ended, as far as the monitor remembers.
    pub const fn last_round(&self) -> Option<Timestamp> {
        self.last_round
    }

    /// Ends the round if it is full. If no place has answered for any check by then, it counts as
    /// none, and the fault is on this side. Before, it may be that the monitor itself was stopped
    /// for a while, or that the clock was set.
    pub(super) fn end_round(&mut self, rules: &WatchRules, now: Timestamp) {
        let Some(begun) = self.round else { return };
        let is_awaited = self.under_way.iter().any(|it| it.is_of_round && now < it.until);
        if is_awaited || self.has_waiting_since(rules, begun) {
            return;
        }
        self.round = None;
        if self.is_prober_dead(rules, now) {
            self.set_prober_dead(rules, true, now);
            return;
        }
        self.last_round = Some(now);
        if rules.dead_mans_switch.is_some() {
            self.work.push_back(MonitorTask::Ping);
        }
    }

    fn set_prober_dead(&mut self, rules: &WatchRules, is_dead: bool, now: Timestamp) {
        let trouble = OwnTrouble {
            check: PROBER,
            title: "No check is being made",
            severity: Severity::P1,
            runbook: "docs/runbooks/prober-dead.md",
        };
        let checks = rules.checks.len();
        self.incidents.set_own_trouble(&trouble, is_dead, now, || {
            format!("no place has answered for {checks} checks")
        });
    }

    /// Whether a check was due by then and is not ordered yet. What one event orders is bounded,
    /// and a place makes one order of a group at a time.
    fn has_waiting_since(&self, rules: &WatchRules, begun: Timestamp) -> bool {
        rules.checks.chunks(GROUP_MAX).zip(&self.groups).any(|(checks, group)| {
            checks.iter().zip(&group.checks).any(|(check, watched)| {
                let mut places = check.places().filter(|place| check.is_probed_at(place));
                places.any(|place| watched.due(check, place) <= begun)
            })
        })
    }
}
