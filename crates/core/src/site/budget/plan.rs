//! What the site file plans for an hour in which nothing is wrong.

use super::batch::batches;
use super::refreshes::refreshes_planned;
use super::work::{DELIVERY, HEARTBEAT, HISTORY, ROUND, ROUND_COUNTS, ROUNDS, WAKING, an_hour};
use crate::base::budget::{Cost, HourlyBudget};
use crate::cache::snapshot::plan::{MANIFEST, REFRESH};
use crate::site::config::{Site, WatchRules};
use crate::watch::check::CheckKind;

/// The least that the monitor may spend in an hour, however few checks it makes: an incident has
/// the same messages, retries and confirmations on a small site. Reading is the cheapest by far,
/// and each load of the object reads all incidents.
const MONITOR_FLOOR: Cost = Cost {
    object_calls: 2_000,
    rows_written: 4_000,
    rows_read: 200_000,
    subrequests: 4_000,
    class_a_operations: 0,
};

/// The least that snapshots may cost in an hour: on a small site, too, all pages may be new at
/// once.
const SNAPSHOTS_FLOOR: Cost = REFRESH.times(2_000);

/// What the monitor, with the probers that it orders, costs in an hour in which all is well.
pub fn monitor_plan(rules: &WatchRules) -> Cost {
    let mut plan = ROUND.times(ROUNDS);
    if !rules.components.is_empty() || rules.status.visitors {
        plan += HISTORY;
    }
    if rules.counts_each_minute() {
        plan += ROUND_COUNTS.times(ROUNDS);
    }
    for batch in batches(rules) {
        plan += batch.cost();
    }
    for check in &rules.checks {
        if matches!(check.kind, CheckKind::Heartbeat { .. }) {
            // It tells that it begins, too.
            plan += (HEARTBEAT + WAKING).times(2 * an_hour(check.policy.every));
        }
    }
    let channels = u32::try_from(rules.channels.len()).unwrap_or(u32::MAX);
    plan + DELIVERY.times(channels)
}

/// What the monitor may spend within any hour.
pub fn monitor_budget(rules: &WatchRules) -> HourlyBudget {
    rules.headroom.budget(monitor_plan(rules), MONITOR_FLOOR)
}

/// What the snapshots cost in an hour in which each page differs whenever it is fetched.
pub fn snapshots_plan(site: &Site) -> Cost {
    let rules = &site.snapshots;
    if rules.list.is_empty() {
        return Cost::ZERO;
    }
    let refreshes = refreshes_planned(rules);
    REFRESH.times(refreshes) + MANIFEST.times(ROUNDS.min(refreshes))
}

/// What the snapshots may cost within any hour.
pub fn snapshots_budget(site: &Site, rules: &WatchRules) -> HourlyBudget {
    rules.headroom.budget(snapshots_plan(site), SNAPSHOTS_FLOOR)
}
