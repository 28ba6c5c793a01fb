//! Reports and rows as they travel and are stored: JSON arrays, a report's beginning with its
//! version. A row is `["/api/*","api",0,12,20,3]`: its two labels, and then a column and its count
//! for each that is not zero, in rising order.
//!
//! Isolates of one deployment talk to coordinators of another, so a version that was once written
//! is read for good. The version stands for the columns too.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::{self, SeqAccess, Visitor};
use serde::ser::SerializeSeq as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::labels::ObjectLabel;
use super::layout::{LABEL_BYTES_MAX, ROWS_MAX};
use super::report::{MetricsReport, ReportedCounts, ReportedRow};
use crate::base::array::serialize_array;

/// The version of reports that is written and read.
const VERSION: u32 = 1;

/// The calls of each kind of object, in the order of [`ObjectLabel`].
pub(super) type ObjectCalls = [u64; ObjectLabel::ALL.len()];

serialize_array! {
    /// A [`MetricsReport`] as it travels.
    pub(super) struct MetricsReportWire {
        version: u32,
        replica: u64,
        sequence: u32,
        routes: Vec<ReportedRow>,
        circuits: Vec<ReportedRow>,
        objects: ObjectCalls,
    }
}

impl From<MetricsReport> for MetricsReportWire {
    fn from(MetricsReport { replica, sequence, counts }: MetricsReport) -> Self {
        let ReportedCounts { routes, circuits, objects } = counts;
        Self { version: VERSION, replica, sequence, routes, circuits, objects }
    }
}

impl TryFrom<MetricsReportWire> for MetricsReport {
    type Error = MetricsWireError;

    fn try_from(wire: MetricsReportWire) -> Result<Self, MetricsWireError> {
        let MetricsReportWire { version, replica, sequence, routes, circuits, objects } = wire;
        if version != VERSION {
            return Err(MetricsWireError::Version { found: version });
        }
        let rows = routes.len().max(circuits.len());
        if rows > ROWS_MAX + 1 {
            return Err(MetricsWireError::Rows { found: rows });
        }
        Ok(Self { replica, sequence, counts: ReportedCounts { routes, circuits, objects } })
    }
}

impl Serialize for ReportedRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(2 + 2 * self.counts.len()))?;
        for label in &self.labels {
            seq.serialize_element(label)?;
        }
        for (column, count) in &self.counts {
            seq.serialize_element(column)?;
            seq.serialize_element(count)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for ReportedRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = ReportedRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("two labels, and columns with their counts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ReportedRow, A::Error> {
        let labels = [label(&mut seq)?, label(&mut seq)?];
        let mut counts: Vec<(usize, u64)> = Vec::new();
        while let Some(column) = seq.next_element::<usize>()? {
            let count = seq.next_element()?.ok_or_else(|| de::Error::custom(NoCount { column }))?;
            if counts.last().is_some_and(|(last, _)| *last >= column) {
                return Err(de::Error::custom(OutOfOrder { column }));
            }
            counts.push((column, count));
        }
        Ok(ReportedRow { labels, counts })
    }
}

fn label<'de, A: SeqAccess<'de>>(seq: &mut A) -> Result<String, A::Error> {
    let label: String = seq.next_element()?.ok_or_else(|| de::Error::missing_field("label"))?;
    if label.len() > LABEL_BYTES_MAX {
        return Err(de::Error::custom(TooLong { bytes: label.len() }));
    }
    Ok(label)
}

/// Why a text is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MetricsWireError {
    /// It is of a version that this deployment does not know.
    Version { found: u32 },
    /// It has more rows than a site has.
    Rows { found: usize },
}

impl fmt::Display for MetricsWireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { found } => {
                write!(f, "version {found} of a report of metrics, expected {VERSION}")
            }
            Self::Rows { found } => {
                let most = ROWS_MAX + 1;
                write!(f, "{found} rows in a report of metrics, expected at most {most}")
            }
        }
    }
}

impl core::error::Error for MetricsWireError {}

/// A column without a count.
struct NoCount {
    column: usize,
}

impl fmt::Display for NoCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {} has no count", self.column)
    }
}

/// A column that is not greater than the one before it.
struct OutOfOrder {
    column: usize,
}

impl fmt::Display for OutOfOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {} is out of order, expected a higher one", self.column)
    }
}

/// A label that no site has.
struct TooLong {
    bytes: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a label of {} bytes, expected at most {LABEL_BYTES_MAX}", self.bytes)
    }
}
