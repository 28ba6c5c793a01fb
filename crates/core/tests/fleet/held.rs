//! Replies that are held for the end of an opening, so that all replicas that wait learn of it at
//! once.

use std::collections::BTreeMap;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{
    CircuitRules, Delta, EXTRA_PERMITS_MAX, Host, HostEffect, Probe, Receipt, Report, Ticket,
    Verdict,
};
use breakwater_core::circuit::policy::{Policy, PolicySpec};

fn failures() -> Delta {
    Delta { calls: 3, failures: 3, trailing_failures: 3, ..Delta::default() }
}

/// What a replica reports that only asks.
fn nothing() -> Delta {
    Delta { probes_unused: 1, ..Delta::default() }
}

/// A host whose circuit has been open for a minute, and its shell.
struct Object {
    host: Host,
    policy: Policy,
    now: Timestamp,
    /// The latest sequence of each replica.
    sequences: BTreeMap<u64, u32>,
    /// The replies that have gone out.
    replies: BTreeMap<Ticket, Verdict>,
    alarm: Option<Timestamp>,
}

impl Object {
    fn open() -> Self {
        let spec = PolicySpec {
            consecutive_failures: Some(3),
            open_for: Some(Millis::from_secs(600)),
            ..PolicySpec::default()
        };
        let policy = Policy::try_from(spec).expect("a valid policy");
        let mut object = Self {
            host: Host::new(&policy, None),
            policy,
            now: Timestamp::from_millis(1_000_000),
            sequences: BTreeMap::new(),
            replies: BTreeMap::new(),
            alarm: None,
        };
        for replica in 1..=3 {
            object.report(replica, failures());
        }
        assert_eq!(object.state(), State::Open);
        object.wait(60_000);
        object
    }

    fn state(&self) -> State {
        self.host.coordinator().state()
    }

    fn wait(&mut self, ms: u64) {
        self.now = self.now + Millis::new(ms);
    }

    fn carry_out(&mut self) {
        let rules = CircuitRules { policy: &self.policy, has_probe: true };
        while let Some(effect) = self.host.poll_effect(rules, self.now) {
            match effect {
                HostEffect::Reply(ticket, verdict) => {
                    assert_eq!(self.replies.insert(ticket, verdict), None, "a second reply");
                }
                HostEffect::Arm(at) => self.alarm = Some(at),
                HostEffect::Disarm => self.alarm = None,
                HostEffect::SaveState(_)
                | HostEffect::SaveReplica(_)
                | HostEffect::ForgetReplicas { .. }
                | HostEffect::Log(_) => {}
            }
        }
    }

    /// A report of a replica that knows the present generation.
    fn report(&mut self, replica: u64, delta: Delta) -> Receipt {
        self.report_of(replica, delta, Some(self.host.coordinator().generation()))
    }

    fn report_of(&mut self, replica: u64, delta: Delta, generation: Option<u64>) -> Receipt {
        let sequence = self.sequences.entry(replica).or_default();
        *sequence += 1;
        let report = Report { replica, sequence: *sequence, generation, region: None, delta };
        self.deliver(&report)
    }

    fn deliver(&mut self, report: &Report) -> Receipt {
        let rules = CircuitRules { policy: &self.policy, has_probe: true };
        let receipt = self.host.handle_report(rules, report, 0, self.now);
        self.carry_out();
        receipt
    }

    fn alarm(&mut self) -> Option<Probe> {
        let rules = CircuitRules { policy: &self.policy, has_probe: true };
        let probe = self.host.handle_alarm(rules, self.now);
        self.carry_out();
        probe
    }

    fn probe(&mut self, passed: bool) {
        let probe = self.alarm().expect("a probe is due");
        let rules = CircuitRules { policy: &self.policy, has_probe: true };
        self.host.handle_probe(rules, probe, passed, 0, self.now);
        self.carry_out();
    }

    fn hold_over(&mut self, receipt: Receipt) -> Option<Millis> {
        let rules = CircuitRules { policy: &self.policy, has_probe: true };
        let more = self.host.handle_hold_over(rules, receipt.ticket, self.now);
        self.carry_out();
        more
    }

    fn reply(&self, receipt: Receipt) -> Option<Verdict> {
        self.replies.get(&receipt.ticket).copied()
    }

    /// The number of these replies that have gone out with a permit, and without one.
    fn count(&self, receipts: &[Receipt]) -> (usize, usize) {
        let replies = || receipts.iter().filter_map(|&receipt| self.reply(receipt));
        let with_permit = replies().filter(|verdict| verdict.permits > 0).count();
        (with_permit, replies().count() - with_permit)
    }

    /// Replicas from 10 on ask, and wait.
    fn waiting(&mut self, replicas: u64) -> Vec<Receipt> {
        (10..10 + replicas).map(|replica| self.report(replica, nothing())).collect()
    }
}

#[test]
fn the_reply_to_a_replica_that_knows_of_the_opening_is_held_for_the_next_probe() {
    let mut object = Object::open();
    let receipt = object.report(1, nothing());
    let hold = receipt.hold.expect("a probe is near");
    assert_eq!(hold, Millis::from_secs(3));
    object.probe(false);
    assert_eq!(object.reply(receipt), None, "nothing has changed");
    object.wait(hold.get());
    assert_eq!(object.hold_over(receipt), None);
    let verdict = object.reply(receipt).expect("the hold is over");
    assert_eq!((verdict.state, verdict.permits, verdict.poll_ms), (State::Open, 0, 50));
}

#[test]
fn a_replica_that_does_not_know_of_the_opening_hears_of_it_at_once() {
    let mut object = Object::open();
    for generation in [None, Some(0)] {
        let receipt = object.report_of(7, nothing(), generation);
        assert_eq!(receipt.hold, None, "{generation:?}");
        assert_eq!(object.reply(receipt).map(|verdict| verdict.state), Some(State::Open));
    }
}

#[test]
fn a_report_that_is_sent_again_is_answered_at_once() {
    let mut object = Object::open();
    let first = object.report(1, nothing());
    let generation = Some(object.host.coordinator().generation());
    let sequence = object.sequences[&1];
    let again = Report { replica: 1, sequence, generation, region: None, delta: nothing() };
    let second = object.deliver(&again);
    assert!(first.hold.is_some() && second.hold.is_none(), "{first:?} {second:?}");
}

/// A replica whose report is held sends no other one, and calls from before the opening may bring a
/// time to stay away.
#[test]
fn a_reply_is_held_no_longer_than_the_circuit_has_been_open_or_for_a_second() {
    let mut object = Object::open();
    object.probe(true);
    object.report(1, Delta { probe_successes: 1, probes_unused: 0, ..nothing() });
    assert_eq!(object.state(), State::Closed);
    for replica in 1..=3 {
        object.report(replica, failures());
    }
    assert_eq!(object.state(), State::Open);
    for (ms, expected) in [(0, 1_000), (500, 1_000), (1_500, 2_000), (10_000, 3_000)] {
        object.wait(ms);
        let receipt = object.report(1, nothing());
        assert_eq!(receipt.hold, Some(Millis::new(expected)), "{ms} ms later");
    }
}

#[test]
fn no_reply_is_held_for_a_probe_that_is_far() {
    let mut object = Object::open();
    let delta = Delta { throttled_for: Some(60_000), ..nothing() };
    let receipt = object.report(1, delta);
    assert_eq!(receipt.hold, None);
    let verdict = object.reply(receipt).expect("it goes out at once");
    assert!((53_000..=54_000).contains(&verdict.poll_ms) || verdict.poll_ms == 45_000);
    object.wait(55_000);
    assert!(object.report(1, nothing()).hold.is_some(), "now it is near");
}

#[test]
fn a_good_probe_gives_its_permit_to_the_first_that_waits_and_the_others_wait_on() {
    let mut object = Object::open();
    let receipts = object.waiting(20);
    object.probe(true);
    assert_eq!(object.state(), State::HalfOpen);
    assert_eq!(object.count(&receipts), (1, 0));
    assert_eq!(object.reply(receipts[0]).map(|verdict| verdict.permits), Some(1));
    object.wait(100);
    object.report(10, Delta { probe_successes: 1, probes_unused: 0, ..nothing() });
    assert_eq!(object.state(), State::Closed);
    assert_eq!(object.count(&receipts), (1, 19), "all learn of it at once");
}

#[test]
fn as_long_as_no_call_has_ended_more_permits_go_out() {
    let mut object = Object::open();
    let receipts = object.waiting(40);
    object.probe(true);
    for expected in [2, 4, 8, 16] {
        object.now = object.alarm.expect("more permits are to come");
        assert_eq!(object.alarm(), None, "it is no probe");
        assert_eq!(object.count(&receipts), (expected, 0));
    }
    assert_eq!(object.policy.probes + EXTRA_PERMITS_MAX, 16);
    let next = object.alarm.expect("the circuit may close by itself");
    assert!(next.since(object.now) > Millis::from_secs(60), "there are no more");
}

#[test]
fn the_alarm_is_not_set_for_permits_for_which_nobody_waits() {
    let mut object = Object::open();
    object.probe(true);
    let next = object.alarm.expect("the circuit may close by itself");
    assert!(next.since(object.now) > Millis::from_secs(60));
}

#[test]
fn after_a_failure_no_more_permits_go_out_until_a_probe_has_checked_it() {
    let mut object = Object::open();
    let receipts = object.waiting(20);
    object.probe(true);
    object.wait(100);
    assert_eq!(object.alarm(), None);
    assert_eq!(object.count(&receipts), (2, 0));
    object.report(10, Delta { probe_failures: 1, probes_unused: 0, ..nothing() });
    object.wait(1_000);
    let late = object.report(50, nothing());
    assert_eq!((object.count(&receipts), late.hold.is_some()), ((2, 0), true));
    object.probe(true);
    assert_eq!(object.count(&receipts), (3, 0), "the second round has one admission more");
}

/// The permit of an isolate that has died, or of one without visitors, is out until its lease ends.
#[test]
fn a_permit_that_nobody_uses_leaves_room_for_the_second_round() {
    let mut object = Object::open();
    let receipts = object.waiting(5);
    object.probe(true);
    object.wait(460);
    assert_eq!(object.alarm(), None);
    assert_eq!(object.count(&receipts), (5, 0));
    let mut more = vec![object.report(10, Delta { probe_failures: 1, ..nothing() })];
    more.extend((60..63).map(|replica| object.report(replica, nothing())));
    object.probe(true);
    assert_eq!(object.count(&more), (1, 0));
}

#[test]
fn a_hold_that_ends_while_the_circuit_is_half_open_goes_on_once() {
    let mut object = Object::open();
    let receipts = object.waiting(2);
    object.probe(true);
    object.wait(50);
    assert_eq!(object.hold_over(receipts[1]), Some(Millis::from_secs(1)));
    object.wait(1_000);
    assert_eq!(object.hold_over(receipts[1]), None);
    let verdict = object.reply(receipts[1]).expect("the hold is over");
    assert_eq!((verdict.state, verdict.permits), (State::HalfOpen, 1), "it is a later one's turn");
}

#[test]
fn the_holder_of_a_permit_is_not_held() {
    let mut object = Object::open();
    let first = object.waiting(1)[0];
    object.probe(true);
    let permits = object.reply(first).map(|verdict| verdict.permits);
    // It says nothing of its permit, since the call on it is under way.
    let receipt = object.report(10, Delta { probes_unused: 0, ..nothing() });
    assert_eq!((permits, receipt.hold), (Some(1), None));
}

#[test]
fn where_no_alarm_comes_the_deadline_still_lets_permits_out() {
    let mut object = Object::open();
    object.wait(541_000);
    let receipt = object.report(1, nothing());
    assert_eq!(receipt.hold, Some(Millis::from_secs(3)), "the alarm's probe is awaited");
    object.wait(13_000);
    let receipt = object.report(2, nothing());
    assert_eq!(receipt.hold, Some(Millis::new(1_000)), "until permits are granted without it");
    object.wait(1_000);
    assert_eq!(object.hold_over(receipt), None);
    assert_eq!(object.reply(receipt).map(|verdict| verdict.permits), Some(1));
}

#[test]
fn where_there_is_no_room_a_reply_goes_out_and_names_a_longer_poll() {
    let mut object = Object::open();
    let receipts = object.waiting(2_001);
    assert!(receipts[..2_000].iter().all(|receipt| receipt.hold.is_some()));
    let verdict = object.reply(receipts[2_000]).expect("there is no room");
    assert_eq!((verdict.state, verdict.poll_ms), (State::Open, 1_000));
}
