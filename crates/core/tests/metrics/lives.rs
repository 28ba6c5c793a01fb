//! Isolates count, their reports are lost, repeated and late, and coordinators are reset: the page
//! equals what was counted, exactly.

use std::collections::BTreeMap;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Millis;
use breakwater_core::telemetry::metrics::{
    AnsweredBy, CallLabel, MetricsDelta, MetricsFormat, MetricsLayout, MetricsReport,
    MetricsSender, MetricsTotals, ObjectLabel, RejectionLabel, StoredMetricsReplica, WorkTotals,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::{at, read, shop, view};

const ROUTES: usize = 4;
const CIRCUITS: usize = 3;
const ISOLATES: usize = 3;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Answer {
        isolate: usize,
        route: Option<usize>,
        by: AnsweredBy,
        status: u16,
        took: u64,
    },
    Own {
        isolate: usize,
    },
    Call {
        isolate: usize,
        circuit: usize,
        end: CallLabel,
        took: Option<u64>,
    },
    Retry {
        isolate: usize,
        circuit: usize,
    },
    Reject {
        isolate: usize,
        circuit: usize,
        reason: RejectionLabel,
    },
    Object {
        isolate: usize,
        object: ObjectLabel,
    },
    /// A report is sent: how many copies of it arrive, whether one comes again at the end, and
    /// whether its sender hears of it.
    Send {
        isolate: usize,
        circuit: usize,
        copies: usize,
        again: bool,
        is_answered: bool,
    },
    /// A coordinator is put away, and loaded again from what is stored.
    Reset {
        circuit: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let isolate = 0..ISOLATES;
    let circuit = 0..CIRCUITS;
    let answer = (
        isolate.clone(),
        proptest::option::weighted(0.9, 0..ROUTES),
        select(AnsweredBy::ALL),
        select(&[101_u16, 200, 204, 304, 404, 499, 500, 503, 599][..]),
        0..20_000_u64,
    );
    let send = (isolate.clone(), circuit.clone(), 0..3_usize, any::<bool>(), any::<bool>());
    prop_oneof![
        6 => answer.prop_map(|(isolate, route, by, status, took)| {
            Step::Answer { isolate, route, by, status, took }
        }),
        1 => isolate.clone().prop_map(|isolate| Step::Own { isolate }),
        4 => (isolate.clone(), circuit.clone(), select(CallLabel::ALL), any::<Option<u16>>())
            .prop_map(|(isolate, circuit, end, took)| {
                Step::Call { isolate, circuit, end, took: took.map(u64::from) }
            }),
        1 => (isolate.clone(), circuit.clone())
            .prop_map(|(isolate, circuit)| Step::Retry { isolate, circuit }),
        1 => (isolate.clone(), circuit.clone(), select(RejectionLabel::ALL))
            .prop_map(|(isolate, circuit, reason)| Step::Reject { isolate, circuit, reason }),
        1 => (isolate, select(ObjectLabel::ALL))
            .prop_map(|(isolate, object)| Step::Object { isolate, object }),
        4 => send.prop_map(|(isolate, circuit, copies, again, is_answered)| {
            Step::Send { isolate, circuit, copies, again, is_answered }
        }),
        1 => circuit.prop_map(|circuit| Step::Reset { circuit }),
    ]
}

/// A name, and labels.
type Series = (String, Vec<(&'static str, String)>);

struct Isolate {
    delta: MetricsDelta,
    senders: Vec<MetricsSender>,
}

/// A coordinator, and what is stored of it.
#[derive(Default)]
struct Coordinator {
    totals: MetricsTotals,
    replicas: BTreeMap<u64, StoredMetricsReplica>,
}

struct Fleet {
    layout: MetricsLayout,
    isolates: Vec<Isolate>,
    coordinators: Vec<Coordinator>,
    /// Copies that come last.
    late: Vec<(usize, MetricsReport)>,
    /// What was counted, by the series that shows it.
    expected: BTreeMap<Series, u64>,
    now: u64,
}

impl Fleet {
    fn new() -> Self {
        let layout = shop();
        let isolate = |number: usize| Isolate {
            delta: MetricsDelta::new(&layout),
            senders: (0..CIRCUITS)
                .map(|circuit| MetricsSender::new((number * CIRCUITS + circuit) as u64))
                .collect(),
        };
        Self {
            isolates: (0..ISOLATES).map(isolate).collect(),
            coordinators: (0..CIRCUITS).map(|_| Coordinator::default()).collect(),
            layout,
            late: Vec::new(),
            expected: BTreeMap::new(),
            now: 0,
        }
    }

    fn expect(&mut self, name: &str, labels: &[(&'static str, &str)]) {
        let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        *self.expected.entry((name.to_owned(), labels)).or_default() += 1;
    }

    fn step(&mut self, step: &Step) {
        const LABELS: [[&str; 2]; ROUTES + 1] = [
            ["/api/orders", "api"],
            ["/api/*", "api"],
            ["/webhooks/*", "api"],
            ["/*", "web"],
            ["other", "other"],
        ];
        const NAMES: [[&str; 2]; CIRCUITS] =
            [["web", "web"], ["api", "api"], ["api /api/orders", "api"]];
        self.now += 1_000;
        match *step {
            Step::Answer { isolate, route, by, status, took } => {
                let it = &mut self.isolates[isolate];
                it.delta.count_answer(&self.layout, route, by, status, Millis::new(took));
                let [route, upstream] = LABELS[route.unwrap_or(ROUTES)];
                let labels = [("route", route), ("upstream", upstream), ("source", by.as_str())];
                self.expect("breakwater_requests_total", &labels);
                if status >= 500 {
                    self.expect("breakwater_request_errors_total", &labels);
                }
                self.expect("breakwater_request_duration_seconds_count", &labels[..2]);
            }
            Step::Own { isolate } => {
                self.isolates[isolate].delta.count_own(&self.layout);
                let labels = [("route", "other"), ("upstream", "other"), ("source", "own")];
                self.expect("breakwater_requests_total", &labels);
            }
            Step::Call { isolate, circuit, end, took } => {
                let (id, took) = (CircuitId::new(circuit), took.map(Millis::new));
                self.isolates[isolate].delta.count_call(&self.layout, id, end, took);
                let [circuit, upstream] = NAMES[circuit];
                let labels =
                    [("circuit", circuit), ("upstream", upstream), ("outcome", end.as_str())];
                self.expect("breakwater_calls_total", &labels);
                if took.is_some() {
                    self.expect("breakwater_call_duration_seconds_count", &labels[..2]);
                }
            }
            Step::Retry { isolate, circuit } => {
                self.isolates[isolate].delta.count_retry(&self.layout, CircuitId::new(circuit));
                let [circuit, upstream] = NAMES[circuit];
                let labels = [("circuit", circuit), ("upstream", upstream)];
                self.expect("breakwater_retries_total", &labels);
            }
            Step::Reject { isolate, circuit, reason } => {
                let id = CircuitId::new(circuit);
                self.isolates[isolate].delta.count_rejection(&self.layout, id, reason);
                let [circuit, upstream] = NAMES[circuit];
                let labels =
                    [("circuit", circuit), ("upstream", upstream), ("reason", reason.as_str())];
                self.expect("breakwater_rejections_total", &labels);
            }
            Step::Object { isolate, object } => {
                self.isolates[isolate].delta.count_object_calls(object, 1);
                self.expect("breakwater_object_calls_total", &[("object", object.as_str())]);
            }
            Step::Send { isolate, circuit, copies, again, is_answered } => {
                self.send(isolate, circuit, copies, again, is_answered);
            }
            Step::Reset { circuit } => self.reset(circuit),
        }
    }

    fn send(
        &mut self,
        isolate: usize,
        circuit: usize,
        copies: usize,
        again: bool,
        is_answered: bool,
    ) {
        let Isolate { delta, senders } = &mut self.isolates[isolate];
        let id = CircuitId::new(circuit);
        let Some(report) = senders[circuit].next(delta, &self.layout, id) else {
            assert!(delta.is_empty(&self.layout, id));
            return;
        };
        let json = serde_json::to_string(&report).unwrap();
        let report: MetricsReport = serde_json::from_str(&json).unwrap();
        for _ in 0..copies {
            self.deliver(circuit, &report);
        }
        if is_answered && copies > 0 {
            self.isolates[isolate].senders[circuit].handle_reply(report.sequence());
        }
        if again {
            self.late.push((circuit, report));
        }
    }

    fn deliver(&mut self, circuit: usize, report: &MetricsReport) {
        let coordinator = &mut self.coordinators[circuit];
        coordinator.totals.merge(&self.layout, report, at(self.now));
        let row = coordinator.totals.replica(report.replica()).unwrap();
        coordinator.replicas.insert(row.id(), row);
    }

    fn reset(&mut self, circuit: usize) {
        let coordinator = &mut self.coordinators[circuit];
        let stored = coordinator.totals.to_stored();
        coordinator.totals = MetricsTotals::from_stored(&stored).unwrap();
        coordinator.totals.remember(coordinator.replicas.values().copied());
    }

    /// All that is left arrives, and then the late copies.
    fn settle(&mut self) {
        // A report that was never answered goes first, and then what was counted since.
        for _ in 0..2 {
            for isolate in 0..ISOLATES {
                for circuit in 0..CIRCUITS {
                    self.send(isolate, circuit, 1, true, true);
                }
            }
        }
        for (circuit, report) in std::mem::take(&mut self.late) {
            self.deliver(circuit, &report);
        }
    }

    fn totals(&self) -> MetricsTotals {
        let mut totals = MetricsTotals::default();
        for coordinator in &self.coordinators {
            totals.add(&self.layout, &coordinator.totals);
        }
        totals
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_scrape_equals_what_was_counted(steps in prop::collection::vec(step(), 0..200)) {
        let mut fleet = Fleet::new();
        for step in &steps {
            fleet.step(step);
        }
        fleet.settle();
        let totals = fleet.totals();
        let work = WorkTotals::default();
        let page = read(&view(&fleet.layout, &totals, &work), MetricsFormat::OpenMetrics);
        for ((name, labels), count) in &fleet.expected {
            let labels: Vec<_> =
                labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
            prop_assert_eq!(page.value(name, &labels), Some(*count), "{} {:?}", name, labels);
        }
        for name in [
            "breakwater_requests_total",
            "breakwater_request_errors_total",
            "breakwater_calls_total",
            "breakwater_retries_total",
            "breakwater_rejections_total",
            "breakwater_object_calls_total",
        ] {
            let of_name = fleet.expected.iter().filter(|((other, _), _)| other == name);
            let expected: u64 = of_name.map(|(_, count)| count).sum();
            prop_assert_eq!(page.sum(name), expected, "nothing else is counted in {}", name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Counters never fall, whatever is lost or reset on the way.
    #[test]
    fn counters_only_grow(steps in prop::collection::vec(step(), 0..80)) {
        let mut fleet = Fleet::new();
        let mut before = 0;
        for step in &steps {
            fleet.step(step);
            let totals = fleet.totals();
            let work = WorkTotals::default();
            let page = read(&view(&fleet.layout, &totals, &work), MetricsFormat::Text);
            let sum = page.sum("breakwater_requests_total") + page.sum("breakwater_calls_total");
            prop_assert!(sum >= before);
            before = sum;
        }
    }
}
