//! A suspicion that the isolates of one colo share.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{CallKind, CallWatch, FleetPermit, Replica, Suspicion};
use breakwater_core::circuit::outcome::{Completion, Outcome};

use crate::room::{LIMIT, Room};

const PATIENCE: Millis = Millis::from_secs(2);

/// Two isolates or more of one colo, which have heard of a closed circuit.
fn colo(isolates: usize) -> Room {
    let mut room = Room::in_one_colo(isolates as u64);
    for isolate in 0..isolates {
        assert!(room.call(isolate, Outcome::Success));
    }
    room
}

/// Begins a call for which a visitor waits who may get a copy.
fn begin(room: &mut Room, isolate: usize) -> (FleetPermit, Timestamp) {
    let (policy, now) = (&room.policy, room.now);
    let replica = &mut room.replicas[isolate];
    let mut permit = replica.try_acquire(policy, CallKind::Safe, LIMIT, now).expect("admitted");
    let watch = CallWatch { patience: Some(PATIENCE), fails_after: None };
    replica.watch(&mut permit, watch, LIMIT, now);
    (permit, now)
}

fn end(room: &mut Room, isolate: usize, (permit, began): (FleetPermit, Timestamp)) {
    let took = room.now.since(began);
    let call = Completion { outcome: Outcome::Success, took, retry_after: None };
    room.replicas[isolate].record(&room.policy, permit, call, 0, room.now);
}

/// A visitor's patience is over.
fn lose_patience(room: &mut Room, isolate: usize) {
    room.replicas[isolate].handle_impatience(&room.policy, room.now);
    room.talk(isolate);
}

fn suspicion(room: &mut Room, isolate: usize) -> Suspicion {
    room.replicas[isolate].suspicion(&room.policy, room.now)
}

/// Makes the circuit suspect in an isolate, by two calls that are out.
fn make_suspect(room: &mut Room, isolate: usize) -> [(FleetPermit, Timestamp); 2] {
    let out = [begin(room, isolate), begin(room, isolate)];
    room.wait(Millis::new(PATIENCE.get() + 1));
    lose_patience(room, isolate);
    assert_eq!(suspicion(room, isolate), Suspicion::CallBehind);
    out
}

#[test]
fn one_slow_call_is_enough_where_a_peer_has_seen_more() {
    let mut room = colo(2);
    let lonely = begin(&mut room, 1);
    let _out = make_suspect(&mut room, 0);
    assert_eq!(suspicion(&mut room, 1), Suspicion::None, "nobody has told it yet");
    lose_patience(&mut room, 1);
    assert_eq!(suspicion(&mut room, 1), Suspicion::CallBehind);
    assert_eq!(room.state(1), State::Closed, "it is no state of the breaker");
    end(&mut room, 1, lonely);
}

#[test]
fn one_slow_call_alone_is_not() {
    let mut room = colo(2);
    let _lonely = begin(&mut room, 1);
    room.wait(Millis::from_secs(3));
    lose_patience(&mut room, 1);
    assert_eq!(suspicion(&mut room, 1), Suspicion::None);
    assert_eq!(room.colo.as_ref().unwrap().suspicion, None, "nothing to tell either");
}

#[test]
fn a_new_isolate_of_the_colo_begins_suspect() {
    let mut room = colo(2);
    let _out = make_suspect(&mut room, 0);
    room.replicas[1] = Replica::new(9, None, &room.policy);
    room.talk(1);
    assert_eq!(suspicion(&mut room, 1), Suspicion::CallBehind);
}

#[test]
fn a_quick_call_ends_what_a_peer_has_told_and_the_same_sign_does_not_begin_it_again() {
    let mut room = colo(2);
    let slow = begin(&mut room, 1);
    let _out = make_suspect(&mut room, 0);
    lose_patience(&mut room, 1);
    let behind = begin(&mut room, 1);
    room.wait(Millis::new(50));
    end(&mut room, 1, behind);
    assert_eq!(suspicion(&mut room, 1), Suspicion::None);
    room.wait(Millis::from_secs(1));
    lose_patience(&mut room, 1);
    assert_eq!(suspicion(&mut room, 1), Suspicion::None, "the sign is older than the quick call");
    end(&mut room, 1, slow);
}

#[test]
fn a_suspicion_that_was_heard_is_not_told_on() {
    let mut room = colo(2);
    let _slow = begin(&mut room, 1);
    let _out = make_suspect(&mut room, 0);
    lose_patience(&mut room, 1);
    let told = room.colo.as_ref().unwrap().suspicion;
    room.wait(Millis::new(4_500));
    assert_eq!(suspicion(&mut room, 1), Suspicion::CallBehind);
    room.talk(1);
    assert_eq!(room.colo.as_ref().unwrap().suspicion, told);
    room.wait(Millis::new(500));
    assert_eq!(suspicion(&mut room, 1), Suspicion::None, "it lasts 5 s");
}

#[test]
fn an_isolate_tells_each_four_seconds_while_it_is_suspect() {
    let mut room = colo(1);
    let _out = make_suspect(&mut room, 0);
    let first = room.colo.as_ref().unwrap().suspicion.expect("it was told");
    room.wait(Millis::new(3_999));
    suspicion(&mut room, 0);
    room.talk(0);
    assert_eq!(room.colo.as_ref().unwrap().suspicion, Some(first));
    room.wait(Millis::new(1));
    suspicion(&mut room, 0);
    room.talk(0);
    assert_eq!(room.colo.as_ref().unwrap().suspicion.map(|it| it.at), Some(room.now));
}

#[test]
fn its_own_sign_is_no_news() {
    let mut room = colo(1);
    let out = make_suspect(&mut room, 0);
    let quick = begin(&mut room, 0);
    room.wait(Millis::new(50));
    end(&mut room, 0, quick);
    let _slow = begin(&mut room, 0);
    room.wait(Millis::new(PATIENCE.get() + 1));
    lose_patience(&mut room, 0);
    assert_eq!(suspicion(&mut room, 0), Suspicion::None, "one slow call since the quick one");
    for call in out {
        end(&mut room, 0, call);
    }
}

#[test]
fn a_sign_by_another_clock_is_ignored() {
    for off in [-5_000_i64, 5_000] {
        let mut room = colo(2);
        let _slow = begin(&mut room, 1);
        let _out = make_suspect(&mut room, 0);
        let sign = &mut room.colo.as_mut().unwrap().suspicion.as_mut().expect("it was told").at;
        *sign = Timestamp::from_millis(sign.as_millis().saturating_add_signed(off));
        lose_patience(&mut room, 1);
        assert_eq!(suspicion(&mut room, 1), Suspicion::None, "{off} ms");
    }
}

#[test]
fn the_colos_cache_is_read_once_a_second_for_lost_patience() {
    let mut room = colo(2);
    let _slow = begin(&mut room, 1);
    room.wait(Millis::from_secs(3));
    room.replicas[1].handle_impatience(&room.policy, room.now);
    assert!(room.begin(1), "it looks");
    room.go_on(1);
    room.replicas[1].handle_impatience(&room.policy, room.now);
    assert!(!room.begin(1), "it has just looked");
    room.wait(Millis::from_secs(1));
    room.replicas[1].handle_impatience(&room.policy, room.now);
    assert!(room.begin(1));
}
