//! The calls and reports of an isolate, and the verdicts that it received.

use std::collections::BTreeMap;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{POLL, Replica, Report, Verdict};
use breakwater_core::circuit::outcome::{Completion, Outcome};

use super::{CheckResult, Invariant, LastOrder, ordered};
use crate::strategy::Order;
use crate::time::Micros;

/// A replica asks at its first visit after two polls with their jitter, which is 120 s: its colo
/// keeps a verdict for one poll, and a replica that found the verdict there waits for another.
const ASKS_AFTER: Micros = Micros::from_secs(2 * (POLL.get() * 4 / 3) / 1_000);
/// A replica has received a verdict 6 s after it asked.
const HEARS_AFTER: Micros = Micros::from_secs(6);

/// A report is given up after 8 losses.
const LOSSES: u32 = 8;

/// The history of one incarnation of an isolate.
#[derive(Debug, Default)]
pub(super) struct IsolateLog {
    name: u64,
    started_at: Micros,
    /// The numbers of calls and failures that were recorded, and that were reported.
    recorded: (u32, u32),
    sent: (u32, u32),
    last_sent: Option<Report>,
    /// Whether the latest report may be given up: there was a reply, or its generation is over.
    is_settled: bool,
    /// The number of reports sent since the last reply.
    unanswered: u32,
    /// The number of recorded calls by the generation in which they began, and of reported calls by
    /// generation.
    recorded_in: BTreeMap<Option<u64>, u32>,
    reported: BTreeMap<u64, u32>,
    /// The generation of all verdicts received, as long as there is only one and it is closed.
    only: Option<u64>,
    has_seen_more: bool,
    /// The latest generation received from the coordinator itself.
    heard: Option<u64>,
    /// The remaining time of an opening before a verdict was handled.
    left: Option<Millis>,
    /// The first visit after which the isolate must have asked since the last order.
    asks_at: Option<Micros>,
}

impl IsolateLog {
    pub(super) fn new(name: u64, started_at: Micros) -> Self {
        Self { name, started_at, ..Self::default() }
    }

    pub(super) const fn name(&self) -> u64 {
        self.name
    }

    pub(super) fn record_state(&mut self, state: State) {
        self.has_seen_more |= state != State::Closed;
    }

    /// Counts a call that ended and had no permit of the coordinator.
    pub(super) fn handle_record(&mut self, generation: Option<u64>, call: Completion) {
        let failed = match call.outcome {
            Outcome::Success => 0,
            Outcome::Failure => 1,
            Outcome::Ignored | Outcome::Throttled | Outcome::Exhausted => return,
        };
        self.recorded.0 += 1;
        self.recorded.1 += failed;
        *self.recorded_in.entry(generation).or_default() += 1;
    }

    pub(super) fn handle_send(&mut self, report: &Report) -> CheckResult {
        let fails = |detail: String| Err((Invariant::Conservation, detail));
        let unanswered = self.unanswered;
        self.unanswered += 1;
        if let Some(last) = self.last_sent.filter(|last| last.sequence == report.sequence) {
            if last == *report {
                return Ok(());
            }
            return fails(format!("{last:?} was sent again as {report:?}"));
        }
        if self.last_sent.is_some_and(|last| report.sequence < last.sequence) {
            return fails(format!("{report:?} came after {:?}", self.last_sent));
        }
        if self.last_sent.is_some() && !self.is_settled && unanswered < LOSSES {
            let last = self.last_sent;
            return fails(format!("{last:?} was given up after {unanswered} in vain"));
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

    /// Checks that the calls reported for a generation began in it, or before any generation was
    /// known.
    fn check_generation(&mut self, report: &Report) -> CheckResult {
        let Some(generation) = report.generation else { return Ok(()) };
        let begun_in = |known| self.recorded_in.get(&known).copied().unwrap_or_default();
        let recorded_in = begun_in(Some(generation)) + begun_in(None);
        let reported = self.reported.entry(generation).or_default();
        *reported += report.delta.calls;
        if *reported <= recorded_in {
            return Ok(());
        }
        let name = self.name;
        let detail =
            format!("replica {name:x} began {recorded_in} calls in that generation: {report:?}");
        Err((Invariant::Conservation, detail))
    }

    pub(super) fn prepare_verdict(&mut self, replica: &Replica, clock: Timestamp) {
        self.record_state(replica.state(clock));
        self.left = match replica.state(clock) {
            State::Open => replica.retry_after(clock).filter(|&left| left > Millis::ZERO),
            State::Closed
            | State::HalfOpen
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => None,
        };
    }

    pub(super) fn check_verdict(
        &mut self,
        replica: &Replica,
        verdict: Option<&Verdict>,
        is_own: bool,
        clock: Timestamp,
    ) -> CheckResult {
        let Some(verdict) = verdict else { return Ok(()) };
        let generation = verdict.generation;
        let is_over = self.last_sent.is_some_and(|last| last.generation != Some(generation));
        self.is_settled |= is_own || is_over;
        if is_own {
            self.unanswered = 0;
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
    ) -> CheckResult {
        let fails = |what: &str| {
            let detail = format!("replica {:x} is {state}, {what} {:?}", self.name, order.order);
            Err((Invariant::Orders, detail))
        };
        let expected = ordered(order.order);
        let is_forced = matches!(state, State::ForcedOpen | State::ForcedClosed) || is_bypassed;
        if now > order.until + order.late && is_forced {
            return fails("though it is over:");
        }
        let asks_from = self.started_at.max(order.from) + ASKS_AFTER;
        if now >= asks_from && self.asks_at.is_none_or(|asks_at| asks_at < asks_from) {
            self.asks_at = Some(now);
        }
        let must_follow = self.asks_at.is_some_and(|asks_at| now > asks_at + HEARS_AFTER);
        let follows = expected.is_none_or(|expected| expected == state)
            && (is_bypassed || !matches!(order.order, Order::Bypass { lasts: Some(_) }));
        if must_follow && now + order.early < order.until && !follows {
            return fails("though ordered");
        }
        Ok(())
    }
}
