//! Time zones, as the yearly rule that holds in them now.
//!
//! A rule is written as POSIX writes it (`TZ`, with the hours of RFC 9636 §3.3.1), such as
//! `CET-1CEST,M3.5.0,M10.5.0/3`. The site file names a place, such as `Europe/Berlin`; its rule is
//! looked up and read where the file is parsed, so that the Worker holds neither a database of
//! zones nor a parser.

#[cfg(feature = "toml")]
mod database;
#[cfg(feature = "toml")]
mod posix;

use core::fmt;

use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::base::calendar::{Date, SECONDS_PER_DAY, days_in, days_since_epoch, is_leap};
use crate::base::time::Timestamp;

/// The longest text of a rule, in bytes. The database's longest has 34.
pub const ZONE_TEXT_MAX: usize = 64;
/// The last second whose year has four digits, counted from 1970. Later ones have standard time.
const LAST: i64 = 253_402_300_799;

/// The rule of a time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ZoneWire", into = "ZoneWire")]
pub struct TimeZoneRule {
    text: String,
    /// The offset of standard time from UTC, in seconds.
    standard: i64,
    summer: Option<SummerTime>,
}

/// A time of the year with another offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SummerTime {
    /// The offset from UTC, in seconds. It may be less than that of standard time.
    offset: i64,
    begins: Changeover,
    ends: Changeover,
}

/// When clocks change, in the local time before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Changeover {
    day: ChangeoverDay,
    /// Seconds since the midnight with which the day begins.
    time: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChangeoverDay {
    /// The `week`-th such weekday of the month, or the last one if `week` is 5. Months count from
    /// 1, and weekdays from 0 for Sunday.
    Weekday { month: i64, week: i64, weekday: i64 },
    /// The day of the year, from 1, in which no February has 29 days.
    CommonYear(i64),
    /// The day of the year, from 0.
    AnyYear(i64),
}

/// The text, the standard offset, and of summer time its offset and both changeovers, each of which
/// is a month or zero, a week or which kind of day of the year it is, a day, and the seconds.
type ZoneWire = (String, i64, Option<(i64, [i64; 4], [i64; 4])>);

impl TimeZoneRule {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self { text: "UTC0".into(), standard: 0, summer: None }
    }

    /// Returns the rule's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns by how many seconds the zone's clocks are ahead of UTC at a time since 1970.
    pub fn offset_at(&self, utc_seconds: i64) -> i32 {
        self.offset(utc_seconds) as i32
    }

    fn offset(&self, utc: i64) -> i64 {
        let Some(summer) = &self.summer else { return self.standard };
        if !(0..=LAST).contains(&utc) {
            return self.standard;
        }
        // Below the last year with four digits, and after 1970 also where clocks are behind.
        let year = Date::of(Timestamp::from_unix_seconds(utc + self.standard)).year;
        let begins = summer.begins.seconds(year) - self.standard;
        let ends = summer.ends.seconds(year) - summer.offset;
        let is_summer = if begins < ends {
            (begins..ends).contains(&utc)
        } else {
            !(ends..begins).contains(&utc)
        };
        if is_summer { summer.offset } else { self.standard }
    }

    /// Returns what the zone's clocks show, in seconds since they showed the beginning of 1970.
    pub fn utc_to_local(&self, utc_seconds: i64) -> i64 {
        utc_seconds.saturating_add(self.offset(utc_seconds))
    }

    /// Returns the time, in seconds since 1970, at which the zone's clocks show `local_seconds`.
    ///
    /// A time that the clocks show twice is the first of both. One that they skip is read by the
    /// offset before the gap, and is therefore as long after the gap's beginning as it says (RFC
    /// 5545 §3.3.5).
    pub fn local_to_utc(&self, local_seconds: i64) -> i64 {
        let standard = local_seconds.saturating_sub(self.standard);
        let Some(summer) = &self.summer else { return standard };
        let summer = local_seconds.saturating_sub(summer.offset);
        let shows_it = |utc: &i64| self.utc_to_local(*utc) == local_seconds;
        let first = [standard, summer].into_iter().filter(shows_it).min();
        // Clocks that skip a time are less ahead before the gap than after it.
        first.unwrap_or_else(|| standard.max(summer))
    }
}

impl Changeover {
    /// When it is in this year, in seconds since 1970 by local time.
    fn seconds(self, year: i64) -> i64 {
        let new_year = days_since_epoch(year, 0, 1);
        let day = match self.day {
            ChangeoverDay::Weekday { month, week, weekday } => {
                let index = usize::try_from(month - 1).unwrap_or_default().min(11);
                let first = days_since_epoch(year, index, 1);
                // 1970-01-01 was a Thursday.
                let first_such = first + (weekday - (first + 4)).rem_euclid(7);
                let day = first_such + (week - 1) * 7;
                let is_over = day >= first + days_in(year, index);
                if is_over { day - 7 } else { day }
            }
            ChangeoverDay::CommonYear(day) => {
                new_year + day - 1 + i64::from(is_leap(year) && day >= 60)
            }
            ChangeoverDay::AnyYear(day) => new_year + day,
        };
        day * SECONDS_PER_DAY + self.time
    }
}

impl From<[i64; 4]> for Changeover {
    fn from([month, which, day, time]: [i64; 4]) -> Self {
        let day = match (month, which) {
            (0, 0) => ChangeoverDay::AnyYear(day),
            (0, _) => ChangeoverDay::CommonYear(day),
            (month, week) => ChangeoverDay::Weekday { month, week, weekday: day },
        };
        Self { day, time }
    }
}

impl From<Changeover> for [i64; 4] {
    fn from(Changeover { day, time }: Changeover) -> Self {
        match day {
            ChangeoverDay::Weekday { month, week, weekday } => [month, week, weekday, time],
            ChangeoverDay::CommonYear(day) => [0, 1, day, time],
            ChangeoverDay::AnyYear(day) => [0, 0, day, time],
        }
    }
}

impl From<ZoneWire> for TimeZoneRule {
    fn from((text, standard, summer): ZoneWire) -> Self {
        let summer = summer.map(|(offset, begins, ends)| SummerTime {
            offset,
            begins: begins.into(),
            ends: ends.into(),
        });
        Self { text, standard, summer }
    }
}

impl From<TimeZoneRule> for ZoneWire {
    fn from(TimeZoneRule { text, standard, summer }: TimeZoneRule) -> Self {
        let summer = summer.map(|it| (it.offset, it.begins.into(), it.ends.into()));
        (text, standard, summer)
    }
}

impl fmt::Display for TimeZoneRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A time zone is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneError {
    /// The text is neither a rule nor, where the database is at hand, a name in it.
    Rule,
    /// The database has the name, and lists changes of its clocks for years to come that no yearly
    /// rule says.
    NoYearlyRule,
}

impl ZoneError {
    /// What is allowed instead, as error messages say it.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Rule => {
                "a time zone such as `Europe/Berlin`, or a rule of POSIX such as \
                 `CET-1CEST,M3.5.0,M10.5.0/3`"
            }
            Self::NoYearlyRule => {
                "a time zone whose clocks change by the same rule each year, or a rule of POSIX \
                 that is near enough"
            }
        }
    }
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected())
    }
}

impl core::error::Error for ZoneError {}

#[cfg(test)]
mod tests;
