//! Replicas and their coordinator in one virtual room: time jumps, messages may be lost.

use breakwater_core::breaker::{Override, Rejected, State};
use breakwater_core::fleet::{
    Action, Answer, Coordinator, Delta, Kept, Loss, Note, Place, REPORT_TIMEOUT, Replica, Report,
    Step, Verdict,
};
use breakwater_core::outcome::{Completion, Outcome};
use breakwater_core::policy::{Policy, PolicySpec};
use breakwater_core::time::{Millis, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

const LIMIT: Millis = Millis::from_secs(10);

struct Room {
    policy: Policy,
    coordinator: Coordinator,
    replicas: Vec<Replica>,
    now: Timestamp,
    /// Whether the coordinator can be reached.
    is_connected: bool,
    has_probe: bool,
    /// What the colo's cache holds, if it keeps anything.
    colo: Option<Shelf>,
    /// Reports that reached the coordinator.
    reports: usize,
    /// What is drawn at random.
    random: u32,
}

#[derive(Default)]
struct Shelf {
    kept: Option<Kept>,
    note: Option<Note>,
}

impl Room {
    /// Replicas that share nothing but the coordinator.
    fn new(replicas: u64) -> Self {
        let spec = PolicySpec {
            consecutive_failures: Some(3),
            open_for: Some(Millis::from_secs(10)),
            ..PolicySpec::default()
        };
        let policy = Policy::try_from(spec).expect("a valid policy");
        Self {
            coordinator: Coordinator::new(&policy),
            replicas: (1..=replicas).map(|id| Replica::new(id, None, &policy)).collect(),
            policy,
            now: Timestamp::from_millis(1_000_000),
            is_connected: true,
            has_probe: true,
            colo: None,
            reports: 0,
            random: 0,
        }
    }

    /// Replicas of one colo, whose cache keeps what it is given.
    fn in_one_colo(replicas: u64) -> Self {
        Self { colo: Some(Shelf::default()), ..Self::new(replicas) }
    }

    /// A visitor's call through one replica, and the session after it. Whether it was admitted.
    fn call(&mut self, replica: usize, outcome: Outcome) -> bool {
        let completion = Completion { outcome, took: Millis::new(10), retry_after: None };
        self.complete(replica, completion).is_ok()
    }

    fn complete(&mut self, replica: usize, call: Completion) -> Result<(), Rejected> {
        self.now = self.now + Millis::new(10);
        let admitted = self.replicas[replica].try_acquire(&self.policy, LIMIT, self.now);
        let admitted = admitted.map(|permit| {
            self.replicas[replica].record(&self.policy, permit, call, 0, self.now);
        });
        self.talk(replica);
        admitted
    }

    /// The session that is due, to its end.
    fn talk(&mut self, replica: usize) {
        if !self.replicas[replica].begin_session(self.now) {
            return;
        }
        while let Some(step) = self.replicas[replica].next_step(0, self.now) {
            self.take(replica, step);
        }
    }

    fn take(&mut self, replica: usize, step: Step) {
        match step {
            Step::Sleep(span) => self.wait(span),
            Step::Look => {
                let kept = self.colo.as_ref().and_then(|shelf| shelf.kept);
                let note = self.colo.as_ref().and_then(|shelf| shelf.note);
                self.replicas[replica].handle_found(
                    &self.policy,
                    kept,
                    note,
                    self.random,
                    self.now,
                );
            }
            Step::Note(note) => {
                if let Some(shelf) = &mut self.colo {
                    shelf.note = Some(note);
                }
            }
            Step::Keep(kept, _) => {
                if let Some(shelf) = &mut self.colo {
                    shelf.kept = Some(kept);
                }
            }
            Step::Send(report) if self.is_connected => {
                let verdict = self.deliver(&report);
                self.reply(replica, report.sequence, verdict);
            }
            Step::Send(report) => {
                self.replicas[replica].handle_lost(report.sequence, Loss::Unknown, 0, self.now);
            }
        }
    }

    /// The report that a replica wants to send now, taken but not delivered.
    fn report(&mut self, replica: usize) -> Option<Report> {
        if !self.replicas[replica].begin_session(self.now) {
            return None;
        }
        while let Some(step) = self.replicas[replica].next_step(0, self.now) {
            if let Step::Send(report) = step {
                return Some(report);
            }
            self.take(replica, step);
        }
        None
    }

    fn deliver(&mut self, report: &Report) -> Verdict {
        self.reports += 1;
        let (policy, now) = (&self.policy, self.now);
        match self.coordinator.handle_report(policy, report, self.has_probe, 0, now) {
            Answer::Now(verdict) => verdict,
            Answer::Hold(_) => {
                self.coordinator.verdict(policy, report.replica, self.has_probe, now)
            }
        }
    }

    fn reply(&mut self, replica: usize, sequence: u32, verdict: Verdict) {
        self.replicas[replica].handle_verdict(
            &self.policy,
            sequence,
            verdict,
            self.random,
            self.now,
        );
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

    /// The coordinator as an eviction leaves it: what was stored, read back.
    fn evict(&mut self) {
        let rows: Vec<_> = self.coordinator.stored_replicas().collect();
        let stored = stored_and_read(&self.coordinator.snapshot());
        let rows = rows.iter().map(stored_and_read);
        self.coordinator = Coordinator::restore(&stored, rows, &self.policy).expect("our version");
    }
}

fn stored_and_read<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let json = serde_json::to_string(value).expect("it can be written");
    serde_json::from_str(&json).expect("it can be read")
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
        place: None,
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
fn replicas_that_are_gone_spread_nothing_out() {
    let mut room = Room::new(50);
    for replica in 0..50 {
        room.call(replica, Outcome::Success);
    }
    room.wait(Millis::from_secs(3600));
    let report = room.report(0).unwrap();
    assert_eq!(room.deliver(&report).spread_ms, 2);
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
    room.replicas[0].handle_lost(first.sequence, Loss::Unknown, u32::MAX, room.now);
    assert_eq!(room.report(0), None, "not at once");
    room.wait(Millis::from_secs(1));
    assert_eq!(room.report(0), Some(first));
}

#[test]
fn an_overloaded_coordinator_is_left_alone_for_longer_each_time() {
    let mut room = Room::new(1);
    let report = room.report(0).unwrap();
    let mut waits = Vec::new();
    for _ in 0..4 {
        room.replicas[0].handle_lost(report.sequence, Loss::Overloaded, u32::MAX, room.now);
        let lost = room.now;
        while room.report(0).is_none() {
            room.wait(Millis::new(100));
        }
        waits.push(room.now.since(lost).get());
    }
    assert_eq!(waits, [1_000, 1_000, 1_000, 2_000]);
}

#[test]
fn one_replica_of_a_colo_asks_for_its_mates() {
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
        replica.set_place(Place::parse(if index < 10 { "OC" } else { "EU" }));
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
        spread_ms: 2,
        is_bypass: false,
    };
    room.reply(0, 99, late);
    assert_eq!(room.replicas[0].retry_after(room.now), Some(left));
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
        spread_ms: u64::MAX,
        is_bypass: false,
    };
    room.reply(0, 1, absurd);
    assert_eq!(room.replicas[0].retry_after(room.now), Some(Millis::from_secs(24 * 3600)));
    room.wait(Millis::from_secs(24 * 3600));
    assert!(room.call(0, Outcome::Success) || room.state(0) == State::HalfOpen);
}

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
    let permit = room.replicas[0].try_acquire(&room.policy, LIMIT, room.now).unwrap();
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

const SUCCESS: Completion =
    Completion { outcome: Outcome::Success, took: Millis::new(10), retry_after: None };
