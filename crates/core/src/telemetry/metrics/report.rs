//! What a circuit's sender tells the circuit's coordinator.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::labels::ObjectLabel;
use super::wire::MetricsReportWire;

/// What an isolate has counted of one circuit and its routes. It is sent again unchanged until it
/// is answered, and added once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "MetricsReportWire", try_from = "MetricsReportWire")]
pub struct MetricsReport {
    pub(super) replica: u64,
    pub(super) sequence: u32,
    pub(super) counts: ReportedCounts,
}

impl MetricsReport {
    /// The identity of the replica that counted, drawn at random when its isolate started.
    pub const fn replica(&self) -> u64 {
        self.replica
    }

    /// Grows with every report of the replica. A report that is sent again keeps its own.
    pub const fn sequence(&self) -> u32 {
        self.sequence
    }
}

/// The counts of a report. Rows carry names and not places in the site's lists, so that a
/// coordinator of another deployment, whose lists differ, adds them to the right series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReportedCounts {
    pub(super) routes: Vec<ReportedRow>,
    pub(super) circuits: Vec<ReportedRow>,
    pub(super) objects: [u64; ObjectLabel::ALL.len()],
}

impl ReportedCounts {
    pub(super) fn is_empty(&self) -> bool {
        let has_object_calls = self.objects.iter().any(|count| *count > 0);
        self.routes.is_empty() && self.circuits.is_empty() && !has_object_calls
    }
}

/// The counts of one row that are not zero, each with its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReportedRow {
    pub(super) labels: [String; 2],
    pub(super) counts: Vec<(usize, u64)>,
}

impl ReportedRow {
    pub(super) fn of<T: Copy + Into<u64>>([first, second]: [&str; 2], counts: &[T]) -> Self {
        let counted = counts.iter().enumerate().map(|(column, count)| (column, (*count).into()));
        Self {
            labels: [first.to_owned(), second.to_owned()],
            counts: counted.filter(|(_, count)| *count > 0).collect(),
        }
    }
}
