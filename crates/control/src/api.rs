//! The JSON that others read. Pinned by snapshots: changing a shape breaks somebody.

mod site;

pub(crate) use site::{Followed, MaintenanceView, SnapshotsView, events};

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{State, Transition};
use breakwater_core::circuit::latency::Percentiles;
use breakwater_core::site::operator::Ordered;
use breakwater_platform::problem::Problem;
use serde::{Deserialize, Serialize};

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
    Unknown(Failed),
}

/// What a coordinator knows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CircuitState {
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) generation: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_ms: Option<u64>,
    pub(crate) calls: u32,
    pub(crate) failures: u32,
    pub(crate) slow_calls: u32,
    /// When the last round of each minute was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_round: Option<Timestamp>,
    /// Isolates heard of lately.
    pub(crate) replicas: usize,
    /// How long calls took that were reported lately; absent if there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency: Option<Latency>,
    /// Latest first.
    pub(crate) transitions: Vec<Transition>,
    /// Latest first.
    pub(crate) probes: Vec<ProbeResult>,
    /// What operators ordered, latest first.
    pub(crate) orders: Vec<Ordered>,
    /// How many of the rows above cannot be read, and are left out.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) unread: u32,
    /// The override that holds.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub(crate) chosen: Option<Ordered>,
    /// The bypass that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bypass: Option<Ordered>,
}

/// How long the calls of the last four to five minutes took that got an answer, within ten percent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50_ms: u64,
    pub(crate) p95_ms: u64,
    pub(crate) p99_ms: u64,
    pub(crate) calls: u64,
}

impl From<Percentiles> for Latency {
    fn from(found: Percentiles) -> Self {
        let Percentiles { p50, p95, p99, calls } = found;
        Self { p50_ms: p50.get(), p95_ms: p95.get(), p99_ms: p99.get(), calls }
    }
}

impl From<Latency> for Percentiles {
    fn from(told: Latency) -> Self {
        let Latency { p50_ms, p95_ms, p99_ms, calls } = told;
        let (p50, p95, p99) = (Millis::new(p50_ms), Millis::new(p95_ms), Millis::new(p99_ms));
        Self { p50, p95, p99, calls }
    }
}

/// What orders came to, and what holds: the answer to each, and `GET /_breakwater/bypass`.
#[derive(Debug, Serialize)]
pub(crate) struct Orders {
    pub(crate) circuits: Vec<CircuitOrders>,
}

/// A circuit's state, and the orders that hold for it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CircuitOrders {
    pub(crate) name: String,
    pub(crate) state: State,
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub(crate) chosen: Option<Ordered>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bypass: Option<Ordered>,
}

/// An order that some circuits took and others are not known to have taken (RFC 9457 §3.2).
#[derive(Debug, Serialize)]
pub(crate) struct Partial {
    #[serde(flatten)]
    pub(crate) problem: Problem,
    pub(crate) circuits: Vec<CircuitOrders>,
    pub(crate) failed: Vec<Failed>,
}

/// A circuit that could not be asked, and why.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failed {
    pub(crate) name: String,
    pub(crate) error: String,
}

/// What a probe of ours found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProbeResult {
    pub(crate) at: Timestamp,
    pub(crate) passed: bool,
    pub(crate) took_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// As serde wants it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_none(count: &u32) -> bool {
    *count == 0
}
