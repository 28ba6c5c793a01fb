//! When maintenance recurs: a part of RFC 5545's `RRULE` (§3.3.10).
//!
//! Days, weeks and months are what sites are worked on by, so that is what is read: `FREQ` of
//! `DAILY`, `WEEKLY` and `MONTHLY`, `INTERVAL`, `BYDAY` with ordinals for months, `BYMONTHDAY`,
//! `UNTIL` and `COUNT`. Weeks begin on Monday. Anything else is refused, not ignored.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::calendar::{Date, days_in, days_since_epoch};
use crate::base::rfc3339;
use crate::base::time::Timestamp;

/// The longest rule, in bytes.
pub const RECURRENCE_TEXT_MAX: usize = 200;
/// The largest `INTERVAL`: with days it is about a year, and with months 30 years.
const INTERVAL_MAX: u32 = 366;
/// The largest `COUNT`: each day for 10 years.
const COUNT_MAX: u32 = 3_660;
/// The days of the week, as rules name them, from Monday on.
const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// When something recurs. Its stored form is its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recurrence {
    text: String,
    frequency: Frequency,
    interval: i64,
    weekdays: Vec<RuleWeekday>,
    /// From 1, or from the month's end from -1.
    month_days: Vec<i64>,
    until: Option<Timestamp>,
    count: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
}

/// A day of `BYDAY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RuleWeekday {
    /// Which of the month's days of this name, from its end if negative; 0 stands for each.
    ordinal: i64,
    /// From 0, which is Monday.
    weekday: i64,
}

/// The text is no rule of the kind that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecurrenceError;

impl RecurrenceError {
    /// What is allowed, as error messages say it.
    pub const EXPECTED: &str = "a rule such as `FREQ=WEEKLY;BYDAY=MO`, of `FREQ` (`DAILY`, \
        `WEEKLY`, `MONTHLY`), `INTERVAL`, `BYDAY`, `BYMONTHDAY`, and `UNTIL` in UTC or `COUNT`";
}

impl fmt::Display for RecurrenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", Self::EXPECTED)
    }
}

impl core::error::Error for RecurrenceError {}

impl Recurrence {
    /// Reads a rule, without `RRULE:` before it.
    ///
    /// # Errors
    /// [`RecurrenceError`] if it is none of the kind that is read.
    pub fn parse(text: &str) -> Result<Self, RecurrenceError> {
        Self::read(text).ok_or(RecurrenceError)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts: Vec<(&str, &str)> = Vec::new();
        for part in text.split(';') {
            let (name, value) = part.split_once('=')?;
            // Each part is there once (RFC 5545 §3.3.10).
            if parts.iter().any(|(known, _)| *known == name) {
                return None;
            }
            parts.push((name, value));
        }
        let mut take = |name: &str| {
            let at = parts.iter().position(|(known, _)| *known == name)?;
            Some(parts.swap_remove(at).1)
        };
        let frequency = match take("FREQ")? {
            "DAILY" => Frequency::Daily,
            "WEEKLY" => Frequency::Weekly,
            "MONTHLY" => Frequency::Monthly,
            _ => return None,
        };
        let interval = take("INTERVAL").map_or(Some(1), |it| number(it, INTERVAL_MAX))?;
        let count = take("COUNT").map_or(Some(None), |it| number(it, COUNT_MAX).map(Some))?;
        let until = take("UNTIL").map_or(Some(None), |it| utc(it).map(Some))?;
        let weekdays = take("BYDAY").map_or(Some(Vec::new()), |list| {
            list.split(',').map(|day| weekday(day, frequency)).collect()
        })?;
        let month_days = take("BYMONTHDAY")
            .map_or(Some(Vec::new()), |list| list.split(',').map(month_day).collect())?;
        let is_valid = text.len() <= RECURRENCE_TEXT_MAX
            && parts.is_empty()
            // §3.3.10 forbids both of these.
            && (count.is_none() || until.is_none())
            && (month_days.is_empty() || frequency != Frequency::Weekly);
        let interval = i64::from(interval);
        let text = text.into();
        is_valid.then_some(Self { text, frequency, interval, weekdays, month_days, until, count })
    }

    /// The rule's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How often it recurs at most, if the rule says so.
    pub(super) const fn count(&self) -> Option<u32> {
        self.count
    }

    /// The last time at which it recurs, if the rule says so.
    pub(super) const fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Whether it recurs on a day. `first` is the day on which it began; both are counted from
    /// 1970-01-01.
    pub(super) fn has_day(&self, first: i64, day: i64) -> bool {
        let (begun, date) = (Date::of_day(first), Date::of_day(day));
        let is_of_rule = |it: &RuleWeekday| it.is(day, &date);
        let is_weekday = self.weekdays.is_empty() || self.weekdays.iter().any(is_of_rule);
        let length = days_in(date.year, date.month);
        let is_of_month = |it: &i64| date.day == if *it < 0 { length + 1 + it } else { *it };
        let is_month_day = self.month_days.is_empty() || self.month_days.iter().any(is_of_month);
        let (passed, is_named) = match self.frequency {
            Frequency::Daily => (day - first, true),
            Frequency::Weekly => {
                let is_named = !self.weekdays.is_empty() || weekday_of(day) == weekday_of(first);
                (week_of(day) - week_of(first), is_named)
            }
            Frequency::Monthly => {
                let names_none = self.weekdays.is_empty() && self.month_days.is_empty();
                let month = |it: &Date| it.year * 12 + it.month as i64;
                (month(&date) - month(&begun), !names_none || date.day == begun.day)
            }
        };
        day >= first && passed % self.interval == 0 && is_named && is_weekday && is_month_day
    }
}

impl RuleWeekday {
    fn is(self, day: i64, date: &Date) -> bool {
        let from_begin = (date.day - 1) / 7 + 1;
        let from_end = -((days_in(date.year, date.month) - date.day) / 7 + 1);
        let is_ordinal = self.ordinal == 0 || [from_begin, from_end].contains(&self.ordinal);
        self.weekday == weekday_of(day) && is_ordinal
    }
}

impl TryFrom<String> for Recurrence {
    type Error = RecurrenceError;

    fn try_from(text: String) -> Result<Self, RecurrenceError> {
        Self::parse(&text)
    }
}

impl From<Recurrence> for String {
    fn from(rule: Recurrence) -> Self {
        rule.text
    }
}

/// A number from 1 to `max`.
fn number(text: &str, max: u32) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number: u32 = if is_number { text.parse().ok()? } else { return None };
    (1..=max).contains(&number).then_some(number)
}

/// A day of `BYDAY`, such as `MO`, or for months `1MO` and `-1FR`.
fn weekday(text: &str, frequency: Frequency) -> Option<RuleWeekday> {
    let (ordinal, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = WEEKDAYS.iter().position(|known| *known == name)? as i64;
    if ordinal.is_empty() {
        return Some(RuleWeekday { ordinal: 0, weekday });
    }
    if frequency != Frequency::Monthly {
        return None;
    }
    Some(RuleWeekday { ordinal: signed(ordinal, 5)?, weekday })
}

/// A day of `BYMONTHDAY`.
fn month_day(text: &str) -> Option<i64> {
    signed(text, 31)
}

/// A number from 1 to `max`, or from -`max` to -1.
fn signed(text: &str, max: u32) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    number(digits, max).map(|number| sign * i64::from(number))
}

/// A time of the form `20261224T200000Z`.
fn utc(text: &str) -> Option<Timestamp> {
    let is_of_form = text.len() == 16 && text.is_ascii() && text.get(8..9) == Some("T");
    if !is_of_form {
        return None;
    }
    let part = |from, to| text.get(from..to).unwrap_or_default();
    let [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)];
    let [hour, minute, rest] = [part(9, 11), part(11, 13), part(13, 16)];
    rfc3339::parse(&alloc::format!("{year}-{month}-{day}T{hour}:{minute}:{rest}"))
        .filter(|_| text.ends_with('Z'))
}

/// The day of the week, from 0, which is Monday: 1970-01-01 was a Thursday.
fn weekday_of(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// The number of the week that begins on Monday.
fn week_of(day: i64) -> i64 {
    (day + 3).div_euclid(7)
}

// Months count from 0, and 1970-01-01 is day 0.
const _: () = assert!(days_since_epoch(1970, 0, 1) == 0);
