//! What operators see of a circuit, as its coordinator reports it. Snapshot tests pin the shapes,
//! because programs of operators depend on them.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{State, Transition};
use breakwater_core::circuit::latency::Percentiles;
use breakwater_core::site::figures::MinuteFigures;
pub use breakwater_core::site::metrics::CircuitMetrics;
use breakwater_core::site::operator::Ordered;
use breakwater_core::watch::incident::EdgeShares;
use serde::{Deserialize, Serialize};

/// What a coordinator knows.
#[derive(Debug, Serialize, Deserialize)]
pub struct CircuitState {
    /// The circuit's name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// The generation of the state.
    pub generation: u64,
    /// How long it stays open, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Calls in the window.
    pub calls: u32,
    /// Failed calls in the window.
    pub failures: u32,
    /// Slow calls in the window.
    pub slow_calls: u32,
    /// When the last round of each minute was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_round: Option<Timestamp>,
    /// Isolates heard of lately.
    pub replicas: usize,
    /// How long calls took that were reported lately; absent if there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// What visitors of its routes got in the same minutes; absent if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<EdgeShares>,
    /// Latest first.
    pub transitions: Vec<Transition>,
    /// Latest first.
    pub probes: Vec<ProbeResult>,
    /// What operators ordered, latest first.
    pub orders: Vec<Ordered>,
    /// How many of the rows above cannot be read, and are left out.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unread: u32,
    /// The override that holds.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Ordered>,
    /// The bypass that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass: Option<Ordered>,
}

/// How long the calls of the last four to five minutes took that got an answer, within ten percent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Latency {
    /// Half of them took no longer.
    pub p50_ms: u64,
    /// 95 % took no longer.
    pub p95_ms: u64,
    /// 99 % took no longer.
    pub p99_ms: u64,
    /// How many they are.
    pub calls: u64,
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

/// What became of a circuit.
#[derive(Debug, Serialize, Deserialize)]
pub struct CircuitHistory {
    /// The circuit's name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Latest first.
    pub transitions: Vec<Transition>,
    /// What operators ordered, latest first.
    pub orders: Vec<Ordered>,
    /// The minutes of the last hour in which anything was reported, the earliest first.
    pub minutes: Vec<MinuteView>,
    /// How many of the rows above cannot be read, and are left out.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unread: u32,
}

/// One minute of a circuit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct MinuteView {
    /// Its beginning.
    pub at: Timestamp,
    /// Calls with an outcome that counts, by the minute in which they were reported.
    pub calls: u32,
    /// Failures among them.
    pub failures: u32,
    /// How long the calls took that got an answer; absent if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// What visitors of its routes got.
    pub answers: EdgeShares,
}

impl From<&MinuteFigures> for MinuteView {
    fn from(minute: &MinuteFigures) -> Self {
        Self {
            at: minute.at(),
            calls: minute.calls,
            failures: minute.failures,
            latency: minute.latency.map(Latency::from),
            answers: minute.answers,
        }
    }
}

/// A circuit's state, and the orders that hold for it.
#[derive(Debug, Serialize, Deserialize)]
pub struct CircuitOrders {
    /// The circuit's name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// The override that holds.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Ordered>,
    /// The bypass that holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass: Option<Ordered>,
}

/// What a probe of ours found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProbeResult {
    /// When it was sent.
    pub at: Timestamp,
    /// Whether the upstream passed it.
    pub passed: bool,
    /// How long the answer took.
    pub took_ms: u64,
    /// The status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What went wrong instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// As serde wants it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_none(count: &u32) -> bool {
    *count == 0
}
