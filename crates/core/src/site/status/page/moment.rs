//! Points in time as pages show them: for programs, and in the words of a language.
//!
//! The server writes UTC, and says so. The page's script puts the visitor's own time zone in its
//! place.

use alloc::format;
use alloc::string::{String, ToString};

use super::texts::StatusTexts;
use super::words::fill;
use crate::base::calendar::Date;
use crate::base::rfc3339::Shown;
use crate::base::time::Timestamp;

/// A point in time on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// The content of `datetime`.
    pub(super) datetime: String,
    /// What is read.
    pub(super) shown: String,
}

impl Moment {
    /// A point in time with its date: `30 Nov 2026, 04:12 UTC`.
    pub(super) fn of(texts: &StatusTexts<'_>, at: Timestamp) -> Self {
        let date = Date::of(at);
        let shown = fill(texts.date_time, &[("date", &day(texts, date)), ("time", &clock(date))]);
        Self { datetime: Shown(at).to_string(), shown }
    }

    /// The end of a span that began at `start`, without its day if that is the same:
    /// `06:30 UTC`.
    pub(super) fn end(texts: &StatusTexts<'_>, start: Timestamp, at: Timestamp) -> Self {
        let whole = Self::of(texts, at);
        let (date, began) = (Date::of(at), Date::of(start));
        if (Date { ms: began.ms, ..date }) != began {
            return whole;
        }
        Self { shown: fill(texts.time_of_day, &[("time", &clock(date))]), ..whole }
    }

    /// The beginning of an hour, in a table of hours: `30 Nov, 04:00`.
    pub(super) fn hour(texts: &StatusTexts<'_>, at: Timestamp) -> Self {
        let date = Date::of(at);
        let (year, month, day) = (date.year, date.month, date.day);
        let (number, time) = (format!("{day}"), clock(date));
        let month_name = texts.month_short(month);
        let places = [("day", &*number), ("month", month_name), ("time", &time)];
        let datetime = format!("{year:04}-{:02}-{day:02}T{time}Z", month + 1);
        Self { datetime, shown: fill(texts.hour, &places) }
    }
}

/// A day: `30 Nov 2026`.
pub(super) fn day(texts: &StatusTexts<'_>, date: Date) -> String {
    let (day, year) = (format!("{}", date.day), format!("{}", date.year));
    let month = texts.month_short(date.month);
    fill(texts.date, &[("day", &day), ("month", month), ("year", &year)])
}

/// The time of day, to the minute: `04:12`.
fn clock(date: Date) -> String {
    let minutes = date.ms / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A month of the calendar, by UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HistoryMonth {
    year: i64,
    /// From 0 for January.
    month: usize,
}

impl HistoryMonth {
    /// The month of a point in time.
    pub const fn of(at: Timestamp) -> Self {
        let date = Date::of(at);
        Self { year: date.year, month: date.month }
    }

    /// Reads `2026-11`.
    ///
    /// ```
    /// use breakwater_core::site::status::page::HistoryMonth;
    ///
    /// let month = HistoryMonth::parse("2026-11");
    /// assert_eq!(month.map(|month| month.to_string()), Some("2026-11".into()));
    /// assert_eq!(HistoryMonth::parse("2026-13"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !is_number(year) || !is_number(month) {
            return None;
        }
        let (year, month) = (year.parse().ok()?, month.parse::<usize>().ok()?);
        (1..=12).contains(&month).then(|| Self { year, month: month - 1 })
    }

    /// The month before it.
    pub(super) const fn earlier(self) -> Self {
        match self.month {
            0 => Self { year: self.year - 1, month: 11 },
            month => Self { year: self.year, month: month - 1 },
        }
    }

    /// The month after it.
    pub(super) const fn later(self) -> Self {
        match self.month {
            11 => Self { year: self.year + 1, month: 0 },
            month => Self { year: self.year, month: month + 1 },
        }
    }

    /// Its name: `November 2026`.
    pub(super) fn name(self, texts: &StatusTexts<'_>) -> String {
        let (month, year) = (texts.month_long(self.month), format!("{}", self.year));
        fill(texts.month_year, &[("month", month), ("year", &year)])
    }
}

impl core::fmt::Display for HistoryMonth {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month + 1)
    }
}
