//! Which replies are held back, and when replicas report again.

use super::Coordinator;
use super::probes::PROBE_GRACE;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;
use crate::circuit::fleet::message::{Report, Verdict};
use crate::circuit::fleet::{HELD_POLL, POLL, REPORT_TIMEOUT};

/// How often replicas report while the circuit is half open, before the stagger: each 500 ms.
const POLL_HALF_OPEN: Millis = Millis::new(500);
/// How often replicas ask while an opening is over and not decided yet, before the stagger: each
/// second.
const POLL_OVERDUE: Millis = Millis::from_secs(1);
/// When the holder of a permit reports at the latest, before the stagger: after 2 s. A permit that
/// no visitor has used by then goes to another replica.
const POLL_WITH_PERMIT: Millis = Millis::from_secs(2);
/// The reply to a report of failures is held for the stagger divided by this.
const HOLD_DIVISOR: u64 = 30;
/// The longest that a reply is held: 200 ms.
const HOLD_MAX: Millis = Millis::new(200);
/// The shortest that a reply is held: 5 ms. A reply that would be held for less goes out at once.
const HOLD_MIN: Millis = Millis::new(5);
/// The longest that a reply is held for a probe of an open circuit: 3 s.
const HOLD_OPEN: Millis = Millis::from_secs(3);
/// The shortest of these holds: 1 s. A replica sends nothing while its report is held, and calls
/// from before the opening may bring a time to stay away; most of them end soon after it. A reply
/// is therefore held no longer than the circuit has been open.
const HOLD_OPEN_MIN: Millis = Millis::from_secs(1);
/// How long the reply to a replica without a permit is held while a circuit is half open whose
/// probe has passed: 1 s. By then the call on a permit has most likely closed it.
pub(in crate::circuit::fleet) const HOLD_HALF_OPEN: Millis = Millis::from_secs(1);

const _: () = assert!(
    HOLD_OPEN.get() + HOLD_HALF_OPEN.get() + 1_000 <= REPORT_TIMEOUT.get(),
    "a reply would be held for longer than its replica waits"
);

impl Coordinator {
    /// For how long the reply to a report of failures is held, because the circuit may open at any
    /// moment. `before`: the generation before the report was applied.
    pub(super) fn hold_failures(&self, report: &Report, before: u64) -> Option<Millis> {
        let hold = Millis::new(self.stagger().get() / HOLD_DIVISOR).min(HOLD_MAX);
        let may_open_soon = self.breaker.state() == State::Closed
            && self.breaker.generation() == before
            && report.delta.trailing_failures > 0;
        (may_open_soon && hold >= HOLD_MIN).then_some(hold)
    }

    /// For how long the reply to a replica is held that waits for the end of an opening.
    pub(super) fn hold_end(
        &self,
        report: &Report,
        verdict: &Verdict,
        has_probe: bool,
        now: Timestamp,
    ) -> Option<Millis> {
        let knows = report.generation == Some(verdict.generation);
        match verdict.state {
            State::Open if has_probe && knows => self.hold_open(now),
            // The holder of a permit may have its call's outcome to report at any moment.
            State::HalfOpen if verdict.permits == 0 && !self.is_granted(report.replica, now) => {
                self.holds_half_open().then_some(HOLD_HALF_OPEN)
            }
            State::Open
            | State::HalfOpen
            | State::Closed
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => None,
        }
    }

    /// Whether replies to replicas without a permit are held because the circuit is half open, and
    /// its probe has passed.
    pub(in crate::circuit::fleet) fn holds_half_open(&self) -> bool {
        self.breaker.state() == State::HalfOpen && !self.check.is_none()
    }

    /// When replicas report again, before the stagger.
    pub(super) fn poll(
        &self,
        state: State,
        remaining: Millis,
        permits: u32,
        has_probe: bool,
        now: Timestamp,
    ) -> Millis {
        match state {
            State::Open if has_probe && self.hold_open(now).is_some() => HELD_POLL,
            State::Open if remaining == Millis::ZERO => POLL_OVERDUE,
            State::Open if has_probe => self.breaker.early.awaited_in(now).max(HELD_POLL).min(POLL),
            State::HalfOpen if permits > 0 => POLL_WITH_PERMIT,
            State::HalfOpen if self.holds_half_open() => HELD_POLL,
            State::HalfOpen => POLL_HALF_OPEN,
            State::Open
            | State::Closed
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => POLL,
        }
    }

    /// For how long the reply to a replica that knows of the opening is held: until about the next
    /// probe, and no longer than until permits are granted without one.
    fn hold_open(&self, now: Timestamp) -> Option<Millis> {
        let left = match self.breaker.overdue(now) {
            Some(overdue) => PROBE_GRACE.get().saturating_sub(overdue.get()),
            None if self.breaker.early.is_awaited(now) => HOLD_OPEN.get(),
            None => 0,
        };
        let opened = self.breaker.last_transition().map_or(now, |transition| transition.at);
        let span = now.since(opened).max(HOLD_OPEN_MIN).min(HOLD_OPEN).min(Millis::new(left));
        (span >= HOLD_MIN).then_some(span)
    }
}
