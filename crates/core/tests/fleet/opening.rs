//! The evidence that opens a circuit, and the replicas for which it opens.

use breakwater_core::base::share::Share;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{Rejected, State};
use breakwater_core::circuit::fleet::{
    CallKind, ColoVerdict, Note, Region, SessionStep, Urgency, Verdict,
};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};

use crate::room::{LIMIT, Room};

#[test]
fn one_bad_machine_opens_its_own_circuit_and_nobody_elses() {
    let mut room = Room::new(5);
    for replica in 1..5 {
        assert!(room.call(replica, Outcome::Success));
    }
    for _ in 0..3 {
        assert!(room.call(0, Outcome::Failure));
    }
    assert_eq!(room.state(0), State::Open);
    assert_eq!(room.coordinator.state(), State::Closed, "one replica is no quorum");
    assert!(room.call(1, Outcome::Success));
}

#[test]
fn three_replicas_that_fail_open_it_for_all() {
    let mut room = Room::new(5);
    for replica in [3, 4] {
        room.call(replica, Outcome::Success);
    }
    room.wait(Millis::from_secs(2));
    for replica in 0..3 {
        room.call(replica, Outcome::Failure);
    }
    assert_eq!(room.coordinator.state(), State::Open);
    // The others learn of it with their next report.
    room.wait(Millis::from_secs(2));
    room.call(3, Outcome::Failure);
    assert_eq!(room.state(3), State::Open);
    assert!(!room.call(3, Outcome::Success));
}

#[test]
fn an_exhausted_quota_stays_so_for_the_whole_fleet() {
    let mut room = Room::new(2);
    let eight_hours = Millis::from_secs(8 * 3600);
    let outcome = Outcome::Exhausted;
    let call = Completion { outcome, took: Millis::new(10), retry_after: Some(eight_hours) };
    room.complete(0, call).unwrap();
    assert_eq!(room.coordinator.retry_after(room.now), Some(eight_hours));
    assert_eq!(room.replicas[0].retry_after(room.now), Some(eight_hours));
    room.talk(1);
    assert!(!room.call(1, Outcome::Success));
}

#[test]
fn one_replica_of_a_colo_asks_for_its_peers() {
    let mut room = Room::in_one_colo(200);
    room.random = 1 << 31;
    for replica in 0..200 {
        room.call(replica, Outcome::Success);
    }
    assert_eq!(room.reports, 1, "the rest start from what the first one kept");
}

#[test]
fn a_mate_learns_of_an_opening_with_its_first_failure() {
    let mut room = Room::in_one_colo(4);
    for replica in 0..4 {
        room.call(replica, Outcome::Success);
        room.wait(Millis::from_secs(50));
    }
    for replica in 0..4 {
        room.call(replica, Outcome::Success);
    }
    for _ in 0..3 {
        for replica in 0..3 {
            room.call(replica, Outcome::Failure);
        }
    }
    assert_eq!(room.coordinator.state(), State::Open);
    let reports = room.reports;
    room.call(3, Outcome::Failure);
    assert_eq!(room.state(3), State::Open);
    assert_eq!(room.reports, reports, "and asks nobody but its colo");
}

#[test]
fn a_region_that_fails_alone_closes_the_upstream_for_nobody_else() {
    let mut room = Room::new(40);
    for (index, replica) in room.replicas.iter_mut().enumerate() {
        replica.set_region(Region::parse(if index < 10 { "OC" } else { "EU" }));
    }
    for replica in 0..40 {
        room.call(replica, Outcome::Success);
    }
    room.wait(Millis::from_secs(2));
    for _ in 0..5 {
        for replica in 0..10 {
            room.call(replica, Outcome::Failure);
        }
    }
    assert_eq!(room.state(0), State::Open, "by its own breaker");
    assert_eq!(room.coordinator.state(), State::Closed);
    for _ in 0..5 {
        for replica in 10..20 {
            room.call(replica, Outcome::Failure);
        }
    }
    assert_eq!(room.coordinator.state(), State::Open, "now the other place fails too");
}

/// Starts calls that do not return, and has one of them fail after a while.
fn hang(room: &mut Room, replica: usize) {
    let failed = Completion { outcome: Outcome::Failure, took: LIMIT, retry_after: None };
    let mut permits = Vec::new();
    for _ in 0..5 {
        let permit =
            room.replicas[replica].try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now);
        permits.push(permit.expect("closed"));
    }
    room.wait(Millis::from_secs(9));
    let first = permits.remove(0);
    room.replicas[replica].record(&room.policy, first, failed, 0, room.now);
}

#[test]
fn a_stalled_replica_spends_no_more_visitors_until_it_has_heard() {
    let mut room = Room::new(2);
    for replica in 0..2 {
        room.call(replica, Outcome::Success);
    }
    hang(&mut room, 0);
    let next = room.replicas[0].try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now);
    assert_eq!(next.unwrap_err(), Rejected::Probing);
    room.talk(0);
    assert_eq!(room.coordinator.state(), State::Closed, "one replica is no quorum");
    assert!(room.replicas[0].try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now).is_ok());
}

#[test]
fn a_stalled_replica_that_hears_nothing_holds_off_once_and_not_for_long() {
    let mut room = Room::new(1);
    room.call(0, Outcome::Success);
    hang(&mut room, 0);
    room.wait(Millis::new(499));
    let next = room.replicas[0].try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now);
    assert_eq!(next.unwrap_err(), Rejected::Probing);
    room.wait(Millis::new(1));
    assert!(room.call(0, Outcome::Failure));
    assert!(room.replicas[0].try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now).is_ok());
}

#[test]
fn three_stalled_replicas_open_it_before_any_has_failed_often_enough() {
    let mut room = Room::new(3);
    for replica in 0..3 {
        room.call(replica, Outcome::Success);
    }
    for replica in 0..3 {
        assert_eq!(room.coordinator.state(), State::Closed);
        hang(&mut room, replica);
        room.now = Timestamp::from_millis(room.now.as_millis() - 9_000);
    }
    room.wait(Millis::from_secs(9));
    for replica in 0..3 {
        room.talk(replica);
    }
    assert_eq!(room.coordinator.state(), State::Open);
}

#[test]
fn one_bad_machine_among_new_ones_opens_for_itself_only() {
    let mut room = Room::new(11);
    for replica in 0..11 {
        room.talk(replica);
    }
    room.wait(Millis::from_secs(2));
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    assert_eq!((room.state(0), room.coordinator.state()), (State::Open, State::Closed));
}

#[test]
fn failures_soon_after_a_report_are_told_without_another_visitor() {
    let mut room = Room::new(3);
    for replica in 0..3 {
        room.call(replica, Outcome::Success);
        room.call(replica, Outcome::Failure);
        room.call(replica, Outcome::Failure);
    }
    assert_eq!(room.coordinator.tally(room.now).failures, 6);
}

#[test]
fn replicas_that_find_it_slow_open_it_for_all() {
    let mut room = Room::new(3);
    let spec = PolicySpec {
        slow_call_rate: Some(Share::from_basis_points(5_000)),
        slow_call: Some(Millis::from_secs(1)),
        minimum_calls: Some(5),
        ..PolicySpec::default()
    };
    room.policy = Policy::try_from(spec).expect("a valid policy");
    let slow =
        Completion { outcome: Outcome::Success, took: Millis::from_secs(2), retry_after: None };
    for _ in 0..5 {
        for replica in 0..3 {
            let _ = room.complete(replica, slow);
        }
    }
    assert_eq!(room.coordinator.state(), State::Open);
}

#[test]
fn a_large_fleet_does_not_open_on_the_word_of_those_who_speak_first() {
    let mut room = Room::new(400);
    let spec =
        PolicySpec { failure_rate: Some(Share::from_basis_points(5_000)), ..PolicySpec::default() };
    room.policy = Policy::try_from(spec).expect("a valid policy");
    for replica in 0..400 {
        room.talk(replica);
    }
    room.wait(Millis::from_secs(2));
    for replica in 0..90 {
        room.call(replica, Outcome::Failure);
    }
    assert_eq!(room.coordinator.state(), State::Closed, "three in four were not heard of");
    for replica in 90..110 {
        room.call(replica, Outcome::Failure);
    }
    assert_eq!(room.coordinator.state(), State::Open);
}

#[test]
fn a_stalled_replica_spends_no_visitor_where_a_peer_asks_about_failures() {
    let mut room = Room::in_one_colo(2);
    room.call(0, Outcome::Success);
    room.call(1, Outcome::Success);
    for _ in 0..6 {
        let permit = room.replicas[1].try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now);
        drop(permit);
        room.wait(Millis::new(300));
    }
    let about = Urgency::Prompt;
    room.colo.as_mut().unwrap().note = Some(Note { at: room.now, lasts_ms: 900, about });
    assert!(room.begin(1));
    let look = room.step(1).unwrap();
    room.take(1, look);
    let next = room.replicas[1].try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now);
    assert_eq!(next.unwrap_err(), Rejected::Probing);
}

#[test]
fn a_replica_with_another_clock_than_its_peers_gives_them_their_time_and_then_looks() {
    let mut room = Room::in_one_colo(1);
    let closed = Verdict {
        state: State::Closed,
        generation: 0,
        remaining_ms: 0,
        permits: 0,
        poll_ms: 45_000,
        stagger_ms: 6_000,
        is_bypass: false,
    };
    room.reply(0, 1, closed);
    room.wait(Millis::from_secs(2));
    let note =
        Note { at: room.now + Millis::from_secs(30), lasts_ms: 1_000, about: Urgency::Prompt };
    room.colo.as_mut().unwrap().note = Some(note);
    let replica = &mut room.replicas[0];
    let permit = replica.try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now).unwrap();
    let (outcome, took) = (Outcome::Failure, Millis::new(10));
    let failed = Completion { outcome, took, retry_after: None };
    replica.record(&room.policy, permit, failed, 0, room.now);
    assert!(room.begin(0));
    let look = room.step(0).unwrap();
    room.take(0, look);
    let wait = room.step(0);
    assert_eq!(
        wait,
        Some(SessionStep::Sleep(Millis::from_secs(1))),
        "the first part of the stagger"
    );

    let open = Verdict { state: State::Open, generation: 1, remaining_ms: 10_000, ..closed };
    room.colo.as_mut().unwrap().kept = Some(ColoVerdict { at: room.now, verdict: open });
    room.wait(Millis::from_secs(1));
    assert_eq!(room.step(0), Some(SessionStep::Look));
    room.take(0, SessionStep::Look);
    assert_eq!(room.step(0), None, "a peer has told it all");
    assert_eq!(room.state(0), State::Open);
}
