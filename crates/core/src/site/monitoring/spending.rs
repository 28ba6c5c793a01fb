//! What the monitor spends: it draws from its budget before it has checks made and messages sent,
//! and counts what it writes.
//!
//! Work that the budget does not allow waits, the least important first. What it waits for is told
//! to people once, by an incident of the monitor's own.

use serde::{Deserialize, Serialize};

use super::MonitorHost;
use super::effect::{MonitorEffect, MonitorWrite};
use super::own_trouble::OwnTrouble;
use crate::base::budget::{Cost, Draw, HourlyBudget, Importance, Ledger, Occasion, StoredLedger};
use crate::base::time::{Millis, Timestamp};
use crate::site::budget::{CALL, WAKING};
use crate::site::config::WatchRules;
use crate::watch::check::BUDGET;
use crate::watch::severity::Severity;

/// The least time that work waits for which the budget does not allow: ten seconds. What is held is
/// looked at at multiples of it, so that many checks that wait wake the object once.
const HELD_STEP: Millis = Millis::from_secs(10);
/// How long nothing was held when the incident ends: half an hour.
const CALM_AFTER: Millis = Millis::from_secs(1800);

/// The account of the monitor.
#[derive(Clone, Debug)]
pub(super) struct Spending {
    ledger: Ledger,
    /// Rows that were drawn for, and that the event that is handled may write.
    drawn_rows: u32,
    /// The time of the event that is handled.
    pub(super) at: Timestamp,
    /// When messages may be sent again that the budget holds back.
    pub(super) deliveries_held_until: Timestamp,
    held: HeldWork,
}

/// What the budget has held back since the object was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldWork {
    /// How often a check was put off, by the importance of the check.
    pub checks: [u32; Importance::ALL.len()],
    /// How often messages were put off.
    pub deliveries: u32,
    /// How often messages to subscribers were put off.
    pub notices: u32,
    /// How often a job's report was refused.
    pub reports: u32,
    /// How often refreshes of snapshots were put off, by rounds.
    pub refreshes: u32,
}

/// What asks for a part of the budget.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asking {
    Check(Occasion, Importance),
    Delivery,
    Notice,
    Report(Occasion, Importance),
}

impl Spending {
    pub(super) fn load(budget: HourlyBudget, stored: Option<StoredLedger>, now: Timestamp) -> Self {
        Self {
            ledger: Ledger::load(budget, stored, now),
            drawn_rows: 0,
            at: now,
            deliveries_held_until: Timestamp::default(),
            held: HeldWork::default(),
        }
    }

    /// Draws for work, or says until when it waits.
    pub(super) fn draw(&mut self, asking: Asking, cost: Cost, now: Timestamp) -> Draw {
        let reason = match asking {
            Asking::Check(occasion, importance) | Asking::Report(occasion, importance) => {
                (occasion, importance)
            }
            Asking::Delivery => (Occasion::Planned, Importance::Critical),
            Asking::Notice => (Occasion::Planned, Importance::Normal),
        };
        let Draw::Held(until) = self.ledger.draw(cost, reason, now) else {
            return Draw::Granted;
        };
        let held = &mut self.held;
        let counter = match asking {
            Asking::Check(_, importance) => &mut held.checks[importance as usize],
            Asking::Delivery => &mut held.deliveries,
            Asking::Notice => &mut held.notices,
            Asking::Report(..) => &mut held.reports,
        };
        *counter = counter.saturating_add(1);
        let step = HELD_STEP.get();
        let until = until.max(now + HELD_STEP).as_millis().div_ceil(step) * step;
        Draw::Held(Timestamp::from_millis(until))
    }

    /// Counts that messages to subscribers wait, since the month's e-mails are used up.
    pub(super) fn hold_notices(&mut self, now: Timestamp) {
        self.ledger.hold(now);
        self.held.notices = self.held.notices.saturating_add(1);
    }

    /// Counts what has to be done whatever the budget says.
    pub(super) fn spend(&mut self, cost: Cost, now: Timestamp) {
        self.ledger.spend(cost, now);
    }

    /// Takes that the event that is handled may write rows that were drawn for.
    pub(super) const fn may_write(&mut self, drawn: Cost) {
        self.drawn_rows = self.drawn_rows.saturating_add(drawn.rows_written);
    }

    /// Counts an effect.
    fn count(&mut self, effect: Option<&MonitorEffect>) {
        let rows = match effect {
            // The event is over.
            None => {
                self.drawn_rows = 0;
                return;
            }
            // What is read is counted when it comes.
            Some(MonitorEffect::Begin(_) | MonitorEffect::Read(_)) => return,
            // They are deleted some day, which is a row as well.
            Some(MonitorEffect::Store(
                MonitorWrite::AddObservations { .. }
                | MonitorWrite::AddHour { .. }
                | MonitorWrite::SaveDay { .. },
            )) => 2,
            Some(MonitorEffect::Store(MonitorWrite::ForgetBefore { .. })) => 0,
            Some(MonitorEffect::Store(_) | MonitorEffect::Arm(_)) => 1,
        };
        let drawn = self.drawn_rows.min(rows);
        self.drawn_rows -= drawn;
        let rows_written = rows - drawn;
        self.ledger.spend(Cost { rows_written, ..Cost::ZERO }, self.at);
    }

    /// What has to be stored of it.
    pub(super) fn take_unstored(&mut self) -> Option<StoredLedger> {
        self.ledger.take_unstored(self.at)
    }

    /// The time for an alarm: not before the budget allows one.
    pub(super) fn alarm_at(&self, wanted: Timestamp) -> Timestamp {
        let reason = (Occasion::Planned, Importance::Critical);
        wanted.max(self.at + self.ledger.wait(WAKING, reason, self.at))
    }

    /// How far the clock was set back since the last event, as far as that is stored.
    pub(super) const fn clock_step(&self, now: Timestamp) -> Millis {
        self.ledger.clock_step(now)
    }

    pub(super) fn handle_clock(&mut self, now: Timestamp) {
        self.ledger.handle_clock(now);
        self.at = self.at.min(now);
        self.deliveries_held_until = self.deliveries_held_until.min(now + CALM_AFTER);
    }
}

impl MonitorHost {
    /// What has to be done next, until there is nothing left.
    pub fn poll_effect(&mut self, rules: &WatchRules) -> Option<MonitorEffect> {
        let effect = self.next_effect(rules);
        self.spending.count(effect.as_ref());
        effect
    }

    /// What is left of the budget.
    pub const fn ledger(&self) -> &Ledger {
        &self.spending.ledger
    }

    /// What the budget has held back since the object was loaded.
    pub const fn held_work(&self) -> HeldWork {
        self.spending.held
    }

    /// Takes that the site's object has put refreshes of snapshots off.
    pub fn handle_held_refreshes(&mut self, rules: &WatchRules, random: u32, now: Timestamp) {
        self.spending.spend(CALL, now);
        self.spending.ledger.hold(now);
        let held = &mut self.spending.held;
        held.refreshes = held.refreshes.saturating_add(1);
        self.settle(rules, random, now);
    }

    /// Opens or ends the incident that tells of a budget that is exceeded.
    pub(super) fn judge_budget(&mut self, now: Timestamp) {
        let held_at = self.spending.ledger.held_at();
        let is_exceeded = held_at.is_some_and(|held_at| now.since(held_at) < CALM_AFTER);
        if !is_exceeded {
            self.spending.ledger.calm();
        }
        let trouble = OwnTrouble {
            check: BUDGET,
            title: "The budget is exceeded: work is slowed down",
            severity: Severity::P2,
            runbook: "docs/runbooks/budget-exceeded.md",
        };
        self.incidents.set_own_trouble(&trouble, is_exceeded, now, || {
            "more checks, messages, reports or refreshes than an hour's budget allows; the least \
             important wait"
                .into()
        });
    }
}
