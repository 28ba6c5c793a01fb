//! The orders of operators.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::{Override, Rejected, State};
use breakwater_core::circuit::fleet::{Coordinator, POLL, Replica};
use breakwater_core::circuit::outcome::Outcome;
use breakwater_core::circuit::policy::{Policy, PolicySpec};

use crate::room::{Room, SUCCESS};

#[test]
fn an_order_reaches_a_replica_and_lapses_by_itself_on_both_sides() {
    let mut room = Room::new(1);
    room.call(0, Outcome::Success);
    let minute = Millis::from_secs(60);
    room.coordinator.set_override(&room.policy, Some(Override::ForcedOpen), minute, room.now);
    room.wait(Millis::from_secs(50));
    room.call(0, Outcome::Success);
    assert_eq!(room.complete(0, SUCCESS), Err(Rejected::ForcedOpen));
    assert_eq!(room.state(0), State::ForcedOpen);
    room.is_connected = false;
    room.wait(Millis::from_secs(10));
    assert!(room.call(0, Outcome::Success), "the order is over, though nobody says so");
    let end = room.coordinator.poll_timeout(&room.policy, true, room.now).unwrap();
    assert!(end <= room.now);
    room.coordinator.handle_timeout(&room.policy, room.now);
    assert_ne!(room.coordinator.state(), State::ForcedOpen);
}

#[test]
fn an_order_reaches_a_mate_within_a_poll_though_its_colo_says_otherwise() {
    let mut room = Room::in_one_colo(2);
    room.random = u32::MAX;
    room.call(0, Outcome::Success);
    room.wait(Millis::from_secs(44));
    let hour = Millis::from_secs(3600);
    room.coordinator.set_override(&room.policy, Some(Override::ForcedOpen), hour, room.now);
    let ordered = room.now;
    room.call(1, Outcome::Success);
    assert_eq!(room.state(1), State::Closed, "what its peer heard before the order");
    while room.state(1) != State::ForcedOpen {
        room.wait(Millis::from_secs(1));
        room.call(1, Outcome::Success);
        assert!(room.now.since(ordered) <= POLL, "not within a poll");
    }
}

#[test]
fn a_bypass_goes_before_an_override_which_holds_again_after_it() {
    let mut room = Room::new(1);
    let (hour, minute) = (Millis::from_secs(3600), Millis::from_secs(60));
    room.coordinator.set_override(&room.policy, Some(Override::ForcedOpen), hour, room.now);
    room.coordinator.set_bypass(&room.policy, Some(minute), room.now);
    room.call(0, Outcome::Failure);
    assert!(room.replicas[0].is_bypassed(room.now));
    for _ in 0..9 {
        assert!(room.call(0, Outcome::Failure), "everything passes, nothing is judged");
    }
    room.wait(minute);
    room.coordinator.handle_timeout(&room.policy, room.now);
    room.call(0, Outcome::Success);
    assert!(!room.replicas[0].is_bypassed(room.now));
    assert_eq!(room.coordinator.state(), State::ForcedOpen);
    assert_eq!(room.state(0), State::ForcedOpen);
}

#[test]
fn every_transition_is_told_also_where_one_report_brings_about_two() {
    let mut room = Room::new(1);
    let minute = Millis::from_secs(60);
    let spec = PolicySpec { consecutive_failures: Some(1), ..PolicySpec::default() };
    room.policy = Policy::try_from(spec).unwrap();
    room.coordinator = Coordinator::new(&room.policy);
    room.replicas = vec![Replica::new(1, None, &room.policy)];
    let order = Some(Override::MetricsOnly);
    room.coordinator.set_override(&room.policy, order, minute, room.now);
    assert_eq!(room.coordinator.take_transitions().len(), 1);
    room.wait(minute);
    room.call(0, Outcome::Failure);
    let told: Vec<_> =
        room.coordinator.take_transitions().iter().map(|told| (told.from, told.to)).collect();
    let expected = [(State::MetricsOnly, State::Closed), (State::Closed, State::Open)];
    assert_eq!(told, expected, "the order lapsed, and then the report tripped");
    assert!(room.coordinator.take_transitions().is_empty());
}
