//! Breakwater's breaker, with and without a clock.

use std::time::Instant;

use breakwater_core::breaker::Breaker;
use breakwater_core::outcome::{Completion, Outcome};
use breakwater_core::policy::{Policy, PolicySpec};
use breakwater_core::share::Share;
use breakwater_core::time::{Millis, Timestamp};

use crate::{Rule, Subject};

/// A day in 2026: far from zero, where arithmetic could be cheaper.
const NOW: u64 = 1_780_000_000_000;
const LIMIT: Millis = Millis::from_secs(10);

/// Where `now` comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The caller's hand, as at the edge.
    Given,
    /// The system's monotonic clock, read for each acquire and each record.
    Read(Instant),
}

/// Breakwater's breaker.
#[derive(Debug)]
pub struct Ours {
    policy: Policy,
    breaker: Breaker,
    clock: Clock,
}

impl Ours {
    /// A closed one.
    ///
    /// # Panics
    /// Never: the policies are valid.
    pub fn new(rule: Rule, clock: Clock) -> Self {
        let spec = match rule {
            Rule::Consecutive => {
                PolicySpec { consecutive_failures: Some(5), ..PolicySpec::default() }
            }
            Rule::Rate => PolicySpec {
                failure_rate: Some(Share::from_basis_points(5_000)),
                ..PolicySpec::default()
            },
        };
        let policy = Policy::try_from(spec).expect("a valid policy");
        Self { breaker: Breaker::new(&policy), policy, clock }
    }

    #[inline]
    fn now(&self) -> Timestamp {
        match self.clock {
            Clock::Given => Timestamp::from_millis(NOW),
            Clock::Read(start) => Timestamp::from_millis(NOW + start.elapsed().as_millis() as u64),
        }
    }
}

impl Subject for Ours {
    #[inline]
    fn call(&mut self, fails: bool) -> bool {
        let now = self.now();
        let Ok(permit) = self.breaker.try_acquire(&self.policy, LIMIT, now) else { return false };
        let outcome = if fails { Outcome::Failure } else { Outcome::Success };
        let call = Completion { outcome, took: Millis::new(3), retry_after: None };
        let now = self.now();
        self.breaker.record(&self.policy, permit, call, 0, now);
        true
    }
}
