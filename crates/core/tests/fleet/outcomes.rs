//! The outcome of a call on a permit is never lost, whatever happens before it reaches the
//! coordinator.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{CallKind, ColoVerdict, FleetPermit, Loss, Replica, Verdict};
use breakwater_core::circuit::outcome::Outcome;

use crate::room::{ColoCache, LIMIT, Room, SUCCESS};

/// Returns a fleet whose opening has ended. Its upstream has no probe, so only visitors' calls can
/// find out that it works again.
fn overdue(replicas: u64) -> Room {
    overdue_in(Room::new(replicas))
}

fn overdue_in(mut room: Room) -> Room {
    room.has_probe = false;
    for _ in 0..3 {
        for replica in 0..room.replicas.len() {
            room.call(replica, Outcome::Failure);
        }
    }
    assert_eq!(room.coordinator.state(), State::Open);
    room.wait(Millis::from_secs(10));
    room
}

fn begin(room: &mut Room, replica: usize) -> FleetPermit {
    room.replicas[replica]
        .try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now)
        .expect("admitted")
}

fn end(room: &mut Room, replica: usize, permit: FleetPermit) {
    room.replicas[replica].record(&room.policy, permit, SUCCESS, 0, room.now);
    room.talk(replica);
}

#[test]
fn a_success_closes_although_its_replica_has_asked_meanwhile() {
    let mut room = overdue(1);
    room.wait(Millis::from_secs(1));
    assert!(!room.call(0, Outcome::Success), "this call fetches the permit");
    let permit = begin(&mut room, 0);
    for _ in 0..3 {
        room.wait(Millis::new(900));
        assert!(!room.call(0, Outcome::Success), "a poll is due, and the call is out");
    }
    end(&mut room, 0, permit);
    assert_eq!((room.state(0), room.coordinator.state()), (State::Closed, State::Closed));
}

#[test]
fn a_success_closes_although_the_report_of_its_permit_came_twice() {
    let mut room = overdue(1);
    room.wait(Millis::from_secs(1));
    let report = room.report(0).expect("a poll is due");
    let verdict = room.deliver(&report);
    let _late = room.deliver(&report);
    room.reply(0, report.sequence, verdict);
    room.go_on(0);
    assert!(room.call(0, Outcome::Success));
    assert_eq!((room.state(0), room.coordinator.state()), (State::Closed, State::Closed));
}

#[test]
fn a_permit_whose_reply_was_lost_is_granted_again() {
    let mut room = overdue(1);
    room.wait(Millis::from_secs(1));
    let report = room.report(0).expect("a poll is due");
    room.deliver(&report);
    room.lose(0, Loss::Unknown, 0);
    room.wait(Millis::from_secs(2));
    room.call(0, Outcome::Success);
    assert!(room.call(0, Outcome::Success), "the same report was answered with the same permit");
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn a_permit_of_a_reply_that_came_too_late_goes_back() {
    let mut room = overdue(2);
    room.wait(Millis::from_secs(1));
    let report = room.report(0).expect("a poll is due");
    let verdict = room.deliver(&report);
    assert_eq!(verdict.permits, 1);
    // The replica learns that the circuit is half open, but not from this reply.
    let copy = Verdict { permits: 0, ..verdict };
    room.reply(0, report.sequence, copy);
    room.go_on(0);
    room.wait(Millis::from_secs(2));
    room.call(0, Outcome::Success);
    assert!(room.call(0, Outcome::Success), "it said that it holds none, and got one");
    assert_eq!(room.coordinator.state(), State::Closed);
}

/// Three visitors come after a quiet time. The replica admits the first one on its own decision.
#[test]
fn the_success_of_a_replica_whose_verdict_had_lapsed_closes_the_circuit() {
    let mut room = overdue(1);
    room.wait(Millis::from_secs(15));
    let permit = begin(&mut room, 0);
    assert!(!permit.is_from_fleet(), "its own breaker decides");
    // The replica reports that its own circuit has changed, and learns that the fleet's is half
    // open.
    room.talk(0);
    end(&mut room, 0, permit);
    assert_eq!((room.state(0), room.coordinator.state()), (State::Closed, State::Closed));
    for _ in 0..140 {
        assert!(room.call(0, Outcome::Success));
    }
}

#[test]
fn a_success_counts_although_a_peers_verdict_has_opened_the_own_breaker_meanwhile() {
    let mut room = overdue_in(Room::in_one_colo(1));
    room.wait(Millis::from_secs(15));
    let permit = begin(&mut room, 0);
    let late = Verdict {
        state: State::Open,
        generation: room.coordinator.generation(),
        remaining_ms: 600,
        permits: 0,
        poll_ms: 45_000,
        stagger_ms: 2,
        is_bypass: false,
    };
    let kept = Some(ColoVerdict::new(room.now, late));
    room.colo = Some(ColoCache { kept, ..ColoCache::default() });
    let report = room.report(0).expect("its own circuit has changed");
    assert_eq!(room.state(0), State::Open, "the colo's clock is wrong");
    room.replicas[0].record(&room.policy, permit, SUCCESS, 0, room.now);
    let verdict = room.deliver(&report);
    room.reply(0, report.sequence, verdict);
    room.go_on(0);
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn a_success_that_was_found_before_the_half_open_time_began_counts_in_it() {
    let mut room = overdue(2);
    room.wait(Millis::from_secs(15));
    // Both replicas admit a call on their own decision. The other replica's report makes the
    // circuit half open.
    let (ours, other) = (begin(&mut room, 0), begin(&mut room, 1));
    room.talk(1);
    assert_eq!(room.coordinator.state(), State::HalfOpen);
    end(&mut room, 0, ours);
    assert_eq!(room.coordinator.state(), State::Closed, "told in the opening's generation");
    end(&mut room, 1, other);
    assert_eq!((room.state(0), room.state(1)), (State::Closed, State::Closed));
}

#[test]
fn a_success_after_the_deadline_closes_before_anybody_has_begun_the_half_open_time() {
    for has_probe in [false, true] {
        let mut room = overdue(1);
        room.has_probe = has_probe;
        room.wait(Millis::from_secs(15));
        let permit = begin(&mut room, 0);
        end(&mut room, 0, permit);
        assert_eq!(room.coordinator.state(), State::Closed, "has a probe: {has_probe}");
    }
}

#[test]
fn a_success_counts_although_all_permits_are_out() {
    let mut room = overdue(3);
    room.wait(Millis::from_secs(1));
    assert!(!room.call(1, Outcome::Success), "the only permit goes to one that says no more");
    let silent = begin(&mut room, 1);
    room.wait(Millis::from_secs(14));
    let permit = begin(&mut room, 0);
    end(&mut room, 0, permit);
    room.talk(0);
    assert_eq!(room.coordinator.state(), State::Closed);
    drop(silent);
}

#[test]
fn a_success_counts_although_its_permit_was_forgotten() {
    let mut room = overdue(1);
    room.wait(Millis::from_secs(1));
    room.call(0, Outcome::Success);
    let permit = begin(&mut room, 0);
    room.evict();
    // Another replica holds the permit that the coordinator could grant again.
    let policy = room.policy.clone();
    room.replicas.push(Replica::new(9, None, &policy));
    room.call(1, Outcome::Ignored);
    room.wait(Millis::from_secs(1));
    room.call(1, Outcome::Ignored);
    end(&mut room, 0, permit);
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn a_success_of_an_earlier_half_open_time_says_nothing_of_this_one() {
    let mut room = overdue(2);
    room.wait(Millis::from_secs(1));
    room.call(0, Outcome::Success);
    let permit = begin(&mut room, 0);
    room.coordinator.handle_probe(&room.policy, false, 0, room.now);
    assert_eq!(room.coordinator.state(), State::Open);
    end(&mut room, 0, permit);
    assert_eq!(room.coordinator.state(), State::Open);
}
