//! Reports: when one is due, and how reports are staggered.

use super::colo::note_lasts;
use super::{Need, ReportRequest, Session, SessionPhase, SessionStep};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;
use crate::circuit::fleet::message::{Report, Urgency};
use crate::circuit::fleet::replica::{ColoCache, PendingUrgency, Replica, Timer};
use crate::circuit::fleet::{HELD_POLL, POLL, REPORT_GAP, REPORT_TIMEOUT, share_of};

/// How long a session waits for the next report whose reply is held: 1.5 s at most, so that an
/// event lives no longer than the platform allows.
const ASKS_AGAIN_WITHIN: Millis = Millis::new(1_500);

impl Session {
    /// Waits for a random part of the stagger, once, and then sends.
    pub(super) fn stagger(
        &mut self,
        replica: &mut Replica,
        random: u32,
        now: Timestamp,
    ) -> SessionStep {
        let wait = share_of(replica.stagger(), random);
        let wait = match replica.colo {
            // The replica that leads there by whatever clock goes first.
            ColoCache::ClocksDiffer => wait.saturating_add(note_lasts(replica)),
            ColoCache::Unknown | ColoCache::Stores | ColoCache::StoresNothing => wait,
        };
        if self.has_staggered || wait == Millis::ZERO {
            // A replica sends one report in a whole stagger.
            replica.timers.set(Timer::Quiet, now + replica.stagger());
            return self.send(replica, now);
        }
        self.has_staggered = true;
        self.phase = SessionPhase::Begun;
        SessionStep::Sleep(wait)
    }

    pub(super) fn send(&mut self, replica: &mut Replica, now: Timestamp) -> SessionStep {
        self.rounds += 1;
        // If this event dies, another one asks at the next poll, or when something has happened.
        replica.timers.set(Timer::Poll, now + POLL);
        let report = match replica.outgoing.unanswered {
            Some(report) => report,
            None => next_report(replica, now),
        };
        self.phase = SessionPhase::Asking { sequence: report.sequence, since: now };
        SessionStep::Send(ReportRequest { id: self.request_id(), report, timeout: REPORT_TIMEOUT })
    }
}

/// Makes a report of the counts since the last one.
fn next_report(replica: &mut Replica, now: Timestamp) -> Report {
    let outgoing = &mut replica.outgoing;
    // Unless a call on a permit is in flight, the replica says that it holds none. So a permit goes
    // back that it does not use, and one whose reply was lost.
    if let Some(known) = &mut replica.known
        && matches!(known.verdict.state, State::Open | State::HalfOpen)
    {
        let unused = core::mem::take(&mut known.permits);
        let is_probing = replica.permitted.is_some_and(|permitted| {
            permitted.generation == known.verdict.generation && now < permitted.expires
        });
        let unused = if is_probing { unused } else { unused.max(1) };
        outgoing.delta.probes_unused = outgoing.delta.probes_unused.max(unused);
    }
    outgoing.sequence = outgoing.sequence.wrapping_add(1);
    outgoing.pending = None;
    let report = Report {
        replica: replica.id,
        sequence: outgoing.sequence,
        generation: replica.known.map(|known| known.verdict.generation),
        region: replica.region,
        delta: core::mem::take(&mut outgoing.delta),
    };
    outgoing.unanswered = Some(report);
    report
}

/// How long until failures may be reported that came too soon after a report, if that is near: no
/// other event may come by then.
#[inline]
pub(super) fn quiet_left(replica: &Replica, now: Timestamp) -> Option<Millis> {
    if replica.outgoing.pending != Some(PendingUrgency::Failures) {
        return None;
    }
    replica.timers.left(Timer::Quiet, now).filter(|&left| left <= REPORT_GAP)
}

/// How long it is until the replica asks again whether the opening is over, if the coordinator
/// holds the reply to that report and it is near.
pub(super) fn poll_left(replica: &Replica, now: Timestamp) -> Option<Millis> {
    let known = replica.known_at(now)?;
    let may_end = matches!(known.verdict.state, State::Open | State::HalfOpen);
    let is_held = may_end && known.permits == 0 && known.verdict.poll_ms <= HELD_POLL.get();
    let left = replica.timers.left(Timer::Poll, now).filter(|_| is_held);
    left.filter(|&left| left <= ASKS_AGAIN_WITHIN)
}

/// What the replica wants to do now.
#[inline]
pub(super) fn need(replica: &Replica, now: Timestamp) -> Option<Need> {
    let (outgoing, timers) = (&replica.outgoing, &replica.timers);
    if !timers.is_running(Timer::Backoff, now) {
        if outgoing.pending == Some(PendingUrgency::Transition) {
            return Some(Need::Report(Urgency::Urgent));
        }
        let has_failures = outgoing.pending == Some(PendingUrgency::Failures);
        let is_prompt = has_failures || replica.known.is_none();
        if is_prompt && !timers.is_running(Timer::Quiet, now) {
            return Some(Need::Report(Urgency::Prompt));
        }
        let is_lost = outgoing.losses > 0 && outgoing.unanswered.is_some();
        if is_lost || timers.has_expired(Timer::Poll, now) {
            return Some(Need::Report(Urgency::Routine));
        }
    }
    let may_look = replica.colo != ColoCache::StoresNothing;
    (may_look && timers.has_expired(Timer::Look, now)).then_some(Need::Look)
}

pub(super) fn tells_of_permits(replica: &Replica) -> bool {
    let outgoing = &replica.outgoing;
    outgoing.delta.tells_of_permits()
        || outgoing.unanswered.is_some_and(|report| report.delta.tells_of_permits())
}
