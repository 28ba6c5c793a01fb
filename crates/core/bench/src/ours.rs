//! Breakwater's breaker, with and without a clock.

use std::time::Instant;

use breakwater_core::base::share::Share;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::Breaker;
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};

use crate::{Rule, Subject};

/// A time in 2026, in milliseconds since 1970. It is far from zero, where arithmetic could be
/// cheaper.
const NOW: u64 = 1_780_000_000_000;
/// The callers' time limit, in milliseconds.
const LIMIT: Millis = Millis::from_secs(10);

/// The source of `now`.
pub trait Clock {
    /// Returns the time at which a call is admitted.
    fn admitted_at(&mut self) -> Timestamp;

    /// Returns the time at which a call is recorded.
    fn recorded_at(&mut self, admitted_at: Timestamp) -> Timestamp;
}

/// A clock whose time the caller sets, as at the edge, where time stands still without I/O. It
/// advances by a millisecond every 256 calls, so that the window moves on as it does under load.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given {
    calls: u64,
}

/// The system's monotonic clock, which is read for each acquire and each record.
#[derive(Clone, Copy, Debug)]
pub struct Read(pub Instant);

impl Clock for Given {
    #[inline]
    fn admitted_at(&mut self) -> Timestamp {
        self.calls += 1;
        Timestamp::from_millis(NOW + (self.calls >> 8))
    }

    #[inline]
    fn recorded_at(&mut self, admitted_at: Timestamp) -> Timestamp {
        admitted_at
    }
}

impl Clock for Read {
    #[inline]
    fn admitted_at(&mut self) -> Timestamp {
        Timestamp::from_millis(NOW + self.0.elapsed().as_millis() as u64)
    }

    #[inline]
    fn recorded_at(&mut self, _: Timestamp) -> Timestamp {
        self.admitted_at()
    }
}

/// Breakwater's breaker.
#[derive(Debug)]
pub struct Ours<C> {
    policy: Policy,
    breaker: Breaker,
    clock: C,
}

impl<C: Clock> Ours<C> {
    /// Returns a closed breaker.
    ///
    /// # Panics
    /// It never panics, since the policies are valid.
    pub fn new(rule: Rule, clock: C) -> Self {
        let spec = match rule {
            Rule::Consecutive => PolicySpec {
                consecutive_failures: Some(5),
                open_for: Some(Millis::from_secs(7 * 24 * 3600)),
                ..PolicySpec::default()
            },
            Rule::Rate => PolicySpec {
                failure_rate: Some(Share::from_basis_points(5_000)),
                ..PolicySpec::default()
            },
        };
        let policy = Policy::try_from(spec).expect("a valid policy");
        Self { breaker: Breaker::new(&policy), policy, clock }
    }
}

impl<C: Clock> Subject for Ours<C> {
    #[inline(always)]
    fn call(&mut self, fails: bool) -> bool {
        let now = self.clock.admitted_at();
        let Ok(permit) = self.breaker.try_acquire(&self.policy, LIMIT, now) else { return false };
        let outcome = if fails { Outcome::Failure } else { Outcome::Success };
        let call = Completion { outcome, took: Millis::new(3), retry_after: None };
        let now = self.clock.recorded_at(now);
        self.breaker.record(&self.policy, permit, call, 0, now);
        true
    }
}
