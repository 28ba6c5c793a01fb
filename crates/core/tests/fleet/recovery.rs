//! The recovery of a circuit, and who decides about calls in the meantime.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{CallKind, Coordinator};
use breakwater_core::circuit::outcome::{Completion, Outcome};

use crate::room::{LIMIT, Room};

#[test]
fn a_fleet_of_one_opens_its_coordinator_and_recovers_through_a_probe() {
    let mut room = Room::new(1);
    for _ in 0..3 {
        assert!(room.call(0, Outcome::Failure));
    }
    assert_eq!((room.state(0), room.coordinator.state()), (State::Open, State::Open));
    room.wait(Millis::from_secs(10));
    room.alarm(false);
    assert_eq!(room.coordinator.state(), State::Open, "the probe failed");
    room.wait(Millis::from_secs(1));
    assert!(!room.call(0, Outcome::Failure), "no visitor is spent on a dead upstream");
    room.wait(Millis::from_secs(9));
    room.alarm(true);
    assert_eq!(room.coordinator.state(), State::HalfOpen);
    room.wait(Millis::from_secs(1));
    assert!(!room.call(0, Outcome::Success), "this call only fetches the permit");
    assert!(room.call(0, Outcome::Success), "and this one uses it");
    assert_eq!((room.state(0), room.coordinator.state()), (State::Closed, State::Closed));
}

#[test]
fn an_isolate_that_is_cut_off_decides_by_itself() {
    let mut room = Room::new(1);
    room.is_connected = false;
    for _ in 0..3 {
        assert!(room.call(0, Outcome::Failure));
    }
    assert_eq!(room.state(0), State::Open);
    assert!(!room.call(0, Outcome::Success));
    room.wait(Millis::from_secs(10));
    assert!(room.call(0, Outcome::Success), "its own breaker admits a probe");
    assert_eq!(room.state(0), State::Closed);
}

/// Four isolates, of which the first alone meets failures, with the last of them as given.
fn one_of_four_fails(last: Completion) -> Room {
    let mut room = Room::new(4);
    for isolate in 0..4 {
        assert!(room.call(isolate, Outcome::Success));
    }
    assert!(room.call(0, Outcome::Failure) && room.call(0, Outcome::Failure));
    room.complete(0, last).expect("admitted");
    assert_eq!((room.state(0), room.coordinator.state()), (State::Open, State::Closed));
    room
}

const FAILURE: Completion =
    Completion { outcome: Outcome::Failure, took: Millis::new(10), retry_after: None };

#[test]
fn an_opening_that_the_fleet_does_not_share_lasts_five_seconds() {
    let mut room = one_of_four_fails(FAILURE);
    room.wait(Millis::new(4_900));
    assert!(!room.call(0, Outcome::Success));
    room.wait(Millis::new(100));
    assert!(room.call(0, Outcome::Failure), "the upstream still fails there");
    room.wait(Millis::new(4_900));
    assert!(!room.call(0, Outcome::Success), "and the opening begins again");
    room.wait(Millis::new(100));
    assert!(room.call(0, Outcome::Success));
    assert_eq!(room.state(0), State::Closed);
}

#[test]
fn a_named_time_is_longer_than_an_opening_that_the_fleet_does_not_share() {
    let mut room =
        one_of_four_fails(Completion { retry_after: Some(Millis::from_secs(8)), ..FAILURE });
    room.wait(Millis::new(7_900));
    assert!(!room.call(0, Outcome::Success));
    room.wait(Millis::new(100));
    assert!(room.call(0, Outcome::Success));
}

#[test]
fn a_verdict_lapses_after_two_poll_intervals() {
    let mut room = Room::new(1);
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    room.is_connected = false;
    room.wait(Millis::from_secs(11));
    assert!(!room.call(0, Outcome::Success), "the verdict still holds, and grants no permit");
    room.wait(Millis::from_secs(10));
    assert!(room.call(0, Outcome::Success), "the verdict has lapsed");
}

#[test]
fn an_upstream_that_cannot_be_probed_gets_permits_at_the_deadline() {
    let mut room = Room::new(1);
    room.has_probe = false;
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    assert_eq!(room.coordinator.poll_timeout(&room.policy, false, room.now), None);
    room.wait(Millis::from_secs(11));
    room.call(0, Outcome::Success);
    assert!(room.call(0, Outcome::Success));
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn a_probe_of_a_replica_whose_verdict_has_lapsed_closes_the_circuit_for_all() {
    let mut room = Room::new(1);
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    room.wait(Millis::from_secs(10));
    room.alarm(true);
    room.wait(Millis::from_secs(1));
    assert!(!room.call(0, Outcome::Success), "it fetches a permit, which nobody comes to use");
    room.wait(Millis::from_secs(5));
    assert!(room.call(0, Outcome::Success), "its own breaker decides");
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn without_calls_it_closes_on_probes_alone_after_another_opening() {
    let mut room = Room::new(1);
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    room.wait(Millis::from_secs(10));
    room.alarm(true);
    room.wait(Millis::from_secs(9));
    room.alarm(true);
    assert_eq!(room.coordinator.state(), State::HalfOpen);
    room.wait(Millis::from_secs(1));
    room.alarm(true);
    assert_eq!(room.coordinator.state(), State::Closed);
    assert_eq!(room.coordinator.poll_timeout(&room.policy, true, room.now), None);
}

#[test]
fn an_unused_permit_goes_back_with_the_next_report() {
    let mut room = Room::new(2);
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    room.wait(Millis::from_secs(10));
    room.alarm(true);
    room.wait(Millis::from_secs(1));
    assert!(!room.call(0, Outcome::Success), "it fetches the permit, and nobody comes to use it");
    room.wait(Millis::from_secs(2));
    assert_eq!(room.coordinator.state(), State::HalfOpen);
    let permit =
        room.replicas[0].try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now).unwrap();
    let left = Completion { outcome: Outcome::Ignored, took: LIMIT, retry_after: None };
    room.replicas[0].record(&room.policy, permit, left, 0, room.now);
    room.talk(0);
    assert!(room.call(0, Outcome::Success), "the visitor left, and the permit came back at once");
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn a_coordinator_that_lost_everything_is_obeyed_once_the_verdict_has_lapsed() {
    let mut room = Room::new(1);
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    room.coordinator = Coordinator::new(&room.policy);
    room.wait(Millis::from_secs(30));
    room.call(0, Outcome::Success);
    room.wait(Millis::from_secs(30));
    room.call(0, Outcome::Success);
    assert_eq!((room.state(0), room.coordinator.generation()), (State::Closed, 0));
}
