//! The isolate's half: answers from memory, and talks to the coordinator afterwards.

mod outcome;
mod session;
mod verdict;

pub use session::Step;

use super::kind::CallKind;
use super::message::{Delta, Place, Report, Verdict};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::{Breaker, Permit, Rejected, State};
use crate::circuit::outcome::Completion;
use crate::circuit::policy::Policy;
use session::Session;

/// A replica is dry when it has begun so many calls since its last success,
const DRY_CALLS: u32 = 5;
/// the first of them so long ago. Where calls are many, that is no coincidence.
const DRY_AFTER: Millis = Millis::from_secs(1);
/// How often a dry replica looks into its colo's cache: a mate may know more.
const DRY_LOOK: Millis = Millis::new(100);
/// A circuit that may be probed waits this long for a safe request before any other call may be
/// the probe. It is four half-open polls, in which permits go round among replicas that have safe
/// requests, and a short time on top of the shortest openings that sites choose, which an upstream
/// pays that gets nothing but unsafe requests.
const SAFE_WAIT: Millis = Millis::from_secs(2);

/// One isolate's view of a circuit that the whole fleet shares.
#[derive(Debug)]
pub struct Replica {
    id: u64,
    place: Option<Place>,
    breaker: Breaker,
    held: Option<Held>,
    order: Option<Order>,
    delta: Delta,
    sequence: u32,
    /// Sent and without a reply: sent again until there is one.
    unanswered: Option<Report>,
    /// How often it was sent in vain.
    losses: u32,
    news: News,
    /// Failures since the last success.
    run: u32,
    last_success: Timestamp,
    /// Calls of its own begun since the last success, and when the first of them was.
    begun: u32,
    begun_at: Timestamp,
    /// It has held off since the last success, and does so until then.
    has_held_off: bool,
    hold_off_until: Timestamp,
    next_poll: Timestamp,
    next_look: Timestamp,
    /// Nothing but a transition is worth a report before this.
    quiet_until: Timestamp,
    /// The coordinator cannot be reached, and is not asked before this.
    backoff_until: Timestamp,
    session: Option<Session>,
    colo: Colo,
    /// The latest report that was replied to: only its first reply carries permits.
    replied: Option<u32>,
    /// A call on a permit of the coordinator's is under way, of that generation, until its lease
    /// ends at the latest.
    probing: Option<(u64, Timestamp)>,
    /// The latest safe request that came while the circuit was not closed.
    last_safe: Timestamp,
}

/// A verdict and what it means on this machine's clock.
#[derive(Clone, Copy, Debug)]
struct Held {
    verdict: Verdict,
    permits: u32,
    deadline: Timestamp,
    /// Since when permits are to be had, as far as the replica knows.
    probes_since: Timestamp,
    /// The generation of the opening that a half-open time follows, if it is known: calls that were
    /// let through after its deadline tell as much.
    follows: Option<u64>,
    valid_until: Timestamp,
}

/// What an operator wants, until when.
#[derive(Clone, Copy, Debug)]
struct Order {
    until: Timestamp,
    is_bypass: bool,
}

/// What happened that the coordinator should hear of before the next poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    None,
    Run,
    Transition,
}

/// Whether the colo's cache keeps what is put there: on some hosts it keeps nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colo {
    Unknown,
    Keeps,
    /// Who leaves notes there has another clock, so that mates cannot wait for each other.
    ClocksDiffer,
    KeepsNothing,
}

/// The right to make one call, from the replica's own breaker or from the coordinator.
#[derive(Debug)]
#[must_use = "a permit that is not recorded holds its place until its lease ends"]
pub struct FleetPermit(Source);

#[derive(Debug)]
enum Source {
    /// `generation` is the coordinator's that was known by then.
    Own {
        permit: Permit,
        generation: Option<u64>,
    },
    Fleet {
        generation: u64,
    },
}

impl FleetPermit {
    /// Whether the coordinator granted it.
    pub const fn is_from_fleet(&self) -> bool {
        matches!(self.0, Source::Fleet { .. })
    }

    /// Whether its call finds out how the upstream is while others are rejected, no matter whether
    /// the replica or the coordinator permits it.
    pub fn is_probe(&self) -> bool {
        match &self.0 {
            Source::Own { permit, .. } => permit.is_probe(),
            Source::Fleet { .. } => true,
        }
    }

    /// The coordinator's generation that its call counts for; `None` before the first verdict.
    pub const fn generation(&self) -> Option<u64> {
        match self.0 {
            Source::Own { generation, .. } => generation,
            Source::Fleet { generation } => Some(generation),
        }
    }
}

impl Replica {
    /// A replica that has seen nothing. `id` is random, so that no two are the same.
    pub fn new(id: u64, place: Option<Place>, policy: &Policy) -> Self {
        Self {
            id,
            place,
            breaker: Breaker::new(policy),
            held: None,
            order: None,
            delta: Delta::default(),
            sequence: 0,
            unanswered: None,
            losses: 0,
            news: News::None,
            run: 0,
            last_success: Timestamp::default(),
            begun: 0,
            begun_at: Timestamp::default(),
            has_held_off: false,
            hold_off_until: Timestamp::default(),
            next_poll: Timestamp::default(),
            next_look: Timestamp::MAX,
            quiet_until: Timestamp::default(),
            backoff_until: Timestamp::default(),
            session: None,
            colo: Colo::Unknown,
            replied: None,
            probing: None,
            last_safe: Timestamp::default(),
        }
    }

    /// Tells it where it is, as soon as that is known.
    pub const fn set_place(&mut self, place: Option<Place>) {
        self.place = place;
    }

    /// Admits a call that the caller gives up after `limit`, or says why not. Never waits. While
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
        if let Some(held) = self.held_at(now) {
            match held.verdict.state {
                State::Open if now < held.deadline => {
                    self.note_safe(kind, now);
                    return Err(Rejected::Open { retry_after: held.deadline.since(now) });
                }
                State::Open | State::HalfOpen => {
                    let generation = held.verdict.generation;
                    if !self.may_probe(kind, held.probes_since, now) {
                        return Err(Rejected::Probing);
                    }
                    let Some(left) = held.permits.checked_sub(1) else {
                        return Err(Rejected::Probing);
                    };
                    self.held = Some(Held { permits: left, ..held });
                    self.probing = Some((generation, now + policy.probe_timeout));
                    return Ok(FleetPermit(Source::Fleet { generation }));
                }
                State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {}
            }
        }
        if now < self.hold_off_until && self.breaker.state() == State::Closed {
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
        if self.begun == 0 {
            self.begun_at = now;
        } else if self.is_dry(now) {
            self.next_look = self.next_look.min(now + DRY_LOOK);
        }
        self.begun = self.begun.saturating_add(1);
        let generation = self.held.map(|held| held.verdict.generation);
        Ok(FleetPermit(Source::Own { permit, generation }))
    }

    /// Whether a call may find out how the upstream is, since when that may be found out: a safe
    /// one at once, any other when no safe one has come for long enough.
    fn may_probe(&mut self, kind: CallKind, since: Timestamp, now: Timestamp) -> bool {
        self.note_safe(kind, now);
        match kind {
            CallKind::Safe => true,
            CallKind::Unsafe => now.since(since.max(self.last_safe)) >= SAFE_WAIT,
        }
    }

    fn note_safe(&mut self, kind: CallKind, now: Timestamp) {
        if kind == CallKind::Safe {
            self.last_safe = now;
        }
    }

    /// Many calls were begun, for a while, and none of them succeeded.
    fn is_dry(&self, now: Timestamp) -> bool {
        self.begun >= DRY_CALLS && now.since(self.begun_at) >= DRY_AFTER
    }

    /// Takes a permit back, with what became of its call. `random` is uniform over all of `u32`.
    pub fn record(
        &mut self,
        policy: &Policy,
        permit: FleetPermit,
        call: Completion,
        random: u32,
        now: Timestamp,
    ) {
        match permit.0 {
            Source::Own { permit, generation } => {
                let before = self.breaker.generation();
                let is_probe = permit.is_probe();
                if self.breaker.record(policy, permit, call, random, now) {
                    self.count(policy, generation, call, now);
                } else if is_probe {
                    self.count_forgotten_probe(policy, generation, call);
                }
                self.note_transition(before);
            }
            Source::Fleet { generation } => self.count_probe(policy, generation, call),
        }
    }

    /// The state that decides at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        match self.held_at(now).map(|held| held.verdict.state) {
            Some(state @ (State::Open | State::HalfOpen)) => state,
            // The own breaker follows operators' orders, and knows when they end.
            Some(_) | None => self.breaker.state(),
        }
    }

    /// How long an open circuit still rejects.
    pub fn retry_after(&self, now: Timestamp) -> Option<Millis> {
        match self.held_at(now) {
            Some(held) if held.verdict.state == State::Open => Some(held.deadline.since(now)),
            Some(_) | None => self.breaker.retry_after(now),
        }
    }

    /// Whether an operator has every call passed on as if Breakwater were not there.
    pub fn is_bypassed(&self, now: Timestamp) -> bool {
        self.order.is_some_and(|order| order.is_bypass && now < order.until)
    }

    fn held_at(&self, now: Timestamp) -> Option<Held> {
        self.held.filter(|held| now < held.valid_until)
    }

    fn lift_order(&mut self, policy: &Policy, now: Timestamp) {
        self.order = None;
        self.breaker.set_override(policy, None, now);
    }
}
