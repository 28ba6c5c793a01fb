//! The durable half: gathers the fleet's evidence and decides for all.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{POLL, QUORUM, Report, Verdict};
use crate::breaker::{Breaker, Override, Permit, Snapshot, SnapshotError, State, Transition};
use crate::outcome::{Completion, Outcome};
use crate::policy::{Policy, WindowKind};
use crate::time::{Millis, Timestamp};
use crate::window::Tally;

/// Replicas remembered at most. Beyond it the one unheard of for longest is forgotten, so a
/// duplicate of its last report could count again.
const REPLICAS_MAX: usize = 10_000;
/// A replica unheard of for this long is gone: isolates live for minutes, and live ones with
/// traffic report in each poll. No window that a quorum is counted over is longer.
const REPLICA_GONE_AFTER: Millis = Millis::from_secs(15 * 60);
/// How often replicas report while the circuit is half open.
const POLL_HALF_OPEN: Millis = Millis::new(500);
/// How often replicas ask while an opening is over and not decided yet.
const POLL_OVERDUE: Millis = Millis::from_secs(1);
/// Replicas ask this long after an opening ends, so that our own probe is done by then.
const POLL_AFTER_DEADLINE: Millis = Millis::new(250);
/// How long past its deadline a circuit waits for our own probe before it grants permits
/// without it: an alarm may be late, and a circuit must not stay open for that.
const PROBE_GRACE: Millis = Millis::from_secs(15);
/// The time over which a count window's replicas are asked for their evidence.
const QUORUM_WINDOW: Millis = Millis::from_secs(60);

/// What the coordinator wants its shell to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Call the upstream's probe path and hand the result to [`Coordinator::handle_probe`].
    Probe,
}

/// One circuit for the whole fleet.
#[derive(Debug)]
pub struct Coordinator {
    breaker: Breaker,
    replicas: BTreeMap<u64, Seen>,
    /// Permits that replicas hold.
    granted: Vec<Permit>,
    /// When the circuit became half open, while it is.
    half_open_since: Option<Timestamp>,
}

/// The stored form of a [`Coordinator`]; its breaker's carries the version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoordinatorSnapshot {
    breaker: Snapshot,
    /// Replica, sequence, and when it was last heard of, had a call and had a failure.
    replicas: Vec<(u64, u32, Timestamp, Timestamp, Timestamp)>,
    half_open_since: Option<Timestamp>,
}

/// What is remembered of a replica.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    sequence: u32,
    last_heard: Timestamp,
    last_call: Timestamp,
    last_failure: Timestamp,
}

impl Coordinator {
    /// A coordinator that has heard nothing.
    pub fn new(policy: &Policy) -> Self {
        Self {
            breaker: Breaker::new(policy),
            replicas: BTreeMap::new(),
            granted: Vec::new(),
            half_open_since: None,
        }
    }

    /// Applies a report once, and says what holds. `has_probe`: whether the upstream has a path
    /// that we probe ourselves. `random` is uniform over all of `u32`.
    pub fn handle_report(
        &mut self,
        policy: &Policy,
        report: &Report,
        has_probe: bool,
        random: u32,
        now: Timestamp,
    ) -> Verdict {
        if self.is_news(report, now) {
            self.apply(policy, report, random, now);
        }
        let permits = u32::from(self.grant(policy, has_probe, now));
        self.verdict(permits, random, now)
    }

    /// Applies the result of a probe of ours. It never enters the window: it only says whether
    /// an upstream that was sick answers again.
    pub fn handle_probe(&mut self, policy: &Policy, passed: bool, random: u32, now: Timestamp) {
        match self.breaker.state() {
            State::Open if !self.is_due(now) => {}
            State::Open if passed => {
                self.breaker.half_open_after_probe(now);
                self.half_open_since = Some(now);
            }
            State::HalfOpen if passed && self.is_unvisited(policy, now) => {
                self.breaker.close_after_probe(policy, now);
            }
            State::Open | State::HalfOpen if !passed => {
                self.breaker.reopen_after_probe(policy, random, now);
            }
            State::Open
            | State::HalfOpen
            | State::Closed
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => {}
        }
        self.settle(now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do: at the end of an
    /// opening, and when a half-open circuit has seen no call for as long. Never for an upstream
    /// that we cannot probe: its permits wait for who asks.
    pub fn poll_timeout(
        &self,
        policy: &Policy,
        has_probe: bool,
        now: Timestamp,
    ) -> Option<Timestamp> {
        match self.breaker.state() {
            State::Open if has_probe => self.breaker.retry_after(now).map(|left| now + left),
            State::HalfOpen if has_probe && self.breaker.tally(now).calls == 0 => {
                self.half_open_since.map(|since| since + policy.open_for)
            }
            State::Open
            | State::HalfOpen
            | State::Closed
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => None,
        }
    }

    /// What is to be done at `now`.
    pub fn handle_timeout(&mut self, policy: &Policy, now: Timestamp) -> Option<Action> {
        let due = match self.breaker.state() {
            State::Open => self.is_due(now),
            State::HalfOpen => self.is_unvisited(policy, now),
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => false,
        };
        due.then_some(Action::Probe)
    }

    /// Sets or lifts an operator's override.
    pub fn set_override(&mut self, policy: &Policy, chosen: Option<Override>, now: Timestamp) {
        self.breaker.set_override(policy, chosen, now);
        self.settle(now);
    }

    /// The fleet's state.
    pub const fn state(&self) -> State {
        self.breaker.state()
    }

    /// The latest change of state.
    pub const fn last_transition(&self) -> Option<Transition> {
        self.breaker.last_transition()
    }

    /// Grows with every transition.
    pub const fn generation(&self) -> u64 {
        self.breaker.generation()
    }

    /// How long an open circuit still rejects.
    pub fn retry_after(&self, now: Timestamp) -> Option<Millis> {
        self.breaker.retry_after(now)
    }

    /// The calls that count at `now`.
    pub fn tally(&self, now: Timestamp) -> Tally {
        self.breaker.tally(now)
    }

    /// Replicas heard of within two polls.
    pub fn replicas(&self, now: Timestamp) -> usize {
        let since = POLL.get() * 2;
        self.replicas.values().filter(|seen| now.since(seen.last_heard).get() <= since).count()
    }

    /// The stored form.
    pub fn snapshot(&self) -> CoordinatorSnapshot {
        CoordinatorSnapshot {
            breaker: self.breaker.snapshot(),
            replicas: self
                .replicas
                .iter()
                .map(|(&id, seen)| {
                    (id, seen.sequence, seen.last_heard, seen.last_call, seen.last_failure)
                })
                .collect(),
            half_open_since: self.half_open_since,
        }
    }

    /// The coordinator as it was, but for permits that replicas hold: their outcomes still count,
    /// on permits that are granted when they arrive.
    ///
    /// # Errors
    /// [`SnapshotError`] if a newer version wrote it.
    pub fn restore(stored: &CoordinatorSnapshot, policy: &Policy) -> Result<Self, SnapshotError> {
        let seen = |&(id, sequence, last_heard, last_call, last_failure)| {
            (id, Seen { sequence, last_heard, last_call, last_failure })
        };
        Ok(Self {
            breaker: Breaker::restore(&stored.breaker, policy)?,
            replicas: stored.replicas.iter().take(REPLICAS_MAX).map(seen).collect(),
            granted: Vec::new(),
            half_open_since: stored.half_open_since,
        })
    }

    /// Remembers the report, and whether it is newer than what is known of its replica.
    fn is_news(&mut self, report: &Report, now: Timestamp) -> bool {
        self.replicas.retain(|_, seen| now.since(seen.last_heard) < REPLICA_GONE_AFTER);
        if !self.replicas.contains_key(&report.replica) && self.replicas.len() >= REPLICAS_MAX {
            let oldest = self.replicas.iter().min_by_key(|(_, seen)| seen.last_heard);
            if let Some(oldest) = oldest.map(|(&id, _)| id) {
                self.replicas.remove(&oldest);
            }
        }
        let seen = self.replicas.entry(report.replica).or_default();
        seen.last_heard = now;
        if report.sequence <= seen.sequence {
            return false;
        }
        seen.sequence = report.sequence;
        if report.delta.calls > 0 {
            seen.last_call = now;
        }
        if report.delta.failures > 0 {
            seen.last_failure = now;
        }
        true
    }

    fn apply(&mut self, policy: &Policy, report: &Report, random: u32, now: Timestamp) {
        let delta = report.delta;
        if report.generation.is_some_and(|generation| generation != self.breaker.generation()) {
            return;
        }
        // A replica whose verdict has lapsed lets its own probes through; they tell as much.
        let is_half_open = self.breaker.state() == State::HalfOpen;
        let failures = if is_half_open { delta.failures.min(delta.calls) } else { 0 };
        let successes = if is_half_open { delta.calls - failures } else { 0 };
        for (outcome, times) in [
            (Outcome::Failure, delta.probe_failures.saturating_add(failures)),
            (Outcome::Success, delta.probe_successes.saturating_add(successes)),
        ] {
            for _ in 0..times.min(policy.probes) {
                self.record_probe(policy, outcome, random, now);
            }
        }
        for (outcome, span) in
            [(Outcome::Exhausted, delta.exhausted_for), (Outcome::Throttled, delta.throttled_for)]
        {
            let Some(span) = span else { continue };
            let retry_after = Some(Millis::new(span));
            let call = Completion { outcome, took: Millis::ZERO, retry_after };
            if let Ok(permit) = self.breaker.try_acquire(policy, Millis::from_secs(1), now) {
                self.breaker.record(policy, permit, call, random, now);
            }
        }
        let counted = Tally {
            calls: delta.calls,
            failures: delta.failures.min(delta.calls),
            slow_calls: delta.slow_calls.min(delta.calls),
        };
        if !is_half_open
            && counted.calls > 0
            && let Some(reason) =
                self.breaker.count_many(policy, counted, delta.trailing_failures, now)
            && self.has_quorum(policy, now)
        {
            self.breaker.open_on(policy, reason, random, now);
        }
        self.settle(now);
    }

    fn record_probe(&mut self, policy: &Policy, outcome: Outcome, random: u32, now: Timestamp) {
        if self.breaker.state() != State::HalfOpen {
            return;
        }
        let permit = match self.granted.pop() {
            Some(permit) => Ok(permit),
            None => self.breaker.try_acquire(policy, Millis::from_secs(1), now),
        };
        if let Ok(permit) = permit {
            let call = Completion { outcome, took: Millis::ZERO, retry_after: None };
            self.breaker.record(policy, permit, call, random, now);
        }
    }

    /// Grants a permit for one call, if the circuit is half open or may become so.
    fn grant(&mut self, policy: &Policy, has_probe: bool, now: Timestamp) -> bool {
        let may_grant = match self.breaker.state() {
            State::HalfOpen => true,
            State::Open => {
                let grace = if has_probe { PROBE_GRACE } else { Millis::ZERO };
                self.breaker.overdue(now).is_some_and(|overdue| overdue >= grace)
            }
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => false,
        };
        if !may_grant {
            return false;
        }
        let granted = self.breaker.try_acquire(policy, policy.probe_timeout, now);
        self.settle(now);
        granted.map(|permit| self.granted.push(permit)).is_ok()
    }

    fn verdict(&self, permits: u32, random: u32, now: Timestamp) -> Verdict {
        let state = self.breaker.state();
        let remaining = self.breaker.retry_after(now).unwrap_or(Millis::ZERO);
        let live = self.replicas(now) as u64;
        let poll = match state {
            // Our probe is late, or at work on an upstream that hangs: the more ask, the slower.
            State::Open if remaining == Millis::ZERO => POLL_OVERDUE.get().max(live),
            State::Open => (remaining.get() + POLL_AFTER_DEADLINE.get()).min(POLL.get()),
            State::HalfOpen => POLL_HALF_OPEN.get(),
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {
                POLL.get()
            }
        };
        // Up to a third more, so that replicas that started together do not stay together.
        let jitter = ((poll / 3) * u64::from(random)) >> 32;
        let jitter = if state == State::Open { jitter.min(1_000) } else { jitter };
        Verdict {
            state,
            generation: self.breaker.generation(),
            remaining_ms: remaining.get(),
            permits,
            poll_ms: poll + jitter,
            spread_ms: live,
        }
    }

    /// At least a quorum of replicas had a failure in the window, or all that had a call.
    fn has_quorum(&self, policy: &Policy, now: Timestamp) -> bool {
        let window = match policy.window {
            WindowKind::Time(span) => span,
            WindowKind::Calls(_) => QUORUM_WINDOW,
        };
        let within = |at: Timestamp| at != Timestamp::default() && now.since(at) <= window;
        let called = self.replicas.values().filter(|seen| within(seen.last_call)).count();
        let failed = self.replicas.values().filter(|seen| within(seen.last_failure)).count();
        failed >= QUORUM || failed == called
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.breaker.overdue(now).is_some()
    }

    /// Half open for as long as an opening lasts, and no call has come.
    fn is_unvisited(&self, policy: &Policy, now: Timestamp) -> bool {
        self.half_open_since.is_some_and(|since| now.since(since) >= policy.open_for)
            && self.breaker.tally(now).calls == 0
    }

    /// Forgets what belongs to a state that is over.
    fn settle(&mut self, now: Timestamp) {
        if self.breaker.state() == State::HalfOpen {
            self.half_open_since.get_or_insert(now);
        } else {
            self.half_open_since = None;
            self.granted.clear();
        }
    }
}
