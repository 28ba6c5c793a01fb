//! Circuit breaker: stops calls to an upstream that keeps failing.
//!
//! # The life of a call
//! [`Breaker::try_acquire`] admits a call with a [`Permit`] or rejects it. [`Breaker::record`]
//! takes the permit back with what became of the call. A permit is a lease: while half open it
//! ends after the policy's `probe_timeout`, otherwise after the caller's own limit. One that
//! ended counts nowhere, so a lost call can neither pin a half-open circuit nor leak a place in
//! the bulkhead.
//!
//! # Generations
//! Every transition starts a generation and empties window, run and counts. An outcome from an
//! earlier generation counts nowhere: a call that was admitted before the circuit opened says
//! nothing about the upstream that is being probed now (as in gobreaker).
//!
//! # When the state changes
//! Only in acquire, record and override. An open circuit whose deadline has passed still reads
//! open, with nothing left to wait, until the next acquire, which is admitted as the first
//! probe, also exactly at the deadline.
//!
//! # Time
//! The caller's clock may step back. By less than a second, time stands still meanwhile; by
//! more, all deadlines and buckets are shifted with it, so that nothing is evicted or extended.

mod any_state;
mod snapshot;
mod state;
mod transition;

pub use snapshot::{Snapshot, SnapshotError};
pub use state::{Override, Reason, Rejected, State, Transition};

use crate::lease::{LeaseId, Leases};
use crate::outcome::{Completion, Outcome};
use crate::policy::{Mode, Policy};
use crate::ramp::Ramp;
use crate::steady::Steady;
use crate::time::{Millis, Timestamp};
use crate::window::{Tally, Window};
use transition::{base_phase, half_open};

/// Guards one upstream. Holds no policy: the same one goes into each call, and a changed one
/// applies from the next acquire on (a window of another size starts empty).
///
/// ```
/// use breakwater_core::breaker::{Breaker, State};
/// use breakwater_core::outcome::{Completion, Outcome};
/// use breakwater_core::policy::{Policy, PolicySpec};
/// use breakwater_core::time::{Millis, Timestamp};
///
/// let spec = PolicySpec { consecutive_failures: Some(1), ..PolicySpec::default() };
/// let policy = Policy::try_from(spec)?;
/// let mut breaker = Breaker::new(&policy);
/// let (start, limit) = (Timestamp::from_millis(0), Millis::from_secs(10));
///
/// let permit = breaker.try_acquire(&policy, limit, start).expect("closed");
/// let took = Millis::new(40);
/// let failed = Completion { outcome: Outcome::Failure, took, retry_after: None };
/// breaker.record(&policy, permit, failed, 0, start + took);
///
/// assert_eq!(breaker.state(), State::Open);
/// let rejected = breaker.try_acquire(&policy, limit, start + Millis::new(50)).unwrap_err();
/// assert_eq!(rejected.retry_after(), Some(Millis::new(29_990)));
/// # Ok::<(), breakwater_core::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Breaker {
    phase: Phase,
    /// Grows with every transition.
    generation: u64,
    /// Grows with every transition and every restore: a permit of another epoch means nothing.
    epoch: u64,
    clock: Steady,
    window: Window,
    /// Failures in a row.
    run: u32,
    /// Openings since it was last closed: the exponent of the backoff.
    openings: u32,
    in_flight: Leases,
    last_transition: Option<Transition>,
    /// The word of the window while it is closed and no ramp is on, so that one comparison with
    /// the policy's word tells that a call can be admitted. `OTHER_WAYS` in all else.
    short_way: u64,
}

/// No policy has this word.
const OTHER_WAYS: u64 = u64::MAX;

#[derive(Clone, Debug)]
enum Phase {
    Closed {
        ramp: Option<Ramp>,
    },
    Open {
        until: Timestamp,
    },
    HalfOpen {
        counted: Tally,
        leases: Leases,
    },
    ForcedOpen,
    ForcedClosed,
    /// `chosen` by an operator, not by the policy's mode. `would_open` is latched.
    MetricsOnly {
        chosen: bool,
        would_open: bool,
    },
}

/// The right to make one call. Give it back to [`Breaker::record`].
#[derive(Debug)]
#[must_use = "a permit that is not recorded holds its place until its lease ends"]
pub struct Permit {
    epoch: u64,
    expires: Timestamp,
    probe: Option<LeaseId>,
    place: Option<LeaseId>,
}

/// A permit without its epoch, for functions that are not inlined. They take the address of what
/// they are given or give back; a permit that never has one stays in registers.
struct Leased {
    expires: Timestamp,
    probe: Option<LeaseId>,
    place: Option<LeaseId>,
}

/// A permit that came back, and with what; for the same reason in this form.
struct Returned {
    /// Whether the permit is of this epoch.
    is_of_now: bool,
    leased: Leased,
    outcome: Outcome,
    took: Millis,
    retry_after: Option<Millis>,
}

impl Permit {
    /// Whether the call is one of the probes of a half-open circuit.
    pub fn is_probe(&self) -> bool {
        self.probe.is_some()
    }
}

impl Breaker {
    /// A closed breaker that has seen nothing.
    pub fn new(policy: &Policy) -> Self {
        let mut breaker = Self {
            phase: base_phase(policy),
            generation: 0,
            epoch: 0,
            clock: Steady::default(),
            window: Window::new(policy.window),
            run: 0,
            openings: 0,
            in_flight: Leases::default(),
            last_transition: None,
            short_way: OTHER_WAYS,
        };
        breaker.find_short_way();
        breaker
    }

    /// Admits a call that the caller gives up after `limit`, or says why not.
    ///
    /// # Errors
    /// [`Rejected`], with the time to wait where that is known.
    #[inline(always)]
    pub fn try_acquire(
        &mut self,
        policy: &Policy,
        limit: Millis,
        now: Timestamp,
    ) -> Result<Permit, Rejected> {
        let time = self.clock.tick(now);
        if self.short_way == policy.short_way() {
            let (epoch, expires) = (self.epoch, time + limit);
            return Ok(Permit { epoch, expires, probe: None, place: None });
        }
        if let Phase::Open { until } = self.phase
            && time < until
            && policy.mode == Mode::Auto
        {
            return Err(Rejected::Open { retry_after: until.since(time) });
        }
        let Leased { expires, probe, place } = self.lease_in_any(policy, limit, now)?;
        Ok(Permit { epoch: self.epoch, expires, probe, place })
    }

    /// Takes a permit back, with what became of its call. `random` is uniform over all of `u32`
    /// and decides the jitter of an opening. Returns whether the outcome meant anything: it does
    /// not if the permit has expired or is of an earlier generation, or if the call was ignored.
    #[inline(always)]
    pub fn record(
        &mut self,
        policy: &Policy,
        permit: Permit,
        call: Completion,
        random: u32,
        now: Timestamp,
    ) -> bool {
        let time = self.clock.tick(now);
        let is_ordinary = permit.epoch == self.epoch
            && permit.place.is_none()
            && time < permit.expires
            && self.short_way != OTHER_WAYS;
        let failed = match call.outcome {
            Outcome::Success if is_ordinary => false,
            Outcome::Failure if is_ordinary => true,
            Outcome::Success
            | Outcome::Failure
            | Outcome::Ignored
            | Outcome::Throttled
            | Outcome::Exhausted => {
                let Permit { epoch, expires, probe, place } = permit;
                let Completion { outcome, took, retry_after } = call;
                let leased = Leased { expires, probe, place };
                let is_of_now = epoch == self.epoch;
                let returned = Returned { is_of_now, leased, outcome, took, retry_after };
                return self.record_in_any(policy, returned, random, now);
            }
        };
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        if let Some(reason) = self.count(policy, failed, slow, time) {
            let named = call.retry_after.filter(|_| failed);
            self.open(policy, reason, named, random, now);
        }
        true
    }

    /// Sets an override, or lifts the one that holds (`None`). Lifting leads to half open after
    /// `ForcedOpen`, else to closed. Setting the one that holds and lifting none change nothing.
    pub fn set_override(&mut self, policy: &Policy, chosen: Option<Override>, now: Timestamp) {
        self.adapt_to(policy, now);
        self.clock.tick(now);
        if chosen == self.override_in_force() {
            return;
        }
        let phase = match chosen {
            Some(Override::ForcedOpen) => Phase::ForcedOpen,
            Some(Override::ForcedClosed) => Phase::ForcedClosed,
            Some(Override::MetricsOnly) => Phase::MetricsOnly { chosen: true, would_open: false },
            None if policy.mode == Mode::MetricsOnly => base_phase(policy),
            None if matches!(self.phase, Phase::ForcedOpen) => half_open(),
            None => base_phase(policy),
        };
        self.enter(phase, Reason::Operator, now);
    }

    /// The override that an operator has set, if any.
    pub const fn override_in_force(&self) -> Option<Override> {
        match self.phase {
            Phase::ForcedOpen => Some(Override::ForcedOpen),
            Phase::ForcedClosed => Some(Override::ForcedClosed),
            Phase::MetricsOnly { chosen: true, .. } => Some(Override::MetricsOnly),
            Phase::MetricsOnly { chosen: false, .. }
            | Phase::Closed { .. }
            | Phase::Open { .. }
            | Phase::HalfOpen { .. } => None,
        }
    }

    /// The state, as of the last call that could change it.
    pub const fn state(&self) -> State {
        match self.phase {
            Phase::Closed { .. } => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
            Phase::ForcedOpen => State::ForcedOpen,
            Phase::ForcedClosed => State::ForcedClosed,
            Phase::MetricsOnly { .. } => State::MetricsOnly,
        }
    }

    /// How long an open circuit still rejects; nothing in any other state.
    pub fn retry_after(&self, now: Timestamp) -> Option<Millis> {
        match self.phase {
            Phase::Open { until } => Some(until.since(self.clock.peek(now))),
            Phase::Closed { .. }
            | Phase::HalfOpen { .. }
            | Phase::ForcedOpen
            | Phase::ForcedClosed
            | Phase::MetricsOnly { .. } => None,
        }
    }

    /// How long ago the deadline of an open circuit passed.
    pub(crate) fn overdue(&self, now: Timestamp) -> Option<Millis> {
        match self.phase {
            Phase::Open { until } => {
                let time = self.clock.peek(now);
                (time >= until).then(|| time.since(until))
            }
            Phase::Closed { .. }
            | Phase::HalfOpen { .. }
            | Phase::ForcedOpen
            | Phase::ForcedClosed
            | Phase::MetricsOnly { .. } => None,
        }
    }

    /// The calls that count at `now`: those in the window, or the probes while half open.
    pub fn tally(&self, now: Timestamp) -> Tally {
        match self.phase {
            Phase::HalfOpen { counted, .. } => counted,
            Phase::Closed { .. }
            | Phase::Open { .. }
            | Phase::ForcedOpen
            | Phase::ForcedClosed
            | Phase::MetricsOnly { .. } => self.window.tally(self.clock.peek(now)),
        }
    }

    /// Failures in a row, zero right after a transition.
    pub const fn failures_in_a_row(&self) -> u32 {
        self.run
    }

    /// Whether a breaker that only counts would have opened since it began to.
    pub const fn would_open(&self) -> bool {
        matches!(self.phase, Phase::MetricsOnly { would_open: true, .. })
    }

    /// Grows with every transition: a cheap way to see that there was one.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The latest change of state.
    pub const fn last_transition(&self) -> Option<Transition> {
        self.last_transition
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicySpec;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    /// Trips on three failures in a row.
    fn three() -> Policy {
        let spec = PolicySpec { consecutive_failures: Some(3), ..PolicySpec::default() };
        Policy::try_from(spec).unwrap()
    }

    #[test]
    fn only_an_opening_past_its_deadline_is_overdue() {
        let spec = PolicySpec { consecutive_failures: Some(1), ..PolicySpec::default() };
        let policy = Policy::try_from(spec).unwrap();
        let mut breaker = Breaker::new(&policy);
        assert_eq!(breaker.overdue(at(60_000)), None);
        let permit = breaker.try_acquire(&policy, Millis::from_secs(9), at(0)).unwrap();
        let call = Completion { outcome: Outcome::Failure, took: Millis::ZERO, retry_after: None };
        breaker.record(&policy, permit, call, 0, at(0));
        assert_eq!(breaker.overdue(at(29_999)), None);
        assert_eq!(breaker.overdue(at(30_000)), Some(Millis::ZERO));
        assert_eq!(breaker.overdue(at(31_000)), Some(Millis::from_secs(1)));
    }

    #[test]
    fn the_fleet_opens_closes_and_moves_a_deadline() {
        let policy = three();
        let mut breaker = Breaker::new(&policy);
        breaker.close_with_fleet(&policy, at(0));
        assert_eq!(breaker.generation(), 0, "it is closed already");
        breaker.open_with_fleet(Millis::from_secs(5), at(0));
        assert_eq!(breaker.retry_after(at(0)), Some(Millis::from_secs(5)));
        assert_eq!(breaker.last_transition().unwrap().reason, Reason::Fleet);
        breaker.open_with_fleet(Millis::from_secs(2), at(1_000));
        assert_eq!(breaker.retry_after(at(1_000)), Some(Millis::from_secs(2)));
        assert_eq!(breaker.generation(), 1, "a deadline that moves is no transition");
        let _probe = breaker.try_acquire(&policy, Millis::from_secs(9), at(3_000)).unwrap();
        breaker.open_with_fleet(Millis::from_secs(1), at(3_000));
        assert_eq!(breaker.state(), State::Open);
        breaker.close_with_fleet(&policy, at(3_000));
        assert_eq!(breaker.state(), State::Closed);

        breaker.set_override(&policy, Some(Override::ForcedClosed), at(3_000));
        breaker.open_with_fleet(Millis::from_secs(1), at(3_000));
        breaker.close_with_fleet(&policy, at(3_000));
        assert_eq!(breaker.state(), State::ForcedClosed);
    }

    #[test]
    fn a_run_goes_on_over_a_sum_without_a_success_and_starts_over_with_one() {
        let policy = three();
        let sum = |calls, failures| Tally { calls, failures, slow_calls: 0 };
        let mut breaker = Breaker::new(&policy);
        assert_eq!(breaker.count_many(&policy, sum(2, 2), 2, at(0)), None);
        assert_eq!(breaker.count_many(&policy, sum(3, 2), 0, at(1)), None);
        assert_eq!(breaker.failures_in_a_row(), 0);
        assert_eq!(breaker.count_many(&policy, sum(5, 1), 1, at(2)), None);
        assert_eq!(breaker.failures_in_a_row(), 1);
        let tripped = breaker.count_many(&policy, sum(2, 2), 2, at(3));
        assert_eq!(tripped, Some(Reason::ConsecutiveFailures));
        assert_eq!(breaker.tally(at(3)), sum(12, 7));
    }

    #[test]
    fn a_sum_would_have_opened_a_breaker_that_only_counts() {
        let policy = Policy { mode: Mode::MetricsOnly, ..three() };
        let mut breaker = Breaker::new(&policy);
        let failures = Tally { calls: 3, failures: 3, slow_calls: 0 };
        assert_eq!(breaker.count_many(&policy, failures, 3, at(0)), None);
        assert!(breaker.would_open());
        let success = Tally { calls: 1, failures: 0, slow_calls: 0 };
        assert_eq!(breaker.count_many(&policy, success, 0, at(1)), None);
        assert!(breaker.would_open(), "it is latched");
    }
}
