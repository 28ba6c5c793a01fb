//! Metrics: what isolates count arrives once, and both formats of the page say the same.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accept;
mod bounds;
mod forms;
mod grafana;
mod lives;
mod page;
mod parser;
mod scraped;

use breakwater_core::base::budget::Resource;
use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::telemetry::metrics::{
    BudgetGauge, ChannelGauge, CheckGauge, CheckLabel, CircuitGauge, CircuitLabel, CircuitLabels,
    HeldGauge, MetricsFormat, MetricsLayout, MetricsTotals, MetricsView, MonitorGauges,
    ObjectiveGauge, QueueGauge, RouteLabels, SiteGauges, SnapshotGauges, WorkTotals,
};

use parser::ParsedPage;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + ms)
}

fn route(pattern: &str, upstream: &str, circuit: usize) -> RouteLabels {
    let circuit = CircuitId::new(circuit);
    RouteLabels { route: pattern.into(), upstream: upstream.into(), circuit }
}

fn circuit(name: &str, upstream: &str) -> CircuitLabels {
    CircuitLabels { circuit: name.into(), upstream: upstream.into() }
}

/// A shop: two upstreams, and a route with a circuit of its own.
fn shop() -> MetricsLayout {
    MetricsLayout::new(
        [
            route("/api/orders", "api", 2),
            route("/api/*", "api", 1),
            route("/webhooks/*", "api", 1),
            route("/*", "web", 0),
        ],
        [circuit("web", "web"), circuit("api", "api"), circuit("api /api/orders", "api")],
    )
}

const CIRCUITS: [CircuitGauge; 2] = [
    CircuitGauge { circuit: CircuitId::new(0), state: CircuitLabel::Closed, replicas: 3 },
    CircuitGauge { circuit: CircuitId::new(1), state: CircuitLabel::Open, replicas: 41 },
];
const CHANNELS: [ChannelGauge<'static>; 1] =
    [ChannelGauge { name: "ops", pending: 2, dead: 0, oldest: Millis::new(90_000) }];

const CHECKS: [CheckGauge<'static>; 2] = [
    CheckGauge { name: "frontend", state: CheckLabel::Up },
    CheckGauge { name: "api", state: CheckLabel::Down },
];

/// A page with something of everything.
fn view<'a>(
    layout: &'a MetricsLayout,
    totals: &'a MetricsTotals,
    work: &'a WorkTotals,
) -> MetricsView<'a> {
    let last_round = Some(Timestamp::from_millis(1_700_000_000_050));
    let snapshots = SnapshotGauges { kept: 7, refused: 1, missing: 2, last_round };
    MetricsView {
        version: "0.1.0",
        commit: "412c30e7",
        age: Millis::new(1_250),
        layout,
        totals,
        unheard: &[],
        circuits: &CIRCUITS,
        site: Some(SiteGauges { work, snapshots }),
        monitor: Some(monitor(work, &CHECKS)),
        budgets: &[BudgetGauge {
            object: "monitor",
            resource: Resource::ObjectCalls,
            limit: 4_000,
            left: 500,
        }],
    }
}

fn monitor<'a>(work: &'a WorkTotals, checks: &'a [CheckGauge<'a>]) -> MonitorGauges<'a> {
    MonitorGauges {
        work,
        checks,
        channels: &CHANNELS,
        dropped: 4,
        queues: &[QueueGauge { name: "campaigns", items: 0, oldest: Millis::ZERO }],
        held: &[HeldGauge { name: "deliveries", times: 2 }],
        objectives: &[ObjectiveGauge {
            name: "orders",
            budget_left_ppm: -1_250_000,
            pages: true,
            tickets: false,
        }],
    }
}

fn written(view: &MetricsView<'_>, format: MetricsFormat) -> String {
    let mut page = String::new();
    view.write(format, &mut page);
    page
}

#[track_caller]
fn read(view: &MetricsView<'_>, format: MetricsFormat) -> ParsedPage {
    let page = written(view, format);
    ParsedPage::parse(&page, format).unwrap_or_else(|error| panic!("{error}"))
}
