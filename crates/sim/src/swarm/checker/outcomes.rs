//! The outcomes of probes, and whether the fleet acts on them.

use std::mem;

use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{Coordinator, Report, Verdict};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::Policy;

use super::{CheckResult, Invariant};
use crate::swarm::Case;
use crate::time::Micros;

/// A report that was in flight when the faults ended has arrived, or was given up, 5 s later.
const DRAIN_TIME: Micros = Micros::from_secs(5);
/// Two reports, one in flight and the next one, take less than 2 s with all their steps.
const ROUND_TRIPS: Micros = Micros::from_secs(2);
/// All replicas with visitors learn within 8 s that the circuit has closed: they ask twice a second
/// while they know of a half-open period, and also when an opening ends, of which they may have
/// learned late.
const SPREAD_TIME: Micros = Micros::from_secs(8);

/// The origin of the permit of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PermitSource {
    /// The coordinator granted it while half open.
    Coordinator,
    /// The replica's own breaker granted it while half open.
    OwnBreaker,
    /// The circuit was closed.
    ClosedCircuit,
}

/// Follows successes of probes from the call to the coordinator.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    drained_at: Micros,
    policy: Option<Policy>,
    isolates: Vec<IsolateOutcomes>,
    /// The generation of the half-open period under examination, and the successes reported in it.
    period: u64,
    successes: u32,
    /// The successes in the report that is being applied.
    arriving: u32,
    /// Whether there was a failure or an intervention in this period, which excludes it from the
    /// check.
    is_void: bool,
    /// When successes closed the circuit; `None` after any other transition.
    closed_at: Option<Micros>,
}

/// The outcomes of one isolate's probes.
#[derive(Debug, Default)]
struct IsolateOutcomes {
    name: u64,
    /// The generations of successes that the isolate has not reported.
    unreported: Vec<u64>,
    /// Since when the first of them is unreported whose permit came from the coordinator.
    unreported_since: Option<Micros>,
    /// The sequence of the report that each success was sent with, and its generation.
    sent: Vec<(u32, u64)>,
    last_sequence: Option<u32>,
    /// Whether the replica has heard, since its own breaker admitted a call, that the opening
    /// continues because the coordinator's clock was set back. The outcome of that call does not
    /// count.
    is_early: bool,
    /// The latest generation that the replica has heard of; outcomes for earlier ones have no use.
    heard: u64,
    /// When the replica first rejected a visitor as half open after the circuit had closed.
    rejected_at: Option<Micros>,
}

impl Outcomes {
    pub(super) fn new(case: &Case) -> Self {
        let mut isolates = Vec::new();
        isolates.resize_with(case.isolates as usize, IsolateOutcomes::default);
        let drained_at = case.faults_end + DRAIN_TIME;
        Self { drained_at, isolates, ..Self::default() }
    }

    pub(super) fn handle_start(&mut self, isolate: u32, name: u64) {
        self.isolates[isolate as usize] = IsolateOutcomes { name, ..IsolateOutcomes::default() };
    }

    /// Notes the outcome of a call.
    pub(super) fn handle_record(
        &mut self,
        isolate: u32,
        permit: PermitSource,
        generation: Option<u64>,
        call: Completion,
        now: Micros,
    ) {
        let slow = self.policy.as_ref().and_then(|policy| policy.slow_calls);
        let is_slow = slow.is_some_and(|slow| call.took > slow.longer_than);
        if call.outcome != Outcome::Success || is_slow {
            self.is_void = true;
            self.closed_at = None;
        } else if permit != PermitSource::ClosedCircuit
            && let Some(generation) = generation
        {
            let outcomes = &mut self.isolates[isolate as usize];
            if permit == PermitSource::OwnBreaker && outcomes.is_early {
                return;
            }
            outcomes.unreported.push(generation);
            if permit == PermitSource::Coordinator && generation >= outcomes.heard {
                outcomes.unreported_since.get_or_insert(now);
            }
        }
    }

    /// Notes that the replica's own breaker admits a probe.
    pub(super) fn handle_own_probe(&mut self, isolate: u32) {
        self.isolates[isolate as usize].is_early = false;
    }

    /// Notes a verdict from the coordinator or the colo's cache.
    pub(super) fn handle_verdict(&mut self, isolate: u32, verdict: &Verdict, is_own: bool) {
        let outcomes = &mut self.isolates[isolate as usize];
        let goes_on = verdict.state == State::Open && verdict.remaining_ms > 0;
        outcomes.is_early |= is_own && goes_on;
        if verdict.generation > outcomes.heard {
            outcomes.heard = verdict.generation;
            outcomes.unreported_since = None;
        }
    }

    /// Notes that a report is sent. A new report carries all outcomes so far.
    pub(super) fn handle_send(&mut self, isolate: u32, report: &Report) {
        let outcomes = &mut self.isolates[isolate as usize];
        if outcomes.last_sequence.replace(report.sequence) == Some(report.sequence) {
            return;
        }
        let unreported = mem::take(&mut outcomes.unreported);
        outcomes.sent = unreported.into_iter().map(|of| (report.sequence, of)).collect();
        outcomes.unreported_since = None;
    }

    /// Counts the successes in a report that is about to be applied.
    pub(super) fn prepare(
        &mut self,
        coordinator: &Coordinator,
        report: &Report,
        policy: &Policy,
        clock: Timestamp,
    ) {
        if self.policy.as_ref() != Some(policy) {
            self.policy = Some(policy.clone());
            self.is_void = true;
        }
        let delta = report.delta;
        if delta.failures > 0 || delta.probe_failures > 0 {
            self.is_void = true;
            self.closed_at = None;
        }
        let generation = coordinator.generation();
        let follows_opening =
            coordinator.last_transition().is_some_and(|it| it.from == State::Open);
        // The half-open period that this report may count for, and the generations of its calls.
        let (period, calls_of) = match coordinator.state() {
            State::HalfOpen if follows_opening => {
                (generation, generation.saturating_sub(1)..=generation)
            }
            State::HalfOpen => (generation, generation..=generation),
            State::Open if coordinator.retry_after(clock).is_some_and(|left| left.get() == 0) => {
                (generation + 1, generation..=generation)
            }
            State::Open => {
                // The opening ends later than some replica knew, so its probes do not count.
                for outcomes in &mut self.isolates {
                    outcomes.unreported.clear();
                    outcomes.sent.clear();
                }
                self.arriving = 0;
                return;
            }
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {
                self.arriving = 0;
                return;
            }
        };
        self.begin(period);
        self.arriving = 0;
        for outcomes in self.isolates.iter_mut().filter(|outcomes| outcomes.name == report.replica)
        {
            outcomes.sent.retain(|&(sequence, of)| {
                let arrives = sequence == report.sequence;
                self.arriving += u32::from(arrives && calls_of.contains(&of));
                !arrives
            });
        }
    }

    /// Checks the state after the report was applied.
    pub(super) fn check_report(
        &mut self,
        coordinator: &Coordinator,
        policy: &Policy,
        now: Micros,
    ) -> CheckResult {
        self.successes += mem::take(&mut self.arriving);
        let is_judged = now >= self.drained_at && !self.is_void;
        if is_judged && self.successes >= policy.probe_successes {
            if matches!(coordinator.state(), State::HalfOpen | State::Open) {
                let detail = format!(
                    "{} permitted calls of generation {} succeeded, none failed, and the \
                     coordinator is {} in generation {}",
                    self.successes,
                    self.period,
                    coordinator.state(),
                    coordinator.generation()
                );
                return Err((Invariant::LostOutcome, detail));
            }
            self.successes = 0;
            self.closed_at = Some(now);
            for outcomes in &mut self.isolates {
                outcomes.rejected_at = None;
            }
        }
        self.handle_change(coordinator, now);
        Ok(())
    }

    /// Notes a change of the coordinator.
    pub(super) fn handle_change(&mut self, coordinator: &Coordinator, now: Micros) {
        match coordinator.state() {
            State::HalfOpen => self.begin(coordinator.generation()),
            State::Closed => {}
            State::Open | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {
                self.closed_at = None;
            }
        }
        self.is_void |= now < self.drained_at;
    }

    /// Notes a restore, after which the coordinator does not know the holders of permits.
    pub(super) fn handle_restore(&mut self, _: Micros) {
        self.is_void = true;
        self.closed_at = None;
    }

    /// Checks the decision about a visitor.
    pub(super) fn handle_visitor(
        &mut self,
        isolate: u32,
        is_admitted: bool,
        state: State,
        now: Micros,
    ) -> CheckResult {
        let outcomes = &mut self.isolates[isolate as usize];
        let rejects = !is_admitted && matches!(state, State::HalfOpen | State::Open);
        if let Some(since) = outcomes.unreported_since.filter(|&since| since >= self.drained_at)
            && now > since + ROUND_TRIPS
            && rejects
        {
            let detail =
                format!("isolate {isolate} rejects, and has not told of a success at {since}");
            return Err((Invariant::LostOutcome, detail));
        }
        if is_admitted || state != State::HalfOpen {
            outcomes.rejected_at = None;
            return Ok(());
        }
        let Some(closed_at) = self.closed_at else { return Ok(()) };
        let rejected_at = *outcomes.rejected_at.get_or_insert(now);
        if now < closed_at + SPREAD_TIME || now < rejected_at + ROUND_TRIPS {
            return Ok(());
        }
        let detail = format!(
            "isolate {isolate} is half open and has rejected since {rejected_at}, though \
             successes have closed the circuit at {closed_at}"
        );
        Err((Invariant::LostOutcome, detail))
    }

    /// Begins the examination of another half-open period.
    fn begin(&mut self, period: u64) {
        if self.period != period {
            self.period = period;
            self.successes = 0;
            self.is_void = false;
        }
    }
}
