//! What the site file plans for an hour in which nothing is wrong.

use alloc::collections::BTreeSet;

use super::work::{BATCH, DELIVERY, HEARTBEAT, ROUND, WAKING, probe};
use crate::base::budget::{Cost, HourlyBudget};
use crate::base::time::Millis;
use crate::cache::snapshot::plan::{MANIFEST, REFRESH};
use crate::site::config::{Site, WatchRules};
use crate::site::monitoring::{GROUP_MAX, is_probed, places};
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

/// The least that snapshots may cost in an hour: on a small site, too, all pages may be new at once.
const SNAPSHOTS_FLOOR: Cost = REFRESH.times(2_000);

const HOUR: Millis = Millis::from_secs(3600);

/// What the monitor, with the probers that it orders, costs in an hour in which all is well.
pub fn monitor_plan(rules: &WatchRules) -> Cost {
    let mut plan = ROUND.times(60);
    for checks in rules.checks.chunks(GROUP_MAX) {
        let names: BTreeSet<&str> = checks.iter().flat_map(places).collect();
        for place in names {
            let probed = checks.iter().filter(|check| is_probed(check, place));
            // Checks of the same interval are made together.
            let intervals: BTreeSet<Millis> = probed.clone().map(|it| it.policy.every).collect();
            for every in intervals {
                // The alarm of the order, and the one that gives it up.
                plan += (BATCH + WAKING.times(2)).times(an_hour(every));
            }
            for check in probed {
                plan += probe(check, place).times(an_hour(check.policy.every));
            }
        }
        for check in checks {
            if matches!(check.kind, CheckKind::Heartbeat { .. }) {
                // It tells that it begins, too.
                plan += (HEARTBEAT + WAKING).times(2 * an_hour(check.policy.every));
            }
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
    let refreshes = rules.refreshes_an_hour();
    REFRESH.times(refreshes) + MANIFEST.times(60.min(refreshes))
}

/// What the snapshots may cost within any hour.
pub fn snapshots_budget(site: &Site, rules: &WatchRules) -> HourlyBudget {
    rules.headroom.budget(snapshots_plan(site), SNAPSHOTS_FLOOR)
}

/// How often something of this interval happens in an hour, rounded up.
fn an_hour(every: Millis) -> u32 {
    let times = HOUR.get().div_ceil(every.get().max(1));
    u32::try_from(times).unwrap_or(u32::MAX)
}
