//! The labels of a site's routes and circuits, by their places in the site's lists.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use crate::base::id::CircuitId;

/// The value of a label that stands for all that is beyond a bound, and for requests that had no
/// route.
pub const OTHER: &str = "other";

/// Routes that have series of their own, and circuits likewise: 100 each. A site file has a few
/// dozen of both. With more, a scrape would take longer than its 5 ms, and the counts of an isolate
/// would need more than 64 KiB.
pub const ROWS_MAX: usize = 100;

/// The longest value of a label that comes from the site file, in bytes. A route whose pattern is
/// longer counts under [`OTHER`].
pub const LABEL_BYTES_MAX: usize = 256;

/// A route's labels, and its circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteLabels {
    /// The route's pattern.
    pub route: String,
    /// The upstream that the route names.
    pub upstream: String,
    /// The circuit whose reports carry the route's counts.
    pub circuit: CircuitId,
}

/// A circuit's labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitLabels {
    /// The circuit's name.
    pub circuit: String,
    /// Its upstream.
    pub upstream: String,
}

/// The routes and circuits of a site. Each has a slot among the rows of counts; those beyond the
/// bound share the last slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsLayout {
    routes: Vec<LabelledRoute>,
    circuits: Vec<[String; 2]>,
}

/// A route with its two labels and its circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LabelledRoute {
    labels: [String; 2],
    circuit: CircuitId,
}

impl MetricsLayout {
    /// The layout of a site's routes and circuits, in the order of the site's lists.
    pub fn new(
        routes: impl IntoIterator<Item = RouteLabels>,
        circuits: impl IntoIterator<Item = CircuitLabels>,
    ) -> Self {
        let routes = routes.into_iter().take(ROWS_MAX).map(|it| LabelledRoute {
            labels: bounded([it.route, it.upstream]),
            circuit: it.circuit,
        });
        let circuits = circuits.into_iter().take(ROWS_MAX);
        Self {
            routes: routes.collect(),
            circuits: circuits.map(|it| bounded([it.circuit, it.upstream])).collect(),
        }
    }

    /// The number of slots of routes, the shared one among them.
    pub(super) const fn route_slots(&self) -> usize {
        self.routes.len() + 1
    }

    /// The number of slots of circuits, the shared one among them.
    pub(super) const fn circuit_slots(&self) -> usize {
        self.circuits.len() + 1
    }

    /// The slot of a route; of none, the shared one.
    pub(super) fn route_slot(&self, route: Option<usize>) -> usize {
        route.map_or(self.routes.len(), |route| route.min(self.routes.len()))
    }

    /// The slot of a circuit.
    pub(super) fn circuit_slot(&self, circuit: CircuitId) -> usize {
        circuit.index().min(self.circuits.len())
    }

    /// The labels of a slot of routes.
    pub(super) fn route_labels(&self, slot: usize) -> [&str; 2] {
        self.routes.get(slot).map_or([OTHER; 2], |route| views(&route.labels))
    }

    /// The labels of a slot of circuits.
    pub(super) fn circuit_labels(&self, slot: usize) -> [&str; 2] {
        self.circuits.get(slot).map_or([OTHER; 2], views)
    }

    /// Whether the counts of a slot of routes travel with the reports of this circuit. Those of the
    /// shared slot travel with whichever report is next.
    pub(super) fn route_is_of(&self, slot: usize, circuit: CircuitId) -> bool {
        self.routes.get(slot).is_none_or(|route| route.circuit == circuit)
    }

    /// Whether the counts of a slot of circuits travel with the reports of this circuit.
    pub(super) fn circuit_is_of(&self, slot: usize, circuit: CircuitId) -> bool {
        slot == circuit.index() || slot >= self.circuits.len()
    }

    /// Whether a route of the site has these labels.
    pub(super) fn has_route(&self, labels: [&str; 2]) -> bool {
        self.routes.iter().any(|route| views(&route.labels) == labels)
    }

    /// Whether a circuit of the site has these labels.
    pub(super) fn has_circuit(&self, labels: [&str; 2]) -> bool {
        self.circuits.iter().any(|known| views(known) == labels)
    }
}

fn views(labels: &[String; 2]) -> [&str; 2] {
    [&labels[0], &labels[1]]
}

/// The labels, unless one of them is too long. Several rows may then have the labels of the shared
/// one, and are one series.
fn bounded(labels: [String; 2]) -> [String; 2] {
    if labels.iter().any(|label| label.len() > LABEL_BYTES_MAX) {
        [OTHER.to_owned(), OTHER.to_owned()]
    } else {
        labels
    }
}
