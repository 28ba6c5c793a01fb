//! What an isolate recorded, sent and heard.

use std::collections::BTreeMap;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{POLL, Replica, Report, Verdict};
use breakwater_core::circuit::outcome::{Completion, Outcome};

use super::{Check, Invariant, LastOrder, ordered};
use crate::strategy::Order;
use crate::time::Micros;

/// A replica asks at its first visit after two polls with their jitter: one for which a colo keeps
/// a verdict, and one that a replica waits which found it there,
const ASKS_AFTER: Micros = Micros::from_secs(2 * (POLL.get() * 4 / 3) / 1_000);
/// and has heard after this.
const HEARS_AFTER: Micros = Micros::from_secs(6);

/// A report is given up when so many have been lost.
const LOSSES: u32 = 8;

/// One isolate's life.
#[derive(Debug, Default)]
pub(super) struct IsolateLog {
    name: u64,
    born: Micros,
    /// Calls and failures that were recorded, and that were sent.
    recorded: (u32, u32),
    sent: (u32, u32),
    last_sent: Option<Report>,
    /// The latest report needs no reply any more: there was one, or its generation is over.
    is_settled: bool,
    /// How often reports were sent since the last reply.
    sent_in_vain: u32,
    /// Calls that were recorded, by the generation that they began in, and that were sent.
    begun: BTreeMap<Option<u64>, u32>,
    told: BTreeMap<u64, u32>,
    /// The generation of all verdicts heard, as long as there is but one, and it is closed.
    only: Option<u64>,
    has_seen_more: bool,
    /// The latest generation heard from the coordinator itself.
    heard: Option<u64>,
    /// What was left of an opening before a verdict.
    left: Option<Millis>,
    /// The first visit after which it must have asked since the last order.
    asks_at: Option<Micros>,
}

impl IsolateLog {
    pub(super) fn new(name: u64, born: Micros) -> Self {
        Self { name, born, ..Self::default() }
    }

    pub(super) const fn name(&self) -> u64 {
        self.name
    }

    pub(super) fn note_state(&mut self, state: State) {
        self.has_seen_more |= state != State::Closed;
    }

    /// A call ended that had no permit of the coordinator's.
    pub(super) fn handle_record(&mut self, generation: Option<u64>, call: Completion) {
        let failed = match call.outcome {
            Outcome::Success => 0,
            Outcome::Failure => 1,
            Outcome::Ignored | Outcome::Throttled | Outcome::Exhausted => return,
        };
        self.recorded.0 += 1;
        self.recorded.1 += failed;
        *self.begun.entry(generation).or_default() += 1;
    }

    pub(super) fn handle_send(&mut self, report: &Report) -> Check {
        let fails = |detail: String| Err((Invariant::Conservation, detail));
        let sent_in_vain = self.sent_in_vain;
        self.sent_in_vain += 1;
        if let Some(last) = self.last_sent.filter(|last| last.sequence == report.sequence) {
            if last == *report {
                return Ok(());
            }
            return fails(format!("{last:?} was sent again as {report:?}"));
        }
        if self.last_sent.is_some_and(|last| report.sequence < last.sequence) {
            return fails(format!("{report:?} came after {:?}", self.last_sent));
        }
        if self.last_sent.is_some() && !self.is_settled && sent_in_vain < LOSSES {
            let last = self.last_sent;
            return fails(format!("{last:?} was given up after {sent_in_vain} in vain"));
        }
        self.is_settled = false;
        self.last_sent = Some(*report);
        self.check_generation(report)?;
        self.sent.0 += report.delta.calls;
        self.sent.1 += report.delta.failures;
        let (sent, recorded) = (self.sent, self.recorded);
        let name = self.name;
        if sent.0 > recorded.0 || sent.1 > recorded.1 {
            return fails(format!(
                "replica {name:x} sent {sent:?} of {recorded:?} (calls, failures)"
            ));
        }
        if !self.has_seen_more && sent != recorded {
            return fails(format!("replica {name:x} sent only {sent:?} of {recorded:?}"));
        }
        Ok(())
    }

    /// What is told of a generation began in it, or before any was known.
    fn check_generation(&mut self, report: &Report) -> Check {
        let Some(generation) = report.generation else { return Ok(()) };
        let begun_in = |known| self.begun.get(&known).copied().unwrap_or_default();
        let begun = begun_in(Some(generation)) + begun_in(None);
        let told = self.told.entry(generation).or_default();
        *told += report.delta.calls;
        if *told <= begun {
            return Ok(());
        }
        let name = self.name;
        let detail = format!("replica {name:x} began {begun} calls in that generation: {report:?}");
        Err((Invariant::Conservation, detail))
    }

    pub(super) fn handle_learning(&mut self, replica: &Replica, clock: Timestamp) {
        self.note_state(replica.state(clock));
        self.left = match replica.state(clock) {
            State::Open => replica.retry_after(clock).filter(|&left| left > Millis::ZERO),
            State::Closed
            | State::HalfOpen
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => None,
        };
    }

    pub(super) fn handle_learned(
        &mut self,
        replica: &Replica,
        verdict: Option<&Verdict>,
        is_own: bool,
        clock: Timestamp,
    ) -> Check {
        let Some(verdict) = verdict else { return Ok(()) };
        let generation = verdict.generation;
        let is_over = self.last_sent.is_some_and(|last| last.generation != Some(generation));
        self.is_settled |= is_own || is_over;
        if is_own {
            self.sent_in_vain = 0;
        }
        self.has_seen_more |= verdict.state != State::Closed;
        self.has_seen_more |= *self.only.get_or_insert(generation) != generation;
        let is_old = self.heard.is_some_and(|heard| generation <= heard);
        if is_own {
            self.heard = Some(self.heard.map_or(generation, |heard| heard.max(generation)));
        }
        let after = replica.retry_after(clock);
        match (self.left, after) {
            (Some(before), Some(after)) if is_old && after > before => {
                let detail = format!(
                    "replica {:x} had {before} left, and {after} after {verdict:?}",
                    self.name
                );
                Err((Invariant::Deadline, detail))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_order(
        &mut self,
        order: &LastOrder,
        state: State,
        is_bypassed: bool,
        now: Micros,
    ) -> Check {
        let fails = |what: &str| {
            let detail = format!("replica {:x} is {state}, {what} {:?}", self.name, order.order);
            Err((Invariant::Orders, detail))
        };
        let expected = ordered(order.order);
        let is_forced = matches!(state, State::ForcedOpen | State::ForcedClosed) || is_bypassed;
        if now > order.until + order.late && is_forced {
            return fails("though it is over:");
        }
        let asks_from = self.born.max(order.from) + ASKS_AFTER;
        if now >= asks_from && self.asks_at.is_none_or(|asks_at| asks_at < asks_from) {
            self.asks_at = Some(now);
        }
        let must_follow = self.asks_at.is_some_and(|asks_at| now > asks_at + HEARS_AFTER);
        let follows = expected.is_none_or(|expected| expected == state)
            && (is_bypassed || !matches!(order.order, Order::Bypass(Some(_))));
        if must_follow && now + order.early < order.until && !follows {
            return fails("though ordered");
        }
        Ok(())
    }
}
