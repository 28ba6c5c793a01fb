//! What the hour that runs has besides checks: what visitors got, and what dependencies are like.
//!
//! It is a row of its own, which is written in each round that brings anything new of it.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::base::stored::StoredForm;
use crate::base::time::{Millis, Timestamp};
use crate::site::monitoring::counts::{HourCounts, hour_of};
use crate::watch::health::Status;
use crate::watch::incident::EdgeShares;
use crate::watch::monitor::{CheckResult, CheckState};

/// What the prober of a dependency found last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyFinding {
    /// The name of the dependency.
    pub dependency: String,
    /// What it found.
    pub status: Status,
    /// When, by the prober's clock.
    pub measured_at: Timestamp,
}

/// The hour that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::site::monitoring) struct SiteHour {
    /// Its beginning.
    pub(in crate::site::monitoring) hour: Timestamp,
    /// What visitors got in it so far.
    pub(in crate::site::monitoring) visitors: EdgeShares,
    /// By the name of the dependency; those that components are made of.
    dependencies: BTreeMap<String, WatchedDependency>,
    /// Whether it differs from what is stored.
    #[serde(skip)]
    pub(in crate::site::monitoring) has_changed: bool,
}

/// A dependency that is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::site::monitoring) struct WatchedDependency {
    /// What was found last.
    pub(in crate::site::monitoring) status: Status,
    /// Since when that is found, as far as it is known.
    pub(in crate::site::monitoring) since: Timestamp,
    /// When it was found last.
    pub(in crate::site::monitoring) measured_at: Timestamp,
    /// What was found in the hour that runs.
    pub(in crate::site::monitoring) counts: HourCounts,
}

impl StoredForm for SiteHour {
    const VERSION: u32 = 1;
    const NAME: &'static str = "hour";
    const NOUN: &'static str = "hour of the site";
}

impl SiteHour {
    /// A dependency, if anything was found of it yet.
    pub(in crate::site::monitoring) fn dependency(&self, name: &str) -> Option<&WatchedDependency> {
        self.dependencies.get(name)
    }

    /// Counts what visitors got.
    pub(in crate::site::monitoring) fn add_visitors(&mut self, more: &EdgeShares) {
        if more.total() > 0 {
            self.visitors.add(more);
            self.has_changed = true;
        }
    }

    /// Counts what a prober found, unless that was heard of before.
    pub(in crate::site::monitoring) fn add_finding(
        &mut self,
        found: &DependencyFinding,
        now: Timestamp,
    ) {
        let measured_at = found.measured_at.min(now);
        if !self.dependencies.contains_key(&found.dependency) {
            self.dependencies.insert(
                found.dependency.clone(),
                WatchedDependency {
                    status: found.status,
                    since: measured_at,
                    measured_at: Timestamp::default(),
                    counts: HourCounts::default(),
                },
            );
        }
        let Some(known) = self.dependencies.get_mut(&found.dependency) else { return };
        if measured_at <= known.measured_at {
            return;
        }
        if known.status != found.status {
            known.status = found.status;
            known.since = measured_at;
        }
        known.measured_at = measured_at;
        let (result, state) = match found.status {
            Status::Pass => (CheckResult::Up, CheckState::Up),
            Status::Warn => (CheckResult::Degraded, CheckState::Degraded),
            Status::Fail => (CheckResult::Down, CheckState::Down),
        };
        known.counts.add(result, Millis::ZERO);
        known.counts.confirm(state, false);
        self.has_changed = true;
    }

    /// Forgets the dependencies that are not published any more.
    pub(in crate::site::monitoring) fn retain(&mut self, is_published: impl Fn(&str) -> bool) {
        self.dependencies.retain(|name, _| is_published(name));
    }

    /// Begins another hour. It is stored together with the days that have taken the counts of the
    /// one that is over: they must not take them twice.
    pub(in crate::site::monitoring) fn begin(&mut self, hour: Timestamp) {
        let had_visitors = core::mem::take(&mut self.visitors).total() > 0;
        self.has_changed |= had_visitors;
        self.hour = hour;
        for known in self.dependencies.values_mut() {
            self.has_changed |= !core::mem::take(&mut known.counts).is_empty();
        }
    }

    /// Pulls back what a clock that ran ahead has noted.
    pub(in crate::site::monitoring) fn handle_clock(&mut self, now: Timestamp) {
        self.hour = self.hour.min(hour_of(now));
        for known in self.dependencies.values_mut() {
            known.since = known.since.min(now);
            known.measured_at = known.measured_at.min(now);
        }
    }
}
