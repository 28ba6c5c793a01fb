//! What a replica does after an answer, one step at a time: it looks into its colo's cache, asks
//! the coordinator, and keeps the verdict for its mates.
//!
//! One isolate of a colo leads. It leaves a [`Note`] and asks; its mates look again until the
//! answer is kept. So a failing upstream costs the coordinator a report per colo, not one per
//! isolate. Where the colo's cache keeps nothing, or the clocks of its isolates differ, replicas
//! spread their reports instead.

mod colo;
mod report;

use super::{Colo, Replica};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::fleet::message::{Kept, Note, Report, Urgency};
use crate::circuit::fleet::{REPORT_GAP, REPORT_TIMEOUT};

/// Reports in one session: an event may live for 30 s after its answer (platform limit).
const ROUNDS_MAX: u8 = 4;
/// How long a step of ours may take beyond what it says before its event is taken for dead: longer
/// than a report, so that its end is never told by two.
const STEP_GRACE: Millis = Millis::new(REPORT_TIMEOUT.get() + 1_000);

/// What the shell does next, after the visitor has been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait so long, then ask for the next step.
    Sleep(Millis),
    /// Read what the colo's cache holds, for [`Replica::handle_found`].
    Look,
    /// Put this note into the colo's cache, for as long as it lasts.
    Note(Note),
    /// Send this to the coordinator, for [`Replica::handle_verdict`] or [`Replica::handle_lost`].
    Send(Report),
    /// Put this verdict into the colo's cache for so long.
    Keep(Kept, Millis),
}

/// A conversation under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    phase: Phase,
    /// If it says nothing until then, its event has died.
    until: Timestamp,
    rounds: u8,
    looks: u8,
    has_spread: bool,
    found: Option<Note>,
    /// When the colo's verdict came, if one was found.
    answered: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// To look, unless that is in vain.
    Begun,
    /// A look is under way.
    Looking,
    /// To decide on what was found.
    Looked,
    /// Mates know that we ask.
    Noted,
    /// A report is under way.
    Asking,
    /// To keep the answer for mates.
    Answered,
    /// To see whether the colo's cache keeps anything.
    Kept,
    /// That look is under way.
    Checking,
}

/// What a replica wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Look,
    Report(Urgency),
}

impl Replica {
    /// Whether there is something to say or to learn. If so a session has begun, and the caller
    /// asks for its steps until there is none. To be called after each record and rejection.
    #[inline]
    pub fn begin_session(&mut self, now: Timestamp) -> bool {
        let is_free = self.session.is_none_or(|session| now >= session.until);
        if !is_free || (self.need(now).is_none() && self.quiet_left(now).is_none()) {
            return false;
        }
        self.session = Some(Session {
            phase: Phase::Begun,
            until: now + STEP_GRACE,
            rounds: 0,
            looks: 0,
            has_spread: false,
            found: None,
            answered: None,
        });
        true
    }

    /// The next step, or `None` at the session's end. `random` is uniform over all of `u32`.
    pub fn next_step(&mut self, random: u32, now: Timestamp) -> Option<Step> {
        let mut session = self.session.take()?;
        let step = self.step(&mut session, random, now)?;
        let wait = match step {
            Step::Sleep(span) => span,
            Step::Look | Step::Note(_) | Step::Send(_) | Step::Keep(..) => Millis::ZERO,
        };
        session.until = now + wait + STEP_GRACE;
        self.session = Some(session);
        Some(step)
    }

    fn step(&mut self, session: &mut Session, random: u32, now: Timestamp) -> Option<Step> {
        match session.phase {
            Phase::Begun if self.colo != Colo::KeepsNothing => {
                session.phase = Phase::Looking;
                Some(Step::Look)
            }
            Phase::Begun => self.decide(session, random, now),
            // The shell lost what it found: as if nothing was there.
            Phase::Looking | Phase::Looked | Phase::Checking => self.decide(session, random, now),
            Phase::Noted => Some(self.send(session, now)),
            // The shell lost the reply, and did not say so.
            Phase::Asking => None,
            Phase::Answered => match self.keep(session, now) {
                Some(step) => Some(step),
                None => self.go_on(session, random, now),
            },
            Phase::Kept if self.colo == Colo::Unknown => {
                session.phase = Phase::Checking;
                Some(Step::Look)
            }
            Phase::Kept => self.go_on(session, random, now),
        }
    }

    fn decide(&mut self, session: &mut Session, random: u32, now: Timestamp) -> Option<Step> {
        let urgency = match self.need(now) {
            Some(Need::Report(urgency)) => urgency,
            // A lost report waits for its time, if that is near.
            Some(Need::Look) | None if self.losses > 0 && now < self.backoff_until => {
                let left = self.backoff_until.since(now);
                return (left <= REPORT_GAP).then_some(Step::Sleep(left));
            }
            Some(Need::Look) | None => {
                return match self.quiet_left(now) {
                    Some(left) => {
                        session.phase = Phase::Begun;
                        Some(Step::Sleep(left))
                    }
                    None => self.watch(session, now),
                };
            }
        };
        if session.rounds >= ROUNDS_MAX {
            return None;
        }
        if urgency == Urgency::Routine || self.tells_of_permits() {
            return Some(self.send(session, now));
        }
        if matches!(self.colo, Colo::ClocksDiffer | Colo::KeepsNothing) {
            return Some(self.spread_out(session, random, now));
        }
        match session.found.filter(|note| note.about >= urgency) {
            Some(note) => self.wait_for_mate(session, note, urgency, random, now),
            None => Some(self.lead(session, urgency, now)),
        }
    }

    /// After an answer: what came up meanwhile may need another report, and nobody else may come
    /// by to send it.
    fn go_on(&mut self, session: &mut Session, random: u32, now: Timestamp) -> Option<Step> {
        session.looks = 0;
        session.has_spread = false;
        session.phase = Phase::Begun;
        if session.rounds >= ROUNDS_MAX {
            return None;
        }
        if let Some(left) = self.quiet_left(now) {
            return Some(Step::Sleep(left));
        }
        match self.need(now)? {
            Need::Report(_) => self.step(session, random, now),
            Need::Look => None,
        }
    }
}
