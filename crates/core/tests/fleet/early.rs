//! Recovery before the deadline: the coordinator's own probes end an opening that `open_for` would
//! let last.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{Action, CallKind, Coordinator, ReportReply, SessionStep};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};

use crate::room::{LIMIT, Room, SUCCESS};

const SECOND: Millis = Millis::from_secs(1);

/// A circuit that opens for ten minutes.
fn long_opening() -> Policy {
    let spec = PolicySpec {
        consecutive_failures: Some(3),
        open_for: Some(Millis::from_secs(600)),
        ..PolicySpec::default()
    };
    Policy::try_from(spec).expect("a valid policy")
}

/// A fleet whose circuit has just opened for ten minutes.
fn open(replicas: u64) -> Room {
    let mut room = Room::new(replicas);
    room.policy = long_opening();
    room.coordinator = Coordinator::new(&room.policy);
    trip(&mut room);
    room
}

fn trip(room: &mut Room) {
    for _ in 0..3 {
        for replica in 0..room.replicas.len() {
            room.call(replica, Outcome::Failure);
        }
    }
    assert_eq!(room.coordinator.state(), State::Open);
}

/// Lets time pass until the alarm of the next probe, and handles it. Returns how long that was.
fn next_probe(room: &mut Room, is_well: bool) -> Millis {
    let due = room.coordinator.poll_timeout(&room.policy, room.has_probe, room.now);
    let due = due.expect("an open circuit is probed");
    let wait = due.since(room.now);
    room.wait(wait);
    room.alarm(is_well);
    wait
}

#[test]
fn an_upstream_that_is_well_again_is_found_within_a_second_or_so() {
    let mut room = open(3);
    next_probe(&mut room, false);
    for _ in 0..20 {
        let gap = next_probe(&mut room, false);
        assert!(gap >= Millis::new(900) && gap <= Millis::new(1_125), "after {gap}");
        assert_eq!(room.coordinator.state(), State::Open);
    }
    next_probe(&mut room, true);
    assert_eq!(room.coordinator.state(), State::HalfOpen);
}

/// Begins the next probe, which takes this long, and returns how long it has been since `since`.
fn hanging_probe(room: &mut Room, since: Timestamp, took: Millis) -> Millis {
    let due = room.coordinator.poll_timeout(&room.policy, true, room.now);
    room.now = due.expect("an open circuit is probed").max(room.now);
    let gap = room.now.since(since);
    assert_eq!(room.coordinator.handle_timeout(&room.policy, room.now), Some(Action::Probe));
    room.wait(took);
    // The largest jitter.
    room.coordinator.handle_probe(&room.policy, false, u32::MAX, room.now);
    gap
}

#[test]
fn a_probe_that_takes_its_whole_limit_is_followed_by_the_next_one_at_once() {
    let mut room = open(1);
    let mut since = room.now;
    for took in [1_000, 1_000, 1_000, 300, 1_000] {
        let gap = hanging_probe(&mut room, since, Millis::new(took));
        assert!(gap >= SECOND && gap <= Millis::new(1_063), "after {gap}");
        since = Timestamp::from_millis(room.now.as_millis() - took);
    }
}

#[test]
fn the_probe_at_the_deadline_delays_the_next_one_by_nothing() {
    let mut room = open(1);
    room.wait(Millis::from_secs(600));
    hanging_probe(&mut room, Timestamp::default(), Millis::from_secs(5));
    let due = room.coordinator.poll_timeout(&room.policy, true, room.now).unwrap();
    assert_eq!(room.coordinator.state(), State::Open);
    assert!(due.since(room.now) <= SECOND, "it waits for {}", due.since(room.now));
}

#[test]
fn a_replica_that_was_open_for_minutes_makes_calls_a_second_after_the_probe() {
    let mut room = open(1);
    for _ in 0..5 {
        next_probe(&mut room, false);
    }
    next_probe(&mut room, true);
    let mut waited = Millis::ZERO;
    while !room.call(0, Outcome::Success) {
        room.wait(Millis::new(90));
        waited = waited.saturating_add(Millis::new(100));
        assert!(waited < SECOND, "no call was admitted");
    }
    assert_eq!((room.state(0), room.coordinator.state()), (State::Closed, State::Closed));
}

#[test]
fn a_probe_before_the_deadline_that_fails_moves_no_deadline() {
    let mut room = open(1);
    let deadline = room.now + room.coordinator.retry_after(room.now).unwrap();
    for _ in 0..50 {
        next_probe(&mut room, false);
        let left = room.coordinator.retry_after(room.now).unwrap();
        assert_eq!(room.now + left, deadline);
    }
}

#[test]
fn probes_are_rarer_in_a_long_outage_and_never_rarer_than_each_six_seconds() {
    let mut room = open(1);
    let begun = room.now;
    let mut gaps = Vec::new();
    while room.now.since(begun) < Millis::from_secs(590) {
        gaps.push(next_probe(&mut room, false));
    }
    assert!(gaps.len() < 240, "{} probes in ten minutes", gaps.len());
    assert!(gaps.iter().all(|&gap| gap <= Millis::from_secs(6)));
    assert!(gaps.last().is_some_and(|&gap| gap >= Millis::from_secs(5)));
}

#[test]
fn a_time_that_the_upstream_named_is_respected() {
    for outcome in [Outcome::Throttled, Outcome::Exhausted] {
        let mut room = Room::new(1);
        room.call(0, Outcome::Success);
        let retry_after = Some(Millis::from_secs(90));
        room.complete(0, Completion { outcome, retry_after, ..SUCCESS }).unwrap();
        assert_eq!(room.coordinator.state(), State::Open);
        let gap = next_probe(&mut room, true);
        assert!(gap >= Millis::from_secs(89), "{outcome:?} was probed after {gap}");
    }
}

#[test]
fn a_time_that_a_call_under_way_brings_is_respected_too() {
    let mut room = Room::new(1);
    room.policy = long_opening();
    room.call(0, Outcome::Success);
    let permits: Vec<_> = (0..4)
        .map(|_| {
            let replica = &mut room.replicas[0];
            replica.try_acquire(&room.policy, CallKind::Safe, LIMIT, room.now).unwrap()
        })
        .collect();
    for (nth, permit) in permits.into_iter().enumerate() {
        let call = match nth {
            0..3 => Completion { outcome: Outcome::Failure, ..SUCCESS },
            _ => Completion {
                outcome: Outcome::Throttled,
                retry_after: Some(Millis::from_secs(20)),
                ..SUCCESS
            },
        };
        room.replicas[0].record(&room.policy, permit, call, 0, room.now);
        room.talk(0);
    }
    assert_eq!(room.coordinator.state(), State::Open);
    let gap = next_probe(&mut room, true);
    assert!(gap >= Millis::from_secs(19), "probed after {gap}");
    assert_eq!(room.coordinator.state(), State::HalfOpen);
}

#[test]
fn a_good_probe_of_another_cause_ends_the_opening_too() {
    let mut room = open(1);
    room.wait(Millis::new(300));
    room.coordinator.handle_probe(&room.policy, true, 0, room.now);
    assert_eq!(room.coordinator.state(), State::HalfOpen);
}

/// Lets visitors come for a while behind a probe path that always passes and calls that fail.
/// Returns the number of calls that failed.
fn behind_a_lying_probe(room: &mut Room, span: Millis) -> u32 {
    let until = room.now + span;
    let mut failed = 0;
    while room.now < until {
        room.alarm(true);
        failed += u32::from(room.call(0, Outcome::Failure));
        room.wait(Millis::new(90));
    }
    failed
}

#[test]
fn probes_that_lie_are_believed_ever_more_rarely() {
    let mut room = open(1);
    let failed = behind_a_lying_probe(&mut room, Millis::from_secs(60));
    assert!(failed <= 14, "{failed} visitors were spent in a minute");
    let later = behind_a_lying_probe(&mut room, Millis::from_secs(500));
    assert!(later <= 8, "{later} visitors were spent in the eight minutes after");
}

#[test]
fn a_circuit_that_opens_again_soon_after_it_closed_waits_twice_as_long() {
    let mut room = open(1);
    let mut gaps = Vec::new();
    for _ in 0..4 {
        gaps.push(next_probe(&mut room, true));
        while room.coordinator.state() != State::Closed {
            room.wait(Millis::new(90));
            room.call(0, Outcome::Success);
        }
        trip(&mut room);
    }
    let doubles = gaps.windows(2).all(|pair| pair[1].get() >= 2 * pair[0].get() - 100);
    assert!(doubles, "{gaps:?}");
    next_probe(&mut room, true);
    while room.coordinator.state() != State::Closed {
        room.wait(Millis::new(90));
        room.call(0, Outcome::Success);
    }
    room.wait(Millis::from_secs(61));
    trip(&mut room);
    assert!(next_probe(&mut room, true) <= SECOND, "a minute later it is a new outage");
}

#[test]
fn an_evicted_coordinator_goes_on_with_its_probes() {
    let mut room = open(1);
    for _ in 0..3 {
        next_probe(&mut room, false);
    }
    let due = room.coordinator.poll_timeout(&room.policy, true, room.now);
    room.evict();
    assert_eq!(room.coordinator.poll_timeout(&room.policy, true, room.now), due);
}

#[test]
fn a_clock_that_was_set_back_delays_no_probe() {
    let mut room = open(1);
    next_probe(&mut room, false);
    room.now = Timestamp::from_millis(room.now.as_millis() - 600_000);
    let due = room.coordinator.poll_timeout(&room.policy, true, room.now).unwrap();
    assert!(due.since(room.now) <= SECOND);
}

#[test]
fn without_a_probe_path_the_deadline_decides() {
    let mut room = open(1);
    room.has_probe = false;
    assert_eq!(room.coordinator.poll_timeout(&room.policy, false, room.now), None);
    room.wait(Millis::from_secs(30));
    assert!(!room.call(0, Outcome::Success));
}

/// Their visitors come one after the other, every 10 ms. A reply is held for longer than that.
#[test]
fn few_replicas_of_a_large_colo_wait_for_the_end_of_an_opening() {
    let mut room = Room::in_one_colo(200);
    room.policy = long_opening();
    room.coordinator = Coordinator::new(&room.policy);
    // By the second poll the coordinator knows all of them.
    for _ in 0..3 {
        for replica in 0..200 {
            room.call(replica, Outcome::Success);
        }
        room.wait(Millis::from_secs(60));
    }
    trip(&mut room);
    room.wait(Millis::from_secs(60));
    let is_waiting: Vec<_> = (0..600)
        .filter_map(|visitor| {
            room.wait(Millis::new(10));
            room.report(visitor % 200)
        })
        .collect();
    let (first, count) = (is_waiting.first().expect("one asks"), is_waiting.len());
    let reply = room.coordinator.handle_report(&room.policy, first, true, 0, room.now);
    assert!(matches!(reply, ReportReply::Hold(_)), "{reply:?}");
    assert!((20..=90).contains(&count), "{count} reports in 6 s");
}

/// Has a replica ask, and the reply come after this span. Returns whether the session then asks
/// again, and no visitor has come meanwhile.
fn asks_again_after(held: Millis) -> bool {
    let mut room = open(1);
    room.wait(Millis::from_secs(60));
    let report = room.report(0).expect("a poll is due");
    room.wait(held);
    let verdict = room.deliver(&report);
    room.reply(0, report.sequence, verdict);
    while let Some(step) = room.step(0) {
        if matches!(step, SessionStep::Send(_)) {
            return true;
        }
        room.take(0, step);
    }
    false
}

#[test]
fn a_replica_whose_reply_was_held_asks_again_without_a_visitor() {
    assert!(asks_again_after(Millis::new(2_500)));
    assert!(!asks_again_after(Millis::new(100)), "the coordinator holds no replies");
}
