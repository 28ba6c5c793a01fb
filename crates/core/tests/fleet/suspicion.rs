//! A circuit whose calls take longer than visitors are patient.

use std::collections::BTreeMap;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{CallKind, CallWatch, FleetPermit, Replica, Suspicion};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};
use proptest::prelude::*;

const PATIENCE: Millis = Millis::from_secs(2);
const LIMIT: Millis = Millis::from_secs(30);
const START: Timestamp = Timestamp::from_millis(1_000_000);

/// One isolate, and the calls that are out.
struct Isolate {
    policy: Policy,
    replica: Replica,
    now: Timestamp,
    out: BTreeMap<u32, (FleetPermit, Timestamp)>,
    next: u32,
}

impl Isolate {
    fn new() -> Self {
        let policy = Policy::try_from(PolicySpec::default()).expect("a valid policy");
        let replica = Replica::new(7, None, &policy);
        Self { policy, replica, now: START, out: BTreeMap::new(), next: 0 }
    }

    fn wait(&mut self, ms: u64) {
        self.now = self.now + Millis::new(ms);
    }

    /// Begins a call for which a visitor waits who may get a copy, if `may_get_copy` is set.
    fn begin_for(&mut self, may_get_copy: bool) -> u32 {
        self.try_begin(may_get_copy).expect("it is admitted")
    }

    /// The same, unless the replica holds off after a failure.
    fn try_begin(&mut self, may_get_copy: bool) -> Option<u32> {
        let (replica, policy, now) = (&mut self.replica, &self.policy, self.now);
        let mut permit = replica.try_acquire(policy, CallKind::Safe, LIMIT, now).ok()?;
        let patience = may_get_copy.then_some(PATIENCE);
        replica.watch(&mut permit, CallWatch { patience, fails_after: None }, LIMIT, now);
        let number = self.next;
        self.next += 1;
        self.out.insert(number, (permit, now));
        Some(number)
    }

    fn begin(&mut self) -> u32 {
        self.begin_for(true)
    }

    fn end(&mut self, number: u32, outcome: Outcome) {
        let (permit, began) = self.out.remove(&number).expect("it is out");
        let call = Completion { outcome, took: self.now.since(began), retry_after: None };
        self.replica.record(&self.policy, permit, call, 0, self.now);
    }

    /// Makes a call that takes so long.
    fn call(&mut self, took: u64, outcome: Outcome) {
        let number = self.begin();
        self.wait(took);
        self.end(number, outcome);
    }

    /// What it makes of the calls, without the slow start that follows.
    fn suspicion(&mut self) -> Suspicion {
        match self.replica.suspicion(&self.policy, self.now) {
            Suspicion::SlowStart => Suspicion::None,
            suspicion @ (Suspicion::None | Suspicion::CallBehind | Suspicion::NoCall) => suspicion,
        }
    }

    fn is_suspect(&mut self) -> bool {
        self.suspicion() != Suspicion::None
    }
}

#[test]
fn calls_that_are_out_for_longer_than_patience_make_a_circuit_suspect() {
    let mut isolate = Isolate::new();
    isolate.begin();
    isolate.begin();
    isolate.wait(2_000);
    assert!(!isolate.is_suspect(), "patience is not over yet");
    isolate.wait(1);
    assert_eq!(isolate.suspicion(), Suspicion::CallBehind);
    assert_eq!(isolate.replica.state(isolate.now), State::Closed, "it is no state of the breaker");
}

#[test]
fn one_slow_call_alone_makes_nothing_suspect() {
    let mut isolate = Isolate::new();
    let slow = isolate.begin();
    isolate.wait(20_000);
    assert!(!isolate.is_suspect());
    isolate.end(slow, Outcome::Success);
    assert!(!isolate.is_suspect());
}

#[test]
fn calls_that_ended_late_make_it_suspect_too() {
    for outcome in [Outcome::Success, Outcome::Failure] {
        let mut isolate = Isolate::new();
        isolate.call(5_000, outcome);
        isolate.call(5_000, outcome);
        assert!(isolate.is_suspect(), "{outcome:?}");
    }
}

#[test]
fn one_call_at_a_time_goes_on_behind() {
    let mut isolate = Isolate::new();
    isolate.begin();
    isolate.begin();
    isolate.wait(2_001);
    assert_eq!(isolate.suspicion(), Suspicion::CallBehind);
    let behind = isolate.begin();
    for _ in 0..5 {
        isolate.wait(500);
        assert_eq!(isolate.suspicion(), Suspicion::NoCall);
    }
    isolate.end(behind, Outcome::Success);
    assert_eq!(isolate.suspicion(), Suspicion::CallBehind, "it was slow, and the next may begin");
}

#[test]
fn a_call_that_ends_well_within_patience_ends_the_suspicion() {
    let mut isolate = Isolate::new();
    isolate.begin();
    isolate.begin();
    isolate.wait(3_000);
    assert!(isolate.is_suspect());
    isolate.call(1_500, Outcome::Success);
    assert!(isolate.is_suspect(), "1.5 s is not well within 2 s");
    isolate.call(10, Outcome::Failure);
    assert!(isolate.is_suspect(), "a failure is no answer");
    isolate.call(1_000, Outcome::Success);
    assert!(!isolate.is_suspect(), "although the first calls are still out");
}

#[test]
fn a_slow_call_from_before_a_quick_one_says_nothing() {
    let mut isolate = Isolate::new();
    let reports = [isolate.begin(), isolate.begin(), isolate.begin()];
    isolate.wait(1_500);
    isolate.call(50, Outcome::Success);
    isolate.wait(10_000);
    assert!(!isolate.is_suspect());
    for report in reports {
        isolate.end(report, Outcome::Success);
    }
    assert!(!isolate.is_suspect());
}

#[test]
fn calls_without_a_visitor_who_may_get_a_copy_say_nothing_of_patience() {
    let mut isolate = Isolate::new();
    let orders: Vec<_> = (0..3).map(|_| isolate.begin_for(false)).collect();
    isolate.wait(9_000);
    assert!(!isolate.is_suspect());
    for order in orders {
        isolate.end(order, Outcome::Success);
    }
    assert!(!isolate.is_suspect());
}

#[test]
fn a_visitor_who_leaves_says_nothing() {
    let mut isolate = Isolate::new();
    let left = [isolate.begin(), isolate.begin()];
    isolate.wait(500);
    for number in left {
        isolate.end(number, Outcome::Ignored);
    }
    isolate.wait(9_000);
    assert!(!isolate.is_suspect());
}

#[test]
fn an_answer_that_has_begun_is_no_slow_call_however_long_its_body_flows() {
    let mut isolate = Isolate::new();
    for _ in 0..3 {
        let number = isolate.begin();
        isolate.wait(100);
        let (permit, _) = isolate.out.get_mut(&number).unwrap();
        isolate.replica.answered(permit, isolate.now);
    }
    isolate.wait(60_000);
    assert!(!isolate.is_suspect());
}

#[test]
fn a_call_whose_event_died_holds_the_place_behind_no_longer_than_its_lease() {
    let mut isolate = Isolate::new();
    isolate.call(5_000, Outcome::Success);
    isolate.call(5_000, Outcome::Success);
    assert_eq!(isolate.suspicion(), Suspicion::CallBehind);
    isolate.begin();
    isolate.wait(LIMIT.get() - 1);
    assert_eq!(isolate.suspicion(), Suspicion::NoCall);
    isolate.wait(1);
    assert_eq!(isolate.suspicion(), Suspicion::CallBehind);
}

#[test]
fn an_open_circuit_is_not_suspect_and_none_is_after_it() {
    let mut isolate = Isolate::new();
    let out: Vec<_> = (0..6).map(|_| isolate.begin()).collect();
    isolate.wait(10_000);
    assert!(isolate.is_suspect());
    for number in out {
        isolate.end(number, Outcome::Failure);
    }
    assert_eq!(isolate.replica.state(isolate.now), State::Open);
    assert!(!isolate.is_suspect(), "a rejection says all");
    isolate.wait(31_000);
    isolate.call(10, Outcome::Success);
    assert_eq!(isolate.replica.state(isolate.now), State::Closed);
    assert!(!isolate.is_suspect());
}

/// What a naive reader of the rule remembers: every call, for good.
#[derive(Debug, Default)]
struct Naive {
    calls: Vec<NaiveCall>,
    suspect_since: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct NaiveCall {
    began: Timestamp,
    ended: Option<(Timestamp, Outcome)>,
    /// The place of its end among all ends.
    order: usize,
}

impl Naive {
    fn suspicion(&mut self, now: Timestamp) -> Suspicion {
        let is_good = |call: &&NaiveCall| {
            call.ended.is_some_and(|(at, outcome)| {
                outcome == Outcome::Success && at.since(call.began).get() <= PATIENCE.get() / 2
            })
        };
        let last_good = self.calls.iter().filter(is_good).max_by_key(|call| call.order);
        let after = last_good.map_or(0, |good| good.order + 1);
        // A call counts if it began after the last good end.
        let counts = |call: &&NaiveCall| call.order >= after || call.ended.is_none();
        let good_at = last_good.and_then(|good| good.ended).map(|(at, _)| at);
        let began_after = |call: &&NaiveCall| good_at.is_none_or(|at| call.began >= at);
        let is_slow = |call: &&NaiveCall| match call.ended {
            None => now.since(call.began) > PATIENCE,
            Some((at, Outcome::Success | Outcome::Failure)) => at.since(call.began) > PATIENCE,
            Some(_) => false,
        };
        let slow = self.calls.iter().filter(counts).filter(began_after).filter(is_slow).count();
        if slow < 2 {
            self.suspect_since = None;
            return Suspicion::None;
        }
        let since = *self.suspect_since.get_or_insert(now);
        let is_behind = |call: &NaiveCall| call.ended.is_none() && call.began >= since;
        match self.calls.iter().filter(began_after).any(is_behind) {
            true => Suspicion::NoCall,
            false => Suspicion::CallBehind,
        }
    }
}

proptest! {
    /// Over random lives the circuit is suspect exactly when a naive reader of the rule says so.
    #[test]
    fn random_lives_agree_with_a_naive_model(
        steps in prop::collection::vec((1u64..3_000, 0u8..8, any::<prop::sample::Index>()), 1..120),
    ) {
        let mut isolate = Isolate::new();
        // Failures are not to open it.
        let spec = PolicySpec { consecutive_failures: Some(10_000), ..PolicySpec::default() };
        isolate.policy = Policy::try_from(spec).unwrap();
        let (mut naive, mut ends) = (Naive::default(), 0);
        for (wait, what, which) in steps {
            isolate.wait(wait);
            let ends_soon = |began: Timestamp| isolate.now.since(began) >= LIMIT;
            if isolate.out.values().any(|&(_, began)| ends_soon(began)) {
                // Leases that end have a test of their own.
                break;
            }
            match what {
                0..=3 => {
                    let Some(number) = isolate.try_begin(true) else { continue };
                    prop_assert_eq!(number as usize, naive.calls.len());
                    let began = isolate.now;
                    naive.calls.push(NaiveCall { began, ended: None, order: usize::MAX });
                }
                4..=6 if !isolate.out.is_empty() => {
                    let numbers: Vec<_> = isolate.out.keys().copied().collect();
                    let number = numbers[which.index(numbers.len())];
                    let outcome = match what {
                        4 => Outcome::Failure,
                        5 => Outcome::Success,
                        _ => Outcome::Ignored,
                    };
                    isolate.end(number, outcome);
                    let call = &mut naive.calls[number as usize];
                    (call.ended, call.order) = (Some((isolate.now, outcome)), ends);
                    ends += 1;
                }
                _ => {}
            }
            let now = isolate.now;
            prop_assert_eq!(isolate.suspicion(), naive.suspicion(now));
        }
    }
}
