//! What is ordered together: the checks of a group that a place makes at the same interval.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::work::{BATCH, WAKING, an_hour, probe};
use crate::base::budget::Cost;
use crate::base::time::Millis;
use crate::site::config::WatchRules;
use crate::watch::check::{CHECK_CONNECTIONS, Check, GROUP_MAX, TRAFFIC};

/// How long an answer is taken to need: 0.3 seconds.
pub(super) const ANSWER: Millis = Millis::new(300);
/// How long a test from outside the platform is taken to need, most of which it is waited for: five
/// seconds.
const OUTSIDE_ANSWER: Millis = Millis::new(5_000);
/// How long an object is taken to need that asks no one outside: 0.02 seconds.
pub(super) const OWN_WORK: Millis = Millis::new(20);

/// Checks of one group at one place.
pub(super) struct Batch<'a> {
    pub(super) place: &'a str,
    every: Millis,
    pub(super) checks: Vec<&'a Check>,
}

/// All batches of a site.
pub(super) fn batches(rules: &WatchRules) -> Vec<Batch<'_>> {
    let mut all = Vec::new();
    for checks in rules.checks.chunks(GROUP_MAX) {
        let names: BTreeSet<&str> = checks.iter().flat_map(Check::places).collect();
        for place in names {
            let probed = || checks.iter().filter(|check| check.is_probed_at(place));
            let intervals: BTreeSet<Millis> = probed().map(|check| check.policy.every).collect();
            all.extend(intervals.into_iter().map(|every| Batch {
                place,
                every,
                checks: probed().filter(|check| check.policy.every == every).collect(),
            }));
        }
    }
    all
}

impl Batch<'_> {
    /// What ordering it costs, whatever is in it: the alarm of the order, and the one that gives it
    /// up.
    pub(super) fn order(&self) -> Cost {
        (BATCH + WAKING.times(2)).times(self.orders())
    }

    /// How often it is ordered in an hour.
    pub(super) fn orders(&self) -> u32 {
        an_hour(self.every)
    }

    /// What each of its checks costs besides.
    pub(super) fn probe(&self, check: &Check) -> Cost {
        probe(check, self.place).times(self.orders())
    }

    /// What it costs in an hour.
    pub(super) fn cost(&self) -> Cost {
        self.checks.iter().fold(self.order(), |sum, check| sum + self.probe(check))
    }

    /// For how long of an hour a check is at work.
    pub(super) fn check_takes(&self, check: &Check) -> Millis {
        let once = if self.place == TRAFFIC {
            OWN_WORK
        } else if check.outside.iter().any(|outside| outside == self.place) {
            OUTSIDE_ANSWER
        } else {
            Millis::new(ANSWER.get().saturating_mul(check.requests_max(self.place) as u64))
        };
        Millis::new(once.get().saturating_mul(self.orders().into()))
    }

    /// For how long of an hour it is at work: six checks at once, and as long as the longest.
    pub(super) fn takes(&self) -> Millis {
        let each = || self.checks.iter().map(|check| self.check_takes(check).get());
        let longest = each().max().unwrap_or_default();
        Millis::new(each().sum::<u64>().div_ceil(CHECK_CONNECTIONS as u64).max(longest))
    }
}
