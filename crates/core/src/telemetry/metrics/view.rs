//! The page.

use alloc::string::String;
use alloc::vec::Vec;

use super::columns::{CALLS as CALL_COLUMNS, CIRCUIT_COLUMNS, CIRCUIT_DURATIONS};
use super::columns::{ERRORS as ERROR_COLUMNS, REJECTIONS as REJECTION_COLUMNS};
use super::columns::{REQUESTS as REQUEST_COLUMNS, RETRIES as RETRY_COLUMN, ROUTE_COLUMNS};
use super::columns::{ROUTE_DURATIONS, TRANSITIONS as TRANSITION_COLUMNS};
use super::families::{self, MetricFamily};
use super::format::MetricsFormat;
use super::gauges::{BudgetGauge, CircuitGauge, MonitorGauges, SiteGauges, SnapshotGauges};
use super::labels::{AnsweredBy, CallLabel, CheckLabel, CircuitLabel, ObjectLabel, RejectionLabel};
use super::layout::{MetricsLayout, OTHER};
use super::totals::MetricsTotals;
use super::writer::{MetricValue, MetricsWriter};
use crate::base::id::CircuitId;
use crate::base::time::Millis;

/// Checks that have a series of their own: 200, of the 2,000 that a site may have. The others are
/// counted together.
pub const CHECKS_SHOWN_MAX: usize = 200;

/// Channels, queues, objectives, and pairs of an object and a resource that are shown: 50 of each,
/// which is more than a site has.
const GAUGES_MAX: usize = 50;

/// Sources whose series begin at zero for each route. Every route has them, and Prometheus does not
/// see the first increase of a series that begins with it: the first minute of an outage would not
/// count. Other sources appear with their first answer, because most routes never have them.
const SHOWN_AT_ZERO: [AnsweredBy; 2] = [AnsweredBy::Origin, AnsweredBy::Fallback];

/// The same of circuits: how many values of a label, the first of their list, have series at zero.
/// Those are calls that succeed and fail, rejections by an open circuit, and the states closed and
/// open.
const CALLS_AT_ZERO: usize = 2;
const REJECTIONS_AT_ZERO: usize = 1;
const TRANSITIONS_AT_ZERO: usize = 2;

/// Rows of counts with their labels. They are looked up once for a page.
type CountedRows<'a, const COLUMNS: usize> = Vec<([&'a str; 2], &'a [u64; COLUMNS])>;

/// All that the page shows. Lists may have any order and length; what is beyond a bound is left
/// out, or counted together where a sum means something.
///
/// The families of an object that has never answered have no samples. Counters at zero would look
/// like a reset, and what they were before would count again when the object answers.
#[derive(Clone, Copy, Debug)]
pub struct MetricsView<'a> {
    /// The version of the build.
    pub version: &'a str,
    /// The commit of the build; empty if it is not known.
    pub commit: &'a str,
    /// The age of the oldest of these numbers. The page shows an object's last numbers where the
    /// object does not answer, because a failed scrape would set Prometheus' alerts back.
    pub age: Millis,
    /// The labels of routes and circuits.
    pub layout: &'a MetricsLayout,
    /// What the coordinators have added up.
    pub totals: &'a MetricsTotals,
    /// The circuits whose coordinators have never answered. They have no rows, and neither have
    /// their routes. As long as there is one, nothing is shown that is a sum over all coordinators.
    pub unheard: &'a [CircuitId],
    /// The circuits that are known.
    pub circuits: &'a [CircuitGauge],
    /// What the site's object tells.
    pub site: Option<SiteGauges<'a>>,
    /// What the monitor tells.
    pub monitor: Option<MonitorGauges<'a>>,
    /// What objects may spend.
    pub budgets: &'a [BudgetGauge],
}

impl MetricsView<'_> {
    /// Appends the page to a text.
    pub fn write(&self, format: MetricsFormat, out: &mut String) {
        let mut page = MetricsWriter::new(out, format);
        let build = [("version", self.version), ("commit", self.commit)];
        page.begin(&families::BUILD).whole(&build, 1);
        let age = MetricValue::Seconds(self.age.get());
        page.begin(&families::NUMBERS_AGE).sample(&[], age);
        self.write_routes(&mut page);
        self.write_circuits(&mut page);
        self.write_snapshots(&mut page);
        self.write_checks(&mut page);
        self.write_outbox(&mut page);
        self.write_queues(&mut page);
        self.write_budgets(&mut page);
        self.write_objectives(&mut page);
        page.end();
    }

    fn write_routes(&self, page: &mut MetricsWriter<'_>) {
        let rows = self.routes();
        for (family, first) in
            [(&families::REQUESTS, REQUEST_COLUMNS), (&families::ERRORS, ERROR_COLUMNS)]
        {
            let mut samples = page.begin(family);
            for ([route, upstream], counts) in rows.iter().copied() {
                for source in AnsweredBy::ALL {
                    let count = counts[first + *source as usize];
                    let is_of_route = route != OTHER && SHOWN_AT_ZERO.contains(source);
                    // A source with answers also shows that none of them was an error.
                    let is_known = counts[REQUEST_COLUMNS + *source as usize] > 0;
                    if is_known || is_of_route {
                        let source = ("source", source.as_str());
                        samples.whole(&[("route", route), ("upstream", upstream), source], count);
                    }
                }
            }
        }
        let mut samples = page.begin(&families::REQUEST_DURATION);
        for ([route, upstream], counts) in rows.iter().copied() {
            let labels = [("route", route), ("upstream", upstream)];
            samples.durations(&labels, &counts[ROUTE_DURATIONS..]);
        }
    }

    fn write_circuits(&self, page: &mut MetricsWriter<'_>) {
        let rows = self.circuit_rows();
        let calls = CounterBy {
            family: &families::CALLS,
            label: "outcome",
            value: |at| CallLabel::ALL.get(at).map(|it| it.as_str()),
            first: CALL_COLUMNS,
            at_zero: CALLS_AT_ZERO,
        };
        calls.write(&rows, page);
        let mut samples = page.begin(&families::CALL_DURATION);
        for ([circuit, upstream], counts) in rows.iter().copied() {
            let labels = [("circuit", circuit), ("upstream", upstream)];
            samples.durations(&labels, &counts[CIRCUIT_DURATIONS..]);
        }
        let mut samples = page.begin(&families::RETRIES);
        for ([circuit, upstream], counts) in rows.iter().copied() {
            let labels = [("circuit", circuit), ("upstream", upstream)];
            samples.whole(&labels, counts[RETRY_COLUMN]);
        }
        let rejections = CounterBy {
            family: &families::REJECTIONS,
            label: "reason",
            value: |at| RejectionLabel::ALL.get(at).map(|it| it.as_str()),
            first: REJECTION_COLUMNS,
            at_zero: REJECTIONS_AT_ZERO,
        };
        rejections.write(&rows, page);
        let mut samples = page.begin(&families::CIRCUIT_STATE);
        for ([circuit, upstream], gauge) in self.circuit_gauges() {
            let labels = [("circuit", circuit), ("upstream", upstream)];
            let states = CircuitLabel::ALL.iter().map(|label| label.as_str());
            samples.state(&labels, states, gauge.state.as_str());
        }
        let transitions = CounterBy {
            family: &families::TRANSITIONS,
            label: "to",
            value: |at| CircuitLabel::ALL.get(at).map(|it| it.as_str()),
            first: TRANSITION_COLUMNS,
            at_zero: TRANSITIONS_AT_ZERO,
        };
        transitions.write(&rows, page);
        let mut samples = page.begin(&families::REPLICAS);
        for ([circuit, upstream], gauge) in self.circuit_gauges() {
            let labels = [("circuit", circuit), ("upstream", upstream)];
            samples.whole(&labels, gauge.replicas);
        }
    }

    fn write_snapshots(&self, page: &mut MetricsWriter<'_>) {
        let mut samples = page.begin(&families::SNAPSHOTS);
        if let Some(SnapshotGauges { kept, refused, missing, .. }) = self.snapshots() {
            for (state, number) in [("kept", kept), ("refused", refused), ("missing", missing)] {
                samples.whole(&[("state", state)], number);
            }
        }
        let mut samples = page.begin(&families::SNAPSHOT_FETCHES);
        for (result, number) in self.site.iter().flat_map(|site| site.work.fetches()) {
            samples.whole(&[("result", result)], number);
        }
        let mut samples = page.begin(&families::SNAPSHOT_ROUND);
        if let Some(at) = self.snapshots().and_then(|snapshots| snapshots.last_round) {
            samples.sample(&[], MetricValue::Seconds(at.as_millis()));
        }
    }

    fn write_checks(&self, page: &mut MetricsWriter<'_>) {
        let mut samples = page.begin(&families::CHECKS);
        for MonitorGauges { checks, .. } in self.monitor.iter() {
            for state in CheckLabel::ALL {
                let of_state = checks.iter().filter(|check| check.state == *state);
                samples.whole(&[("state", state.as_str())], of_state.count() as u64);
            }
        }
        let mut samples = page.begin(&families::CHECK_DOWN);
        let is_shown = |at: usize, name: &str| at < CHECKS_SHOWN_MAX && name != OTHER;
        let mut others = None;
        let checks = self.monitor.iter().flat_map(|monitor| monitor.checks);
        for (at, check) in checks.enumerate() {
            let down = u64::from(check.state == CheckLabel::Down);
            if is_shown(at, check.name) {
                samples.whole(&[("check", check.name)], down);
            } else {
                others = Some(others.unwrap_or(0) + down);
            }
        }
        if let Some(down) = others {
            samples.whole(&[("check", OTHER)], down);
        }
        let mut samples = page.begin(&families::OBSERVATIONS);
        for (result, number) in self.monitor.iter().flat_map(|it| it.work.observations()) {
            samples.whole(&[("result", result)], number);
        }
    }

    fn write_outbox(&self, page: &mut MetricsWriter<'_>) {
        let mut samples = page.begin(&families::ALERTS);
        for (kind, number) in self.monitor.iter().flat_map(|it| it.work.alerts()) {
            samples.whole(&[("type", kind)], number);
        }
        let mut samples = page.begin(&families::DELIVERIES);
        for (end, number) in self.monitor.iter().flat_map(|it| it.work.deliveries()) {
            samples.whole(&[("end", end)], number);
        }
        let channels = || self.monitor.iter().flat_map(|it| it.channels).take(GAUGES_MAX);
        let mut samples = page.begin(&families::OUTBOX_PENDING);
        for channel in channels() {
            samples.whole(&[("channel", channel.name)], channel.pending);
        }
        let mut samples = page.begin(&families::OUTBOX_DEAD);
        for channel in channels() {
            samples.whole(&[("channel", channel.name)], channel.dead);
        }
        let mut samples = page.begin(&families::OUTBOX_OLDEST);
        for channel in channels() {
            let oldest = MetricValue::Seconds(channel.oldest.get());
            samples.sample(&[("channel", channel.name)], oldest);
        }
        let mut samples = page.begin(&families::OUTBOX_DROPPED);
        if let Some(MonitorGauges { dropped, .. }) = self.monitor {
            samples.whole(&[], dropped);
        }
    }

    fn write_queues(&self, page: &mut MetricsWriter<'_>) {
        let queues = || self.monitor.iter().flat_map(|it| it.queues).take(GAUGES_MAX);
        let mut samples = page.begin(&families::QUEUE_ITEMS);
        for queue in queues() {
            samples.whole(&[("queue", queue.name)], queue.items);
        }
        let mut samples = page.begin(&families::QUEUE_OLDEST);
        for queue in queues() {
            samples.sample(&[("queue", queue.name)], MetricValue::Seconds(queue.oldest.get()));
        }
    }

    fn write_budgets(&self, page: &mut MetricsWriter<'_>) {
        let mut samples = page.begin(&families::OBJECT_CALLS);
        let calls = ObjectLabel::ALL.iter().zip(self.totals.objects());
        for (object, calls) in calls.filter(|_| self.unheard.is_empty()) {
            samples.whole(&[("object", object.as_str())], *calls);
        }
        let budgets = || self.budgets.iter().take(GAUGES_MAX);
        let mut samples = page.begin(&families::BUDGET_LIMIT);
        for budget in budgets() {
            samples.whole(&budget.labels(), budget.limit.into());
        }
        let mut samples = page.begin(&families::BUDGET_LEFT);
        for budget in budgets() {
            samples.whole(&budget.labels(), budget.left.into());
        }
        let mut samples = page.begin(&families::BUDGET_USED);
        for budget in budgets() {
            samples.sample(&budget.labels(), MetricValue::Ratio(budget.used_ppm()));
        }
        let mut samples = page.begin(&families::WORK_HELD);
        for held in self.monitor.iter().flat_map(|it| it.held).take(GAUGES_MAX) {
            samples.whole(&[("work", held.name)], held.times);
        }
    }

    fn write_objectives(&self, page: &mut MetricsWriter<'_>) {
        let objectives = || self.monitor.iter().flat_map(|it| it.objectives).take(GAUGES_MAX);
        let mut samples = page.begin(&families::OBJECTIVE_LEFT);
        for objective in objectives() {
            let left = MetricValue::Ratio(objective.budget_left_ppm);
            samples.sample(&[("objective", objective.name)], left);
        }
        let mut samples = page.begin(&families::OBJECTIVE_FIRES);
        for objective in objectives() {
            for (severity, fires) in [("page", objective.pages), ("ticket", objective.tickets)] {
                let labels = [("objective", objective.name), ("severity", severity)];
                samples.whole(&labels, u64::from(fires));
            }
        }
    }

    fn snapshots(&self) -> Option<SnapshotGauges> {
        self.site.map(|site| site.snapshots)
    }

    /// The routes and their counts; the shared row comes last, if anything was counted there.
    fn routes(&self) -> CountedRows<'_, ROUTE_COLUMNS> {
        static NONE: [u64; ROUTE_COLUMNS] = [0; ROUTE_COLUMNS];
        let is_unheard =
            |slot: usize| self.unheard.iter().any(|it| self.layout.route_is_of(slot, *it));
        let slots = (0..self.layout.route_slots()).filter(|slot| !is_unheard(*slot));
        let own = slots.map(|slot| self.layout.route_labels(slot));
        let own = own.filter(|labels| *labels != [OTHER; 2]);
        let own = own.map(|labels| (labels, self.totals.route(labels).unwrap_or(&NONE)));
        own.chain(self.shared(self.totals.route([OTHER; 2]))).collect()
    }

    /// The same of circuits.
    fn circuit_rows(&self) -> CountedRows<'_, CIRCUIT_COLUMNS> {
        static NONE: [u64; CIRCUIT_COLUMNS] = [0; CIRCUIT_COLUMNS];
        let is_unheard =
            |slot: usize| self.unheard.iter().any(|it| self.layout.circuit_is_of(slot, *it));
        let slots = (0..self.layout.circuit_slots()).filter(|slot| !is_unheard(*slot));
        let own = slots.map(|slot| self.layout.circuit_labels(slot));
        let own = own.filter(|labels| *labels != [OTHER; 2]);
        let own = own.map(|labels| (labels, self.totals.circuit(labels).unwrap_or(&NONE)));
        own.chain(self.shared(self.totals.circuit([OTHER; 2]))).collect()
    }

    /// The shared row, to which every coordinator adds.
    fn shared<'t, T>(&self, counts: Option<&'t T>) -> Option<([&'static str; 2], &'t T)> {
        counts.filter(|_| self.unheard.is_empty()).map(|counts| ([OTHER; 2], counts))
    }

    /// The circuits that have labels of their own: a state has no sum.
    fn circuit_gauges(&self) -> impl Iterator<Item = ([&str; 2], &CircuitGauge)> {
        let labelled = self.circuits.iter().map(|gauge| {
            (self.layout.circuit_labels(self.layout.circuit_slot(gauge.circuit)), gauge)
        });
        labelled.filter(|(labels, _)| *labels != [OTHER; 2])
    }
}

/// A counter of circuits by one more label.
struct CounterBy {
    family: &'static MetricFamily,
    label: &'static str,
    /// The value of the label at a place in its list.
    value: fn(usize) -> Option<&'static str>,
    /// The column of the first value.
    first: usize,
    at_zero: usize,
}

impl CounterBy {
    fn write(&self, rows: &[([&str; 2], &[u64; CIRCUIT_COLUMNS])], page: &mut MetricsWriter<'_>) {
        let mut samples = page.begin(self.family);
        for ([circuit, upstream], counts) in rows.iter().copied() {
            for (at, count) in counts[self.first..].iter().enumerate() {
                let Some(value) = (self.value)(at) else { break };
                if *count > 0 || at < self.at_zero {
                    let last = (self.label, value);
                    samples.whole(&[("circuit", circuit), ("upstream", upstream), last], *count);
                }
            }
        }
    }
}

impl BudgetGauge {
    const fn labels(&self) -> [(&'static str, &'static str); 2] {
        [("object", self.object), ("resource", self.resource.as_str())]
    }

    /// The used share of what can be spent at once, in millionths. A budget of nothing is used up.
    fn used_ppm(&self) -> i64 {
        let full = i64::from(self.limit / 2);
        let used = (full - i64::from(self.left)).max(0);
        if full == 0 { 1_000_000 } else { used * 1_000_000 / full }
    }
}
