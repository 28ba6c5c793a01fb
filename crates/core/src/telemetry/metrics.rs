//! Metrics: what isolates count, how the counts become totals, and the page that Prometheus reads.
//!
//! An isolate counts in a [`MetricsDelta`], whose size is fixed and which allocates nothing per
//! request. A [`MetricsSender`] of each circuit takes what belongs to the circuit and has it sent
//! beside the circuit's report, again and unchanged until it is answered. The circuit's coordinator
//! adds it to its [`MetricsTotals`] once, which it knows by the replica and the sequence. For a
//! scrape the totals of all coordinators are added up, and [`MetricsView::write`] writes them, with
//! what is true at the moment, in the [`MetricsFormat`] that `Accept` prefers.
//!
//! # Exactness
//! Each count is in one isolate's memory, in one report, or in one coordinator's totals, and it
//! moves on whole. A coordinator has to store its totals and the replica's sequence together,
//! before its answer leaves. What is lost is what an isolate has not sent when it ends.
//!
//! # Bounds
//! Label values come from the site file and from the lists in this module, never from a request. A
//! route, a circuit or a check beyond the bound of its list counts under [`OTHER`], so that sums
//! over all series stay right.
//!
//! # Why no library
//! `prometheus-client` needs `std` and `parking_lot`, keeps a registry of atomics per process, and
//! writes whole bounds as `1.0` in one format and as `1` in the other. Here the numbers of many
//! isolates are added up elsewhere, and only writing is left, which is a page of code.

mod columns;
mod delta;
mod families;
mod format;
mod gauges;
mod labels;
mod layout;
mod replicas;
mod report;
mod sender;
mod totals;
mod view;
mod wire;
mod work;
mod writer;

pub use columns::DURATION_BOUNDS;
pub use delta::MetricsDelta;
pub use families::{FAMILIES, FamilyKind, MetricFamily};
pub use format::MetricsFormat;
pub use gauges::{
    BudgetGauge, ChannelGauge, CheckGauge, CircuitGauge, HeldGauge, MonitorGauges, ObjectiveGauge,
    QueueGauge, SiteGauges, SnapshotGauges,
};
pub use labels::{
    AnsweredBy, CallLabel, CheckLabel, CircuitLabel, DeliveryLabel, FetchLabel, MessageLabel,
    ObjectLabel, ObservationLabel, RejectionLabel,
};
pub use layout::{CircuitLabels, LABEL_BYTES_MAX, MetricsLayout, OTHER, ROWS_MAX, RouteLabels};
pub use replicas::StoredMetricsReplica;
pub use report::MetricsReport;
pub use sender::MetricsSender;
pub use totals::{MetricsTotals, TOTAL_ROWS_MAX};
pub use view::{CHECKS_SHOWN_MAX, MetricsView};
pub use work::{CarriedWork, WorkTotals};
