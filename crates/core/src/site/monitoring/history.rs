//! The history of what is published: days of components, what visitors got, and how long answers
//! took.
//!
//! The hour that runs is counted where it is stored anyway: with the group of a check, and in
//! [`SiteHour`]. When an hour is over, what it comes to goes into the record of its day, which is
//! one row for all components: the first event of another hour writes it. Only the latest days are
//! in memory until somebody reads the whole, so that an object that is loaded each minute does not
//! read ninety rows for nothing.

mod day;
mod site_hour;
mod uptime;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) use day::{ComponentDay, HourFindings, day_and_hour, hour_at};
use day::{DayRecord, HOURS_OF_DAY};
pub use site_hour::DependencyFinding;
pub(super) use site_hour::SiteHour;
pub(super) use uptime::{ToldOutage, public_day};

use super::MonitorHost;
use super::counts::{HourCounts, hour_of};
use super::effect::MonitorWrite;
use super::host::watched_at;
use crate::base::budget::Cost;
use crate::base::stored::StoredForm as _;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::WatchRules;
use crate::site::status::{DAYS_SHOWN, HOURS_SHOWN};
use crate::watch::check::GROUP_MAX;
use crate::watch::component::{ComponentSource, PublishedComponent};
use crate::watch::incident::EdgeShares;

/// The days that are loaded with the host: those that may still change, and the last 48 hours.
pub const RECENT_DAYS: usize = 3;
const _: () = assert!(HOURS_SHOWN < RECENT_DAYS * HOURS_OF_DAY as usize);
/// How long days are kept, and the incidents of people that count in them: as long as days are
/// shown.
pub(super) const DAYS_KEPT: Millis = Millis::from_secs(DAYS_SHOWN as u64 * 24 * 3600);

/// The days that are in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    days: BTreeMap<u32, DayRecord>,
    /// The days whose rows have to be written again.
    changed: BTreeSet<u32>,
    /// The first day that was loaded, if older ones may be stored.
    older_than: Option<u32>,
    /// All hours before this one are in the days.
    reached: Timestamp,
}

impl History {
    /// The latest days, as they were stored.
    pub(super) fn load(
        stored: &[(u32, String)],
        writes: &mut VecDeque<MonitorWrite>,
        unread: &mut Vec<String>,
    ) -> Self {
        let mut history = Self::default();
        history.take(stored, writes, unread);
        let first = stored.iter().map(|(day, _)| *day).min();
        history.older_than = first.filter(|_| stored.len() >= RECENT_DAYS);
        history
    }

    /// Takes days that are not in memory. One that cannot be read is put aside, since its row may
    /// be written again.
    fn take(
        &mut self,
        stored: &[(u32, String)],
        writes: &mut VecDeque<MonitorWrite>,
        unread: &mut Vec<String>,
    ) {
        for (day, text) in stored {
            match DayRecord::from_stored(text) {
                Ok(record) => drop(self.days.entry(*day).or_insert(record)),
                Err(error) => {
                    unread.push(format!("day {day} of the history: {error}"));
                    let name = format!("day-unread-{day}");
                    writes.push_back(MonitorWrite::PutAside { name, text: text.clone() });
                }
            }
        }
    }

    /// The days of a component, the earliest first.
    pub(super) fn of_component(&self, name: &str) -> impl Iterator<Item = (u32, &ComponentDay)> {
        self.days.iter().filter_map(move |(day, record)| Some((*day, record.component(name)?)))
    }

    /// What visitors got in each hour that is known, the earliest first.
    pub(super) fn visitors(&self) -> impl Iterator<Item = (Timestamp, EdgeShares)> + '_ {
        self.days.iter().flat_map(|(day, record)| {
            record.visitors().map(move |(hour, shares)| (hour_at(*day, hour), shares))
        })
    }

    /// The record of a time's day, if it may be changed: what is not in memory must not be replaced
    /// by what is new of it, and what is not shown any more is not kept.
    fn record(&mut self, at: Timestamp, now: Timestamp) -> Option<(&mut DayRecord, u32, u8)> {
        let (day, hour) = day_and_hour(at);
        let is_loaded = self.older_than.is_none_or(|first| first <= day);
        if !is_loaded || day < first_kept(now) {
            return None;
        }
        Some((self.days.entry(day).or_default(), day, hour))
    }

    fn add(&mut self, component: &str, at: Timestamp, found: &HourFindings, now: Timestamp) {
        let Some((record, day, hour)) = self.record(at, now) else { return };
        if record.add(component, hour, found) {
            self.changed.insert(day);
        }
    }

    fn add_visitors(&mut self, at: Timestamp, more: &EdgeShares, now: Timestamp) {
        let Some((record, day, hour)) = self.record(at, now) else { return };
        record.add_visitors(hour, more);
        self.changed.insert(day);
    }

    /// Forgets what a clock that ran ahead has noted of hours that run or are to come. An hour is
    /// in its day once it is over. Rows of such days are written again when those come.
    pub(super) fn handle_clock(&mut self, now: Timestamp) {
        self.reached = self.reached.min(hour_of(now));
        let (today, hour) = day_and_hour(now);
        while self.days.last_key_value().is_some_and(|(day, _)| *day > today) {
            self.days.pop_last();
        }
        self.changed.retain(|day| *day <= today);
        if let Some(record) = self.days.get_mut(&today)
            && record.forget_from(hour)
        {
            self.changed.insert(today);
        }
    }

    fn take_writes(&mut self, writes: &mut VecDeque<MonitorWrite>) {
        for day in core::mem::take(&mut self.changed) {
            if let Some(record) = self.days.get(&day) {
                writes.push_back(MonitorWrite::SaveDay { day, json: record.to_stored() });
            }
        }
    }
}

impl MonitorHost {
    /// The day before which more may be stored than is in memory:
    /// [`handle_older_days`](Self::handle_older_days) takes what there is of it. Nothing that is
    /// published is complete before.
    pub const fn lacks_days_before(&self) -> Option<u32> {
        self.history.older_than
    }

    /// Takes the days before those in memory, at most [`DAYS_SHOWN`] of them, as they were stored.
    /// Returns what cannot be read; that is put aside.
    pub fn handle_older_days(&mut self, stored: &[(u32, String)], now: Timestamp) -> Vec<String> {
        let rows_read = u32::try_from(stored.len()).unwrap_or(u32::MAX);
        self.spending.spend(Cost { rows_read, ..Cost::ZERO }, now);
        let mut unread = Vec::new();
        self.history.take(stored, &mut self.writes, &mut unread);
        self.history.older_than = None;
        unread
    }

    /// Takes what the probers of dependencies found. The round itself follows.
    pub fn handle_findings(
        &mut self,
        rules: &WatchRules,
        found: &[DependencyFinding],
        now: Timestamp,
    ) {
        self.end_hours(rules, now);
        self.site_hour.retain(|name| rules.publishes_dependency(name));
        for found in found.iter().filter(|found| rules.publishes_dependency(&found.dependency)) {
            self.site_hour.add_finding(found, now);
        }
    }

    /// Puts what the hours that are over come to into their days.
    pub(super) fn end_hours(&mut self, rules: &WatchRules, now: Timestamp) {
        let hour = hour_of(now);
        if hour <= self.history.reached {
            return;
        }
        self.history.reached = hour;
        for component in &rules.components {
            for (at, found) in self.open_hours(rules, component) {
                if at < hour {
                    let average = found.average.filter(|_| component.response_times);
                    let found = HourFindings { average, ..found };
                    self.history.add(&component.name, at, &found, now);
                }
            }
        }
        if self.site_hour.hour < hour {
            if self.site_hour.visitors.total() > 0 {
                let (at, visitors) = (self.site_hour.hour, self.site_hour.visitors);
                self.history.add_visitors(at, &visitors, now);
            }
            self.site_hour.begin(hour);
        }
        self.history.take_writes(&mut self.writes);
        let first = first_kept(now);
        self.history.days.retain(|day, _| *day >= first);
    }

    /// What the hours come to that are still counted of a component. It is the hour that runs, and
    /// of checks that were not made since, an earlier one.
    pub(super) fn open_hours(
        &self,
        rules: &WatchRules,
        component: &PublishedComponent,
    ) -> Vec<(Timestamp, HourFindings)> {
        let names = match &component.source {
            ComponentSource::Checks(names) => names,
            ComponentSource::Dependency(name) => {
                let counts = self.site_hour.dependency(name).map(|known| &known.counts);
                let found = HourFindings::of(counts);
                return found.map(|found| (self.site_hour.hour, found)).into_iter().collect();
            }
        };
        let mut hours: BTreeMap<Timestamp, Vec<&HourCounts>> = BTreeMap::new();
        for index in names.iter().filter_map(|name| rules.check_index(name)) {
            let group = self.groups.get(index / GROUP_MAX);
            let Some(group) = group.zip(watched_at(&self.groups, index)) else { continue };
            hours.entry(group.0.hour).or_default().push(&group.1.hour);
        }
        let found = hours.into_iter().map(|(at, counts)| Some((at, HourFindings::of(counts)?)));
        found.flatten().collect()
    }
}

/// The day of a time, in days since 1970-01-01, which numbers the rows of days.
pub const fn day_of(at: Timestamp) -> u32 {
    day_and_hour(at).0
}

/// The first day that is kept.
pub(super) const fn first_kept(now: Timestamp) -> u32 {
    (day_and_hour(now).0 + 1).saturating_sub(DAYS_SHOWN as u32)
}
