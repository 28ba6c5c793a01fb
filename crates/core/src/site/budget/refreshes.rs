//! How often snapshots are fetched in an hour.

use alloc::collections::BTreeSet;

use super::work::ROUNDS;
use crate::base::time::Millis;
use crate::cache::snapshot::plan::{ROUND, SITEMAPS_MAX, SOURCE_EVERY};
use crate::cache::snapshot::{ASSET_EVERY, SnapshotRules};

/// The parts of a round in which a mean is counted.
const PARTS: u64 = 1000;

/// The refreshes that an hour is planned with: the mean, and assets also where no rule keeps any,
/// since some hours see a few more than the mean.
pub(super) fn refreshes_planned(rules: &SnapshotRules) -> u32 {
    refreshes(rules, rules.plan.assets_max())
}

/// The mean of the refreshes of an hour in which all pages, assets and sitemaps are there that may
/// be, rounded up.
pub(super) fn refreshes_an_hour(rules: &SnapshotRules) -> u32 {
    let keeps_assets = rules.list.iter().any(|rule| rule.assets);
    refreshes(rules, if keeps_assets { rules.plan.assets_max() } else { 0 })
}

fn refreshes(rules: &SnapshotRules, assets: u32) -> u32 {
    if rules.list.is_empty() {
        return 0;
    }
    let sources: BTreeSet<&str> = rules.list.iter().filter_map(|it| it.source.as_deref()).collect();
    let sitemaps = sources.len() as u64 * (1 + SITEMAPS_MAX as u64);
    let pages = rules.list.iter().map(|rule| (u64::from(rule.max), rule.every));
    let others = [(u64::from(assets), ASSET_EVERY), (sitemaps, SOURCE_EVERY)];
    // In thousandths, which are rounded up once.
    let each = pages.chain(others).map(|(paths, every)| {
        (paths * u64::from(ROUNDS) * PARTS * PARTS).div_ceil(mean_rounds(every))
    });
    u32::try_from(each.sum::<u64>().div_ceil(PARTS)).unwrap_or(u32::MAX)
}

/// The mean number of rounds from one fetch of a path to the next, in thousandths. A path comes due
/// at a random time in the second half of its interval; it is fetched in the round that follows.
fn mean_rounds(every: Millis) -> u64 {
    let latest = every.get().saturating_sub(2 * ROUND.get());
    let earliest = (every.get().saturating_sub(ROUND.get()) / 2).min(latest);
    let span = latest - earliest + 1;
    // The sum of how likely it is that the path still waits after each number of rounds.
    let waits = (1..).map_while(|rounds| {
        let due = (rounds * ROUND.get()).saturating_sub(earliest).min(span);
        (due < span).then(|| (span - due) * PARTS / span)
    });
    PARTS + waits.sum::<u64>()
}
