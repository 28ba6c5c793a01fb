//! The JSON that others read. Pinned by snapshots: changing a shape breaks somebody.

mod sessions;
mod site;

pub(crate) use sessions::{EndedSession, IdentityView, SessionsView};
pub(crate) use site::{Followed, MaintenanceView, SnapshotsView, events};

use breakwater_platform::circuit_view::{CircuitHistory, CircuitOrders, CircuitState};
use breakwater_platform::problem::ProblemDetails;
use serde::Serialize;

/// `GET /_breakwater/upstreams`.
#[derive(Debug, Serialize)]
pub(crate) struct Upstreams {
    pub(crate) upstreams: Vec<UpstreamView>,
}

/// An upstream and its circuits.
#[derive(Debug, Serialize)]
pub(crate) struct UpstreamView {
    pub(crate) name: String,
    pub(crate) critical: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) probe: Option<String>,
    pub(crate) circuits: Vec<CircuitView>,
}

/// A circuit, as its coordinator sees it; or why it could not be asked.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum CircuitView {
    Known(Box<CircuitState>),
    Unknown(FailedCircuit),
}

/// `GET /_breakwater/upstreams/{upstream}/history`.
#[derive(Debug, Serialize)]
pub(crate) struct UpstreamHistory {
    pub(crate) circuits: Vec<HistoryView>,
}

/// What became of a circuit, or why its coordinator could not be asked.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum HistoryView {
    Known(Box<CircuitHistory>),
    Unknown(FailedCircuit),
}

/// What orders came to, and what holds: the answer to each, and `GET /_breakwater/bypass`.
#[derive(Debug, Serialize)]
pub(crate) struct OrdersAnswer {
    pub(crate) circuits: Vec<CircuitOrders>,
}

/// An order that some circuits took and others are not known to have taken (RFC 9457 §3.2).
#[derive(Debug, Serialize)]
pub(crate) struct Partial {
    #[serde(flatten)]
    pub(crate) problem: ProblemDetails,
    pub(crate) circuits: Vec<CircuitOrders>,
    pub(crate) failed: Vec<FailedCircuit>,
}

/// A circuit that could not be asked, and why.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FailedCircuit {
    pub(crate) name: String,
    pub(crate) error: String,
}

/// What was understood of the report of a job.
#[derive(Debug, Serialize)]
pub(crate) struct ReportAnswer {
    pub(crate) check: String,
    pub(crate) report: &'static str,
}

/// A message that is on its way to a channel.
#[derive(Debug, Serialize)]
pub(crate) struct AlertAnswer {
    pub(crate) message: String,
    pub(crate) channel: String,
}

/// A subscriber of whom nothing is stored any more.
#[derive(Debug, Serialize)]
pub(crate) struct ForgottenAnswer {
    pub(crate) id: String,
}
