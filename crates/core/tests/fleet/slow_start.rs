//! What turned stale in an outage is not validated all at once.

use std::collections::BTreeSet;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{CallKind, Replica, Suspicion};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};

const LIMIT: Millis = Millis::from_secs(10);
const START: Timestamp = Timestamp::from_millis(1_000_000);
/// The pages of the site, and how many visitors come in a second.
const PAGES: u32 = 2_000;
const VISITS: u32 = 500;

struct Isolate {
    policy: Policy,
    replica: Replica,
    now: Timestamp,
}

impl Isolate {
    fn new() -> Self {
        let policy = Policy::try_from(PolicySpec::default()).expect("a valid policy");
        let replica = Replica::new(7, None, &policy);
        Self { policy, replica, now: START }
    }

    fn call(&mut self, outcome: Outcome) {
        let admitted = self.replica.try_acquire(&self.policy, CallKind::Safe, LIMIT, self.now);
        let permit = admitted.expect("it is admitted");
        let call = Completion { outcome, took: Millis::new(5), retry_after: None };
        self.replica.record(&self.policy, permit, call, 0, self.now);
    }

    fn suspicion(&mut self) -> Suspicion {
        self.replica.suspicion(&self.policy, self.now)
    }

    /// Lets the circuit open, and close again.
    fn go_through_an_outage(&mut self) {
        for _ in 0..5 {
            self.call(Outcome::Failure);
        }
        while self.replica.retry_after(self.now) > Some(Millis::ZERO) {
            assert_eq!(self.suspicion(), Suspicion::None, "the circuit itself says it");
            self.now = self.now + Millis::new(100);
        }
        self.call(Outcome::Success);
        assert_eq!(self.replica.state(self.now), State::Closed);
    }
}

/// How many stale pages are validated in each of the next seconds by one isolate, whose visitors
/// ask for a page the more often the further in front it stands.
fn validated(isolate: &mut Isolate, seconds: u32) -> Vec<usize> {
    let (mut done, mut state) = (BTreeSet::new(), 1u64);
    let mut counts = vec![];
    for _ in 0..seconds {
        let before = done.len();
        for _ in 0..VISITS {
            isolate.now = isolate.now + Millis::new(u64::from(1_000 / VISITS));
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let share = (state >> 33) as f64 / f64::from(1u32 << 31);
            let page = (f64::from(PAGES).powf(share)) as u32;
            if isolate.suspicion() == Suspicion::None {
                done.insert(page);
            }
        }
        counts.push(done.len() - before);
    }
    counts
}

#[test]
fn stale_pages_are_validated_little_by_little_after_an_outage() {
    let mut well = Isolate::new();
    let at_once = validated(&mut well, 20);
    let mut mended = Isolate::new();
    mended.go_through_an_outage();
    let slowly = validated(&mut mended, 20);
    let busiest = |counts: &[usize]| counts.iter().copied().max().unwrap_or_default();
    assert!(busiest(&slowly) * 2 < busiest(&at_once), "{slowly:?} {at_once:?}");
    let sum = |counts: &[usize]| counts.iter().sum::<usize>();
    assert!(sum(&slowly) * 10 > sum(&at_once) * 8, "{slowly:?} {at_once:?}");
}

#[test]
fn soon_after_an_outage_every_visitor_waits_for_the_upstream() {
    let mut isolate = Isolate::new();
    isolate.go_through_an_outage();
    assert_eq!(isolate.suspicion(), Suspicion::SlowStart);
    isolate.now = isolate.now + Millis::from_secs(10);
    for _ in 0..10 {
        assert_eq!(isolate.suspicion(), Suspicion::None);
    }
}
