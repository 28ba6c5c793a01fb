//! Maintenance that recurs.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Recurrence, Window};
use crate::base::calendar::SECONDS_PER_DAY;
use crate::base::pattern::Pattern;
use crate::base::time::{Millis, Timestamp};
use crate::base::zone::TimeZoneRule;

/// How far the next time is looked for, in days: 61 years, within which an interval of 366 months
/// comes once more.
const DAYS_MAX: i64 = 61 * 366;

/// Times of maintenance that recur by a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceSeries {
    /// The paths that it is for.
    pub pattern: Pattern,
    /// What the clocks show when it begins for the first time, in seconds since they showed the
    /// beginning of 1970.
    pub start: i64,
    /// The zone whose clocks count.
    pub zone: TimeZoneRule,
    /// How long each time lasts.
    pub lasts: Millis,
    /// When it recurs.
    pub rule: Recurrence,
    /// What visitors are told.
    pub message: Option<String>,
    /// The beginnings of the times that operators have lifted, as long as those are not over.
    #[serde(default)]
    pub skipped: Vec<Timestamp>,
}

impl MaintenanceSeries {
    /// Whether the first time is one of the rule's.
    pub fn begins_with_rule(&self) -> bool {
        let day = self.start.div_euclid(SECONDS_PER_DAY);
        self.rule.has_day(day, day)
    }

    /// The windows that are not over, the next ones first, without those that were lifted.
    pub fn windows(&self, now: Timestamp) -> impl Iterator<Item = Window> {
        let first = self.start.div_euclid(SECONDS_PER_DAY);
        // What holds began no longer ago than it lasts; a day more, for zones and their changes.
        let lasts = i64::try_from(self.lasts.get() / 1000).unwrap_or(i64::MAX);
        let since = now.unix_seconds().saturating_sub(lasts).div_euclid(SECONDS_PER_DAY) - 2;
        let from = if self.rule.count().is_some() { first } else { first.max(since) };
        let days =
            (from..from.max(since) + DAYS_MAX).filter(move |day| self.rule.has_day(first, *day));
        let counted = days.take(self.rule.count().map_or(usize::MAX, |count| count as usize));
        let times = counted.map(|day| self.begin_on(day));
        let times = times.take_while(|at| self.rule.until().is_none_or(|until| *at <= until));
        let windows = times.map(|start| Window {
            pattern: self.pattern.clone(),
            start,
            end: start + self.lasts,
            message: self.message.clone(),
        });
        windows.filter(move |it| now < it.end && !self.skipped.contains(&it.start))
    }

    /// Lifts the time that holds, or with `also_next` the next one if none does. Returns it.
    pub fn lift(&mut self, also_next: bool, now: Timestamp) -> Option<Window> {
        let meant = self.windows(now).next().filter(|it| also_next || it.holds(now))?;
        let lasts = self.lasts;
        self.skipped.retain(|start| now < *start + lasts);
        self.skipped.push(meant.start);
        Some(meant)
    }

    /// When it begins on a day of the zone. Where the clocks skip that time, it is as long after
    /// the gap's beginning as it says (RFC 5545 §3.3.5).
    fn begin_on(&self, day: i64) -> Timestamp {
        let time = self.start.rem_euclid(SECONDS_PER_DAY);
        Timestamp::from_unix_seconds(self.zone.local_to_utc(day * SECONDS_PER_DAY + time))
    }
}
