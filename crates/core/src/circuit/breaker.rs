//! Circuit breaker: stops calls to an upstream that keeps failing.
//!
//! # The life of a call
//! [`Breaker::try_acquire`] admits a call with a [`Permit`] or rejects it. [`Breaker::record`]
//! takes the permit back with the call's outcome. A permit is a lease: while half open it ends
//! after the policy's `probe_timeout`, otherwise after the caller's own limit. A permit that has
//! ended counts nowhere, so a lost call can neither pin a half-open circuit nor leak a slot in the
//! bulkhead.
//!
//! # Generations
//! Every transition starts a generation and empties the window and all counts. An outcome from an
//! earlier generation counts nowhere: a call that was admitted before the circuit opened says
//! nothing about the upstream that is being probed now (as in gobreaker). A time to stay away that
//! the upstream names is different, since it is no evidence to be weighed: while the circuit is
//! open, a call of an earlier generation that brings one may lengthen the opening, and does nothing
//! else.
//!
//! # When the state changes
//! The state changes only in acquire, record and override. An open circuit whose deadline has
//! passed still reads open, with nothing left to wait, until the next acquire, which is admitted as
//! the first probe, also exactly at the deadline.
//!
//! # Time
//! The caller's clock may step back. After a step of less than a second, time stands still until
//! the clock has caught up. After a larger step, all deadlines and buckets are shifted with it, so
//! that no bucket is evicted and no deadline extended.

mod fleet;
mod slow_path;
mod state;
mod stored;
mod transition;

pub use state::{Override, Reason, Rejected, State, Transition};
pub use stored::{StoredBreaker, StoredBreakerError};

use serde::{Deserialize, Serialize};

use crate::base::monotonic_clock::MonotonicClock;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::lease::{LeaseId, Leases};
use crate::circuit::outcome::{Completion, Outcome};
use crate::circuit::policy::{Mode, Policy};
use crate::circuit::ramp::Ramp;
use crate::circuit::window::{SlidingWindow, Tally};
use transition::{base_phase, half_open};

/// Guards one upstream. It holds no policy: the policy is passed to each call, and a changed one
/// applies from the next acquire on (a window of another size starts empty).
///
/// ```
/// use breakwater_core::circuit::breaker::{Breaker, State};
/// use breakwater_core::circuit::outcome::{Completion, Outcome};
/// use breakwater_core::circuit::policy::{Policy, PolicySpec};
/// use breakwater_core::base::time::{Millis, Timestamp};
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
/// # Ok::<(), breakwater_core::circuit::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Breaker {
    phase: Phase,
    /// The number of transitions so far.
    generation: u64,
    /// The epoch of the permits that count now.
    epoch: Epoch,
    clock: MonotonicClock,
    window: SlidingWindow,
    /// Failures since the last success or transition.
    consecutive_failures: u32,
    /// Openings since it was last closed: the exponent of the backoff.
    openings: u32,
    in_flight: Leases,
    last_transition: Option<Transition>,
    /// The key of the window while the circuit is closed and no ramp is on, so that one comparison
    /// with the policy's key tells that a call can be admitted. `SLOW_PATH` in every other state.
    fast_path_key: u64,
}

/// The key that no policy has, so that every comparison leads to the slow path.
const SLOW_PATH: u64 = u64::MAX;

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
    /// Everything passes and is counted. `chosen` says that an operator set it, not the policy's
    /// mode; `would_open` is latched.
    MetricsOnly {
        chosen: bool,
        would_open: bool,
    },
}

/// How long after a call's time limit its outcome can still be recorded: 5 s. Timers fire late on a
/// busy machine, and a time-out that came too late to count would open no circuit.
const RECORD_GRACE: Millis = Millis::from_secs(5);

/// How long the permit of a call with this time limit is held.
pub const fn lease_for(limit: Millis) -> Millis {
    limit.saturating_add(RECORD_GRACE)
}

/// The right to make one call. Give it back to [`Breaker::record`].
#[derive(Debug)]
#[must_use = "a permit that is not recorded holds its slot until its lease ends"]
pub struct Permit {
    epoch: Epoch,
    expires: Timestamp,
    probe: Option<LeaseId>,
    slot: Option<LeaseId>,
}

/// A permit without its epoch, for functions that are not inlined. Such functions take their
/// arguments and results by address, and a permit whose address is never taken stays in registers.
struct Leased {
    expires: Timestamp,
    probe: Option<LeaseId>,
    slot: Option<LeaseId>,
}

/// A permit that came back, with the outcome of its call. It has this form for the same reason.
struct Returned {
    epoch: Epoch,
    leased: Leased,
    outcome: Outcome,
    took: Millis,
    retry_after: Option<Millis>,
}

/// The number of restores in the upper half of the word, and of transitions since the last one in
/// the lower half: one comparison tells whether either has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Epoch(u64);

impl Epoch {
    const LOWER: u64 = u32::MAX as u64;

    fn after_transition(self) -> Self {
        Self((self.0 & !Self::LOWER) | (self.0.wrapping_add(1) & Self::LOWER))
    }

    fn after_restore(self) -> Self {
        Self((self.0 | Self::LOWER).wrapping_add(1))
    }

    /// Returns whether no restore happened between the two.
    fn is_same_life(self, other: Self) -> bool {
        (self.0 ^ other.0) <= Self::LOWER
    }
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
            epoch: Epoch::default(),
            clock: MonotonicClock::default(),
            window: SlidingWindow::new(policy.window),
            consecutive_failures: 0,
            openings: 0,
            in_flight: Leases::default(),
            last_transition: None,
            fast_path_key: SLOW_PATH,
        };
        breaker.update_fast_path();
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
        if self.fast_path_key == policy.fast_path_key() {
            let (epoch, expires) = (self.epoch, time + limit);
            return Ok(Permit { epoch, expires, probe: None, slot: None });
        }
        if let Phase::Open { until } = self.phase
            && time < until
            && policy.mode == Mode::Auto
        {
            return Err(Rejected::Open { retry_after: until.since(time) });
        }
        let Leased { expires, probe, slot } = self.lease_on_slow_path(policy, limit, now)?;
        Ok(Permit { epoch: self.epoch, expires, probe, slot })
    }

    /// Takes a permit back, with the outcome of its call. `random` is uniform over all of `u32` and
    /// decides the jitter of an opening. Returns whether the outcome counted: it does not if the
    /// permit has expired or is of an earlier generation (except a time to stay away while the
    /// circuit is open), or if the call was ignored.
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
            && permit.slot.is_none()
            && time < permit.expires
            && self.fast_path_key != SLOW_PATH;
        let failed = match call.outcome {
            Outcome::Success if is_ordinary => false,
            Outcome::Failure if is_ordinary => true,
            Outcome::Success
            | Outcome::Failure
            | Outcome::Ignored
            | Outcome::Throttled
            | Outcome::Exhausted => {
                let Permit { epoch, expires, probe, slot } = permit;
                let Completion { outcome, took, retry_after } = call;
                let leased = Leased { expires, probe, slot };
                let returned = Returned { epoch, leased, outcome, took, retry_after };
                return self.record_on_slow_path(policy, returned, random, now);
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
    /// `ForcedOpen`, else to closed. To set the override that holds changes nothing, nor does to
    /// lift one where none holds.
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

    /// How long an open circuit still rejects calls; `None` in any other state.
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

    /// The number of consecutive failures, zero right after a transition.
    pub const fn failures_in_a_row(&self) -> u32 {
        self.consecutive_failures
    }

    /// Whether a breaker that only counts would have opened since it began to count.
    pub const fn would_open(&self) -> bool {
        matches!(self.phase, Phase::MetricsOnly { would_open: true, .. })
    }

    /// The number of transitions so far: a cheap way to see that there was one.
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

    #[test]
    fn an_epoch_tells_transitions_and_restores_apart() {
        let first = Epoch::default();
        let mut transitions = first;
        for _ in 0..3 {
            transitions = transitions.after_transition();
        }
        assert_ne!(transitions, first);
        assert!(transitions.is_same_life(first));
        let restored = transitions.after_restore();
        assert!(!restored.is_same_life(transitions));
        assert!(restored.after_transition().is_same_life(restored));
        assert_ne!(restored.after_transition(), restored);
        let last = Epoch(Epoch::LOWER);
        assert!(last.after_transition().is_same_life(last), "the lower half wraps by itself");
    }
}
