//! The sending half of a circuit's counts: one report at a time, the same until it is answered.

use super::delta::MetricsDelta;
use super::layout::MetricsLayout;
use super::report::MetricsReport;
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
            self.sequence = self.sequence.saturating_add(1);
            let (replica, sequence) = (self.replica, self.sequence);
            self.unanswered = Some(MetricsReport { replica, sequence, counts });
        }
        self.unanswered.clone()
    }

    /// Takes that the report of this sequence was answered, so that it has arrived. The reply to an
    /// earlier one says nothing of the one under way.
    pub fn handle_reply(&mut self, sequence: u32) {
        if self.unanswered.as_ref().is_some_and(|report| report.sequence == sequence) {
            self.unanswered = None;
        }
    }
}
