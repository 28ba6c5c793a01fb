//! Reports: when one is due, how they are spread, and what becomes of them.

use super::{Need, Phase, Session, Step};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;
use crate::circuit::fleet::message::{Loss, Report, Urgency, Verdict};
use crate::circuit::fleet::replica::{Colo, News, Replica};
use crate::circuit::fleet::{POLL, REPORT_GAP, share_of};
use crate::circuit::policy::Policy;

/// A lost report is sent again after this, doubled each time.
const BACKOFF: Millis = Millis::new(250);
/// The longest backoff; beyond it a verdict has long lapsed.
const BACKOFF_MAX: Millis = Millis::from_secs(60);
/// A report that was lost so often is given up, and what it carried with it.
const LOSSES_MAX: u32 = 8;
/// The longest spread: what a fleet of the largest size needs.
const SPREAD_MAX: Millis = Millis::from_secs(20);

impl Replica {
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
        // A second reply to the same report tells of the same permit, which may be used by now.
        let is_first = sequence == self.sequence && self.replied != Some(sequence);
        let permits = if is_first { verdict.permits } else { 0 };
        let verdict = Verdict { permits, ..verdict };
        self.replied = Some(sequence);
        self.losses = 0;
        self.backoff_until = Timestamp::default();
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

    /// Waits for a share of the spread, once, and sends then.
    pub(super) fn spread_out(
        &mut self,
        session: &mut Session,
        random: u32,
        now: Timestamp,
    ) -> Step {
        let wait = share_of(self.spread(), random);
        let wait = match self.colo {
            // Who leads there, by whatever clock, goes first.
            Colo::ClocksDiffer => Millis::new(wait.get() + self.note_lasts().get()),
            Colo::Unknown | Colo::Keeps | Colo::KeepsNothing => wait,
        };
        if session.has_spread || wait == Millis::ZERO {
            // The whole spread is one report's, so the next is another spread away.
            self.quiet_until = now + self.spread();
            return self.send(session, now);
        }
        session.has_spread = true;
        session.phase = Phase::Begun;
        Step::Sleep(wait)
    }

    pub(super) fn send(&mut self, session: &mut Session, now: Timestamp) -> Step {
        session.phase = Phase::Asking;
        session.rounds += 1;
        // If this event dies, another asks at the next poll, or when there is news.
        self.next_poll = now + POLL;
        Step::Send(self.unanswered.unwrap_or_else(|| self.report(now)))
    }

    fn report(&mut self, now: Timestamp) -> Report {
        // Unless a call on a permit is under way, the replica says that it holds none: so one goes
        // back that it does not use, and one of which a lost reply had told.
        if let Some(held) = &mut self.held
            && matches!(held.verdict.state, State::Open | State::HalfOpen)
        {
            let unused = core::mem::take(&mut held.permits);
            let is_probing = self.probing.is_some_and(|(generation, until)| {
                generation == held.verdict.generation && now < until
            });
            let unused = if is_probing { unused } else { unused.max(1) };
            self.delta.probes_unused = self.delta.probes_unused.max(unused);
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

    /// How long until failures may be reported that came too soon after a report: nobody else may
    /// come by by then.
    #[inline]
    pub(super) fn quiet_left(&self, now: Timestamp) -> Option<Millis> {
        let left = self.quiet_until.since(now);
        let is_near = left > Millis::ZERO && left <= REPORT_GAP;
        (self.news == News::Run && is_near).then_some(left)
    }

    #[inline]
    pub(super) fn need(&self, now: Timestamp) -> Option<Need> {
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

    pub(super) fn tells_of_permits(&self) -> bool {
        self.delta.tells_of_permits()
            || self.unanswered.is_some_and(|report| report.delta.tells_of_permits())
    }

    pub(super) fn spread(&self) -> Millis {
        Millis::new(self.held.map_or(0, |held| held.verdict.spread_ms)).min(SPREAD_MAX)
    }
}
