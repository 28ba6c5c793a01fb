//! The durable half: gathers the fleet's evidence and decides for all.

mod early;
mod evidence;
mod orders;
mod probes;
mod quorum;
mod replies;
mod watched;

pub use evidence::StoredReplica;
pub use orders::Orders;
pub(super) use probes::PROBE_GRACE;
pub(super) use replies::HOLD_HALF_OPEN;

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::message::{Report, Verdict};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::{
    Breaker, Reason, State, StoredBreaker, StoredBreakerError, Transition,
};
use crate::circuit::outcome::{Completion, Outcome};
use crate::circuit::policy::{Policy, THROTTLE_MIN};
use crate::circuit::window::Tally;
use early::{EarlyProbes, Outage};
use evidence::Evidence;
use probes::{GrantedPermit, ProbeFinding};
use quorum::Tripped;
use watched::Watched;

/// The part of the stagger that each live replica adds: 2 ms. Reports of all replicas then arrive
/// at 500 a second, half of what a Durable Object takes.
const STAGGER_PER_REPLICA: Millis = Millis::new(2);
/// The work that is due at a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Call the upstream's probe path and hand the result to [`Coordinator::handle_probe`].
    Probe,
}

/// The reply to a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportReply {
    /// It goes out now.
    Now(Verdict),
    /// It waits until the generation changes, or for this long, and is then
    /// [`Coordinator::verdict`]'s. Many replicas report failures in the moment before an opening,
    /// and wait for the end of one; this way all of them learn of it without asking again.
    Hold(Millis),
}

/// One circuit for the whole fleet.
#[derive(Debug)]
pub struct Coordinator {
    breaker: Watched,
    evidence: Evidence,
    orders: Orders,
    /// Permits that replicas hold, one each.
    granted: Vec<GrantedPermit>,
    /// What our own probes say of a half-open circuit.
    check: ProbeFinding,
    /// When the circuit became half open, while it is.
    half_open_since: Option<Timestamp>,
    /// The permits that were out when the second round of admissions began. They leave room for it.
    out_before_round: u32,
}

/// The stored form of a [`Coordinator`] but for its replicas, which are stored one by one; its
/// breaker's carries the version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCoordinator {
    breaker: StoredBreaker,
    half_open_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "ProbeFinding::is_none")]
    check: ProbeFinding,
    #[serde(default, skip_serializing_if = "Orders::is_empty")]
    orders: Orders,
    #[serde(default, skip_serializing_if = "Outage::is_none")]
    outage: Outage,
}

impl Coordinator {
    /// A coordinator that has heard nothing.
    pub fn new(policy: &Policy) -> Self {
        Self {
            breaker: Watched::new(Breaker::new(policy), EarlyProbes::default()),
            evidence: Evidence::default(),
            orders: Orders::default(),
            granted: Vec::new(),
            check: ProbeFinding::None,
            half_open_since: None,
            out_before_round: 0,
        }
    }

    /// Applies a report once, and answers it. `has_probe`: whether the upstream has a path that the
    /// coordinator probes itself. `random` is uniform over all of `u32`.
    pub fn handle_report(
        &mut self,
        policy: &Policy,
        report: &Report,
        has_probe: bool,
        random: u32,
        now: Timestamp,
    ) -> ReportReply {
        self.lapse_orders(policy, now);
        self.give_up_check(policy, random, now);
        let generation = self.breaker.generation();
        let is_new = self.evidence.is_new(report, now);
        if is_new {
            self.apply(policy, report, has_probe, random, now);
        }
        if let Some(hold) = self.hold_failures(report, generation) {
            return ReportReply::Hold(hold);
        }
        let verdict = self.verdict(policy, report.replica, has_probe, now);
        // One that sends its report again has lost a reply, and gets the next one at once.
        let hold = self.hold_end(report, &verdict, has_probe, now).filter(|_| is_new);
        hold.map_or(ReportReply::Now(verdict), ReportReply::Hold)
    }

    /// The verdict for this replica, with a permit if one is to be had.
    pub fn verdict(
        &mut self,
        policy: &Policy,
        replica: u64,
        has_probe: bool,
        now: Timestamp,
    ) -> Verdict {
        let permits = u32::from(self.grant(policy, replica, has_probe, now));
        let state = self.breaker.state();
        let remaining = match state {
            State::Open => self.breaker.retry_after(now).unwrap_or(Millis::ZERO),
            State::Closed => self.breaker.ramp_left(policy, now),
            State::HalfOpen => Millis::ZERO,
            State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {
                self.orders.left(now).unwrap_or(Millis::ZERO)
            }
        };
        let poll = self.poll(state, remaining, permits, has_probe, now);
        Verdict {
            state,
            generation: self.breaker.generation(),
            remaining_ms: remaining.get(),
            permits,
            poll_ms: poll.get(),
            stagger_ms: self.stagger().get(),
            is_bypass: self.orders.is_bypassed(now),
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do: several times in an
    /// opening and at its end, when a half-open circuit has seen no call for as long, at once when
    /// a visitor's failure is to be checked, and when an operator's order ends. An upstream without
    /// a probe path has only the last of these; its permits are granted to the replicas that ask.
    pub fn poll_timeout(
        &self,
        policy: &Policy,
        has_probe: bool,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let probe = match self.breaker.state() {
            State::Open if has_probe => {
                let deadline = self.breaker.retry_after(now).map(|left| now + left);
                deadline.map(|deadline| deadline.min(self.breaker.early.due(now)))
            }
            State::HalfOpen if has_probe && self.check.asked_at().is_some() => {
                self.check.asked_at()
            }
            State::HalfOpen if has_probe && self.breaker.tally(now).calls == 0 => {
                self.half_open_since.map(|since| since + policy.open_for)
            }
            State::Open
            | State::HalfOpen
            | State::Closed
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => None,
        };
        [probe, self.orders.next_end()].into_iter().flatten().min()
    }

    /// Does what is due at `now`, and returns the work that is left to the shell.
    pub fn handle_timeout(&mut self, policy: &Policy, now: Timestamp) -> Option<Action> {
        self.lapse_orders(policy, now);
        let due = match self.breaker.state() {
            State::Open => self.breaker.overdue(now).is_some() || self.breaker.early.is_due(now),
            State::HalfOpen => self.check.asked_at().is_some() || self.is_unvisited(policy, now),
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => false,
        };
        if due && self.breaker.state() == State::Open {
            self.breaker.early.begin(now);
        }
        due.then_some(Action::Probe)
    }

    /// The fleet's state.
    pub fn state(&self) -> State {
        self.breaker.state()
    }

    /// The latest change of state.
    pub fn last_transition(&self) -> Option<Transition> {
        self.breaker.last_transition()
    }

    /// The changes of state since they were last taken, the earliest first.
    pub fn take_transitions(&mut self) -> Vec<Transition> {
        self.breaker.take_transitions()
    }

    /// Grows with every transition.
    pub fn generation(&self) -> u64 {
        self.breaker.generation()
    }

    /// How long an open circuit still rejects calls.
    pub fn retry_after(&self, now: Timestamp) -> Option<Millis> {
        self.breaker.retry_after(now)
    }

    /// The calls that count at `now`.
    pub fn tally(&self, now: Timestamp) -> Tally {
        self.breaker.tally(now)
    }

    /// The number of replicas that sent a report within two polls.
    pub fn replicas(&self, now: Timestamp) -> usize {
        self.evidence.count_live(now)
    }

    /// The stored form, without the replicas.
    pub fn snapshot(&self) -> StoredCoordinator {
        StoredCoordinator {
            breaker: self.breaker.snapshot(),
            half_open_since: self.half_open_since,
            check: self.check,
            orders: self.orders,
            outage: self.breaker.early.outage(),
        }
    }

    /// The stored form of what is known of a replica, to be stored before its reply leaves.
    pub fn replica(&self, id: u64) -> Option<StoredReplica> {
        self.evidence.stored(id)
    }

    /// The stored form of all replicas.
    pub fn stored_replicas(&self) -> impl Iterator<Item = StoredReplica> {
        self.evidence.all_stored()
    }

    /// The time before which the last report of a stored replica must lie for it to be deleted.
    pub fn gone_before(now: Timestamp) -> Timestamp {
        Evidence::gone_before(now)
    }

    /// Restores the coordinator as it was, without the permits that replicas hold. The outcomes of
    /// their calls still count. An eviction while the circuit is half open may therefore let the
    /// same number of calls through once more.
    ///
    /// # Errors
    /// [`StoredBreakerError`] if a newer version wrote it.
    pub fn restore(
        stored: &StoredCoordinator,
        replicas: impl IntoIterator<Item = StoredReplica>,
        policy: &Policy,
    ) -> Result<Self, StoredBreakerError> {
        let breaker = Breaker::restore(&stored.breaker, policy)?;
        Ok(Self {
            breaker: Watched::new(breaker, EarlyProbes::resume(stored.outage)),
            evidence: Evidence::restore(replicas),
            orders: stored.orders,
            granted: Vec::new(),
            check: stored.check,
            half_open_since: stored.half_open_since,
            out_before_round: 0,
        })
    }

    fn apply(
        &mut self,
        policy: &Policy,
        report: &Report,
        has_probe: bool,
        random: u32,
        now: Timestamp,
    ) {
        let delta = report.delta;
        let is_current = match report.generation {
            Some(known) => known == self.breaker.generation(),
            // The calls of a replica that knew no verdict may precede a state, so they say nothing
            // about it.
            None => self.breaker.state() == State::Closed,
        };
        self.count_probes(policy, report, is_current, has_probe, random, now);
        for (outcome, span) in
            [(Outcome::Exhausted, delta.exhausted_for), (Outcome::Throttled, delta.throttled_for)]
        {
            let Some(span) = span else { continue };
            let retry_after = Some(Millis::new(span));
            let call = Completion { outcome, took: Millis::ZERO, retry_after };
            self.breaker.change(|breaker| breaker.stay_away(policy, call, is_current, now));
            if let Some(left) = self.breaker.retry_after(now) {
                self.breaker.early.wait_until(now + left.min(Millis::new(span).max(THROTTLE_MIN)));
            }
        }
        if is_current {
            self.count(policy, report, random, now);
        }
        self.settle(now);
    }

    /// Counts the calls of a closed circuit, which the report tells of.
    fn count(&mut self, policy: &Policy, report: &Report, random: u32, now: Timestamp) {
        let delta = report.delta;
        let counted = Tally {
            calls: delta.calls,
            failures: delta.failures.min(delta.calls),
            slow_calls: delta.slow_calls.min(delta.calls),
        };
        let trailing = delta.trailing_failures.min(counted.failures);
        if report.generation.is_none_or(|known| known == self.breaker.generation())
            && self.breaker.state() != State::HalfOpen
            && counted.calls > 0
        {
            let tripped =
                self.breaker.change(|breaker| breaker.count_many(policy, counted, trailing, now));
            let tripped = tripped.filter(|&reason| {
                let since = self.breaker.last_transition().map(|transition| transition.at);
                self.evidence.is_enough(policy, Tripped { reason, since }, now)
            });
            let has_stalled = || {
                let judges_runs = policy.consecutive_failures.is_some();
                delta.is_stalled && judges_runs && self.evidence.has_stalled(now)
            };
            let run = Reason::ConsecutiveFailures;
            if let Some(reason) = tripped.or_else(|| has_stalled().then_some(run)) {
                self.breaker.change(|breaker| breaker.open_on(policy, reason, random, now));
            }
        }
    }

    fn stagger(&self) -> Millis {
        Millis::new(STAGGER_PER_REPLICA.get().saturating_mul(self.evidence.live() as u64))
    }

    /// Forgets what belongs to a state that is over.
    fn settle(&mut self, now: Timestamp) {
        if self.breaker.state() == State::HalfOpen {
            self.half_open_since.get_or_insert(now);
        } else {
            self.half_open_since = None;
            self.check = ProbeFinding::None;
            self.granted.clear();
            self.out_before_round = 0;
        }
    }
}
