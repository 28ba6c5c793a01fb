//! Tests of a breaker that the vectors cannot express: reasons, return values, and a policy that
//! changes during a breaker's life.

use breakwater_core::base::share::Share;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{
    Breaker, Override, Permit, Reason, Rejected, State, StoredBreaker, Transition,
};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{MAX_CONCURRENT_MAX, Mode, Policy, PolicySpec};

/// The callers' time limit, in milliseconds.
const LIMIT: Millis = Millis::from_secs(10);

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn policy(spec: PolicySpec) -> Policy {
    Policy::try_from(spec).expect("a valid policy")
}

/// A policy that trips on one failure.
fn one() -> PolicySpec {
    PolicySpec { consecutive_failures: Some(1), ..PolicySpec::default() }
}

fn ended(outcome: Outcome) -> Completion {
    Completion { outcome, took: Millis::ZERO, retry_after: None }
}

fn acquire(breaker: &mut Breaker, policy: &Policy, ms: u64) -> Permit {
    breaker.try_acquire(policy, LIMIT, at(ms)).expect("room for a call")
}

fn call(breaker: &mut Breaker, policy: &Policy, outcome: Outcome, ms: u64) -> bool {
    let permit = acquire(breaker, policy, ms);
    breaker.record(policy, permit, ended(outcome), 0, at(ms))
}

fn restored(breaker: &Breaker, policy: &Policy) -> Breaker {
    let stored = serde_json::to_string(&breaker.snapshot()).expect("plain data");
    let stored: StoredBreaker = serde_json::from_str(&stored).expect("as it was written");
    Breaker::restore(&stored, policy).expect("its own version")
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

#[test]
fn each_transition_says_what_brought_it_about() {
    let spec = PolicySpec {
        consecutive_failures: Some(3),
        failure_rate: Some(Share::from_basis_points(6_000)),
        slow_call_rate: Some(Share::ALL),
        slow_call: Some(Millis::new(10)),
        window_calls: Some(2),
        ..PolicySpec::default()
    };
    let policy = policy(spec);
    let slow = Completion { took: Millis::new(11), ..ended(Outcome::Success) };
    let failure = ended(Outcome::Failure);
    let cases: [(&[Completion], Reason); 5] = [
        (&[failure, failure], Reason::FailureRate),
        (&[slow, slow], Reason::SlowCallRate),
        (&[Completion { took: Millis::new(11), ..failure }; 2], Reason::FailureRate),
        (&[ended(Outcome::Throttled)], Reason::Throttled),
        (&[ended(Outcome::Exhausted)], Reason::Exhausted),
    ];
    for (calls, reason) in cases {
        let mut breaker = Breaker::new(&policy);
        assert_eq!(breaker.last_transition(), None);
        for call in calls {
            let permit = acquire(&mut breaker, &policy, 5);
            breaker.record(&policy, permit, *call, 0, at(7));
        }
        let opened = Transition { from: State::Closed, to: State::Open, reason, at: at(7) };
        assert_eq!(breaker.last_transition(), Some(opened));
        assert_eq!(restored(&breaker, &policy).last_transition(), Some(opened));
    }

    let policy = self::policy(one());
    let mut breaker = Breaker::new(&policy);
    let last = |breaker: &Breaker| {
        let last = breaker.last_transition().unwrap();
        (last.from, last.to, last.reason, last.at.as_millis())
    };
    call(&mut breaker, &policy, Outcome::Failure, 0);
    assert_eq!(last(&breaker), (State::Closed, State::Open, Reason::ConsecutiveFailures, 0));
    let permit = acquire(&mut breaker, &policy, 40_000);
    assert_eq!(last(&breaker), (State::Open, State::HalfOpen, Reason::DeadlinePassed, 40_000));
    breaker.record(&policy, permit, failure, 0, at(40_001));
    assert_eq!(last(&breaker), (State::HalfOpen, State::Open, Reason::ProbesFailed, 40_001));
    call(&mut breaker, &policy, Outcome::Success, 80_000);
    assert_eq!(last(&breaker), (State::HalfOpen, State::Closed, Reason::ProbesSucceeded, 80_000));
    breaker.set_override(&policy, Some(Override::ForcedClosed), at(80_001));
    assert_eq!(last(&breaker), (State::Closed, State::ForcedClosed, Reason::Operator, 80_001));
    assert_eq!(breaker.generation(), 6);
}

#[test]
fn record_says_whether_the_outcome_meant_anything() {
    let policy = policy(PolicySpec { probes: Some(2), ..one() });
    let fresh = || Breaker::new(&policy);
    assert!(call(&mut fresh(), &policy, Outcome::Success, 0));
    assert!(call(&mut fresh(), &policy, Outcome::Failure, 0));
    assert!(call(&mut fresh(), &policy, Outcome::Throttled, 0));
    assert!(!call(&mut fresh(), &policy, Outcome::Ignored, 0));

    let mut breaker = fresh();
    let late = acquire(&mut breaker, &policy, 0);
    call(&mut breaker, &policy, Outcome::Failure, 0);
    assert!(!breaker.record(&policy, late, ended(Outcome::Success), 0, at(1)), "late");
    assert!(call(&mut breaker, &policy, Outcome::Success, 30_000), "a probe");

    let mut breaker = fresh();
    breaker.set_override(&policy, Some(Override::ForcedClosed), at(0));
    for outcome in [Outcome::Success, Outcome::Failure, Outcome::Throttled] {
        assert!(!call(&mut breaker, &policy, outcome, 0), "forced closed");
    }
    breaker.set_override(&policy, Some(Override::MetricsOnly), at(0));
    assert!(call(&mut breaker, &policy, Outcome::Success, 0), "metrics only");

    let mut breaker = fresh();
    let lost = acquire(&mut breaker, &policy, 0);
    let mut breaker = restored(&breaker, &policy);
    assert!(!breaker.record(&policy, lost, ended(Outcome::Success), 0, at(1)), "restored");
}

#[test]
fn a_lease_outside_half_open_is_the_callers_limit() {
    let policy = policy(PolicySpec { max_concurrent: Some(1), ..one() });
    let mut breaker = Breaker::new(&policy);
    let expired = acquire(&mut breaker, &policy, 0);
    assert!(!breaker.record(&policy, expired, ended(Outcome::Failure), 0, at(10_000)));
    let in_time = acquire(&mut breaker, &policy, 10_000);
    assert_eq!(breaker.try_acquire(&policy, LIMIT, at(19_998)).unwrap_err(), Rejected::Full);
    assert!(breaker.record(&policy, in_time, ended(Outcome::Success), 0, at(19_999)));
    let _lost = acquire(&mut breaker, &policy, 20_000);
    assert_eq!(breaker.try_acquire(&policy, LIMIT, at(29_999)).unwrap_err(), Rejected::Full);
    let _next = acquire(&mut breaker, &policy, 30_000);
}

#[test]
fn a_rejection_says_why_and_only_an_open_circuit_says_how_long() {
    let policy =
        policy(PolicySpec { max_concurrent: Some(2), ramp: Some(Millis::from_secs(10)), ..one() });
    let mut breaker = Breaker::new(&policy);
    let rejection = |breaker: &mut Breaker, ms| {
        let rejected = breaker.try_acquire(&policy, LIMIT, at(ms)).unwrap_err();
        (rejected, rejected.retry_after(), rejected.to_string())
    };
    call(&mut breaker, &policy, Outcome::Failure, 0);
    let left = Millis::new(29_500);
    let open = Rejected::Open { retry_after: left };
    let text = String::from("circuit open for another 29500ms");
    assert_eq!(rejection(&mut breaker, 500), (open, Some(left), text));
    let probe = acquire(&mut breaker, &policy, 30_000);
    assert!(probe.is_probe());
    let text = String::from("circuit half open and all its probes are out");
    assert_eq!(rejection(&mut breaker, 30_000), (Rejected::Probing, None, text));
    breaker.record(&policy, probe, ended(Outcome::Success), 0, at(30_000));
    let text = String::from("circuit just closed and admits a growing share");
    assert_eq!(rejection(&mut breaker, 30_000), (Rejected::Ramping, None, text));
    let first = acquire(&mut breaker, &policy, 40_000);
    assert!(!first.is_probe());
    let _second = acquire(&mut breaker, &policy, 40_000);
    let text = String::from("too many calls in flight");
    assert_eq!(rejection(&mut breaker, 40_000), (Rejected::Full, None, text));
    breaker.set_override(&policy, Some(Override::ForcedOpen), at(40_000));
    let text = String::from("circuit held open by an operator");
    assert_eq!(rejection(&mut breaker, 40_000), (Rejected::ForcedOpen, None, text));
}

#[test]
fn jitter_lengthens_what_the_policy_says_and_not_what_the_upstream_said() {
    let spec = PolicySpec { jitter: Some(Share::from_basis_points(5_000)), ..one() };
    let policy = policy(spec);
    let opened = |outcome, retry_after: Option<u64>, random| {
        let mut breaker = Breaker::new(&policy);
        let permit = acquire(&mut breaker, &policy, 0);
        let call = Completion { retry_after: retry_after.map(Millis::new), ..ended(outcome) };
        breaker.record(&policy, permit, call, random, at(0));
        breaker.retry_after(at(0)).unwrap().get()
    };
    assert_eq!(opened(Outcome::Failure, None, 0), 30_000);
    assert_eq!(opened(Outcome::Failure, None, 1 << 31), 37_500);
    assert_eq!(opened(Outcome::Failure, Some(37_499), 1 << 31), 37_500);
    assert_eq!(opened(Outcome::Failure, Some(37_501), 1 << 31), 37_501);
    assert_eq!(opened(Outcome::Throttled, Some(5_000), u32::MAX), 5_000);
    assert_eq!(opened(Outcome::Exhausted, None, u32::MAX), 30_000);
}

#[test]
fn another_window_in_a_new_policy_starts_empty_and_the_run_goes_on() {
    let rate = PolicySpec {
        consecutive_failures: Some(3),
        failure_rate: Some(Share::ALL),
        ..PolicySpec::default()
    };
    let time = policy(rate.clone());
    let shorter = policy(PolicySpec { window: Some(Millis::from_secs(30)), ..rate });
    let calls = policy(PolicySpec { window_calls: Some(4), ..rate });
    let fewer = policy(PolicySpec { window_calls: Some(3), ..rate });
    for (before, after) in [(&time, &shorter), (&time, &calls), (&calls, &fewer), (&calls, &time)] {
        let mut breaker = Breaker::new(before);
        call(&mut breaker, before, Outcome::Failure, 0);
        call(&mut breaker, before, Outcome::Failure, 0);
        assert_eq!(breaker.tally(at(0)).calls, 2);
        for mut breaker in [restored(&breaker, after), breaker] {
            let permit = acquire(&mut breaker, after, 1);
            assert_eq!(breaker.tally(at(1)).calls, 0);
            assert_eq!(breaker.failures_in_a_row(), 2);
            breaker.record(after, permit, ended(Outcome::Failure), 0, at(1));
            assert_eq!(breaker.state(), State::Open, "the third in a row");
            assert_eq!(breaker.failures_in_a_row(), 0);
        }
    }
}

#[test]
fn a_changed_mode_is_a_transition_unless_an_override_holds() {
    let auto = policy(one());
    let counting = policy(PolicySpec { mode: Some(Mode::MetricsOnly), ..one() });
    let mut breaker = Breaker::new(&auto);
    call(&mut breaker, &auto, Outcome::Failure, 0);
    call(&mut breaker, &counting, Outcome::Failure, 1);
    assert_eq!(breaker.state(), State::MetricsOnly);
    assert_eq!(breaker.last_transition().unwrap().reason, Reason::Operator);
    assert_eq!(breaker.override_in_force(), None);
    assert_eq!(breaker.tally(at(1)).calls, 1);
    let generation = breaker.generation();
    call(&mut breaker, &auto, Outcome::Success, 2);
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.generation(), generation + 1);

    for chosen in [Override::ForcedOpen, Override::ForcedClosed, Override::MetricsOnly] {
        let mut breaker = Breaker::new(&auto);
        breaker.set_override(&auto, Some(chosen), at(0));
        let generation = breaker.generation();
        for policy in [&counting, &auto] {
            let _admitted = breaker.try_acquire(policy, LIMIT, at(1));
            assert_eq!(breaker.state(), chosen.state());
            assert_eq!(breaker.override_in_force(), Some(chosen));
            assert_eq!(breaker.generation(), generation);
        }
        breaker.set_override(&counting, None, at(2));
        assert_eq!(breaker.state(), State::MetricsOnly);
        assert_eq!(breaker.override_in_force(), None);
    }
}

#[test]
fn an_override_admits_more_than_are_ever_kept_count_of() {
    let policy = policy(PolicySpec { max_concurrent: Some(1), ..one() });
    let mut breaker = Breaker::new(&policy);
    breaker.set_override(&policy, Some(Override::ForcedClosed), at(0));
    let permits: Vec<Permit> =
        (0..=MAX_CONCURRENT_MAX + 1).map(|_| acquire(&mut breaker, &policy, 0)).collect();
    breaker.set_override(&policy, None, at(1));
    let mut left = permits.len();
    for permit in permits {
        breaker.record(&policy, permit, ended(Outcome::Success), 0, at(2));
        left -= 1;
        if left < 5 {
            // Two of the calls were not counted.
            assert_eq!(breaker.clone().try_acquire(&policy, LIMIT, at(2)).is_ok(), left <= 2);
        }
    }
}

#[test]
fn the_longest_opening_survives_a_restore() {
    let longest = Millis::from_secs(30 * 24 * 3_600);
    let policy = policy(PolicySpec { open_for: Some(longest), jitter: Some(Share::ALL), ..one() });
    let mut breaker = Breaker::new(&policy);
    let permit = acquire(&mut breaker, &policy, 0);
    breaker.record(&policy, permit, ended(Outcome::Failure), u32::MAX, at(0));
    let left = breaker.retry_after(at(0));
    assert!(left > Some(Millis::from_secs(59 * 24 * 3_600)));
    assert_eq!(restored(&breaker, &policy).retry_after(at(0)), left);
}

#[test]
fn a_close_stores_a_ramp_only_where_the_policy_has_one() {
    for (ramp, stored) in [(0, false), (1, true)] {
        let policy = policy(PolicySpec { ramp: Some(Millis::new(ramp)), ..one() });
        let mut breaker = Breaker::new(&policy);
        call(&mut breaker, &policy, Outcome::Failure, 0);
        call(&mut breaker, &policy, Outcome::Success, 30_000);
        assert_eq!(breaker.state(), State::Closed);
        let json = serde_json::to_string(&breaker.snapshot()).unwrap();
        assert_eq!(json.contains("ramp"), stored, "{json}");
    }
}
