//! The isolate's half: it answers at once from memory, and talks to the coordinator afterwards, in
//! a [`Session`](super::session::Session).

mod outcome;
mod outstanding;
mod slow_start;
mod streak;
mod suspicion;
mod timers;
mod verdict;

pub use outstanding::{CallWatch, Suspicion};
pub(super) use timers::{Timer, Timers};
pub(super) use verdict::LOOK_EVERY;

use super::kind::CallKind;
use super::message::{Delta, Region, Report, Verdict};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::{Breaker, Permit, Rejected, State};
use crate::circuit::outcome::{Completion, Outcome};
use crate::circuit::policy::Policy;
use outstanding::{CallEnd, CallNumber, OutstandingCalls};
use slow_start::SlowStart;
use streak::Streak;

/// How long after a call a stalled replica reads its colo's cache: 100 ms. A peer may know more.
const STALLED_LOOK_AFTER: Millis = Millis::new(100);
/// How long a circuit that may be probed waits for a safe request before any other call may be the
/// probe: 2 s. That is four polls of a half-open circuit, in which permits go round among replicas
/// that have safe requests. An upstream that gets nothing but unsafe requests pays for it with a
/// short time on top of the shortest openings that sites choose.
const SAFE_WAIT: Millis = Millis::from_secs(2);

/// One isolate's view of a circuit that the whole fleet shares.
#[derive(Debug)]
pub struct Replica {
    pub(super) id: u64,
    pub(super) region: Option<Region>,
    pub(super) breaker: Breaker,
    /// The latest verdict.
    pub(super) known: Option<KnownVerdict>,
    order: Option<OrderInForce>,
    pub(super) outgoing: OutgoingReports,
    pub(super) timers: Timers,
    streak: Streak,
    outstanding: OutstandingCalls,
    slow_start: SlowStart,
    /// The number of the latest session. An earlier one has died, and does nothing more.
    pub(super) session: u32,
    pub(super) colo: ColoCache,
    /// The call that was admitted on a permit of the coordinator's and has not ended.
    pub(super) permitted: Option<PermittedCall>,
    /// When the latest safe request came while the circuit was not closed.
    last_safe: Option<Timestamp>,
}

/// A verdict in terms of this machine's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownVerdict {
    pub(super) verdict: Verdict,
    /// The permits that are still to be used.
    pub(super) permits: u32,
    /// When the state ends, where it has an end.
    pub(super) deadline: Timestamp,
    /// Since when permits are to be had, as far as the replica knows.
    probes_since: Timestamp,
    /// The generation of the opening that a half-open period follows, if the replica knew it. Calls
    /// that were let through after its deadline tell as much as calls on permits.
    follows: Option<u64>,
    /// When the replica's own breaker decides again.
    valid_until: Timestamp,
}

/// An operator's order.
#[derive(Clone, Copy, Debug)]
struct OrderInForce {
    until: Timestamp,
    is_bypass: bool,
}

/// What is to be reported, and what became of reports.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OutgoingReports {
    pub(super) delta: Delta,
    /// The sequence of the latest report.
    pub(super) sequence: u32,
    /// The report that was sent and has no reply. It is sent again until there is one.
    pub(super) unanswered: Option<Report>,
    /// How many reports in a row got no reply.
    pub(super) losses: u32,
    /// The sequence of the latest report that got a reply: only its first reply carries permits.
    pub(super) replied: Option<u32>,
    /// The urgency of what happened since the last report, if it cannot wait for the next poll.
    pub(super) pending: Option<PendingUrgency>,
}

/// Why the coordinator should hear of something before the next poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PendingUrgency {
    /// Calls failed.
    Failures,
    /// The replica's own circuit changed, or a permit was used.
    Transition,
}

impl OutgoingReports {
    /// Remembers that something is to be reported before the next poll.
    pub(super) fn press(&mut self, urgency: PendingUrgency) {
        self.pending = self.pending.max(Some(urgency));
    }

    /// Forgets that failures are to be reported.
    pub(super) fn drop_failures(&mut self) {
        if self.pending == Some(PendingUrgency::Failures) {
            self.pending = None;
        }
    }
}

/// What the replica knows of its colo's cache. On some hosts the cache stores nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColoCache {
    /// It has held nothing so far.
    Unknown,
    /// It stores entries.
    Stores,
    /// The isolate that leaves notes there has another clock, so that peers cannot wait for each
    /// other.
    ClocksDiffer,
    /// It stores nothing.
    StoresNothing,
}

/// A call on a permit of the coordinator's.
#[derive(Clone, Copy, Debug)]
pub(super) struct PermittedCall {
    /// The coordinator's generation that granted the permit.
    pub(super) generation: u64,
    /// When the permit's lease ends.
    pub(super) expires: Timestamp,
}

/// The right to make one call, from the replica's own breaker or from the coordinator.
#[derive(Debug)]
#[must_use = "a permit that is not recorded holds its slot until its lease ends"]
pub struct FleetPermit {
    origin: PermitOrigin,
    watched: Option<WatchedCall>,
}

/// A call whose time is watched while it is out.
#[derive(Clone, Copy, Debug)]
struct WatchedCall {
    number: CallNumber,
    began: Timestamp,
    patience: Option<Millis>,
}

#[derive(Debug)]
enum PermitOrigin {
    /// The replica's own breaker, while it knew this generation of the coordinator's.
    Own { permit: Permit, generation: Option<u64> },
    /// The coordinator.
    Fleet { generation: u64 },
}

impl FleetPermit {
    const fn new(origin: PermitOrigin) -> Self {
        Self { origin, watched: None }
    }

    /// Whether the coordinator granted it.
    pub const fn is_from_fleet(&self) -> bool {
        matches!(self.origin, PermitOrigin::Fleet { .. })
    }

    /// Whether its call finds out how the upstream is while others are rejected, no matter whether
    /// the replica or the coordinator permits it.
    pub fn is_probe(&self) -> bool {
        match &self.origin {
            PermitOrigin::Own { permit, .. } => permit.is_probe(),
            PermitOrigin::Fleet { .. } => true,
        }
    }

    /// The coordinator's generation that its call counts for; `None` before the first verdict.
    pub const fn generation(&self) -> Option<u64> {
        match self.origin {
            PermitOrigin::Own { generation, .. } => generation,
            PermitOrigin::Fleet { generation } => Some(generation),
        }
    }
}

impl Replica {
    /// A replica that has seen nothing. `id` is random, so that no two replicas have the same.
    pub fn new(id: u64, region: Option<Region>, policy: &Policy) -> Self {
        let mut timers = Timers::default();
        // The first report is due as soon as there is a call.
        timers.set(Timer::Poll, Timestamp::from_millis(0));
        Self {
            id,
            region,
            breaker: Breaker::new(policy),
            known: None,
            order: None,
            outgoing: OutgoingReports::default(),
            timers,
            streak: Streak::default(),
            outstanding: OutstandingCalls::default(),
            slow_start: SlowStart::default(),
            session: 0,
            colo: ColoCache::Unknown,
            permitted: None,
            last_safe: None,
        }
    }

    /// Tells the replica its region, as soon as that is known.
    pub const fn set_region(&mut self, region: Option<Region>) {
        self.region = region;
    }

    /// Admits a call that the caller gives up after `limit`, or says why not. It never waits. While
    /// the circuit finds out whether its upstream is well again, safe requests go first.
    ///
    /// # Errors
    /// [`Rejected`], with the time to wait where that is known.
    pub fn try_acquire(
        &mut self,
        policy: &Policy,
        kind: CallKind,
        limit: Millis,
        now: Timestamp,
    ) -> Result<FleetPermit, Rejected> {
        if self.order.is_some_and(|order| now >= order.until) {
            self.lift_order(policy, now);
        }
        if let Some(known) = self.known_at(now) {
            match known.verdict.state {
                State::Open if now < known.deadline => {
                    self.note_safe(kind, now);
                    return Err(Rejected::Open { retry_after: known.deadline.since(now) });
                }
                State::Open | State::HalfOpen => {
                    let generation = known.verdict.generation;
                    if !self.may_probe(kind, known.probes_since, now) {
                        return Err(Rejected::Probing);
                    }
                    let Some(left) = known.permits.checked_sub(1) else {
                        return Err(Rejected::Probing);
                    };
                    self.known = Some(KnownVerdict { permits: left, ..known });
                    let expires = now + policy.probe_timeout;
                    self.permitted = Some(PermittedCall { generation, expires });
                    return Ok(FleetPermit::new(PermitOrigin::Fleet { generation }));
                }
                State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {}
            }
        }
        self.count_outstanding(policy, now);
        if self.streak.holds_off(now) && self.breaker.state() == State::Closed {
            return Err(Rejected::Probing);
        }
        if self.breaker.state() != State::Closed
            && let Some(since) = self.breaker.probes_since(now)
            && !self.may_probe(kind, since, now)
        {
            return Err(Rejected::Probing);
        }
        let before = self.breaker.generation();
        let admitted = self.breaker.try_acquire(policy, limit, now);
        self.note_transition(before);
        let permit = admitted?;
        if self.streak.start_call(now) {
            self.timers.set_earlier(Timer::Look, now + STALLED_LOOK_AFTER);
        }
        let generation = self.known.map(|known| known.verdict.generation);
        Ok(FleetPermit::new(PermitOrigin::Own { permit, generation }))
    }

    /// Whether a call may find out how the upstream is, in a circuit that may be probed since
    /// `since`: a safe call at once, any other when no safe one has come for long enough.
    fn may_probe(&mut self, kind: CallKind, since: Timestamp, now: Timestamp) -> bool {
        self.note_safe(kind, now);
        match kind {
            CallKind::Safe => true,
            CallKind::Unsafe => {
                let since = self.last_safe.map_or(since, |safe| since.max(safe));
                now.since(since) >= SAFE_WAIT
            }
        }
    }

    fn note_safe(&mut self, kind: CallKind, now: Timestamp) {
        if kind == CallKind::Safe {
            self.last_safe = Some(now);
        }
    }

    /// Whether many calls were started, for a while, and none of them succeeded.
    pub(super) fn is_stalled(&self, now: Timestamp) -> bool {
        self.streak.is_stalled(now)
    }

    /// Has a stalled replica admit no call until it has heard from the coordinator.
    pub(super) fn hold_off(&mut self, now: Timestamp) {
        self.streak.hold_off(now);
    }

    /// Takes a permit back, with the outcome of its call. `random` is uniform over all of `u32`.
    pub fn record(
        &mut self,
        policy: &Policy,
        permit: FleetPermit,
        call: Completion,
        random: u32,
        now: Timestamp,
    ) {
        let call = self.end_watch(permit.watched, call, now);
        match permit.origin {
            PermitOrigin::Own { permit, generation } => {
                let before = self.breaker.generation();
                let is_probe = permit.is_probe();
                let has_failed = call.outcome == Outcome::Failure;
                let alone = has_failed.then(|| self.policy_alone(policy, now)).flatten();
                let own = alone.as_ref().unwrap_or(policy);
                if self.breaker.record(own, permit, call, random, now) {
                    self.count(policy, generation, call, now);
                } else if is_probe {
                    self.count_forgotten_probe(policy, generation, call);
                }
                self.note_transition(before);
            }
            PermitOrigin::Fleet { generation } => self.count_probe(policy, generation, call),
        }
    }

    /// The state that decides at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        match self.known_at(now).map(|known| known.verdict.state) {
            Some(state @ (State::Open | State::HalfOpen)) => state,
            // The own breaker follows operators' orders, and knows when they end.
            Some(_) | None => self.breaker.state(),
        }
    }

    /// How long an open circuit still rejects.
    pub fn retry_after(&self, now: Timestamp) -> Option<Millis> {
        match self.known_at(now) {
            Some(known) if known.verdict.state == State::Open => Some(known.deadline.since(now)),
            Some(_) | None => self.breaker.retry_after(now),
        }
    }

    /// Whether an operator has every call passed on as if Breakwater were not there.
    pub fn is_bypassed(&self, now: Timestamp) -> bool {
        self.order.is_some_and(|order| order.is_bypass && now < order.until)
    }

    /// The verdict by which the replica answers at `now`, if one is valid.
    pub(super) fn known_at(&self, now: Timestamp) -> Option<KnownVerdict> {
        self.known.filter(|known| now < known.valid_until)
    }

    fn lift_order(&mut self, policy: &Policy, now: Timestamp) {
        self.order = None;
        self.breaker.set_override(policy, None, now);
    }
}
