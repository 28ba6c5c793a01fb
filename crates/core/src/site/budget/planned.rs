//! All that works without visitors, as the site file plans it.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::batch::{ANSWER, Batch, OWN_WORK, batches};
use super::plan::{
    copies_plan, keeps_copies, mirror_plan, monitor_budget, monitor_plan, snapshots_budget,
};
use super::price::{Billed, Usage};
use super::refreshes::refreshes_an_hour;
use super::work::{CALL, HOUR, ROUNDS, WAKING, an_hour};
use crate::base::budget::{Cost, HourlyBudget};
use crate::base::time::Millis;
use crate::cache::snapshot::plan::{AT_ONCE_MAX, MANIFEST};
use crate::site::config::{Site, Upstream, WatchRules};
use crate::watch::check::TRAFFIC;
use crate::watch::dependency::Dependency;

/// The hours of a month of 30 days.
pub(super) const HOURS: u64 = 720;

/// The round of a circuit's coordinator: the call, the time of the round, and what it reads when it
/// is loaded.
const CIRCUIT_ROUND: Cost = Cost { object_calls: 1, rows_written: 1, rows_read: 10, ..Cost::ZERO };
/// A probe of an upstream: the request, its row, and the oldest row, which goes.
const UPSTREAM_PROBE: Cost = Cost { subrequests: 1, rows_written: 2, rows_read: 2, ..Cost::ZERO };
/// A probe of a dependency: the request, the alarm in case that it is cut short, what was found,
/// and what is read when the object is loaded.
const DEPENDENCY_PROBE: Cost = Cost { subrequests: 1, rows_written: 2, rows_read: 3, ..Cost::ZERO };
/// What an object that fetches snapshots tells a circuit of in a minute: the call, the rows of the
/// coordinator and of the replica, and the same two of the metrics.
const REPORT: Cost = Cost { object_calls: 1, rows_written: 4, ..Cost::ZERO };

/// The fetch of a page, and the write of one that differs: together they are a refresh.
const FETCH: Cost = Cost { subrequests: 1, ..Cost::ZERO };
const WRITE: Cost = Cost { subrequests: 1, class_a_operations: 1, ..Cost::ZERO };

/// What works without visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedObject {
    /// The cron event of each minute, which wakes the others.
    Cron,
    /// The coordinators of circuits: their rounds, and the probes of upstreams.
    Circuits,
    /// The monitor.
    Monitor,
    /// The probers that it has make checks.
    Probers,
    /// The probers of dependencies.
    Dependencies,
    /// The site's object, which keeps the snapshots.
    Snapshots,
    /// The writes of snapshots, if each differs whenever it is fetched.
    ChangedSnapshots,
    /// The copy of the public status in the bucket, and the status that the mirror is made of.
    StatusCopies,
    /// The files of the status page's mirror.
    StatusMirror,
}

impl PlannedObject {
    /// What it is called in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cron => "cron events",
            Self::Circuits => "circuits",
            Self::Monitor => "monitor",
            Self::Probers => "probers",
            Self::Dependencies => "dependencies",
            Self::Snapshots => "snapshots",
            Self::ChangedSnapshots => "writes, if all differ",
            Self::StatusCopies => "status copies",
            Self::StatusMirror => "status mirror",
        }
    }
}

/// What it does in an hour in which all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedWork {
    /// What works.
    pub object: PlannedObject,
    /// Requests to the Worker.
    pub worker_requests: u32,
    /// What its objects do.
    pub hourly: Cost,
    /// For how long they are at work, those that work at once added up.
    pub busy: Millis,
}

impl PlannedWork {
    const fn of(object: PlannedObject, hourly: Cost, busy: Millis) -> Self {
        Self { object, worker_requests: 0, hourly, busy }
    }

    /// What of it is billed in a month.
    pub fn month(&self) -> Usage {
        let mut usage = month_of(self.hourly);
        usage[Billed::WorkerRequests] = u64::from(self.worker_requests) * HOURS;
        usage[Billed::ObjectSeconds] = seconds_of_month(self.busy);
        usage
    }
}

/// What of a cost is billed if it comes each hour of a month.
pub(super) fn month_of(hourly: Cost) -> Usage {
    let mut usage = Usage::default();
    usage[Billed::ObjectCalls] = hourly.object_calls.into();
    usage[Billed::RowsWritten] = hourly.rows_written.into();
    usage[Billed::RowsRead] = hourly.rows_read.into();
    usage[Billed::ClassAOperations] = hourly.class_a_operations.into();
    usage.times(HOURS)
}

/// The seconds of a month of which this is an hour's part.
pub(super) const fn seconds_of_month(busy: Millis) -> u64 {
    busy.get().saturating_mul(HOURS).div_ceil(1000)
}

/// All that works on a site without visitors.
pub fn site_plan(site: &Site, rules: &WatchRules) -> Vec<PlannedWork> {
    let cron = PlannedWork {
        worker_requests: ROUNDS,
        ..PlannedWork::of(PlannedObject::Cron, Cost::ZERO, Millis::ZERO)
    };
    let mut all = Vec::from([cron, circuits(site)]);
    if rules.needs_monitor() {
        all.extend(watch(rules));
    }
    if !site.dependencies.is_empty() {
        all.push(dependencies(&site.dependencies));
    }
    if !site.snapshots.list.is_empty() {
        all.extend(snapshots(site));
    }
    if keeps_copies(site, rules) {
        let mut push = |object, hourly: Cost| {
            let busy = u64::from(hourly.subrequests) * OWN_WORK.get();
            all.push(PlannedWork::of(object, hourly, Millis::new(busy)));
        };
        push(PlannedObject::StatusCopies, copies_plan(site, rules));
        if rules.status.mirror.is_some() {
            push(PlannedObject::StatusMirror, mirror_plan(rules));
        }
    }
    all
}

/// The budgets of those that have one, each with the parts of the plan that draw from it.
pub fn site_budgets(
    site: &Site,
    rules: &WatchRules,
) -> Vec<(&'static [PlannedObject], HourlyBudget)> {
    use PlannedObject::{ChangedSnapshots, Monitor, Probers, Snapshots, StatusMirror};
    let mut all: Vec<(&[PlannedObject], _)> = Vec::new();
    if rules.needs_monitor() {
        all.push((&[Monitor, Probers], monitor_budget(rules)));
    }
    let site_object: &[PlannedObject] =
        match (site.snapshots.list.is_empty(), rules.status.mirror.is_some()) {
            (true, false) => return all,
            (false, false) => &[Snapshots, ChangedSnapshots],
            (true, true) => &[StatusMirror],
            (false, true) => &[Snapshots, ChangedSnapshots, StatusMirror],
        };
    all.push((site_object, snapshots_budget(site, rules)));
    all
}

/// What the coordinator of a circuit does in an hour in which the circuit stays closed.
pub fn circuit_plan(upstream: &Upstream) -> Cost {
    let probe = upstream.probe.as_ref().map_or(Cost::ZERO, |_| UPSTREAM_PROBE);
    (CIRCUIT_ROUND + probe).times(ROUNDS)
}

/// What the prober of a dependency does in an hour.
pub fn dependency_plan(dependency: &Dependency) -> Cost {
    CALL.times(ROUNDS) + (WAKING + DEPENDENCY_PROBE).times(an_hour(dependency.every))
}

fn circuits(site: &Site) -> PlannedWork {
    let upstreams = || site.circuits.iter().filter_map(|it| site.upstreams.get(it.upstream));
    let hourly = upstreams().fold(Cost::ZERO, |sum, upstream| sum + circuit_plan(upstream));
    let rounds = upstreams().map(|upstream| match upstream.probe {
        Some(_) => ANSWER.get(),
        None => OWN_WORK.get(),
    });
    let busy = Millis::new(rounds.sum::<u64>().saturating_mul(ROUNDS.into()));
    PlannedWork::of(PlannedObject::Circuits, hourly, busy)
}

fn dependencies(list: &[Dependency]) -> PlannedWork {
    let hourly = list.iter().fold(Cost::ZERO, |sum, it| sum + dependency_plan(it));
    let busy = hourly.subrequests as u64 * ANSWER.get();
    PlannedWork::of(PlannedObject::Dependencies, hourly, Millis::new(busy))
}

/// The probers have what the orders call and ask; all else is the monitor's, which waits for them.
fn watch(rules: &WatchRules) -> [PlannedWork; 2] {
    let (mut probers, mut busy) = (Cost::ZERO, 0_u64);
    let (mut waits, mut orders) = (0_u64, 0_u64);
    let all = batches(rules);
    for batch in &all {
        waits = waits.saturating_add(batch.takes().get());
        if is_of_prober(batch) {
            let Cost { subrequests, .. } = batch.cost();
            let object_calls = batch.orders();
            probers += Cost { object_calls, subrequests, ..Cost::ZERO };
            busy = busy.saturating_add(batch.takes().get());
            orders += u64::from(object_calls);
        }
    }
    let whole = monitor_plan(rules);
    let monitor = Cost {
        object_calls: whole.object_calls - probers.object_calls.min(whole.object_calls),
        subrequests: whole.subrequests - probers.subrequests.min(whole.subrequests),
        ..whole
    };
    let own = (u64::from(ROUNDS) + orders) * OWN_WORK.get();
    let monitor_busy = Millis::new(waits.saturating_add(own)).min(HOUR);
    [
        PlannedWork::of(PlannedObject::Monitor, monitor, monitor_busy),
        PlannedWork::of(PlannedObject::Probers, probers, Millis::new(busy)),
    ]
}

/// What circuits say the monitor asks itself.
pub(super) fn is_of_prober(batch: &Batch<'_>) -> bool {
    batch.place != TRAFFIC
}

fn snapshots(site: &Site) -> [PlannedWork; 2] {
    let refreshes = refreshes_an_hour(&site.snapshots);
    let patterns = site.snapshots.list.iter().map(|rule| &rule.pattern);
    let routes =
        patterns.filter_map(|it| site.routes.iter().find(|route| route.pattern.covers(it)));
    let circuits: BTreeSet<usize> = routes.map(|route| route.circuit).collect();
    let reports = REPORT.times(u32::try_from(circuits.len()).unwrap_or(u32::MAX));
    let ledger = Cost { rows_written: 1, ..Cost::ZERO };
    // A round that fetches anything writes down what it has done.
    let work = Cost { rows_written: 1, ..Cost::ZERO };
    let hourly = (CALL + ledger + reports).times(ROUNDS)
        + (MANIFEST + work).times(ROUNDS.min(refreshes))
        + FETCH.times(refreshes);
    let fetches = u64::from(refreshes).saturating_mul(ANSWER.get()).div_ceil(AT_ONCE_MAX.into());
    [
        PlannedWork::of(PlannedObject::Snapshots, hourly, Millis::new(fetches).min(HOUR)),
        PlannedWork::of(PlannedObject::ChangedSnapshots, WRITE.times(refreshes), Millis::ZERO),
    ]
}
