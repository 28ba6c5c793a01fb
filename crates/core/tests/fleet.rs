//! Replicas and their coordinator in one virtual room: time jumps, messages may be lost.

use breakwater_core::breaker::State;
use breakwater_core::fleet::{Action, Coordinator, REPORT_TIMEOUT, Replica, Report, Verdict};
use breakwater_core::outcome::{Completion, Outcome};
use breakwater_core::policy::{Policy, PolicySpec};
use breakwater_core::time::{Millis, Timestamp};

const LIMIT: Millis = Millis::from_secs(10);

struct Room {
    policy: Policy,
    coordinator: Coordinator,
    replicas: Vec<Replica>,
    now: Timestamp,
    /// Whether the coordinator can be reached.
    is_connected: bool,
    has_probe: bool,
}

impl Room {
    fn new(replicas: u64) -> Self {
        let spec = PolicySpec {
            consecutive_failures: Some(3),
            open_for: Some(Millis::from_secs(10)),
            ..PolicySpec::default()
        };
        let policy = Policy::try_from(spec).expect("a valid policy");
        Self {
            coordinator: Coordinator::new(&policy),
            replicas: (1..=replicas).map(|id| Replica::new(id, &policy)).collect(),
            policy,
            now: Timestamp::from_millis(1_000_000),
            is_connected: true,
            has_probe: true,
        }
    }

    /// A visitor's call through one replica, and the report after it. Whether it was admitted.
    fn call(&mut self, replica: usize, outcome: Outcome) -> bool {
        self.now = self.now + Millis::new(10);
        let admitted = self.replicas[replica].try_acquire(&self.policy, LIMIT, self.now);
        let was_admitted = admitted.is_ok();
        if let Ok(permit) = admitted {
            let call = Completion { outcome, took: Millis::new(10), retry_after: None };
            self.replicas[replica].record(&self.policy, permit, call, 0, self.now);
        }
        self.report(replica);
        was_admitted
    }

    fn report(&mut self, replica: usize) {
        if let Some((report, _)) = self.replicas[replica].poll_report(0, self.now) {
            if self.is_connected {
                let verdict = self.deliver(&report);
                self.reply(replica, report.sequence, verdict);
            } else {
                self.replicas[replica].handle_lost_report(report.sequence, false);
            }
        }
    }

    fn deliver(&mut self, report: &Report) -> Verdict {
        self.coordinator.handle_report(&self.policy, report, self.has_probe, 0, self.now)
    }

    fn reply(&mut self, replica: usize, sequence: u32, verdict: Verdict) {
        self.replicas[replica].handle_verdict(&self.policy, sequence, verdict, self.now);
    }

    fn wait(&mut self, span: Millis) {
        self.now = self.now + span;
    }

    /// The alarm, if it is due, with a probe that finds the upstream in this condition.
    fn alarm(&mut self, is_well: bool) {
        let due = self.coordinator.poll_timeout(&self.policy, self.has_probe, self.now);
        if due.is_some_and(|due| due <= self.now)
            && self.coordinator.handle_timeout(&self.policy, self.now) == Some(Action::Probe)
        {
            self.coordinator.handle_probe(&self.policy, is_well, 0, self.now);
        }
    }

    fn state(&self, replica: usize) -> State {
        self.replicas[replica].state(self.now)
    }
}

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
fn a_report_that_arrives_twice_counts_once() {
    let mut room = Room::new(1);
    room.call(0, Outcome::Success);
    room.wait(Millis::from_secs(2));
    let permit = room.replicas[0].try_acquire(&room.policy, LIMIT, room.now).unwrap();
    let call = Completion { outcome: Outcome::Failure, took: LIMIT, retry_after: None };
    room.replicas[0].record(&room.policy, permit, call, 0, room.now);
    let (report, _) = room.replicas[0].poll_report(0, room.now).unwrap();
    for _ in 0..5 {
        room.deliver(&report);
    }
    assert_eq!(room.coordinator.tally(room.now).failures, 1);
    assert_eq!(room.coordinator.state(), State::Closed);
}

#[test]
fn an_evicted_coordinator_is_open_with_its_old_deadline_for_a_fresh_isolate() {
    let mut room = Room::new(1);
    for _ in 0..3 {
        room.call(0, Outcome::Failure);
    }
    room.wait(Millis::from_secs(4));
    let left = room.coordinator.retry_after(room.now).unwrap();
    let stored = serde_json::to_string(&room.coordinator.snapshot()).unwrap();
    let stored = serde_json::from_str(&stored).unwrap();
    room.coordinator = Coordinator::restore(&stored, &room.policy).unwrap();
    room.replicas = vec![Replica::new(77, &room.policy)];
    assert_eq!(room.coordinator.retry_after(room.now), Some(left));
    assert!(room.call(0, Outcome::Failure), "its first call passes and fetches the verdict");
    assert_eq!(room.state(0), State::Open);
    assert_eq!(room.replicas[0].retry_after(room.now).unwrap(), Millis::new(left.get() - 10));
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
fn an_exhausted_quota_stays_so_for_the_whole_fleet() {
    let mut room = Room::new(2);
    let permit = room.replicas[0].try_acquire(&room.policy, LIMIT, room.now).unwrap();
    let eight_hours = Millis::from_secs(8 * 3600);
    let outcome = Outcome::Exhausted;
    let call = Completion { outcome, took: Millis::new(10), retry_after: Some(eight_hours) };
    room.replicas[0].record(&room.policy, permit, call, 0, room.now);
    room.report(0);
    assert_eq!(room.coordinator.retry_after(room.now), Some(eight_hours));
    assert_eq!(room.replicas[0].retry_after(room.now), Some(eight_hours));
    room.report(1);
    assert!(!room.call(1, Outcome::Success));
}

#[test]
fn replicas_that_are_gone_spread_nothing_out() {
    let mut room = Room::new(50);
    for replica in 0..50 {
        room.call(replica, Outcome::Success);
    }
    room.wait(Millis::from_secs(3600));
    let (report, _) = room.replicas[0].poll_report(0, room.now).unwrap();
    assert_eq!(room.deliver(&report).spread_ms, 1);
    assert_eq!(room.coordinator.replicas(room.now), 1);
}

#[test]
fn at_most_one_report_is_under_way_and_a_lost_one_is_given_up() {
    let mut room = Room::new(1);
    let (first, _) = room.replicas[0].poll_report(0, room.now).unwrap();
    room.wait(Millis::from_secs(1));
    assert_eq!(room.replicas[0].poll_report(0, room.now), None);
    room.replicas[0].handle_lost_report(first.sequence, true);
    room.wait(REPORT_TIMEOUT);
    assert_eq!(room.replicas[0].poll_report(0, room.now), None, "the next poll is not due");
}

/// If this fails, isolates of one deploy no longer understand the coordinators of another.
#[test]
fn the_wire_form_is_unchanged() {
    let mut room = Room::new(1);
    let (report, _) = room.replicas[0].poll_report(0, room.now).unwrap();
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        r#"{"replica":1,"sequence":1,"generation":null,"delta":{"calls":0,"failures":0,"slow_calls":0,"trailing_failures":0,"probe_successes":0,"probe_failures":0,"throttled_for":null,"exhausted_for":null}}"#
    );
    assert_eq!(
        serde_json::to_string(&room.deliver(&report)).unwrap(),
        r#"{"state":"closed","generation":0,"remaining_ms":0,"permits":0,"poll_ms":45000,"spread_ms":1}"#
    );
}
