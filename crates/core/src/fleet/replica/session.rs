//! What a replica does after an answer, one step at a time: it looks into its colo's cache, asks
//! the coordinator, and keeps the verdict for its mates.
//!
//! One isolate of a colo leads. It leaves a [`Note`] and asks; its mates look again until the
//! answer is kept. So a failing upstream costs the coordinator a report per colo, not one per
//! isolate. Where the colo's cache keeps nothing, replicas spread their reports instead.

use super::verdict::LOOK_EVERY;
use super::{Colo, News, Replica};
use crate::breaker::State;
use crate::fleet::message::{Kept, Loss, Note, Report, Urgency, Verdict};
use crate::fleet::{POLL, REPORT_GAP, REPORT_TIMEOUT, share_of};
use crate::policy::Policy;
use crate::time::{Millis, Timestamp};

/// A mate that waits for a leader's answer looks this often,
const LOOK_AGAIN: Millis = Millis::new(25);
/// one that is dry, and may be spared a failure, this often,
const LOOK_DRY: Millis = Millis::new(50);
/// and either at most so many times.
const LOOKS_MAX: u8 = 12;
/// Reports in one session: an event may live for 30 s after its answer (platform limit).
const ROUNDS_MAX: u8 = 4;
/// A note lasts a sixth of the spread, so that the leaders of all colos together ask as seldom as
/// spread replicas would; but no longer than this,
const NOTE_MAX: Millis = Millis::from_secs(1);
/// and where it would last less than this, none is left: a small fleet asks at once.
const NOTE_MIN: Millis = Millis::new(20);
/// A note of a replica that knows no spread yet.
const FIRST_NOTE: Millis = Millis::new(250);
/// A lost report is sent again after this, doubled each time.
const BACKOFF: Millis = Millis::new(250);
/// The longest backoff; beyond it a verdict has long lapsed.
const BACKOFF_MAX: Millis = Millis::from_secs(60);
/// A report that was lost so often is given up, and what it carried with it.
const LOSSES_MAX: u32 = 8;
/// How long a step of ours may take beyond what it says before its event is taken for dead.
const STEP_GRACE: Millis = REPORT_TIMEOUT;
/// A kept verdict of a circuit without a deadline is of use for this long,
const KEEP_CLOSED: Millis = POLL;
/// and one of a circuit that is half open for this long.
const KEEP_HALF_OPEN: Millis = Millis::from_secs(5);
/// The longest spread: what a fleet of the largest size needs.
const SPREAD_MAX: Millis = Millis::from_secs(20);
/// The colo's cache counts in seconds, and keeps nothing for less.
const KEEP_MIN: Millis = Millis::from_secs(1);

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
        if kept.is_some() || note.is_some() {
            self.colo = Colo::Keeps;
        }
        if note.is_some_and(|note| note.is_of_another_clock(now)) {
            // Mates whose clocks differ cannot wait for each other; spreading out needs no clock.
            self.colo = Colo::KeepsNothing;
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

    /// Takes the coordinator's reply to the report with this sequence.
    pub fn handle_verdict(
        &mut self,
        policy: &Policy,
        sequence: u32,
        verdict: Verdict,
        random: u32,
        now: Timestamp,
    ) {
        if self.unanswered.is_some_and(|report| report.sequence == sequence) {
            self.unanswered = None;
        }
        self.losses = 0;
        self.hold_off_until = Timestamp::default();
        self.quiet_until = now + REPORT_GAP;
        if let Some(session) = &mut self.session {
            session.phase = Phase::Answered;
        }
        self.adopt(policy, verdict, Millis::ZERO, true, random, now);
    }

    /// The report with this sequence got no reply. It is sent again, since a duplicate changes
    /// nothing, but not at once.
    pub fn handle_lost(&mut self, sequence: u32, loss: Loss, random: u32, now: Timestamp) {
        if self.unanswered.is_none_or(|report| report.sequence != sequence) {
            return;
        }
        let doubled = BACKOFF.get() << self.losses.min(8);
        let wait = Millis::new(doubled).min(BACKOFF_MAX);
        let wait = match loss {
            Loss::Retryable => wait,
            Loss::Unknown => wait.max(REPORT_GAP),
            Loss::Overloaded => wait.max(self.spread()).max(REPORT_GAP),
        };
        self.losses += 1;
        if self.losses >= LOSSES_MAX {
            self.unanswered = None;
        }
        // Half of it at least, and all of it at most: replicas that lost together part.
        let half = Millis::new(wait.get() / 2);
        self.backoff_until = now + half + share_of(half, random);
        if loss == Loss::Retryable {
            if let Some(session) = &mut self.session {
                session.phase = Phase::Looked;
            }
        } else {
            self.session = None;
        }
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
        if self.colo == Colo::KeepsNothing {
            return Some(self.spread_out(session, random, now));
        }
        match session.found.filter(|note| note.about >= urgency) {
            Some(note) => self.wait_for_mate(session, note, urgency, random, now),
            None => Some(self.lead(session, urgency, now)),
        }
    }

    /// While a replica is dry its mates may learn any moment what it would spend a visitor on.
    fn watch(&self, session: &mut Session, now: Timestamp) -> Option<Step> {
        let is_watching = self.is_dry(now) && self.state(now) == State::Closed;
        if !is_watching || self.colo == Colo::KeepsNothing || session.looks >= LOOKS_MAX {
            return None;
        }
        session.looks += 1;
        session.phase = Phase::Begun;
        Some(Step::Sleep(LOOK_DRY))
    }

    /// A mate asks. What it learns is soon in the colo's cache.
    fn wait_for_mate(
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

    /// Waits for a share of the spread, once, and sends then.
    fn spread_out(&mut self, session: &mut Session, random: u32, now: Timestamp) -> Step {
        let wait = share_of(self.spread(), random);
        if session.has_spread || wait == Millis::ZERO {
            // The whole spread is one report's, so the next is another spread away.
            self.quiet_until = now + self.spread();
            return self.send(session, now);
        }
        session.has_spread = true;
        session.phase = Phase::Begun;
        Step::Sleep(wait)
    }

    fn lead(&mut self, session: &mut Session, urgency: Urgency, now: Timestamp) -> Step {
        let lasts = match self.held {
            Some(_) => Millis::new(self.spread().get() / 6).min(NOTE_MAX),
            None => FIRST_NOTE,
        };
        if lasts < NOTE_MIN {
            return self.send(session, now);
        }
        session.phase = Phase::Noted;
        Step::Note(Note { at: now, lasts_ms: lasts.get(), about: urgency })
    }

    fn send(&mut self, session: &mut Session, now: Timestamp) -> Step {
        session.phase = Phase::Asking;
        session.rounds += 1;
        // If this event dies, another asks at the next poll, or when there is news.
        self.next_poll = now + POLL;
        Step::Send(self.unanswered.unwrap_or_else(|| self.report(now)))
    }

    fn report(&mut self, now: Timestamp) -> Report {
        if self.held_at(now).is_none() {
            let unused = self.held.as_mut().map_or(0, |held| core::mem::take(&mut held.permits));
            self.delta.probes_unused = self.delta.probes_unused.saturating_add(unused);
        }
        self.sequence = self.sequence.wrapping_add(1);
        self.news = News::None;
        let report = Report {
            replica: self.id,
            sequence: self.sequence,
            generation: self.held.map(|held| held.verdict.generation),
            place: self.place,
            delta: core::mem::take(&mut self.delta),
        };
        self.unanswered = Some(report);
        report
    }

    /// Keeps the answer for mates, unless nothing is kept here.
    fn keep(&mut self, session: &mut Session, now: Timestamp) -> Option<Step> {
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

    /// How long until failures may be reported that came too soon after a report: nobody else may
    /// come by by then.
    #[inline]
    fn quiet_left(&self, now: Timestamp) -> Option<Millis> {
        let left = self.quiet_until.since(now);
        let is_near = left > Millis::ZERO && left <= REPORT_GAP;
        (self.news == News::Run && is_near).then_some(left)
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

    #[inline]
    fn need(&self, now: Timestamp) -> Option<Need> {
        let may_ask = now >= self.backoff_until;
        let is_quiet = now < self.quiet_until;
        if may_ask && self.news == News::Transition {
            return Some(Need::Report(Urgency::Urgent));
        }
        if may_ask && !is_quiet && (self.news == News::Run || self.held.is_none()) {
            return Some(Need::Report(Urgency::Prompt));
        }
        if may_ask && (now >= self.next_poll || (self.losses > 0 && self.unanswered.is_some())) {
            return Some(Need::Report(Urgency::Routine));
        }
        (now >= self.next_look && self.colo != Colo::KeepsNothing).then_some(Need::Look)
    }

    fn tells_of_permits(&self) -> bool {
        self.delta.tells_of_permits()
            || self.unanswered.is_some_and(|report| report.delta.tells_of_permits())
    }

    fn spread(&self) -> Millis {
        Millis::new(self.held.map_or(0, |held| held.verdict.spread_ms)).min(SPREAD_MAX)
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
