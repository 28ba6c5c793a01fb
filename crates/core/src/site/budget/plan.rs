//! What the site file plans for an hour in which nothing is wrong.

use super::batch::batches;
use super::refreshes::refreshes_planned;
use super::work::{
    CALL, DELIVERY, HEARTBEAT, HISTORY, OBJECTIVE_ROW, ROUND, ROUND_COUNTS, ROUND_OBJECTIVES,
    ROUNDS, WAKING, an_hour,
};
use crate::base::budget::{Cost, HourlyBudget};
use crate::cache::snapshot::plan::{MANIFEST, REFRESH};
use crate::site::config::{MirrorTarget, STATUS_COPY_EVERY, Site, WatchRules};
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

/// A copy of the public status in the bucket.
const COPY: Cost = Cost { subrequests: 1, class_a_operations: 1, ..Cost::ZERO };

/// The files of the mirror that are written whenever it is renewed, since they say when that was.
const MIRROR_FILES: u32 = 18;

/// What the monitor may spend in an hour besides, where the status can be subscribed: an update to
/// all subscribers, of whom there are [`SUBSCRIBERS_MAX`](crate::watch::subscription), goes out at
/// once, and a second one within the hour.
const SUBSCRIBERS_FLOOR: Cost = Cost {
    object_calls: 2_000,
    rows_written: 4_000,
    rows_read: 200_000,
    subrequests: 20_000,
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
    if !rules.objectives.is_empty() {
        plan += ROUND_OBJECTIVES.times(ROUNDS) + OBJECTIVE_ROW;
    }
    for objective in &rules.objectives {
        let check = rules.checks.iter().find(|check| objective.is_of_check(&check.name));
        if let Some(check) = check {
            // What a place finds is written at once.
            let places = u32::try_from(check.places().count()).unwrap_or(u32::MAX);
            plan += OBJECTIVE_ROW.times(an_hour(check.policy.every).saturating_mul(places));
        }
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
    let floor = match &rules.status.subscriptions {
        Some(_) => MONITOR_FLOOR + SUBSCRIBERS_FLOOR,
        None => MONITOR_FLOOR,
    };
    rules.headroom.budget(monitor_plan(rules), floor)
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

/// What it costs in an hour to ask the monitor for the public status, to write the bucket's copy,
/// and to hand the status to the site's object if there is a mirror. The event of each minute does
/// that, and draws from no budget, since it is no more than that.
pub fn copies_plan(site: &Site, rules: &WatchRules) -> Cost {
    if !keeps_copies(site, rules) {
        return Cost::ZERO;
    }
    let copies = COPY.times(an_hour(STATUS_COPY_EVERY));
    match &rules.status.mirror {
        None => (CALL + COPY).times(an_hour(STATUS_COPY_EVERY)),
        Some(_) => copies + CALL.times(2 * ROUNDS),
    }
}

/// What it costs in an hour to renew the mirror.
pub fn mirror_plan(rules: &WatchRules) -> Cost {
    let Some(mirror) = &rules.status.mirror else { return Cost::ZERO };
    let pushes = an_hour(mirror.every);
    let targets = mirror.targets().map(|target| mirror_push(target, MIRROR_FILES));
    targets.fold(Cost::ZERO, |sum, push| sum + push).times(pushes)
}

/// What it costs to write this many files of the mirror: the requests, and the rows of the mirror's
/// progress and of the budget's ledger.
pub fn mirror_push(target: MirrorTarget<'_>, files: u32) -> Cost {
    let class_a_operations = match target {
        MirrorTarget::Storage(_) => 0,
        MirrorTarget::Bucket(_) => files,
    };
    Cost { subrequests: files, class_a_operations, rows_written: 2, ..Cost::ZERO }
}

/// What the site's object may spend within any hour, on snapshots and on the mirror.
pub fn snapshots_budget(site: &Site, rules: &WatchRules) -> HourlyBudget {
    rules.headroom.budget(snapshots_plan(site) + mirror_plan(rules), SNAPSHOTS_FLOOR)
}

/// Whether there is a public status of which copies are kept.
pub(super) fn keeps_copies(site: &Site, rules: &WatchRules) -> bool {
    rules.needs_monitor() && site.status_addresses().is_some()
}
