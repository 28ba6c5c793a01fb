//! The entries in the colo's cache: the note of the isolate that asks for all, the verdict that it
//! got, and the sign that calls take long.

use super::{ColoFinding, Session, SessionPhase, SessionStep};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;
use crate::circuit::fleet::message::{ColoSuspicion, ColoVerdict, Note, Urgency, Verdict};
use crate::circuit::fleet::replica::{ColoCache, LOOK_EVERY, Replica, Timer};
use crate::circuit::fleet::{POLL, share_of};
use crate::circuit::policy::Policy;

/// How often a replica that waits for its leader's verdict looks: each 25 ms.
const LOOK_AGAIN: Millis = Millis::new(25);
/// How often a stalled replica looks, which may be spared a failure: each 50 ms.
const LOOK_STALLED: Millis = Millis::new(50);
/// The number of these looks in a row.
const LOOKS_MAX: u8 = 12;
/// The part of the stagger that a note lasts is one in this many, so that the leaders of all colos
/// together ask as seldom as staggered replicas would.
const NOTE_DIVISOR: u64 = 6;
/// The longest that a note lasts: 1 s.
const NOTE_MAX: Millis = Millis::from_secs(1);
/// The shortest that a note may last to be left at all: 20 ms. A smaller fleet asks at once.
const NOTE_MIN: Millis = Millis::new(20);
/// How long the note of a replica lasts that knows no stagger yet: 250 ms.
const FIRST_NOTE: Millis = Millis::new(250);
/// How long peers may use a verdict of a circuit without a deadline: 45 s, as long as a poll.
const SHARE_CLOSED: Millis = POLL;
/// How long peers may use a verdict of a half-open circuit: 5 s.
const SHARE_HALF_OPEN: Millis = Millis::from_secs(5);
/// The shortest that a verdict is stored for: 1 s, since the colo's cache counts in whole seconds.
const SHARE_MIN: Millis = Millis::from_secs(1);

/// What a colo's cache holds of a circuit. An entry that could not be read is `None` too.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColoEntries {
    /// The latest verdict that one of its isolates got.
    pub verdict: Option<ColoVerdict>,
    /// The note of the isolate that asks for all.
    pub note: Option<Note>,
    /// The sign of an isolate whose calls take long.
    pub suspicion: Option<ColoSuspicion>,
}

impl Session {
    /// Takes what the colo's cache held.
    pub fn handle_found(
        &mut self,
        replica: &mut Replica,
        policy: &Policy,
        found: ColoEntries,
        random: u32,
        now: Timestamp,
    ) {
        let ColoEntries { verdict, note, suspicion } = found;
        let is_checking = self.phase == SessionPhase::Checking;
        let note_that_holds = note.filter(|note| note.holds(now));
        if self.is_current(replica) {
            self.phase = SessionPhase::Looked;
            let verdict_at = verdict.map(|verdict| verdict.at);
            self.found = ColoFinding { note: note_that_holds, verdict_at };
        }
        if replica.timers.has_expired(Timer::Look, now) {
            replica.timers.set(Timer::Look, now + LOOK_EVERY);
        }
        if note.is_some_and(|note| note.is_of_another_clock(now)) {
            // A staggered report needs no common clock.
            replica.colo = ColoCache::ClocksDiffer;
        } else if (verdict.is_some() || note.is_some() || suspicion.is_some())
            && replica.colo != ColoCache::ClocksDiffer
        {
            replica.colo = ColoCache::Stores;
        }
        if is_checking && replica.colo == ColoCache::Unknown {
            replica.colo = ColoCache::StoresNothing;
        }
        let is_of_failure = note_that_holds.is_some_and(|note| note.about > Urgency::Routine);
        if is_of_failure && replica.is_stalled(now) {
            // A peer's call has failed, and the next call here would fail too.
            replica.hold_off(now);
        }
        if let Some(suspicion) = suspicion {
            replica.hear(suspicion, now);
        }
        if let Some(verdict) = verdict {
            learn(replica, policy, verdict, random, now);
        }
        // A closed circuit does not change by itself.
        if replica.known_at(now).is_none_or(|known| !may_end_soon(&known.verdict)) {
            replica.timers.stop(Timer::Look);
        }
    }

    /// Looks again while the replica is stalled: its peers may learn at any moment what it would
    /// spend a visitor on.
    pub(super) fn watch(&mut self, replica: &Replica, now: Timestamp) -> Option<SessionStep> {
        let is_watching = replica.is_stalled(now) && replica.state(now) == State::Closed;
        if !is_watching || replica.colo == ColoCache::StoresNothing || self.looks >= LOOKS_MAX {
            return None;
        }
        self.looks += 1;
        self.phase = SessionPhase::Begun;
        Some(SessionStep::Sleep(LOOK_STALLED))
    }

    /// Waits for a peer that asks. Its verdict is soon in the colo's cache.
    pub(super) fn wait_for_peer(
        &mut self,
        replica: &mut Replica,
        note: Note,
        urgency: Urgency,
        random: u32,
        now: Timestamp,
    ) -> Option<SessionStep> {
        let is_answered = self.found.verdict_at.is_some_and(|at| at >= note.at);
        if !is_answered && self.looks < LOOKS_MAX {
            self.looks += 1;
            self.phase = SessionPhase::Begun;
            return Some(SessionStep::Sleep(LOOK_AGAIN));
        }
        if urgency == Urgency::Prompt && replica.known.is_some() {
            replica.timers.set(Timer::Quiet, now + Millis::new(note.lasts_ms));
            return None;
        }
        Some(self.stagger(replica, random, now))
    }

    /// Sends a report that a poll calls for. Where the coordinator would hold the reply, a peer may
    /// be waiting for it already, and then this replica asks after it.
    pub(super) fn poll(
        &mut self,
        replica: &mut Replica,
        random: u32,
        now: Timestamp,
    ) -> Option<SessionStep> {
        let known = replica.known_at(now).filter(|known| replica.is_held(&known.verdict));
        let Some(known) = known else { return Some(self.send(replica, now)) };
        let Some(note) = self.found.note else {
            return Some(self.lead(replica, Urgency::Routine, now));
        };
        let spread = share_of(replica.spread(&known.verdict), random);
        replica.timers.set(Timer::Poll, now + Millis::new(note.lasts_ms) + spread);
        None
    }

    /// Asks for the whole colo, after a note where it lasts long enough to be found.
    pub(super) fn lead(
        &mut self,
        replica: &mut Replica,
        urgency: Urgency,
        now: Timestamp,
    ) -> SessionStep {
        let lasts = note_lasts(replica);
        if lasts < NOTE_MIN {
            return self.send(replica, now);
        }
        self.phase = SessionPhase::NoteLeft;
        SessionStep::LeaveNote(Note { at: now, lasts_ms: lasts.get(), about: urgency })
    }

    /// Leaves the verdict for peers, unless the colo's cache stores nothing.
    pub(super) fn share(&mut self, replica: &Replica, now: Timestamp) -> Option<SessionStep> {
        self.phase = SessionPhase::Shared;
        let stores = replica.colo != ColoCache::StoresNothing;
        let known = replica.known_at(now).filter(|_| stores)?;
        let remaining_ms = match known.verdict.state {
            State::Open => known.deadline.since(now).get(),
            State::Closed
            | State::HalfOpen
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => known.verdict.remaining_ms,
        };
        let verdict = Verdict { remaining_ms, ..known.verdict };
        let lasts = useful_for(&verdict).max(SHARE_MIN);
        Some(SessionStep::Share(ColoVerdict::new(now, verdict), lasts))
    }
}

/// For how long the peers of a leader leave the asking to it.
pub(super) fn note_lasts(replica: &Replica) -> Millis {
    match replica.known {
        Some(_) => Millis::new(replica.stagger().get() / NOTE_DIVISOR).min(NOTE_MAX),
        None => FIRST_NOTE,
    }
}

/// Follows a peer's verdict, if it is new to the replica.
fn learn(replica: &mut Replica, policy: &Policy, found: ColoVerdict, random: u32, now: Timestamp) {
    let age = now.since(found.at);
    let is_stale = age >= useful_for(&found.verdict);
    // Only the coordinator itself may go back to an earlier generation.
    let generation = found.verdict.generation;
    let is_known = replica.known.is_some_and(|known| generation < known.verdict.generation)
        || replica.known_at(now).is_some_and(|known| generation == known.verdict.generation);
    if !is_stale && !is_known {
        replica.adopt(policy, found.verdict, age, false, random, now);
    } else if !is_stale {
        replica.leave_asking(found.verdict, age, random, now);
    }
}

/// Whether the state may change at any moment, or at its deadline.
fn may_end_soon(verdict: &Verdict) -> bool {
    matches!(verdict.state, State::Open | State::HalfOpen)
}

/// How long a verdict is of use to a peer that finds it.
fn useful_for(verdict: &Verdict) -> Millis {
    let remaining = Millis::new(verdict.remaining_ms);
    match verdict.state {
        State::Open => remaining,
        State::HalfOpen => SHARE_HALF_OPEN,
        State::Closed => SHARE_CLOSED,
        State::ForcedOpen | State::ForcedClosed | State::MetricsOnly
            if remaining > Millis::ZERO =>
        {
            remaining.min(SHARE_CLOSED)
        }
        State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => SHARE_CLOSED,
    }
}
