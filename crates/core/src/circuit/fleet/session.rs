//! What an isolate does around its [`Replica`] after an answer, one step at a time: it looks into
//! its colo's cache, asks the coordinator, and leaves the verdict for its peers.
//!
//! A [`Session`] says what is to be done, and the shell does it: the Worker in an event that goes
//! on after the answer, the simulator in its queue of events. Each step but a sleep or a write has
//! a `handle_` method for its result.
//!
//! One isolate of a colo leads. It leaves a [`Note`] and asks; its peers look again until the
//! verdict is there. So a failing upstream costs the coordinator a report per colo, not one per
//! isolate. Where the colo's cache stores nothing, or the clocks of its isolates differ, replicas
//! stagger their reports instead.

mod colo;
mod report;

pub use colo::ColoEntries;

use super::message::{
    ColoSuspicion, ColoVerdict, Loss, Note, Report, SUSPICION_LASTS, Urgency, Verdict,
};
use super::replica::{ColoCache, Replica, Timer};
use super::{REPORT_GAP, REPORT_TIMEOUT};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::policy::Policy;
use report::{need, poll_left, quiet_left, tells_of_permits};

/// The number of reports in one session: an event may live for 30 s after its answer, which is the
/// platform's limit.
const ROUNDS_MAX: u8 = 4;
/// A reply that comes this long after its report, or later, was held: 500 ms.
const HELD_FROM: Millis = Millis::new(500);
/// How long a step may take beyond its own time before the session's event is taken for dead: 1 s
/// more than a report takes, so that two events never tell of one report's end.
const STEP_GRACE: Millis = Millis::new(REPORT_TIMEOUT.get() + 1_000);

/// What the shell does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStep {
    /// Wait for this long, then ask for the next step.
    Sleep(Millis),
    /// Read what the colo's cache holds, for [`Session::handle_found`].
    Look,
    /// Put this note into the colo's cache for as long as it lasts, then ask for the next step.
    LeaveNote(Note),
    /// Send this report to the coordinator, for [`Session::handle_reply`], or for
    /// [`Session::handle_timeout`] when its time is over.
    Send(ReportRequest),
    /// Put this verdict into the colo's cache for this long, then ask for the next step.
    Share(ColoVerdict, Millis),
    /// Put this sign into the colo's cache for this long, then ask for the next step.
    Tell(ColoSuspicion, Millis),
}

/// A report that is to be sent, and how long its reply is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportRequest {
    /// Which request it is.
    pub id: RequestId,
    /// The report.
    pub report: Report,
    /// The time after which the report is taken for lost.
    pub timeout: Millis,
}

/// Names one request of a replica: a reply to another one means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId {
    session: u32,
    round: u8,
}

/// One exchange of a replica with its colo and its coordinator.
#[derive(Debug)]
#[must_use = "a session that is dropped blocks the next one until it is taken for dead"]
pub struct Session {
    /// Its number among the replica's sessions.
    number: u32,
    phase: SessionPhase,
    /// Reports so far.
    rounds: u8,
    /// Sleeps in a row between two looks.
    looks: u8,
    has_staggered: bool,
    /// Whether the coordinator has held the latest reply.
    was_held: bool,
    found: ColoFinding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionPhase {
    /// The colo's cache is to be read, unless it stores nothing.
    Begun,
    /// The colo's cache is being read.
    Looking,
    /// What was found is to be acted on.
    Looked,
    /// Peers know that this replica asks.
    NoteLeft,
    /// The report with this sequence is on its way.
    Asking { sequence: u32, since: Timestamp },
    /// The verdict is to be left for peers.
    Answered,
    /// The verdict was left; whether the colo's cache stores anything may be unknown.
    Shared,
    /// The colo's cache is being read to find that out.
    Checking,
}

/// What the latest look found.
#[derive(Clone, Copy, Debug, Default)]
struct ColoFinding {
    /// A peer's note that holds.
    note: Option<Note>,
    /// When the colo's verdict came.
    verdict_at: Option<Timestamp>,
}

/// What a replica wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Look,
    Report(Urgency),
}

impl Session {
    /// Begins a session if there is something to report or to learn. To be called after each record
    /// and rejection; the caller then carries out the steps until there is none.
    #[inline]
    pub fn begin(replica: &mut Replica, now: Timestamp) -> Option<Self> {
        let is_busy = replica.timers.is_running(Timer::Session, now);
        let has_work = || {
            need(replica, now).is_some()
                || quiet_left(replica, now).is_some()
                || replica.is_to_tell(now)
        };
        if is_busy || !has_work() {
            return None;
        }
        replica.timers.set(Timer::Session, now + STEP_GRACE);
        replica.session = replica.session.wrapping_add(1);
        Some(Self {
            number: replica.session,
            phase: SessionPhase::Begun,
            rounds: 0,
            looks: 0,
            has_staggered: false,
            was_held: false,
            found: ColoFinding::default(),
        })
    }

    /// The next step, or `None` at the session's end. `random` is uniform over all of `u32`.
    pub fn next_step(
        &mut self,
        replica: &mut Replica,
        random: u32,
        now: Timestamp,
    ) -> Option<SessionStep> {
        if !self.is_current(replica) {
            return None;
        }
        let step = self.step(replica, random, now);
        match step {
            Some(SessionStep::Sleep(span)) => {
                replica.timers.set(Timer::Session, now + span + STEP_GRACE);
            }
            Some(
                SessionStep::Look
                | SessionStep::LeaveNote(_)
                | SessionStep::Send(_)
                | SessionStep::Share(..)
                | SessionStep::Tell(..),
            ) => replica.timers.set(Timer::Session, now + STEP_GRACE),
            None => replica.timers.stop(Timer::Session),
        }
        step
    }

    /// Takes the coordinator's reply to a request, or why there is none. Returns whether the
    /// session was waiting for it: a reply that comes too late changes nothing.
    pub fn handle_reply(
        &mut self,
        replica: &mut Replica,
        policy: &Policy,
        id: RequestId,
        reply: Result<Verdict, Loss>,
        random: u32,
        now: Timestamp,
    ) -> bool {
        let Some((sequence, since)) = self.awaited(id) else { return false };
        match reply {
            Ok(verdict) => {
                self.phase = SessionPhase::Answered;
                self.was_held = now.since(since) >= HELD_FROM;
                replica.handle_verdict(policy, sequence, verdict, random, now);
            }
            Err(loss) => {
                let is_lost = replica.handle_lost(sequence, loss, random, now);
                if is_lost && loss == Loss::Retryable {
                    self.phase = SessionPhase::Looked;
                } else if is_lost && self.is_current(replica) {
                    replica.timers.stop(Timer::Session);
                }
            }
        }
        true
    }

    /// Takes the end of a request's time without a reply. Returns whether the session was waiting
    /// for one.
    pub fn handle_timeout(
        &mut self,
        replica: &mut Replica,
        policy: &Policy,
        id: RequestId,
        random: u32,
        now: Timestamp,
    ) -> bool {
        self.handle_reply(replica, policy, id, Err(Loss::Unknown), random, now)
    }

    /// Whether the session waits for the reply to this request.
    pub fn awaits(&self, id: RequestId) -> bool {
        self.awaited(id).is_some()
    }

    /// The sequence of the report on its way and when it was sent, if this request carried it.
    fn awaited(&self, id: RequestId) -> Option<(u32, Timestamp)> {
        match self.phase {
            SessionPhase::Asking { sequence, since } if id == self.request_id() => {
                Some((sequence, since))
            }
            SessionPhase::Asking { .. }
            | SessionPhase::Begun
            | SessionPhase::Looking
            | SessionPhase::Looked
            | SessionPhase::NoteLeft
            | SessionPhase::Answered
            | SessionPhase::Shared
            | SessionPhase::Checking => None,
        }
    }

    const fn request_id(&self) -> RequestId {
        RequestId { session: self.number, round: self.rounds }
    }

    /// Whether the replica neither took it for dead and began another one, nor ended it.
    fn is_current(&self, replica: &Replica) -> bool {
        self.number == replica.session && replica.timers.expiry(Timer::Session).is_some()
    }

    fn step(&mut self, replica: &mut Replica, random: u32, now: Timestamp) -> Option<SessionStep> {
        match self.phase {
            SessionPhase::Begun if replica.is_to_tell(now) => {
                Some(SessionStep::Tell(replica.tell(now), SUSPICION_LASTS))
            }
            SessionPhase::Begun if replica.colo != ColoCache::StoresNothing => {
                self.phase = SessionPhase::Looking;
                Some(SessionStep::Look)
            }
            // A shell that asks while it looks has lost what it found.
            SessionPhase::Begun
            | SessionPhase::Looking
            | SessionPhase::Looked
            | SessionPhase::Checking => self.decide(replica, random, now),
            SessionPhase::NoteLeft => Some(self.send(replica, now)),
            // The shell has lost the reply, and did not say so.
            SessionPhase::Asking { .. } => None,
            SessionPhase::Answered => match self.share(replica, now) {
                Some(step) => Some(step),
                None => self.go_on(replica, random, now),
            },
            SessionPhase::Shared if replica.colo == ColoCache::Unknown => {
                self.phase = SessionPhase::Checking;
                Some(SessionStep::Look)
            }
            SessionPhase::Shared => self.go_on(replica, random, now),
        }
    }

    fn decide(
        &mut self,
        replica: &mut Replica,
        random: u32,
        now: Timestamp,
    ) -> Option<SessionStep> {
        let backoff = replica.timers.left(Timer::Backoff, now);
        let urgency = match need(replica, now) {
            Some(Need::Report(urgency)) => urgency,
            Some(Need::Look) | None => {
                // A lost report waits for its time, if that is near.
                if let Some(left) = backoff.filter(|_| replica.outgoing.losses > 0) {
                    return (left <= REPORT_GAP).then_some(SessionStep::Sleep(left));
                }
                return match quiet_left(replica, now) {
                    Some(left) => {
                        self.phase = SessionPhase::Begun;
                        Some(SessionStep::Sleep(left))
                    }
                    None => self.watch(replica, now),
                };
            }
        };
        if self.rounds >= ROUNDS_MAX {
            return None;
        }
        if tells_of_permits(replica) {
            return Some(self.send(replica, now));
        }
        if urgency == Urgency::Routine {
            return self.poll(replica, random, now);
        }
        if matches!(replica.colo, ColoCache::ClocksDiffer | ColoCache::StoresNothing) {
            return Some(self.stagger(replica, random, now));
        }
        match self.found.note.filter(|note| note.about >= urgency) {
            Some(note) => self.wait_for_peer(replica, note, urgency, random, now),
            None => Some(self.lead(replica, urgency, now)),
        }
    }

    /// Goes on after a verdict: what happened meanwhile may need another report, and no other event
    /// may come to send it.
    fn go_on(&mut self, replica: &mut Replica, random: u32, now: Timestamp) -> Option<SessionStep> {
        self.looks = 0;
        self.has_staggered = false;
        self.phase = SessionPhase::Begun;
        if self.rounds >= ROUNDS_MAX {
            return None;
        }
        if let Some(left) = quiet_left(replica, now) {
            return Some(SessionStep::Sleep(left));
        }
        match need(replica, now) {
            Some(Need::Report(_)) => self.step(replica, random, now),
            // The coordinator holds the next reply too, and no visitor may come to ask for it.
            Some(Need::Look) | None => {
                poll_left(replica, now).filter(|_| self.was_held).map(SessionStep::Sleep)
            }
        }
    }
}
