//! What an isolate counts, and how that goes to the coordinators: latencies and what visitors got,
//! for the operators' figures; good and bad events, for objectives; and the metrics.

use std::sync::LazyLock;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::Rejected;
use breakwater_core::circuit::latency::Histogram;
use breakwater_core::circuit::outcome::{Ended, Outcome};
use breakwater_core::site::figures::{
    EndedCall, FiguresSender, ObjectiveCounter, ReportedFigures, ServedAnswer,
};
use breakwater_core::site::metrics;
use breakwater_core::telemetry::metrics::{AnsweredBy, MetricsDelta, MetricsLayout, ObjectLabel};
use breakwater_core::watch::incident::EdgeShares;
use breakwater_platform::{SITE, sentry};
use fastrand::Rng;
use wasm_bindgen::prelude::*;

use super::{Destination, circuit_of, with};

#[wasm_bindgen(raw_module = "./objects.ts")]
extern "C" {
    /// Takes the number of calls to the objects of a binding. Both modules are counted.
    #[wasm_bindgen(js_name = takeCalls)]
    fn take_calls(binding: &str) -> u32;
}

static LAYOUT: LazyLock<MetricsLayout> = LazyLock::new(|| metrics::layout(&SITE));

/// What was counted and no coordinator has been told of yet.
pub(super) struct Counts {
    /// One per circuit: how long its calls took.
    latencies: Vec<Histogram>,
    /// One per circuit: what visitors of its routes got.
    answers: Vec<EdgeShares>,
    objectives: ObjectiveCounter,
    metrics: MetricsDelta,
    /// One per circuit.
    senders: Vec<FiguresSender>,
}

impl Counts {
    pub(super) fn new(random: &mut Rng) -> Self {
        let circuits = SITE.circuits.len();
        Self {
            latencies: vec![Histogram::new(); circuits],
            answers: vec![EdgeShares::default(); circuits],
            objectives: ObjectiveCounter::new(&SITE),
            metrics: MetricsDelta::new(&LAYOUT),
            senders: (0..circuits).map(|_| FiguresSender::new(random.u64(..))).collect(),
        }
    }

    /// Counts a call that has ended. The objectives are about what visitors need; a call that the
    /// control plane made says nothing of that.
    pub(super) fn count_call(
        &mut self,
        circuit: CircuitId,
        ended: Ended,
        outcome: Outcome,
        took: Millis,
        is_visitors: bool,
    ) {
        let status = ended.status();
        let answered_in = status.is_some().then_some(took);
        if let Some(took) = answered_in {
            self.latencies[circuit.index()].record(took);
        }
        if is_visitors {
            let call = EndedCall { outcome, status, took };
            self.objectives.record_call(&SITE, circuit_of(circuit).upstream, &call);
        }
        self.metrics.count_call(&LAYOUT, circuit, metrics::call_end(outcome), answered_in);
    }
}

/// Counts an answer to a visitor of this target.
pub(crate) fn count_answer(target: Destination, answer: &ServedAnswer) {
    let Destination { index, circuit, .. } = target;
    let ServedAnswer { source, status, took, .. } = *answer;
    with(|isolate| {
        let it = &mut isolate.counts;
        source.count(status, &mut it.answers[circuit.index()]);
        it.objectives.record_answer(&SITE, index, answer);
        let by = metrics::answered_by(source);
        it.metrics.count_answer(&LAYOUT, Some(index), by, status, took);
    });
}

/// Counts yes to a preflight. It says nothing of what visitors get.
pub(crate) fn count_preflight(target: Destination, by: AnsweredBy, status: u16, took: Millis) {
    with(|it| it.counts.metrics.count_answer(&LAYOUT, Some(target.index), by, status, took));
}

/// Counts a request that was refused before it had a route.
pub(crate) fn count_refused(status: u16) {
    let by = AnsweredBy::Refused;
    with(|it| it.counts.metrics.count_answer(&LAYOUT, None, by, status, Millis::ZERO));
}

/// Counts a request that the control plane answers.
pub(crate) fn count_own() {
    with(|it| it.counts.metrics.count_own(&LAYOUT));
}

/// Counts a call that repeats one.
pub(crate) fn count_retry(circuit: CircuitId) {
    with(|it| it.counts.metrics.count_retry(&LAYOUT, circuit));
}

/// Counts a visitor's call that its circuit did not admit.
pub(super) fn count_rejection(circuit: CircuitId, rejected: Rejected, now: Timestamp) {
    with(|it| {
        let state = it.replicas[circuit.index()].state(now);
        it.counts.objectives.record_rejection(&SITE, circuit_of(circuit).upstream, state);
        it.counts.metrics.count_rejection(&LAYOUT, circuit, metrics::rejection(rejected));
    });
}

/// Takes the figures of a circuit since they were last taken. They are the same until they have
/// arrived.
pub(crate) fn take_figures(circuit: CircuitId) -> ReportedFigures {
    with(|isolate| {
        let Counts { latencies, answers, objectives, metrics: delta, senders } =
            &mut isolate.counts;
        for object in ObjectLabel::ALL {
            delta.count_object_calls(*object, take_calls(metrics::binding_of(*object)));
        }
        let index = circuit.index();
        let takes_reports = !senders.iter().any(FiguresSender::holds_reports);
        let take = || {
            let latencies = std::mem::take(&mut latencies[index]);
            ReportedFigures {
                latencies: (!latencies.is_empty()).then_some(latencies),
                answers: std::mem::take(&mut answers[index]),
                objectives: objectives.take(&SITE, index),
                metrics: None,
                reports: if takes_reports { sentry::take_kept() } else { Vec::new() },
                is_unread: false,
            }
        };
        senders[index].next(take, delta, &LAYOUT, circuit)
    })
}

/// Takes note that figures have arrived.
pub(crate) fn figures_arrived(circuit: CircuitId, figures: &ReportedFigures) {
    with(|it| it.counts.senders[circuit.index()].handle_reply(figures));
}
