//! Lost, late, duplicate and absurd messages, and evicted coordinators.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{
    CallKind, ColoVerdict, Delta, Loss, REPORT_TIMEOUT, Replica, Report, SessionStep, Verdict,
};
use breakwater_core::circuit::outcome::{Completion, Outcome};

use crate::room::{LIMIT, Room};

#[test]
fn a_report_that_arrives_twice_counts_once() {
    let mut room = Room::new(1);
    room.call(0, Outcome::Success);
    room.wait(Millis::from_secs(2));
    let permit =
        room.replicas[0].try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now).unwrap();
    let call = Completion { outcome: Outcome::Failure, took: LIMIT, retry_after: None };
    room.replicas[0].record(&room.policy, permit, call, 0, room.now);
    let report = room.report(0).unwrap();
    for _ in 0..5 {
        room.deliver(&report);
    }
    assert_eq!(room.coordinator.tally(room.now).failures, 1);
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn a_duplicate_counts_once_for_an_evicted_coordinator_too() {
    let mut room = Room::new(1);
    room.call(0, Outcome::Success);
    room.wait(Millis::from_secs(50));
    room.call(0, Outcome::Failure);
    let report = Report {
        replica: 9,
        sequence: 1,
        generation: Some(0),
        region: None,
        delta: Delta { calls: 5, failures: 1, trailing_failures: 1, ..Delta::default() },
    };
    room.deliver(&report);
    let before = room.coordinator.tally(room.now);
    room.evict();
    assert_eq!(room.coordinator.tally(room.now), before, "what was acknowledged is kept");
    room.deliver(&report);
    assert_eq!(room.coordinator.tally(room.now), before);
}

#[test]
fn an_evicted_coordinator_is_open_with_its_old_deadline_for_a_fresh_isolate() {
    let mut room = Room::new(1);
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    room.wait(Millis::from_secs(4));
    let left = room.coordinator.retry_after(room.now).unwrap();
    room.evict();
    room.replicas = vec![Replica::new(77, None, &room.policy)];
    assert_eq!(room.coordinator.retry_after(room.now), Some(left));
    assert!(room.call(0, Outcome::Failure), "its first call passes and fetches the verdict");
    assert_eq!(room.state(0), State::Open);
    assert_eq!(room.replicas[0].retry_after(room.now).unwrap(), Millis::new(left.get() - 10));
}

#[test]
fn replicas_that_are_gone_spread_nothing_out() {
    let mut room = Room::new(50);
    for replica in 0..50 {
        room.call(replica, Outcome::Success);
    }
    room.wait(Millis::from_secs(3600));
    let report = room.report(0).unwrap();
    assert_eq!(room.deliver(&report).stagger_ms, 2);
    assert_eq!(room.coordinator.replicas(room.now), 1);
}

#[test]
fn at_most_one_report_is_under_way_and_a_lost_one_is_sent_again_as_it_was() {
    let mut room = Room::new(1);
    let first = room.report(0).unwrap();
    room.wait(Millis::from_secs(1));
    assert_eq!(room.report(0), None);
    room.wait(REPORT_TIMEOUT);
    assert_eq!(room.report(0), Some(first), "its event has died");
    room.lose(0, Loss::Unknown, u32::MAX);
    assert_eq!(room.report(0), None, "not at once");
    room.wait(Millis::from_secs(1));
    assert_eq!(room.report(0), Some(first));
}

#[test]
fn an_overloaded_coordinator_is_left_alone_for_longer_each_time() {
    let mut room = Room::new(1);
    room.report(0).unwrap();
    let mut waits = Vec::new();
    for _ in 0..4 {
        room.lose(0, Loss::Overloaded, u32::MAX);
        let lost = room.now;
        while room.report(0).is_none() {
            room.wait(Millis::new(100));
        }
        waits.push(room.now.since(lost).get());
    }
    assert_eq!(waits, [1_000, 1_000, 1_000, 2_000]);
}

#[test]
fn a_verdict_of_the_same_opening_never_extends_it() {
    let mut room = Room::new(1);
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    let left = room.replicas[0].retry_after(room.now).unwrap();
    let late = Verdict {
        state: State::Open,
        generation: room.coordinator.generation(),
        remaining_ms: left.get() * 3,
        permits: 0,
        poll_ms: 45_000,
        stagger_ms: 2,
        is_bypass: false,
    };
    room.reply(0, 99, late);
    assert_eq!(room.replicas[0].retry_after(room.now), Some(left));
}

#[test]
fn a_peers_verdict_of_an_earlier_generation_is_ignored_though_the_own_one_has_lapsed() {
    let mut room = Room::in_one_colo(1);
    let closed = Verdict {
        state: State::Closed,
        generation: 3,
        remaining_ms: 0,
        permits: 0,
        poll_ms: 45_000,
        stagger_ms: 2,
        is_bypass: false,
    };
    room.reply(0, 1, closed);
    room.wait(Millis::from_secs(130));
    let earlier = Verdict { state: State::Open, generation: 2, remaining_ms: 10_000, ..closed };
    room.colo.as_mut().unwrap().kept = Some(ColoVerdict { at: room.now, verdict: earlier });
    assert!(room.begin(0));
    assert_eq!(room.step(0), Some(SessionStep::Look));
    room.take(0, SessionStep::Look);
    assert_eq!(room.state(0), State::Closed);
}

#[test]
fn an_absurd_verdict_is_cut_to_what_the_policy_allows() {
    let mut room = Room::new(1);
    let absurd = Verdict {
        state: State::Open,
        generation: 7,
        remaining_ms: u64::MAX,
        permits: 0,
        poll_ms: u64::MAX,
        stagger_ms: u64::MAX,
        is_bypass: false,
    };
    room.reply(0, 1, absurd);
    assert_eq!(room.replicas[0].retry_after(room.now), Some(Millis::from_secs(24 * 3600)));
    room.wait(Millis::from_secs(24 * 3600));
    assert!(room.call(0, Outcome::Success) || room.state(0) == State::HalfOpen);
}

#[test]
fn beyond_ten_thousand_replicas_the_one_unheard_of_for_longest_is_forgotten() {
    let mut room = Room::new(1);
    let report = room.report(0).unwrap();
    let from = |replica| Report { replica, ..report };
    for replica in 1..=10_000 {
        room.now = room.now + Millis::new(1);
        room.deliver(&from(replica));
    }
    room.now = room.now + Millis::new(1);
    room.deliver(&Report { sequence: 2, ..from(1) });
    room.deliver(&from(10_001));
    room.evict();
    room.deliver(&from(10_002));
    let known: Vec<_> = room.coordinator.stored_replicas().map(|row| row.id()).collect();
    let expected: Vec<_> = (1..=10_002).filter(|id| ![2, 3].contains(id)).collect();
    assert_eq!(known, expected);
}
