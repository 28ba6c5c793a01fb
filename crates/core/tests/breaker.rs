//! What the vectors cannot say about a breaker: reasons, return values, and a policy that changes
//! under it.

use breakwater_core::breaker::{Breaker, Permit, Snapshot, State};
use breakwater_core::outcome::{Completion, Outcome};
use breakwater_core::policy::{Mode, Policy, PolicySpec};
use breakwater_core::time::{Millis, Timestamp};

const LIMIT: Millis = Millis::from_secs(10);

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn policy(spec: PolicySpec) -> Policy {
    Policy::try_from(spec).unwrap()
}

/// Trips on one failure.
fn one() -> PolicySpec {
    PolicySpec { consecutive_failures: Some(1), ..PolicySpec::default() }
}

fn ended(outcome: Outcome) -> Completion {
    Completion { outcome, took: Millis::ZERO, retry_after: None }
}

fn acquire(breaker: &mut Breaker, policy: &Policy, ms: u64) -> Permit {
    breaker.try_acquire(policy, LIMIT, at(ms)).unwrap()
}

fn call(breaker: &mut Breaker, policy: &Policy, outcome: Outcome, ms: u64) -> bool {
    let permit = acquire(breaker, policy, ms);
    breaker.record(policy, permit, ended(outcome), 0, at(ms))
}

fn restored(breaker: &Breaker, policy: &Policy) -> Breaker {
    let stored = serde_json::to_string(&breaker.snapshot()).unwrap();
    let stored: Snapshot = serde_json::from_str(&stored).unwrap();
    Breaker::restore(&stored, policy).unwrap()
}

#[test]
fn metrics_only_says_that_a_throttled_call_would_have_opened_it() {
    for outcome in [Outcome::Throttled, Outcome::Exhausted, Outcome::Failure] {
        let policy = policy(PolicySpec { mode: Some(Mode::MetricsOnly), ..one() });
        let mut breaker = Breaker::new(&policy);
        assert!(!breaker.would_open());
        assert!(call(&mut breaker, &policy, outcome, 0), "{outcome:?}");
        assert!(breaker.would_open(), "{outcome:?}");
        assert_eq!(breaker.state(), State::MetricsOnly);
        assert!(restored(&breaker, &policy).would_open(), "{outcome:?}");
    }
}

#[test]
fn a_policy_with_fewer_probes_does_not_pin_a_half_open_circuit() {
    let four = policy(PolicySpec { probes: Some(4), ..one() });
    let mut breaker = Breaker::new(&four);
    call(&mut breaker, &four, Outcome::Failure, 0);
    for ms in 30_000..30_003 {
        call(&mut breaker, &four, Outcome::Success, ms);
    }
    let two = policy(PolicySpec { probes: Some(2), ..one() });
    for mut breaker in [restored(&breaker, &two), breaker] {
        assert_eq!(breaker.state(), State::HalfOpen);
        call(&mut breaker, &two, Outcome::Success, 40_000);
        call(&mut breaker, &two, Outcome::Success, 40_001);
        assert_eq!(breaker.state(), State::Closed);
    }
}
