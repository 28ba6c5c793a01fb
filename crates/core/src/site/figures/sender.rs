//! The sending half of a circuit's figures: one message at a time, the same until it is answered.

use super::ReportedFigures;
use crate::base::id::CircuitId;
use crate::telemetry::metrics::{MetricsDelta, MetricsLayout, MetricsSender};

/// Sends what an isolate counts for one circuit to the circuit's coordinator.
///
/// Figures that get no reply may have arrived all the same. So they go again as they were, all of
/// them under the sequence of the metrics among them, and the coordinator adds them once
/// ([`CircuitCounts`](super::CircuitCounts)). What is counted meanwhile waits for the next message.
#[derive(Clone, Debug)]
pub struct FiguresSender {
    metrics: MetricsSender,
    /// What is unanswered beside the metrics, if these are.
    beside: ReportedFigures,
}

impl FiguresSender {
    /// A sender of a new isolate. `replica` is uniform over all of `u64`, drawn when the isolate
    /// starts.
    pub fn new(replica: u64) -> Self {
        Self { metrics: MetricsSender::new(replica), beside: ReportedFigures::default() }
    }

    /// The figures to send now: those that are unanswered, or what was counted since. `take` takes
    /// what was counted beside the metrics.
    pub fn next(
        &mut self,
        take: impl FnOnce() -> ReportedFigures,
        delta: &mut MetricsDelta,
        layout: &MetricsLayout,
        circuit: CircuitId,
    ) -> ReportedFigures {
        if !self.metrics.is_unanswered() {
            self.beside = take();
        }
        let metrics = if self.beside.is_empty() {
            self.metrics.next(delta, layout, circuit)
        } else {
            Some(self.metrics.next_beside(delta, layout, circuit))
        };
        let mut figures = self.beside.clone();
        figures.metrics = metrics;
        figures
    }

    /// Whether texts for Sentry are unanswered. While one circuit's are, no other takes any: a
    /// coordinator that is out of reach holds as many as may wait, and not each of them does.
    pub fn holds_reports(&self) -> bool {
        !self.beside.reports.is_empty()
    }

    /// Takes that these figures were answered, so that they have arrived. The reply to earlier ones
    /// says nothing of those under way.
    pub fn handle_reply(&mut self, figures: &ReportedFigures) {
        let Some(metrics) = &figures.metrics else { return };
        if self.metrics.handle_reply(metrics.sequence()) {
            self.beside = ReportedFigures::default();
        }
    }
}
