//! What passes through the colo's cache: who asks for all, and what they were told.

use super::{Phase, Session, Step};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;
use crate::circuit::fleet::POLL;
use crate::circuit::fleet::message::{Kept, Note, Urgency, Verdict};
use crate::circuit::fleet::replica::verdict::LOOK_EVERY;
use crate::circuit::fleet::replica::{Colo, Replica};
use crate::circuit::policy::Policy;

/// A mate that waits for a leader's answer looks this often,
const LOOK_AGAIN: Millis = Millis::new(25);
/// one that is dry, and may be spared a failure, this often,
const LOOK_DRY: Millis = Millis::new(50);
/// and either at most so many times.
const LOOKS_MAX: u8 = 12;
/// A note lasts a sixth of the spread, so that the leaders of all colos together ask as seldom as
/// spread replicas would; but no longer than this,
const NOTE_MAX: Millis = Millis::from_secs(1);
/// and where it would last less than this, none is left: a small fleet asks at once.
const NOTE_MIN: Millis = Millis::new(20);
/// A note of a replica that knows no spread yet.
const FIRST_NOTE: Millis = Millis::new(250);
/// A kept verdict of a circuit without a deadline is of use for this long,
const KEEP_CLOSED: Millis = POLL;
/// and one of a circuit that is half open for this long.
const KEEP_HALF_OPEN: Millis = Millis::from_secs(5);
/// The colo's cache counts in seconds, and keeps nothing for less.
const KEEP_MIN: Millis = Millis::from_secs(1);

impl Replica {
    /// Takes what the colo's cache held; `None` also where it could not be read.
    pub fn handle_found(
        &mut self,
        policy: &Policy,
        kept: Option<Kept>,
        note: Option<Note>,
        random: u32,
        now: Timestamp,
    ) {
        if self.next_look <= now {
            self.next_look = now + LOOK_EVERY;
        }
        if note.is_some_and(|note| note.is_of_another_clock(now)) {
            // Spreading out needs no clock.
            self.colo = Colo::ClocksDiffer;
        } else if (kept.is_some() || note.is_some()) && self.colo != Colo::ClocksDiffer {
            self.colo = Colo::Keeps;
        }
        if let Some(session) = &mut self.session {
            if session.phase == Phase::Checking && self.colo == Colo::Unknown {
                self.colo = Colo::KeepsNothing;
            }
            session.phase = Phase::Looked;
            session.found = note.filter(|note| note.holds(now));
            session.answered = kept.map(|kept| kept.at);
        }
        if note.is_some_and(|note| note.holds(now)) && self.is_dry(now) {
            // A mate's call has failed; the next here would too.
            self.hold_off(now);
        }
        if let Some(kept) = kept {
            self.learn(policy, kept, random, now);
        }
        // Nothing happens by itself in a closed circuit.
        if self.held_at(now).is_none_or(|held| !may_end_soon(&held.verdict)) {
            self.next_look = Timestamp::MAX;
        }
    }

    /// While a replica is dry its mates may learn any moment what it would spend a visitor on.
    pub(super) fn watch(&self, session: &mut Session, now: Timestamp) -> Option<Step> {
        let is_watching = self.is_dry(now) && self.state(now) == State::Closed;
        if !is_watching || self.colo == Colo::KeepsNothing || session.looks >= LOOKS_MAX {
            return None;
        }
        session.looks += 1;
        session.phase = Phase::Begun;
        Some(Step::Sleep(LOOK_DRY))
    }

    /// A mate asks. What it learns is soon in the colo's cache.
    pub(super) fn wait_for_mate(
        &mut self,
        session: &mut Session,
        note: Note,
        urgency: Urgency,
        random: u32,
        now: Timestamp,
    ) -> Option<Step> {
        let is_answered = session.answered.is_some_and(|at| at >= note.at);
        if !is_answered && session.looks < LOOKS_MAX {
            session.looks += 1;
            session.phase = Phase::Begun;
            return Some(Step::Sleep(LOOK_AGAIN));
        }
        if urgency == Urgency::Prompt && self.held.is_some() {
            self.quiet_until = now + Millis::new(note.lasts_ms);
            return None;
        }
        Some(self.spread_out(session, random, now))
    }

    pub(super) fn lead(&mut self, session: &mut Session, urgency: Urgency, now: Timestamp) -> Step {
        let lasts = self.note_lasts();
        if lasts < NOTE_MIN {
            return self.send(session, now);
        }
        session.phase = Phase::Noted;
        Step::Note(Note { at: now, lasts_ms: lasts.get(), about: urgency })
    }

    /// For how long a leader's mates leave the asking to it.
    pub(super) fn note_lasts(&self) -> Millis {
        match self.held {
            Some(_) => Millis::new(self.spread().get() / 6).min(NOTE_MAX),
            None => FIRST_NOTE,
        }
    }

    /// Keeps the answer for mates, unless nothing is kept here.
    pub(super) fn keep(&mut self, session: &mut Session, now: Timestamp) -> Option<Step> {
        session.phase = Phase::Kept;
        let held = self.held_at(now).filter(|_| self.colo != Colo::KeepsNothing)?;
        let remaining_ms = match held.verdict.state {
            State::Open => held.deadline.since(now).get(),
            State::Closed
            | State::HalfOpen
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => held.verdict.remaining_ms,
        };
        let verdict = Verdict { remaining_ms, ..held.verdict };
        let lasts = shelf_life(&verdict).max(KEEP_MIN);
        Some(Step::Keep(Kept::from((now, verdict)), lasts))
    }

    /// Learns from a mate, if that is news here.
    fn learn(&mut self, policy: &Policy, kept: Kept, random: u32, now: Timestamp) {
        let age = now.since(kept.at);
        let is_stale = age >= shelf_life(&kept.verdict);
        // Only the coordinator itself may go back to an earlier generation.
        let generation = kept.verdict.generation;
        let is_known = self.held.is_some_and(|held| generation < held.verdict.generation)
            || self.held_at(now).is_some_and(|held| generation == held.verdict.generation);
        if !is_stale && !is_known {
            self.adopt(policy, kept.verdict, age, false, random, now);
        }
    }
}

/// Whether the state may change any moment, or at its deadline.
fn may_end_soon(verdict: &Verdict) -> bool {
    matches!(verdict.state, State::Open | State::HalfOpen)
}

/// How long a verdict is of use to a mate that finds it.
fn shelf_life(verdict: &Verdict) -> Millis {
    let remaining = Millis::new(verdict.remaining_ms);
    match verdict.state {
        State::Open => remaining,
        State::HalfOpen => KEEP_HALF_OPEN,
        State::Closed => KEEP_CLOSED,
        State::ForcedOpen | State::ForcedClosed | State::MetricsOnly
            if remaining > Millis::ZERO =>
        {
            remaining.min(KEEP_CLOSED)
        }
        State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => KEEP_CLOSED,
    }
}
