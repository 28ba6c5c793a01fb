//! The Gregorian calendar, which both date formats share: it converts dates to days since 1970, and
//! back.

use crate::base::time::Timestamp;

/// The length of a day, in milliseconds.
pub(crate) const MS_PER_DAY: i64 = 86_400_000;
/// The length of a day, in seconds.
pub(crate) const SECONDS_PER_DAY: i64 = MS_PER_DAY / 1000;

/// A point in time in UTC. Its day may not exist in the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    /// The month, counted from 0 for January.
    pub(crate) month: usize,
    pub(crate) day: i64,
    /// Milliseconds since midnight. A negative value falls on the day before, and a value of more
    /// than a day on the day after.
    pub(crate) ms: i64,
}

impl Date {
    /// Returns the point in time of this date, or `None` if the calendar has no such day. A date
    /// before 1970 becomes the start of 1970.
    pub(crate) fn timestamp(self) -> Option<Timestamp> {
        if self.day < 1 || self.day > days_in(self.year, self.month) {
            return None;
        }
        let ms = days_since_epoch(self.year, self.month, self.day) * MS_PER_DAY + self.ms;
        Some(Timestamp::from_millis(u64::try_from(ms).unwrap_or(0)))
    }

    /// Returns the date of a day that is counted from 1970-01-01. Earlier days become that one.
    pub(crate) const fn of_day(day: i64) -> Self {
        Self::of(Timestamp::from_unix_seconds(day.saturating_mul(SECONDS_PER_DAY)))
    }

    /// Returns the date of a point in time. The algorithm is Howard Hinnant's `civil_from_days`.
    pub(crate) const fn of(at: Timestamp) -> Self {
        let (days, ms) = (at.as_millis() / MS_PER_DAY as u64, at.as_millis() % MS_PER_DAY as u64);
        let days = days as i64 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months count from March here, so that the leap day is the last day of the year.
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = (month + 2) % 12;
        let year = year_of_era + era * 400 + (month < 2) as i64;
        Self { year, month: month as usize, day, ms: ms as i64 }
    }
}

/// Reads a number of exactly `count` digits.
pub(crate) fn digits(text: &str, count: usize) -> Option<i64> {
    let is_number = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// Returns the number of days from 1970-01-01 to a date in the Gregorian calendar. Internally,
/// years start in March, so that the leap day is the last day. The algorithm is Howard Hinnant's
/// `days_from_civil`.
pub(crate) const fn days_since_epoch(year: i64, month: usize, day: i64) -> i64 {
    let month = month as i64;
    let year = if month < 2 { year - 1 } else { year };
    let month = (month + 10) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

pub(crate) const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(crate) const fn days_in(year: i64, month: usize) -> i64 {
    match month {
        1 if is_leap(year) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_of_five_centuries_is_found_again() {
        let (mut year, mut month, mut day) = (1970, 0, 1);
        for days in 0..183_000 {
            let at = Timestamp::from_millis(days * MS_PER_DAY as u64 + 1);
            let date = Date { year, month, day, ms: 1 };
            assert_eq!(Date::of(at), date);
            assert_eq!(date.timestamp(), Some(at));
            day += 1;
            if day > days_in(year, month) {
                (day, month) = (1, month + 1);
            }
            if month > 11 {
                (month, year) = (0, year + 1);
            }
        }
    }

    #[test]
    fn the_end_of_time_has_a_date() {
        assert!(Date::of(Timestamp::MAX).year > 500_000_000);
    }
}
