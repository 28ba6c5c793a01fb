//! What permitted calls found out, and whether the fleet goes by it.

use std::mem;

use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{Coordinator, Report, Verdict};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::Policy;

use super::{Check, Invariant};
use crate::swarm::Plan;
use crate::time::Micros;

/// What was under way when the weather turned has arrived, or was given up, by then.
const CALMING: Micros = Micros::from_secs(5);
/// A report is under way at most, and then another: two round trips and what their steps take.
const ROUND_TRIPS: Micros = Micros::from_secs(2);
/// When the coordinator is closed every replica that has visitors hears of it: it asks twice a
/// second while it knows of a half-open time, and when an opening ends that it may have heard of
/// late.
const SPREADS_IN: Micros = Micros::from_secs(8);

/// Who let a call through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permitted {
    /// The coordinator, half open.
    ByFleet,
    /// The replica's own breaker, half open.
    ByItself,
    /// A closed circuit.
    Ordinarily,
}

/// Follows permitted successes from the call to the coordinator.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    calm_from: Micros,
    policy: Option<Policy>,
    isolates: Vec<Told>,
    /// The half-open time that is judged, by its generation, and the successes told in it.
    period: u64,
    successes: u32,
    /// The successes that the report now being delivered brings.
    arriving: u32,
    /// Something has failed in this period, or was done to it: it is not judged.
    is_void: bool,
    /// When successes have closed the circuit, until something else happens to it.
    closed_at: Option<Micros>,
}

/// What an isolate found out.
#[derive(Debug, Default)]
struct Told {
    name: u64,
    /// The generations of what it has not told yet,
    found: Vec<u64>,
    /// and since when, where the coordinator had let the call through.
    waits_since: Option<Micros>,
    /// Told with the report of this sequence.
    sent: Vec<(u32, u64)>,
    last_sequence: Option<u32>,
    /// It has heard, since its own breaker let a call through, that the opening goes on: the
    /// coordinator's clock was set back. What that call finds does not count.
    is_early: bool,
    /// The latest generation that it has heard of: what it finds for an earlier one is of no use.
    heard: u64,
    /// The first visitor that it rejected as half open after the circuit had closed.
    rejected_at: Option<Micros>,
}

impl Outcomes {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut isolates = Vec::new();
        isolates.resize_with(plan.trial.isolates as usize, Told::default);
        let calm_from = plan.calm_from + CALMING;
        Self { calm_from, isolates, ..Self::default() }
    }

    pub(super) fn handle_birth(&mut self, isolate: u32, name: u64) {
        self.isolates[isolate as usize] = Told { name, ..Told::default() };
    }

    /// A call ended.
    pub(super) fn handle_record(
        &mut self,
        isolate: u32,
        permit: Permitted,
        generation: Option<u64>,
        call: Completion,
        now: Micros,
    ) {
        let slow = self.policy.as_ref().and_then(|policy| policy.slow_calls);
        let is_slow = slow.is_some_and(|slow| call.took > slow.longer_than);
        if call.outcome != Outcome::Success || is_slow {
            self.is_void = true;
            self.closed_at = None;
        } else if permit != Permitted::Ordinarily
            && let Some(generation) = generation
        {
            let told = &mut self.isolates[isolate as usize];
            if permit == Permitted::ByItself && told.is_early {
                return;
            }
            told.found.push(generation);
            if permit == Permitted::ByFleet && generation >= told.heard {
                told.waits_since.get_or_insert(now);
            }
        }
    }

    /// The replica's own breaker lets a call through to find out how the upstream is.
    pub(super) fn handle_own_probe(&mut self, isolate: u32) {
        self.isolates[isolate as usize].is_early = false;
    }

    /// The coordinator has told it something, or a mate.
    pub(super) fn handle_verdict(&mut self, isolate: u32, verdict: &Verdict, is_own: bool) {
        let told = &mut self.isolates[isolate as usize];
        let goes_on = verdict.state == State::Open && verdict.remaining_ms > 0;
        told.is_early |= is_own && goes_on;
        if verdict.generation > told.heard {
            told.heard = verdict.generation;
            told.waits_since = None;
        }
    }

    /// A report leaves: one that is new tells all that was found.
    pub(super) fn handle_send(&mut self, isolate: u32, report: &Report) {
        let told = &mut self.isolates[isolate as usize];
        if told.last_sequence.replace(report.sequence) == Some(report.sequence) {
            return;
        }
        let found = mem::take(&mut told.found);
        told.sent = found.into_iter().map(|of| (report.sequence, of)).collect();
        told.waits_since = None;
    }

    /// A report is about to be applied.
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
        // The half-open time that this report may count for, and the generations of its calls.
        let (period, calls_of) = match coordinator.state() {
            State::HalfOpen if follows_opening => {
                (generation, generation.saturating_sub(1)..=generation)
            }
            State::HalfOpen => (generation, generation..=generation),
            State::Open if coordinator.retry_after(clock).is_some_and(|left| left.get() == 0) => {
                (generation + 1, generation..=generation)
            }
            State::Open => {
                // The opening lasts longer than some replica knew: what it found does not count.
                for told in &mut self.isolates {
                    told.found.clear();
                    told.sent.clear();
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
        for told in self.isolates.iter_mut().filter(|told| told.name == report.replica) {
            told.sent.retain(|&(sequence, of)| {
                let arrives = sequence == report.sequence;
                self.arriving += u32::from(arrives && calls_of.contains(&of));
                !arrives
            });
        }
    }

    /// It was.
    pub(super) fn handle_delivered(
        &mut self,
        coordinator: &Coordinator,
        policy: &Policy,
        now: Micros,
    ) -> Check {
        self.successes += mem::take(&mut self.arriving);
        let is_judged = now >= self.calm_from && !self.is_void;
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
            for told in &mut self.isolates {
                told.rejected_at = None;
            }
        }
        self.handle_change(coordinator, now);
        Ok(())
    }

    /// The coordinator may have changed.
    pub(super) fn handle_change(&mut self, coordinator: &Coordinator, now: Micros) {
        match coordinator.state() {
            State::HalfOpen => self.begin(coordinator.generation()),
            State::Closed => {}
            State::Open | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {
                self.closed_at = None;
            }
        }
        self.is_void |= now < self.calm_from;
    }

    /// It was restored, and does not know who holds permits.
    pub(super) fn handle_restore(&mut self, _: Micros) {
        self.is_void = true;
        self.closed_at = None;
    }

    /// A visitor was admitted or rejected.
    pub(super) fn handle_visitor(
        &mut self,
        isolate: u32,
        is_admitted: bool,
        state: State,
        now: Micros,
    ) -> Check {
        let told = &mut self.isolates[isolate as usize];
        let rejects = !is_admitted && matches!(state, State::HalfOpen | State::Open);
        if let Some(since) = told.waits_since.filter(|&since| since >= self.calm_from)
            && now > since + ROUND_TRIPS
            && rejects
        {
            let detail =
                format!("isolate {isolate} rejects, and has not told of a success at {since}");
            return Err((Invariant::LostOutcome, detail));
        }
        if is_admitted || state != State::HalfOpen {
            told.rejected_at = None;
            return Ok(());
        }
        let Some(closed_at) = self.closed_at else { return Ok(()) };
        let rejected_at = *told.rejected_at.get_or_insert(now);
        if now < closed_at + SPREADS_IN || now < rejected_at + ROUND_TRIPS {
            return Ok(());
        }
        let detail = format!(
            "isolate {isolate} is half open and has rejected since {rejected_at}, though \
             successes have closed the circuit at {closed_at}"
        );
        Err((Invariant::LostOutcome, detail))
    }

    /// Goes on to another half-open time.
    fn begin(&mut self, period: u64) {
        if self.period != period {
            self.period = period;
            self.successes = 0;
            self.is_void = false;
        }
    }
}
