//! Replicas and their coordinator in one virtual room, where time can jump and messages can be
//! lost.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{Rejected, State};
use breakwater_core::circuit::fleet::{
    Action, CallKind, ColoEntries, ColoSuspicion, ColoVerdict, Coordinator, Loss, Note, Replica,
    Report, ReportReply, ReportRequest, RequestId, Session, SessionStep, Verdict,
};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The callers' time limit, in milliseconds.
pub(crate) const LIMIT: Millis = Millis::from_secs(10);

pub(crate) struct Room {
    pub(crate) policy: Policy,
    pub(crate) coordinator: Coordinator,
    pub(crate) replicas: Vec<Replica>,
    /// The latest session of each replica.
    sessions: Vec<Option<Session>>,
    /// The latest request of each replica.
    requests: Vec<Option<ReportRequest>>,
    pub(crate) now: Timestamp,
    /// Whether the coordinator can be reached.
    pub(crate) is_connected: bool,
    pub(crate) has_probe: bool,
    /// The contents of the colo's cache. It is `None` if the cache stores nothing.
    pub(crate) colo: Option<ColoCache>,
    /// How many reports reached the coordinator.
    pub(crate) reports: usize,
    /// The random number of every draw.
    pub(crate) random: u32,
}

#[derive(Default)]
pub(crate) struct ColoCache {
    pub(crate) kept: Option<ColoVerdict>,
    pub(crate) note: Option<Note>,
    pub(crate) suspicion: Option<ColoSuspicion>,
}

impl Room {
    /// Returns replicas that share nothing but the coordinator.
    pub(crate) fn new(replicas: u64) -> Self {
        let spec = PolicySpec {
            consecutive_failures: Some(3),
            open_for: Some(Millis::from_secs(10)),
            ..PolicySpec::default()
        };
        let policy = Policy::try_from(spec).expect("a valid policy");
        Self {
            coordinator: Coordinator::new(&policy),
            replicas: (1..=replicas).map(|id| Replica::new(id, None, &policy)).collect(),
            sessions: Vec::new(),
            requests: Vec::new(),
            policy,
            now: Timestamp::from_millis(1_000_000),
            is_connected: true,
            has_probe: true,
            colo: None,
            reports: 0,
            random: 0,
        }
    }

    /// Returns replicas of one colo, whose cache stores everything that it is given.
    pub(crate) fn in_one_colo(replicas: u64) -> Self {
        Self { colo: Some(ColoCache::default()), ..Self::new(replicas) }
    }

    /// Makes a visitor's call through one replica and runs the session after it. Returns whether
    /// the call was admitted.
    pub(crate) fn call(&mut self, replica: usize, outcome: Outcome) -> bool {
        let completion = Completion { outcome, took: Millis::new(10), retry_after: None };
        self.complete(replica, completion).is_ok()
    }

    pub(crate) fn complete(&mut self, replica: usize, call: Completion) -> Result<(), Rejected> {
        self.now = self.now + Millis::new(10);
        let admitted =
            self.replicas[replica].try_acquire(&self.policy, CallKind::Safe, LIMIT, self.now);
        let admitted = admitted.map(|permit| {
            self.replicas[replica].record(&self.policy, permit, call, 0, self.now);
        });
        self.talk(replica);
        admitted
    }

    /// Runs the session that is due to its end.
    pub(crate) fn talk(&mut self, replica: usize) {
        if self.begin(replica) {
            self.go_on(replica);
        }
    }

    /// Whether a session was due, which then has begun.
    pub(crate) fn begin(&mut self, replica: usize) -> bool {
        let begun = Session::begin(&mut self.replicas[replica], self.now);
        let is_due = begun.is_some();
        if is_due {
            self.sessions.resize_with(self.replicas.len(), || None);
            self.requests.resize(self.replicas.len(), None);
            self.sessions[replica] = begun;
        }
        is_due
    }

    /// The next step of the session under way.
    pub(crate) fn step(&mut self, replica: usize) -> Option<SessionStep> {
        let session = self.sessions[replica].as_mut()?;
        let step = session.next_step(&mut self.replicas[replica], 0, self.now);
        if let Some(SessionStep::Send(request)) = step {
            self.requests[replica] = Some(request);
        }
        step
    }

    /// Runs the session under way to its end.
    pub(crate) fn go_on(&mut self, replica: usize) {
        while let Some(step) = self.step(replica) {
            self.take(replica, step);
        }
    }

    pub(crate) fn take(&mut self, replica: usize, step: SessionStep) {
        match step {
            SessionStep::Sleep(span) => self.wait(span),
            SessionStep::Look => {
                let verdict = self.colo.as_ref().and_then(|cache| cache.kept);
                let note = self.colo.as_ref().and_then(|cache| cache.note);
                // The cache counts in whole seconds.
                let note = note.filter(|note| self.now.since(note.at) < Millis::from_secs(1));
                let suspicion = self.colo.as_ref().and_then(|cache| cache.suspicion);
                let found = ColoEntries { verdict, note, suspicion };
                let session = self.sessions[replica].as_mut().expect("it has begun");
                let replica = &mut self.replicas[replica];
                session.handle_found(replica, &self.policy, found, self.random, self.now);
            }
            SessionStep::LeaveNote(note) => {
                if let Some(cache) = &mut self.colo {
                    cache.note = Some(note);
                }
            }
            SessionStep::Share(kept, _) => {
                if let Some(cache) = &mut self.colo {
                    cache.kept = Some(kept);
                }
            }
            SessionStep::Tell(suspicion, _) => {
                if let Some(cache) = &mut self.colo {
                    cache.suspicion = Some(suspicion);
                }
            }
            SessionStep::Send(ReportRequest { report, .. }) if self.is_connected => {
                let verdict = self.deliver(&report);
                self.reply(replica, report.sequence, verdict);
            }
            SessionStep::Send(_) => self.lose(replica, Loss::Unknown, 0),
        }
    }

    /// Returns the report that a replica wants to send now, without delivering it.
    pub(crate) fn report(&mut self, replica: usize) -> Option<Report> {
        if !self.begin(replica) {
            return None;
        }
        while let Some(step) = self.step(replica) {
            if let SessionStep::Send(request) = step {
                return Some(request.report);
            }
            self.take(replica, step);
        }
        None
    }

    pub(crate) fn deliver(&mut self, report: &Report) -> Verdict {
        self.reports += 1;
        let (policy, now) = (&self.policy, self.now);
        match self.coordinator.handle_report(policy, report, self.has_probe, 0, now) {
            ReportReply::Now(verdict) => verdict,
            ReportReply::Hold(_) => {
                self.coordinator.verdict(policy, report.replica, self.has_probe, now)
            }
        }
    }

    /// A reply to the report with this sequence, whether the replica waits for it or not.
    pub(crate) fn reply(&mut self, replica: usize, sequence: u32, verdict: Verdict) {
        let id = self
            .requests
            .get(replica)
            .copied()
            .flatten()
            .filter(|request| request.report.sequence == sequence);
        let is_awaited = id.is_some_and(|request| self.answer(replica, request.id, verdict));
        if !is_awaited {
            let (policy, random, now) = (&self.policy, self.random, self.now);
            self.replicas[replica].handle_verdict(policy, sequence, verdict, random, now);
        }
    }

    fn answer(&mut self, replica: usize, id: RequestId, verdict: Verdict) -> bool {
        let Some(session) = &mut self.sessions[replica] else { return false };
        let (replica, policy) = (&mut self.replicas[replica], &self.policy);
        session.handle_reply(replica, policy, id, Ok(verdict), self.random, self.now)
    }

    /// The latest request gets no reply.
    pub(crate) fn lose(&mut self, replica: usize, loss: Loss, random: u32) {
        let id = self.requests[replica].expect("it was sent").id;
        let session = self.sessions[replica].as_mut().expect("it has begun");
        let (replica, policy) = (&mut self.replicas[replica], &self.policy);
        session.handle_reply(replica, policy, id, Err(loss), random, self.now);
    }

    pub(crate) fn wait(&mut self, span: Millis) {
        self.now = self.now + span;
    }

    /// Handles the alarm if it is due. A probe finds the upstream working if `is_well` is set.
    pub(crate) fn alarm(&mut self, is_well: bool) {
        let due = self.coordinator.poll_timeout(&self.policy, self.has_probe, self.now);
        if due.is_some_and(|due| due <= self.now)
            && self.coordinator.handle_timeout(&self.policy, self.now) == Some(Action::Probe)
        {
            self.coordinator.handle_probe(&self.policy, is_well, 0, self.now);
        }
    }

    pub(crate) fn state(&self, replica: usize) -> State {
        self.replicas[replica].state(self.now)
    }

    /// Replaces the coordinator by one that is read back from storage, as after an eviction.
    pub(crate) fn evict(&mut self) {
        let alarm = self.coordinator.poll_timeout(&self.policy, self.has_probe, self.now);
        let rows: Vec<_> = self.coordinator.stored_replicas().collect();
        let stored = stored_and_read(&self.coordinator.snapshot());
        let rows = rows.iter().map(stored_and_read);
        self.coordinator = Coordinator::restore(&stored, rows, &self.policy).expect("our version");
        self.coordinator.resume_probes(alarm);
    }
}

fn stored_and_read<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let json = serde_json::to_string(value).expect("it can be written");
    serde_json::from_str(&json).expect("it can be read")
}

pub(crate) const SUCCESS: Completion =
    Completion { outcome: Outcome::Success, took: Millis::new(10), retry_after: None };
