//! Calls that are out for too long open the circuit before any of them has ended.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{CallKind, CallWatch, FleetPermit};
use breakwater_core::circuit::outcome::{Completion, Outcome};

use crate::room::{Room, SUCCESS};

const LIMIT: Millis = Millis::from_secs(30);
const FAILS_AFTER: Millis = Millis::from_secs(6);

/// Begins a call of a replica, which counts as a failure after six seconds.
fn begin(room: &mut Room, replica: usize) -> Option<FleetPermit> {
    let (policy, now) = (room.policy.clone(), room.now);
    let it = &mut room.replicas[replica];
    let mut permit = it.try_acquire(&policy, CallKind::Safe, LIMIT, now).ok()?;
    let watch = CallWatch { patience: None, fails_after: Some(FAILS_AFTER) };
    it.watch(&mut permit, watch, LIMIT, now);
    Some(permit)
}

fn end(room: &mut Room, replica: usize, permit: FleetPermit, outcome: Outcome) {
    let call = Completion { outcome, ..SUCCESS };
    let (policy, now) = (room.policy.clone(), room.now);
    room.replicas[replica].record(&policy, permit, call, 0, now);
    room.talk(replica);
}

/// A fleet that has answered well so far.
fn healthy(replicas: usize) -> Room {
    let mut room = Room::new(replicas as u64);
    for replica in 0..replicas {
        room.call(replica, Outcome::Success);
    }
    room.wait(Millis::from_secs(2));
    room
}

#[test]
fn a_hang_opens_one_isolate_and_the_fleet_within_seconds() {
    let mut room = healthy(1);
    let calls: Vec<_> = (0..3).map(|_| begin(&mut room, 0).unwrap()).collect();
    room.wait(Millis::new(5_990));
    assert!(room.call(0, Outcome::Ignored), "six seconds are not too long");
    assert!(!room.call(0, Outcome::Success), "three calls have failed by now");
    assert_eq!((room.state(0), room.coordinator.state()), (State::Open, State::Open));
    for permit in calls {
        end(&mut room, 0, permit, Outcome::Failure);
    }
    assert_eq!(room.coordinator.generation(), 1, "their ends belong to the generation before");
}

#[test]
fn a_hang_that_no_isolate_sees_enough_of_opens_the_fleet() {
    let mut room = healthy(6);
    let calls: Vec<_> = (0..6).map(|replica| begin(&mut room, replica).unwrap()).collect();
    room.wait(Millis::from_secs(7));
    for replica in 0..6 {
        room.call(replica, Outcome::Ignored);
    }
    assert_eq!(room.coordinator.state(), State::Open);
    drop(calls);
}

#[test]
fn where_no_call_is_admitted_a_visitor_with_a_copy_counts_those_that_are_out() {
    let mut room = healthy(1);
    let calls: Vec<_> = (0..3).map(|_| begin(&mut room, 0).unwrap()).collect();
    room.wait(Millis::from_secs(7));
    let (policy, now) = (room.policy.clone(), room.now);
    room.replicas[0].suspicion(&policy, now);
    assert_eq!(room.state(0), State::Open);
    room.talk(0);
    assert_eq!(room.coordinator.state(), State::Open);
    drop(calls);
}

#[test]
fn a_call_counts_once() {
    let mut room = healthy(1);
    let call = begin(&mut room, 0).unwrap();
    room.wait(Millis::from_secs(7));
    for _ in 0..5 {
        room.call(0, Outcome::Ignored);
        room.wait(Millis::from_secs(2));
    }
    assert_eq!(room.coordinator.tally(room.now).failures, 1);
    end(&mut room, 0, call, Outcome::Failure);
    room.wait(Millis::from_secs(60));
    room.talk(0);
    assert_eq!(room.state(0), State::Closed);
    assert!(room.coordinator.tally(room.now).failures <= 1);
}

#[test]
fn a_call_from_before_a_success_counts_when_it_ends() {
    let mut room = healthy(1);
    let reports: Vec<_> = (0..5).map(|_| begin(&mut room, 0).unwrap()).collect();
    room.wait(Millis::from_secs(5));
    room.call(0, Outcome::Success);
    room.wait(Millis::from_secs(9));
    assert!(room.call(0, Outcome::Success));
    assert_eq!(room.state(0), State::Closed, "slow reports beside quick pages open nothing");
    for report in reports {
        end(&mut room, 0, report, Outcome::Success);
    }
    assert_eq!(room.state(0), State::Closed);
}

#[test]
fn a_call_that_counted_and_then_succeeds_ends_the_run() {
    let mut room = healthy(1);
    let calls: Vec<_> = (0..2).map(|_| begin(&mut room, 0).unwrap()).collect();
    room.wait(Millis::from_secs(7));
    room.call(0, Outcome::Ignored);
    for permit in calls {
        end(&mut room, 0, permit, Outcome::Success);
    }
    assert!(room.call(0, Outcome::Failure));
    assert!(room.call(0, Outcome::Failure));
    assert_eq!(room.state(0), State::Closed, "two in a row, not four");
}

#[test]
fn calls_whose_events_died_take_no_room_for_good() {
    let mut room = healthy(1);
    // The platform may cut an event short, and then its call's end is never told.
    for _ in 0..256 {
        let _lost = begin(&mut room, 0);
        room.call(0, Outcome::Success);
    }
    room.wait(LIMIT);
    let calls: Vec<_> = (0..3).map(|_| begin(&mut room, 0).unwrap()).collect();
    room.wait(Millis::from_secs(7));
    assert!(!room.call(0, Outcome::Success), "three calls have failed by now");
    drop(calls);
}

#[test]
fn a_call_that_is_not_watched_counts_when_it_ends() {
    let mut room = healthy(1);
    let (policy, now) = (room.policy.clone(), room.now);
    let uploads: Vec<_> = (0..9)
        .map(|_| room.replicas[0].try_acquire(&policy, CallKind::Unsafe, LIMIT, now).unwrap())
        .collect();
    room.now = Timestamp::from_millis(room.now.as_millis() + 25_000);
    assert!(room.call(0, Outcome::Success));
    assert_eq!(room.state(0), State::Closed);
    drop(uploads);
}
