//! The sending half of a circuit's counts: one report at a time, the same until it is answered.

use super::delta::MetricsDelta;
use super::layout::MetricsLayout;
use super::report::{MetricsReport, ReportedCounts};
use crate::base::id::CircuitId;

/// Sends the counts of one circuit to the circuit's coordinator.
///
/// A report that gets no reply may have arrived all the same, so it goes again as it was, under its
/// own sequence, and the coordinator adds it once. What is counted meanwhile waits for the next
/// report. So that both sides agree, a report is never sent to another coordinator.
#[derive(Clone, Debug)]
pub struct MetricsSender {
    replica: u64,
    sequence: u32,
    unanswered: Option<MetricsReport>,
}

impl MetricsSender {
    /// A sender of a new isolate. `replica` is uniform over all of `u64`, drawn when the isolate
    /// starts: a number that another isolate has makes its counts look like repetitions.
    pub const fn new(replica: u64) -> Self {
        Self { replica, sequence: 0, unanswered: None }
    }

    /// The report to send now: the one that is unanswered, or one of what was counted since.
    /// Returns `None` if there is nothing to tell.
    pub fn next(
        &mut self,
        delta: &mut MetricsDelta,
        layout: &MetricsLayout,
        circuit: CircuitId,
    ) -> Option<MetricsReport> {
        if self.unanswered.is_none() {
            let counts = delta.take(layout, circuit);
            if counts.is_empty() {
                return None;
            }
            return Some(self.begin(counts));
        }
        self.unanswered.clone()
    }

    /// The report to send beside something that is to be added once too: if there is nothing to
    /// tell, one without counts, whose sequence tells repetitions apart.
    pub fn next_beside(
        &mut self,
        delta: &mut MetricsDelta,
        layout: &MetricsLayout,
        circuit: CircuitId,
    ) -> MetricsReport {
        match &self.unanswered {
            Some(report) => report.clone(),
            None => self.begin(delta.take(layout, circuit)),
        }
    }

    fn begin(&mut self, counts: ReportedCounts) -> MetricsReport {
        self.sequence = self.sequence.saturating_add(1);
        let report = MetricsReport { replica: self.replica, sequence: self.sequence, counts };
        self.unanswered = Some(report.clone());
        report
    }

    /// Whether a report waits for its reply.
    pub const fn is_unanswered(&self) -> bool {
        self.unanswered.is_some()
    }

    /// Takes that the report of this sequence was answered, so that it has arrived. The reply to an
    /// earlier one says nothing of the one under way. Returns whether it was the one under way.
    pub fn handle_reply(&mut self, sequence: u32) -> bool {
        let is_answered =
            self.unanswered.as_ref().is_some_and(|report| report.sequence == sequence);
        if is_answered {
            self.unanswered = None;
        }
        is_answered
    }
}
