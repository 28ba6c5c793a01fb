//! What a coordinator has added up, and what all of them come to.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize, Serializer};

use super::columns::{CIRCUIT_COLUMNS, ROUTE_COLUMNS, TRANSITIONS};
use super::labels::{CircuitLabel, ObjectLabel};
use super::layout::{MetricsLayout, OTHER, ROWS_MAX};
use super::replicas::{Replicas, StoredMetricsReplica};
use super::report::{MetricsReport, ReportedRow};
use super::wire::ObjectCalls;
use crate::base::id::CircuitId;
use crate::base::stored::StoredForm;
use crate::base::time::Timestamp;

/// Rows of routes that are kept, and of circuits likewise: those that a site has, and as many again
/// of earlier deployments. A route that a deployment removed and another brings back goes on
/// counting from where it was, so that its counter does not fall.
pub const TOTAL_ROWS_MAX: usize = 2 * (ROWS_MAX + 1);

/// The counts of a coordinator, which only grow, or the sum of several coordinators'.
///
/// # The caller's contract
/// [`merge`](Self::merge) and [`count_transition`](Self::count_transition) change what has to be
/// stored before a reply leaves: [`to_stored`](StoredForm::to_stored), and after a report also the
/// row [`replica`](Self::replica) of its replica, both in one write. After a reset
/// [`from_stored`](StoredForm::from_stored) and [`remember`](Self::remember) bring them back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "TotalsWire")]
pub struct MetricsTotals {
    routes: Vec<TotalRow<ROUTE_COLUMNS>>,
    circuits: Vec<TotalRow<CIRCUIT_COLUMNS>>,
    objects: ObjectCalls,
    replicas: Replicas,
}

impl StoredForm for MetricsTotals {
    const VERSION: u32 = 1;
    const NAME: &'static str = "metrics";
    const NOUN: &'static str = "totals of metrics";
}

/// One series' counts, by columns.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TotalRow<const COLUMNS: usize> {
    labels: [String; 2],
    counts: [u64; COLUMNS],
}

impl MetricsTotals {
    /// Adds a report once. Returns whether it was new. What a report counts of routes and circuits
    /// that the site does not have counts under [`OTHER`], so that sums stay right.
    pub fn merge(
        &mut self,
        layout: &MetricsLayout,
        report: &MetricsReport,
        now: Timestamp,
    ) -> bool {
        if !self.replicas.is_new(report.replica, report.sequence, now) {
            return false;
        }
        for row in &report.counts.routes {
            add_row(&mut self.routes, row, |labels| layout.has_route(labels));
        }
        for row in &report.counts.circuits {
            add_row(&mut self.circuits, row, |labels| layout.has_circuit(labels));
        }
        for (total, more) in self.objects.iter_mut().zip(&report.counts.objects) {
            *total = total.saturating_add(*more);
        }
        true
    }

    /// Counts a change of a circuit's state. Only the coordinator of the circuit does so.
    pub fn count_transition(
        &mut self,
        layout: &MetricsLayout,
        circuit: CircuitId,
        to: CircuitLabel,
    ) {
        let labels = layout.circuit_labels(layout.circuit_slot(circuit));
        let row = row_of(&mut self.circuits, labels, |labels| layout.has_circuit(labels));
        if let Some(count) = row.and_then(|row| row.counts.get_mut(TRANSITIONS + to as usize)) {
            *count = count.saturating_add(1);
        }
    }

    /// Adds the totals of another coordinator, for a scrape. Rows of routes and circuits that the
    /// site does not have any more are left out.
    pub fn add(&mut self, layout: &MetricsLayout, other: &Self) {
        for row in &other.routes {
            if is_shown(row.labels(), |labels| layout.has_route(labels)) {
                let sparse = ReportedRow::of(row.labels(), &row.counts);
                add_row(&mut self.routes, &sparse, |labels| layout.has_route(labels));
            }
        }
        for row in &other.circuits {
            if is_shown(row.labels(), |labels| layout.has_circuit(labels)) {
                let sparse = ReportedRow::of(row.labels(), &row.counts);
                add_row(&mut self.circuits, &sparse, |labels| layout.has_circuit(labels));
            }
        }
        for (total, more) in self.objects.iter_mut().zip(&other.objects) {
            *total = total.saturating_add(*more);
        }
    }

    /// How far the reports of a replica were added, as it is stored.
    pub fn replica(&self, id: u64) -> Option<StoredMetricsReplica> {
        self.replicas.stored(id)
    }

    /// Remembers how far the reports of replicas were added.
    pub fn remember(&mut self, stored: impl IntoIterator<Item = StoredMetricsReplica>) {
        for replica in stored {
            self.replicas.restore(replica);
        }
    }

    /// The time before which a replica's last report must lie for its stored row to be deleted.
    pub const fn forgotten_before(now: Timestamp) -> Timestamp {
        Replicas::forgotten_before(now)
    }

    /// The counts of the route with these labels, if any were added.
    pub(super) fn route(&self, labels: [&str; 2]) -> Option<&[u64; ROUTE_COLUMNS]> {
        self.routes.iter().find(|row| row.labels() == labels).map(|row| &row.counts)
    }

    /// The counts of the circuit with these labels, if any were added.
    pub(super) fn circuit(&self, labels: [&str; 2]) -> Option<&[u64; CIRCUIT_COLUMNS]> {
        self.circuits.iter().find(|row| row.labels() == labels).map(|row| &row.counts)
    }

    /// The calls of each kind of object.
    pub(super) const fn objects(&self) -> &[u64; ObjectLabel::ALL.len()] {
        &self.objects
    }
}

impl<const COLUMNS: usize> TotalRow<COLUMNS> {
    fn labels(&self) -> [&str; 2] {
        [&self.labels[0], &self.labels[1]]
    }

    fn add(&mut self, counts: &[(usize, u64)]) {
        for (column, more) in counts {
            if let Some(count) = self.counts.get_mut(*column) {
                *count = count.saturating_add(*more);
            }
        }
    }
}

/// Whether the scrape shows a row with these labels.
fn is_shown(labels: [&str; 2], is_known: impl Fn([&str; 2]) -> bool) -> bool {
    labels == [OTHER; 2] || is_known(labels)
}

fn add_row<const COLUMNS: usize>(
    rows: &mut Vec<TotalRow<COLUMNS>>,
    more: &ReportedRow,
    is_known: impl Fn([&str; 2]) -> bool,
) {
    let labels = [more.labels[0].as_str(), more.labels[1].as_str()];
    let labels = if is_known(labels) { labels } else { [OTHER; 2] };
    if let Some(row) = row_of(rows, labels, is_known) {
        row.add(&more.counts);
    }
}

/// The row with these labels, which is begun if there is none. The first row that the site does not
/// have any more makes room for it.
fn row_of<'a, const COLUMNS: usize>(
    rows: &'a mut Vec<TotalRow<COLUMNS>>,
    labels: [&str; 2],
    is_known: impl Fn([&str; 2]) -> bool,
) -> Option<&'a mut TotalRow<COLUMNS>> {
    let at = match rows.iter().position(|row| row.labels() == labels) {
        Some(at) => at,
        None => {
            let is_gone = |row: &TotalRow<COLUMNS>| !is_shown(row.labels(), &is_known);
            if rows.len() >= TOTAL_ROWS_MAX
                && let Some(gone) = rows.iter().position(is_gone)
            {
                rows.remove(gone);
            }
            rows.push(TotalRow { labels: labels.map(Into::into), counts: [0; COLUMNS] });
            rows.len() - 1
        }
    };
    rows.get_mut(at)
}

/// The form that is read. Replicas are stored one by one.
#[derive(Deserialize)]
struct TotalsWire(Vec<ReportedRow>, Vec<ReportedRow>, ObjectCalls);

/// Written without a copy, since a coordinator may know thousands of replicas.
impl Serialize for MetricsTotals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (RowsWire(&self.routes), RowsWire(&self.circuits), &self.objects).serialize(serializer)
    }
}

/// Rows as they are written.
struct RowsWire<'a, const COLUMNS: usize>(&'a [TotalRow<COLUMNS>]);

impl<const COLUMNS: usize> Serialize for RowsWire<'_, COLUMNS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|row| ReportedRow::of(row.labels(), &row.counts)))
    }
}

impl From<TotalsWire> for MetricsTotals {
    fn from(TotalsWire(routes, circuits, objects): TotalsWire) -> Self {
        let (routes, circuits) = (restored(routes), restored(circuits));
        Self { routes, circuits, objects, replicas: Replicas::default() }
    }
}

fn restored<const COLUMNS: usize>(stored: Vec<ReportedRow>) -> Vec<TotalRow<COLUMNS>> {
    let mut rows: Vec<TotalRow<COLUMNS>> = Vec::new();
    for row in stored.into_iter().take(TOTAL_ROWS_MAX) {
        let mut total = TotalRow { labels: row.labels, counts: [0; COLUMNS] };
        total.add(&row.counts);
        rows.push(total);
    }
    rows
}
