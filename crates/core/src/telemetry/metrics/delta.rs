//! What one isolate has counted and not sent yet.

use alloc::boxed::Box;
use alloc::vec;

use super::columns::{self, CALLS, CIRCUIT_COLUMNS, CIRCUIT_DURATIONS, ERRORS, REJECTIONS};
use super::columns::{REQUESTS, RETRIES, ROUTE_COLUMNS, ROUTE_DURATIONS};
use super::labels::{AnsweredBy, CallLabel, ObjectLabel, RejectionLabel};
use super::layout::MetricsLayout;
use super::report::{ReportedCounts, ReportedRow};
use crate::base::id::CircuitId;
use crate::base::time::Millis;

/// The lowest status of an answer that counts as an error (RFC 9110 §15.6).
const SERVER_ERROR: u16 = 500;

/// What an isolate has counted since its counts were last taken. Its size depends on the site
/// alone, at most 24 KiB for [`ROWS_MAX`](super::ROWS_MAX) routes and as many circuits; counting
/// allocates nothing, and counts saturate.
///
/// ```
/// use breakwater_core::base::id::CircuitId;
/// use breakwater_core::base::time::Millis;
/// use breakwater_core::telemetry::metrics::{
///     AnsweredBy, CircuitLabels, MetricsDelta, MetricsLayout, MetricsSender, RouteLabels,
/// };
///
/// let web = CircuitId::new(0);
/// let layout = MetricsLayout::new(
///     [RouteLabels { route: "/*".into(), upstream: "web".into(), circuit: web }],
///     [CircuitLabels { circuit: "web".into(), upstream: "web".into() }],
/// );
/// let mut delta = MetricsDelta::new(&layout);
/// delta.count_answer(&layout, Some(0), AnsweredBy::Origin, 200, Millis::new(80));
///
/// let mut sender = MetricsSender::new(7);
/// let report = sender.next(&mut delta, &layout, web).expect("there is something to send");
/// assert!(delta.is_empty(&layout, web));
/// assert_eq!(sender.next(&mut delta, &layout, web), Some(report.clone()), "until it is answered");
/// sender.handle_reply(report.sequence());
/// assert_eq!(sender.next(&mut delta, &layout, web), None);
/// ```
#[derive(Clone, Debug)]
pub struct MetricsDelta {
    routes: Box<[[u32; ROUTE_COLUMNS]]>,
    circuits: Box<[[u32; CIRCUIT_COLUMNS]]>,
    objects: [u32; ObjectLabel::ALL.len()],
}

impl MetricsDelta {
    /// No counts.
    pub fn new(layout: &MetricsLayout) -> Self {
        Self {
            routes: vec![[0; ROUTE_COLUMNS]; layout.route_slots()].into_boxed_slice(),
            circuits: vec![[0; CIRCUIT_COLUMNS]; layout.circuit_slots()].into_boxed_slice(),
            objects: [0; ObjectLabel::ALL.len()],
        }
    }

    /// Counts an answer to a visitor, whose request arrived `took` before. `route` is the place of
    /// the route in the site's list, if the request had one.
    pub fn count_answer(
        &mut self,
        layout: &MetricsLayout,
        route: Option<usize>,
        by: AnsweredBy,
        status: u16,
        took: Millis,
    ) {
        let Some(row) = self.routes.get_mut(layout.route_slot(route)) else { return };
        columns::add(row, REQUESTS + by as usize, 1);
        columns::add(row, ERRORS + by as usize, u32::from(status >= SERVER_ERROR));
        columns::add_duration(row, ROUTE_DURATIONS, took);
    }

    /// Counts a request that another module answers, so that neither status nor time are known.
    pub fn count_own(&mut self, layout: &MetricsLayout) {
        if let Some(row) = self.routes.get_mut(layout.route_slot(None)) {
            columns::add(row, REQUESTS + AnsweredBy::Own as usize, 1);
        }
    }

    /// Counts a call that has ended, and how long it took if it got an answer.
    pub fn count_call(
        &mut self,
        layout: &MetricsLayout,
        circuit: CircuitId,
        end: CallLabel,
        took: Option<Millis>,
    ) {
        let Some(row) = self.circuits.get_mut(layout.circuit_slot(circuit)) else { return };
        columns::add(row, CALLS + end as usize, 1);
        if let Some(took) = took {
            columns::add_duration(row, CIRCUIT_DURATIONS, took);
        }
    }

    /// Counts a call that repeats one.
    pub fn count_retry(&mut self, layout: &MetricsLayout, circuit: CircuitId) {
        if let Some(row) = self.circuits.get_mut(layout.circuit_slot(circuit)) {
            columns::add(row, RETRIES, 1);
        }
    }

    /// Counts a call that a circuit did not admit.
    pub fn count_rejection(
        &mut self,
        layout: &MetricsLayout,
        circuit: CircuitId,
        reason: RejectionLabel,
    ) {
        if let Some(row) = self.circuits.get_mut(layout.circuit_slot(circuit)) {
            columns::add(row, REJECTIONS + reason as usize, 1);
        }
    }

    /// Counts calls of Durable Objects of a kind.
    pub fn count_object_calls(&mut self, object: ObjectLabel, number: u32) {
        columns::add(&mut self.objects, object as usize, number);
    }

    /// Whether nothing was counted that travels with the reports of this circuit.
    pub fn is_empty(&self, layout: &MetricsLayout, circuit: CircuitId) -> bool {
        let mut routes = self.routes.iter().enumerate();
        let mut circuits = self.circuits.iter().enumerate();
        self.objects.iter().all(|count| *count == 0)
            && routes.all(|(slot, row)| !layout.route_is_of(slot, circuit) || is_zero(row))
            && circuits.all(|(slot, row)| !layout.circuit_is_of(slot, circuit) || is_zero(row))
    }

    /// Takes what travels with the reports of this circuit: its own counts and those of its routes,
    /// and what belongs to no circuit.
    pub(super) fn take(&mut self, layout: &MetricsLayout, circuit: CircuitId) -> ReportedCounts {
        let mut taken = ReportedCounts::default();
        for (slot, row) in self.routes.iter_mut().enumerate() {
            if layout.route_is_of(slot, circuit) && !is_zero(row) {
                taken.routes.push(ReportedRow::of(layout.route_labels(slot), row));
                row.fill(0);
            }
        }
        for (slot, row) in self.circuits.iter_mut().enumerate() {
            if layout.circuit_is_of(slot, circuit) && !is_zero(row) {
                taken.circuits.push(ReportedRow::of(layout.circuit_labels(slot), row));
                row.fill(0);
            }
        }
        taken.objects = core::mem::take(&mut self.objects).map(u64::from);
        taken
    }
}

fn is_zero(row: &[u32]) -> bool {
    row.iter().all(|count| *count == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::ROWS_MAX;

    #[test]
    fn the_counts_of_a_hundred_routes_fit_in_24_kib() {
        let bytes = size_of::<MetricsDelta>()
            + (ROWS_MAX + 1) * size_of::<[u32; ROUTE_COLUMNS]>()
            + (ROWS_MAX + 1) * size_of::<[u32; CIRCUIT_COLUMNS]>();
        assert!(bytes <= 24 * 1024, "{bytes}");
    }
}
