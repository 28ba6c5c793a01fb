//! The numbers of all objects, as the control plane puts them on one page.
//!
//! A failed scrape would set the `for` of Prometheus' alerts back, and objects fail most likely
//! when something is wrong. So the page has the last numbers of an object that does not answer, and
//! says how old the oldest of them are. What was never heard of is left out.

use alloc::string::String;
use alloc::vec::Vec;

use super::told::{CircuitMetrics, MonitorMetrics, SiteMetrics, budget_gauges};
use super::{circuit_label, layout};
use crate::base::id::CircuitId;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::Site;
use crate::telemetry::metrics::{
    CircuitGauge, MetricsFormat, MetricsLayout, MetricsTotals, MetricsView, MonitorGauges,
    SiteGauges,
};

/// How long an object may take to answer for a scrape, and the isolate to send its own counts
/// before that: 3 s each. Prometheus gives up after 10 s by default (`scrape_timeout`), and all
/// objects are asked at once.
pub const ANSWER_WITHIN: Millis = Millis::from_secs(3);

/// What was heard of each object last. One instance of the control plane keeps it in its memory,
/// which is bounded by the site's circuits and checks.
#[derive(Clone, Debug)]
pub struct ScrapedNumbers {
    layout: MetricsLayout,
    circuits: Vec<LastHeard<CircuitMetrics>>,
    site: LastHeard<SiteMetrics>,
    monitor: LastHeard<MonitorMetrics>,
}

/// The last numbers of one object.
#[derive(Clone, Debug)]
struct LastHeard<T> {
    numbers: Option<T>,
    /// When they came; without numbers, when they were asked for in vain first. It is unknown if
    /// they were never asked for.
    since: Option<Timestamp>,
}

impl<T> Default for LastHeard<T> {
    fn default() -> Self {
        Self { numbers: None, since: None }
    }
}

impl<T> LastHeard<T> {
    fn handle(&mut self, told: Option<T>, now: Timestamp) {
        match told {
            Some(numbers) => *self = Self { numbers: Some(numbers), since: Some(now) },
            None => self.since = self.since.or(Some(now)),
        }
    }

    fn age(&self, now: Timestamp) -> Millis {
        self.since.map_or(Millis::ZERO, |since| now.since(since))
    }
}

impl ScrapedNumbers {
    /// Nothing was heard of any object of the site.
    pub fn new(site: &Site) -> Self {
        Self {
            layout: layout(site),
            circuits: site.circuits.iter().map(|_| LastHeard::default()).collect(),
            site: LastHeard::default(),
            monitor: LastHeard::default(),
        }
    }

    /// Takes what the coordinator of a circuit told, or that it did not answer in time.
    pub fn handle_circuit(
        &mut self,
        circuit: CircuitId,
        told: Option<CircuitMetrics>,
        now: Timestamp,
    ) {
        if let Some(heard) = self.circuits.get_mut(circuit.index()) {
            heard.handle(told, now);
        }
    }

    /// Takes what the site's object told, or that it did not answer in time.
    pub fn handle_site(&mut self, told: Option<SiteMetrics>, now: Timestamp) {
        self.site.handle(told, now);
    }

    /// Takes what the monitor told, or that it did not answer in time. A site without checks has no
    /// monitor, which is then not asked.
    pub fn handle_monitor(&mut self, told: Option<MonitorMetrics>, now: Timestamp) {
        self.monitor.handle(told, now);
    }

    /// The page. `version` and `commit` are of the build; the commit is empty if it is not known.
    pub fn page(
        &self,
        format: MetricsFormat,
        (version, commit): (&str, &str),
        now: Timestamp,
    ) -> String {
        let mut totals = MetricsTotals::default();
        let (mut gauges, mut unheard) = (Vec::new(), Vec::new());
        for (index, heard) in self.circuits.iter().enumerate() {
            let circuit = CircuitId::new(index);
            let Some(CircuitMetrics { state, replicas, totals: of_circuit }) = &heard.numbers
            else {
                unheard.push(circuit);
                continue;
            };
            totals.add(&self.layout, of_circuit);
            let (state, replicas) = (circuit_label(*state), *replicas);
            gauges.push(CircuitGauge { circuit, state, replicas });
        }
        let (site, monitor) = (self.site.numbers.as_ref(), self.monitor.numbers.as_ref());
        let of_site = site.iter().flat_map(|it| budget_gauges("site", &it.budget));
        let of_monitor = monitor.iter().flat_map(|it| budget_gauges("monitor", &it.budget));
        let budgets: Vec<_> = of_site.chain(of_monitor).collect();
        let checks = monitor.map(MonitorMetrics::check_gauges).unwrap_or_default();
        let channels = monitor.map(MonitorMetrics::channel_gauges).unwrap_or_default();
        let queues = monitor.map(MonitorMetrics::queue_gauges).unwrap_or_default();
        let held = monitor.map(MonitorMetrics::held_gauges).unwrap_or_default();
        let objectives = monitor.map(MonitorMetrics::objective_gauges).unwrap_or_default();
        let view = MetricsView {
            version,
            commit,
            age: self.age(now),
            layout: &self.layout,
            totals: &totals,
            unheard: &unheard,
            circuits: &gauges,
            site: site.map(|it| SiteGauges { work: &it.work, snapshots: it.snapshots }),
            monitor: monitor.map(|it| MonitorGauges {
                work: &it.work,
                checks: &checks,
                channels: &channels,
                dropped: it.dropped,
                queues: &queues,
                held: &held,
                objectives: &objectives,
            }),
            budgets: &budgets,
        };
        let mut page = String::new();
        view.write(format, &mut page);
        page
    }

    /// The age of the oldest numbers. What was never heard of is as old as the first question.
    fn age(&self, now: Timestamp) -> Millis {
        let circuits = self.circuits.iter().map(|heard| heard.age(now));
        let others = [self.site.age(now), self.monitor.age(now)];
        circuits.chain(others).max().unwrap_or_default()
    }
}
