//! How the coordinator of a circuit is asked.

use breakwater_core::circuit::fleet::{Report, Verdict};
use breakwater_core::circuit::latency::Histogram;
use breakwater_core::site::needs;
use breakwater_core::site::operator::{Operator, Order};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::circuit_view::{CircuitOrders, CircuitState};

/// How long calls took. It travels with a report, and is no part of the fleet's protocol.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReportedLatencies(#[serde(deserialize_with = "if_readable")] pub Option<Histogram>);

/// Reads latencies where that is possible: a report must not be lost for what travels with it.
fn if_readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Histogram>, D::Error> {
    let read = Option::<Histogram>::deserialize(Value::deserialize(deserializer)?);
    Ok(read.unwrap_or_else(|error| {
        worker::console_warn!("latencies not read: {error}");
        None
    }))
}

crate::protocol! {
    /// Asks the coordinator of a circuit, whose name is the circuit's.
    CoordinatorClient asks CoordinatorService with CoordinatorRequest at needs::UPSTREAMS;

    /// Applies a report and answers with a verdict.
    Report = report(report: Report, latencies: ReportedLatencies) -> Verdict;

    /// Probes the upstream if that is due, and arms the alarm.
    Round = round() -> ();

    /// Follows an operator's order and answers with the orders that hold.
    Follow = follow(order: Order, by: Operator) -> CircuitOrders;

    /// Answers with the orders that hold.
    Orders = orders() -> CircuitOrders;

    /// Answers with what operators see of the circuit.
    View = view() -> CircuitState;
}
