//! A replica's own calls since its last success: consecutive failures, and calls that have brought
//! no outcome yet.

use core::num::NonZeroU32;

use crate::base::time::{Millis, Timestamp};

/// How many calls a replica must have started since its last success to count as stalled.
const STALL_CALLS: u32 = 5;
/// How long ago the first of these calls must have started: 1 s. Where calls are many, five of them
/// that take a second without a success are no coincidence.
const STALL_AFTER: Millis = Millis::from_secs(1);
/// How long a replica must have been without a success for its next failure to count as isolated:
/// 1 s. An isolated failure is worth a report by itself, since a second one may take long to come
/// where calls are rare.
const ISOLATED_AFTER: Millis = Millis::from_secs(1);
/// The number of consecutive failures that are worth a report. One failure alone is noise where
/// calls are many.
const FAILURES_TO_REPORT: u32 = 2;
/// How long a stalled replica holds off at most: 500 ms. It admits no call meanwhile, because the
/// calls in flight or the coordinator's verdict will tell, and no more visitors need to wait.
const HOLD_OFF: Millis = Millis::new(500);

/// The calls since the last success.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streak {
    last_success: Option<Timestamp>,
    consecutive_failures: u32,
    /// Calls since the last success or transition, whether they have ended or not.
    started: Option<Started>,
    hold_off: HoldOff,
}

/// Calls that were started.
#[derive(Clone, Copy, Debug)]
struct Started {
    calls: NonZeroU32,
    /// When the first of them was started.
    since: Timestamp,
}

/// Whether a stalled replica has held off. It does so once between two successes.
#[derive(Clone, Copy, Debug, Default)]
enum HoldOff {
    /// It has not.
    #[default]
    Unused,
    /// It admits no call before this time.
    Until(Timestamp),
    /// It has heard from the coordinator meanwhile.
    Used,
}

impl Streak {
    /// Counts a call that is started. Returns whether the replica was stalled already.
    #[inline]
    pub(super) fn start_call(&mut self, now: Timestamp) -> bool {
        let Some(started) = &mut self.started else {
            self.started = Some(Started { calls: NonZeroU32::MIN, since: now });
            return false;
        };
        let was_stalled = started.is_stalled(now);
        started.calls = started.calls.saturating_add(1);
        was_stalled
    }

    /// Whether many calls were started, for a while, and none of them succeeded.
    #[inline]
    pub(super) fn is_stalled(&self, now: Timestamp) -> bool {
        self.started.is_some_and(|started| started.is_stalled(now))
    }

    /// Whether a failure now would be isolated.
    #[inline]
    pub(super) fn is_isolated(&self, now: Timestamp) -> bool {
        self.last_success.is_none_or(|at| now.since(at) >= ISOLATED_AFTER)
    }

    /// Whether there are enough consecutive failures for a report.
    pub(super) const fn is_worth_a_report(&self) -> bool {
        self.consecutive_failures >= FAILURES_TO_REPORT
    }

    /// Counts a failure.
    pub(super) const fn fail(&mut self) {
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
    }

    /// Counts a success, which ends the streak.
    #[inline]
    pub(super) fn succeed(&mut self, now: Timestamp) {
        self.consecutive_failures = 0;
        self.last_success = Some(now);
        self.end_stall();
    }

    /// Forgets the calls that were started: those from another state, or from before a success, say
    /// nothing about now.
    #[inline]
    pub(super) const fn end_stall(&mut self) {
        self.started = None;
        self.hold_off = HoldOff::Unused;
    }

    /// Admits no call for a while, once in a stall.
    pub(super) fn hold_off(&mut self, now: Timestamp) {
        if matches!(self.hold_off, HoldOff::Unused) {
            self.hold_off = HoldOff::Until(now + HOLD_OFF);
        }
    }

    /// Admits calls again, because the coordinator has spoken.
    pub(super) const fn end_hold_off(&mut self) {
        if matches!(self.hold_off, HoldOff::Until(_)) {
            self.hold_off = HoldOff::Used;
        }
    }

    /// Whether a stalled replica admits no call at the moment.
    #[inline]
    pub(super) fn holds_off(&self, now: Timestamp) -> bool {
        matches!(self.hold_off, HoldOff::Until(until) if now < until)
    }
}

impl Started {
    #[inline]
    fn is_stalled(self, now: Timestamp) -> bool {
        self.calls.get() >= STALL_CALLS && now.since(self.since) >= STALL_AFTER
    }
}
