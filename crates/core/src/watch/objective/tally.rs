//! The counts of one objective.

use alloc::vec::Vec;

use super::buckets::{BucketRow, HOUR_SPAN, MINUTE_SPAN, MINUTES_SPAN, bucket_of};
use super::{BURN_RULES, BurnAlert, Objective, ObjectiveCounts, ObjectiveEvent};
use crate::base::time::{Millis, Timestamp};

/// The minutes that are kept.
pub(super) const MINUTES_KEPT: usize = (MINUTES_SPAN.get() / MINUTE_SPAN.get()) as usize;

/// The counts of one objective, and which of its alerts fire. It holds no policy: the objective is
/// passed to each call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectiveTally {
    pub(super) minutes: BucketRow,
    pub(super) hours: BucketRow,
    /// Since when each alert fires.
    pub(super) page: Option<Timestamp>,
    pub(super) ticket: Option<Timestamp>,
}

impl ObjectiveTally {
    /// Adds events, as of now.
    pub fn record(&mut self, objective: &Objective, more: ObjectiveCounts, now: Timestamp) {
        self.minutes.add(bucket_of(now, MINUTE_SPAN), more, MINUTES_KEPT);
        self.hours.add(bucket_of(now, HOUR_SPAN), more, hours_kept(objective));
    }

    /// What was counted in a window that ends now.
    pub fn counts(&self, window: Millis, now: Timestamp) -> ObjectiveCounts {
        let (row, span) = if window <= MINUTES_SPAN {
            (&self.minutes, MINUTE_SPAN)
        } else {
            (&self.hours, HOUR_SPAN)
        };
        row.sum(bucket_of(now, span), window.get().div_ceil(span.get()))
    }

    /// Judges again, since events age too. Returns what begins and what ends.
    ///
    /// A ticket does not begin while a page fires, which asks for more. One that is there stays.
    pub fn judge(&mut self, objective: &Objective, now: Timestamp) -> Vec<ObjectiveEvent> {
        let mut events = Vec::new();
        for alert in BurnAlert::ALL {
            let is_outdone = alert == BurnAlert::Ticket && self.page.is_some();
            let holds = self.holding_rule(objective, alert, now).is_some();
            let since = self.since_mut(alert);
            let is_firing = holds && (since.is_some() || !is_outdone);
            if is_firing != since.is_some() {
                *since = is_firing.then_some(now);
                events.push(ObjectiveEvent { objective: objective.name.clone(), alert, is_firing });
            }
        }
        events
    }

    /// Since when an alert fires, as of the last judgement.
    pub const fn firing_since(&self, alert: BurnAlert) -> Option<Timestamp> {
        match alert {
            BurnAlert::Page => self.page,
            BurnAlert::Ticket => self.ticket,
        }
    }

    /// Whether nothing was ever counted and nothing fires.
    pub fn is_empty(&self) -> bool {
        self.minutes.is_empty()
            && self.hours.is_empty()
            && self.page.is_none()
            && self.ticket.is_none()
    }

    /// Pulls back what a clock that ran ahead has noted. Returns whether anything was.
    pub fn handle_clock(&mut self, objective: &Objective, now: Timestamp) -> bool {
        let minutes = self.minutes.pull_back(bucket_of(now, MINUTE_SPAN), MINUTES_KEPT);
        let hours = self.hours.pull_back(bucket_of(now, HOUR_SPAN), hours_kept(objective));
        for since in [&mut self.page, &mut self.ticket].into_iter().flatten() {
            *since = (*since).min(now);
        }
        minutes || hours
    }

    const fn since_mut(&mut self, alert: BurnAlert) -> &mut Option<Timestamp> {
        match alert {
            BurnAlert::Page => &mut self.page,
            BurnAlert::Ticket => &mut self.ticket,
        }
    }
}

/// The hours that an objective needs: those of its own window, and of the longest that a rule looks
/// at.
pub(super) fn hours_kept(objective: &Objective) -> usize {
    let rules = BURN_RULES.iter().map(|rule| rule.long_window);
    let longest = rules.fold(objective.window, Millis::max);
    usize::try_from(longest.get().div_ceil(HOUR_SPAN.get())).unwrap_or(usize::MAX)
}
