//! How the coordinator of a circuit is asked.

use breakwater_core::circuit::fleet::{Report, Verdict};
use breakwater_core::site::binding;
use breakwater_core::site::figures::{ReportedFigures, RoundFigures};
use breakwater_core::site::operator::{Operator, Order};

use crate::circuit_view::{CircuitHistory, CircuitMetrics, CircuitOrders, CircuitState};

crate::protocol! {
    /// Asks the coordinator of a circuit, whose name is the circuit's.
    CoordinatorClient asks CoordinatorService with CoordinatorRequest at binding::UPSTREAMS;

    /// Applies a report and answers with a verdict.
    Report = report(report: Report, figures: ReportedFigures) -> Verdict;

    /// Takes what an isolate has counted, without a report.
    Count = count(figures: ReportedFigures) -> ();

    /// Answers with what Prometheus is shown of the circuit.
    Metrics = metrics() -> CircuitMetrics;

    /// Probes the upstream if that is due, and arms the alarm. Answers with what visitors got and
    /// what was counted for objectives since the last round, which is told once.
    Round = round() -> RoundFigures;

    /// Follows an operator's order and answers with the orders that hold.
    Follow = follow(order: Order, by: Operator) -> CircuitOrders;

    /// Answers with the orders that hold.
    Orders = orders() -> CircuitOrders;

    /// Answers with what operators see of the circuit.
    View = view() -> CircuitState;

    /// Answers with what became of the circuit.
    History = history() -> CircuitHistory;
}
