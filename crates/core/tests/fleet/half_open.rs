//! The probes that find out whether an upstream works again, and the failures that reopen the
//! circuit.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{CallKind, Delta, Report};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};

use crate::room::{LIMIT, Room, SUCCESS};

/// Returns a fleet that is half open after the coordinator's own probe, and whose replicas know of
/// that.
fn half_open(replicas: u64) -> Room {
    let mut room = Room::new(replicas);
    for _ in 0..3 {
        for replica in 0..room.replicas.len() {
            room.call(replica, Outcome::Failure);
        }
    }
    room.wait(Millis::from_secs(10));
    room.alarm(true);
    assert_eq!(room.coordinator.state(), State::HalfOpen);
    room.wait(Millis::from_secs(1));
    room
}

/// Makes a call of that kind and runs the session after it. Returns whether the call was admitted.
fn call(room: &mut Room, kind: CallKind, outcome: Outcome) -> bool {
    room.wait(Millis::new(10));
    let admitted = room.replicas[0].try_acquire(&room.policy, kind, LIMIT, room.now);
    let admitted = admitted.map(|permit| {
        let call = Completion { outcome, ..SUCCESS };
        room.replicas[0].record(&room.policy, permit, call, 0, room.now);
    });
    room.talk(0);
    admitted.is_ok()
}

#[test]
fn a_permit_waits_for_a_safe_request_as_long_as_such_come() {
    let mut room = half_open(1);
    for _ in 0..20 {
        assert!(!call(&mut room, CallKind::Unsafe, Outcome::Failure), "it may not be the probe");
        room.wait(Millis::new(40));
    }
    assert!(call(&mut room, CallKind::Safe, Outcome::Success));
    assert_eq!(room.coordinator.state(), State::Closed);
    assert!(call(&mut room, CallKind::Unsafe, Outcome::Success));
}

#[test]
fn an_upstream_without_safe_requests_recovers_on_another_after_a_bounded_time() {
    let mut room = half_open(1);
    let mut rejected = Millis::ZERO;
    while !call(&mut room, CallKind::Unsafe, Outcome::Success) {
        room.wait(Millis::new(90));
        rejected = Millis::new(rejected.get() + 100);
    }
    let bounds = Millis::from_secs(1)..Millis::from_secs(3);
    assert!(bounds.contains(&rejected), "rejected for {rejected}");
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn a_replicas_own_probe_is_a_safe_request_too() {
    let mut room = Room::new(1);
    room.is_connected = false;
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    room.wait(Millis::from_secs(10));
    assert!(!call(&mut room, CallKind::Unsafe, Outcome::Success), "at the deadline");
    room.wait(Millis::from_secs(2));
    assert!(call(&mut room, CallKind::Unsafe, Outcome::Success), "no safe request came");
    assert_eq!(room.state(0), State::Closed);
}

#[test]
fn a_visitors_failure_after_a_passed_probe_is_checked_by_another_one() {
    let mut room = half_open(1);
    call(&mut room, CallKind::Safe, Outcome::Success);
    room.coordinator.handle_probe(&room.policy, true, 0, room.now);
    let mut room = half_open(1);
    assert!(!call(&mut room, CallKind::Safe, Outcome::Failure), "it fetches the permit");
    assert!(call(&mut room, CallKind::Safe, Outcome::Failure));
    assert_eq!(room.coordinator.state(), State::HalfOpen, "the visitor alone does not reopen");
    let due = room.coordinator.poll_timeout(&room.policy, true, room.now);
    assert_eq!(due, Some(room.now), "it is checked at once");
    assert!(!call(&mut room, CallKind::Safe, Outcome::Success), "nobody is let through meanwhile");
    room.evict();
    room.alarm(true);
    assert_eq!(room.coordinator.state(), State::HalfOpen, "the probe has passed");
    room.wait(Millis::from_secs(1));
    call(&mut room, CallKind::Safe, Outcome::Success);
    assert!(call(&mut room, CallKind::Safe, Outcome::Success), "a second round has begun");
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn a_visitors_failure_reopens_if_our_probe_fails_too() {
    let mut room = half_open(1);
    call(&mut room, CallKind::Safe, Outcome::Failure);
    call(&mut room, CallKind::Safe, Outcome::Failure);
    room.alarm(false);
    assert_eq!(room.coordinator.state(), State::Open);
}

#[test]
fn an_upstream_that_answers_its_probes_alone_reopens_in_the_second_round() {
    let mut room = half_open(1);
    let mut failed = 0;
    while room.coordinator.state() == State::HalfOpen {
        failed += u32::from(call(&mut room, CallKind::Safe, Outcome::Failure));
        room.alarm(true);
        room.wait(Millis::from_secs(1));
        assert!(failed <= 2, "it goes on half open");
    }
    assert_eq!((room.coordinator.state(), failed), (State::Open, 2));
}

#[test]
fn a_failure_that_no_probe_checks_in_time_stands() {
    let mut room = half_open(1);
    call(&mut room, CallKind::Safe, Outcome::Failure);
    call(&mut room, CallKind::Safe, Outcome::Failure);
    room.wait(Millis::from_secs(14));
    room.talk(0);
    assert_eq!(room.coordinator.state(), State::HalfOpen);
    room.wait(Millis::from_secs(2));
    call(&mut room, CallKind::Safe, Outcome::Ignored);
    assert_eq!(room.coordinator.state(), State::Open);
}

#[test]
fn without_a_probe_a_visitors_failure_reopens() {
    let mut room = half_open(1);
    room.has_probe = false;
    call(&mut room, CallKind::Safe, Outcome::Failure);
    call(&mut room, CallKind::Safe, Outcome::Failure);
    assert_eq!(room.coordinator.state(), State::Open);
}

#[test]
fn of_calls_under_way_the_longest_named_time_reaches_the_fleet() {
    let mut room = Room::new(1);
    let policy = PolicySpec::from(room.policy.clone());
    room.policy = Policy::try_from(policy).unwrap();
    room.call(0, Outcome::Success);
    let permits: Vec<_> = (0..3)
        .map(|_| {
            let replica = &mut room.replicas[0];
            replica.try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now).unwrap()
        })
        .collect();
    for (permit, seconds) in permits.into_iter().zip([1, 60, 2]) {
        room.wait(Millis::new(10));
        let retry_after = Some(Millis::from_secs(seconds));
        let call = Completion { outcome: Outcome::Throttled, retry_after, ..SUCCESS };
        room.replicas[0].record(&room.policy, permit, call, 0, room.now);
        room.talk(0);
    }
    assert_eq!((room.coordinator.state(), room.coordinator.generation()), (State::Open, 1));
    let left = room.coordinator.retry_after(room.now).unwrap();
    assert_eq!(left, Millis::new(60_000 - 10));
    // The replica, whose own deadline was earlier, asks then and learns the later deadline.
    room.wait(Millis::from_secs(2));
    room.call(0, Outcome::Success);
    assert!(room.replicas[0].retry_after(room.now).unwrap() > Millis::from_secs(50));
}

/// Failures of calls that replicas let through by themselves, many in one report.
#[test]
fn failures_that_come_while_a_probe_checks_do_not_use_up_the_second_round() {
    let mut room = half_open(1);
    let failures = Report {
        replica: 9,
        sequence: 1,
        generation: Some(room.coordinator.generation()),
        region: None,
        delta: Delta { calls: 5, failures: 5, trailing_failures: 5, ..Delta::default() },
    };
    room.deliver(&failures);
    assert_eq!(room.coordinator.tally(room.now).failures, 1, "a round has one admission");
    room.alarm(true);
    let before = room.coordinator.tally(room.now);
    assert_eq!(room.deliver(&failures).permits, 1, "the second round has begun");
    assert_eq!(room.coordinator.tally(room.now), before, "a copy counts nothing");
}
