//! When a job runs: a cron expression of five fields, by the clocks of a time zone.
//!
//! The expression is parsed where the site file is. What is kept of it are sets of numbers, in
//! which the next time is looked for.
//!
//! When clocks are changed, it is as in Vixie's cron (crontab(5) of Debian) and in Healthchecks.io.
//! An expression whose minute and hour both name times runs once on each of its days: at the end of
//! the gap if its time is skipped, and the first time if it comes twice. One whose minute or hour
//! begins with `*` runs whenever the clocks show such a time.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::base::calendar::{Date, SECONDS_PER_DAY};
#[cfg(feature = "toml")]
use crate::base::time::Millis;
use crate::base::time::Timestamp;
use crate::base::zone::TimeZoneRule;

/// The length of a minute, in seconds.
const MINUTE: i64 = 60;
/// How far the next time is looked for, in days: 41 years, since across 2100 it takes 40 until
/// February 29 falls on the same day of the week again.
const DAYS_MAX: i64 = 41 * 366;
/// The longest step of a zone's clocks that is looked for, in seconds: a day and two hours, the
/// largest difference between two places on earth.
const CLOCK_STEP_MAX: i64 = 26 * 3_600;

/// When a job runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CronSchedule {
    /// The expression, as the site file has it.
    pub text: String,
    /// The zone whose clocks count.
    pub zone: TimeZoneRule,
    /// Bit n stands for minute n, from 0 to 59.
    pub minutes: u64,
    /// Bit n stands for hour n, from 0 to 23.
    pub hours: u32,
    /// Bit n stands for day n of a month, from 1 to 31.
    pub days: u32,
    /// Bit n stands for month n, from 1 to 12.
    pub months: u16,
    /// Bit n stands for a day of the week, from 0, which is Sunday, to 6.
    pub weekdays: u8,
    /// Both kinds of days are restricted, and a day that is in either is meant.
    pub is_either_day: bool,
    /// The minute or the hour begins with `*`.
    pub is_by_clock: bool,
}

impl CronSchedule {
    /// The first time after `at` at which the job runs; none if its day does not exist.
    pub fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        let after = at.unix_seconds();
        // A fold may bring the day before back.
        let first = self.zone.utc_to_local(after).div_euclid(SECONDS_PER_DAY) - 1;
        (first..first + DAYS_MAX)
            .filter(|day| self.has_day(*day))
            .find_map(|day| self.first_of_day(day, after))
            .map(Timestamp::from_unix_seconds)
    }

    /// Whether it runs on a day, which is counted from 1970-01-01.
    fn has_day(&self, day: i64) -> bool {
        if day < 0 {
            return false;
        }
        let date = Date::of_day(day);
        // 1970-01-01 was a Thursday.
        let weekday = (day + 4).rem_euclid(7);
        let of_month = has(self.days.into(), date.day);
        let of_week = has(self.weekdays.into(), weekday);
        let is_day = if self.is_either_day { of_month || of_week } else { of_month && of_week };
        is_day && has(self.months.into(), date.month as i64 + 1)
    }

    /// The first run of a day after a time, both in seconds since 1970.
    fn first_of_day(&self, day: i64, after: i64) -> Option<i64> {
        let times = self.times_of_day().map(|second| day * SECONDS_PER_DAY + second);
        let runs = times.flat_map(|local| self.runs_at(local));
        // A gap and a fold put them out of order.
        runs.flatten().filter(|run| *run > after).min()
    }

    /// The times of a day at which it runs, in seconds since midnight.
    fn times_of_day(&self) -> impl Iterator<Item = i64> {
        let hours = (0..24).filter(|hour| has(self.hours.into(), *hour));
        hours.flat_map(|hour| {
            let minutes = (0..60).filter(|minute| has(self.minutes, *minute));
            minutes.map(move |minute| hour * 3_600 + minute * MINUTE)
        })
    }

    /// The shortest and the longest time between two runs, as long as no clocks are changed; none
    /// if it never runs.
    #[cfg(feature = "toml")]
    pub fn gaps(&self) -> Option<(Millis, Millis)> {
        let times: alloc::vec::Vec<i64> = self.times_of_day().collect();
        let (first, last) = (times.first()?, times.last()?);
        let pairs = times.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?));
        let days: alloc::vec::Vec<i64> = (0..DAYS_MAX).filter(|day| self.has_day(*day)).collect();
        let nights = days.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?));
        let nights = nights.map(|days| days * SECONDS_PER_DAY - last + first);
        let (shortest, longest) = pairs
            .chain(nights)
            .fold((i64::MAX, 0), |(least, most), gap| (least.min(gap), most.max(gap)));
        let span = |seconds: i64| Some(Millis::from_secs(u64::try_from(seconds).ok()?));
        if days.is_empty() { None } else { Some((span(shortest)?, span(longest)?)) }
    }

    /// The times at which the clocks show `local`, or those that stand for it.
    fn runs_at(&self, local: i64) -> [Option<i64>; 2] {
        let first = self.zone.local_to_utc(local);
        if self.zone.utc_to_local(first) != local {
            // It is skipped.
            return [(!self.is_by_clock).then(|| self.gap_end(first)), None];
        }
        let again = self.is_by_clock.then(|| self.again(first, local)).flatten();
        [Some(first), again]
    }

    /// The moment to which the clocks were set forward last before a time.
    fn gap_end(&self, at: i64) -> i64 {
        let offset = self.zone.offset_at(at);
        let (mut before, mut since) = (at - CLOCK_STEP_MAX, at);
        while since - before > 1 {
            let middle = before + (since - before) / 2;
            if self.zone.offset_at(middle) == offset { since = middle } else { before = middle }
        }
        since
    }

    /// When the clocks show a time again, because they are set back in between.
    fn again(&self, first: i64, local: i64) -> Option<i64> {
        let later = first + CLOCK_STEP_MAX;
        let step = i64::from(self.zone.offset_at(first)) - i64::from(self.zone.offset_at(later));
        let again = first + step;
        (step > 0 && self.zone.utc_to_local(again) == local).then_some(again)
    }
}

/// Whether a number is in a set.
fn has(set: u64, number: i64) -> bool {
    u32::try_from(number).is_ok_and(|number| set.checked_shr(number).is_some_and(|it| it & 1 == 1))
}
