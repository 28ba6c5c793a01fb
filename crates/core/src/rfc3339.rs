//! Points in time as RFC 3339 writes them: in UTC, to the millisecond.

use core::fmt;

use crate::time::Timestamp;

const MS_PER_DAY: u64 = 86_400_000;
/// 9999-12-31T23:59:59.999Z: a year has four digits (RFC 3339 §5.6), and what is later is this.
const LAST: u64 = 253_402_300_799_999;

/// Displays a point in time.
///
/// ```
/// use breakwater_core::rfc3339::Rfc3339;
/// use breakwater_core::time::Timestamp;
///
/// let shown = Rfc3339(Timestamp::from_millis(784_111_777_042)).to_string();
/// assert_eq!(shown, "1994-11-06T08:49:37.042Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc3339(pub Timestamp);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis().min(LAST);
        let (year, month, day) = date(ms / MS_PER_DAY);
        let (seconds, ms) = (ms % MS_PER_DAY / 1000, ms % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

impl serde::Serialize for Rfc3339 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant's `civil_from_days`, in
/// which years begin with March, so that the leap day is the last).
const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + (month <= 2) as u64, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_date;
    use alloc::string::ToString;

    #[track_caller]
    fn check(ms: u64, text: &str) {
        assert_eq!(Rfc3339(Timestamp::from_millis(ms)).to_string(), text);
    }

    #[test]
    fn points_in_time_are_exact_to_the_millisecond() {
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_868_799_999, "2000-02-29T23:59:59.999Z");
        check(1_795_420_800_001, "2026-11-23T08:00:00.001Z");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn what_is_later_than_a_year_of_four_digits_is_its_end() {
        check(LAST, "9999-12-31T23:59:59.999Z");
        check(u64::MAX, "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn every_day_is_the_one_that_dates_of_http_name() {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        for days in 0..300 * 366 {
            let (year, month, day) = date(days);
            let name = MONTHS[month as usize - 1];
            let date = alloc::format!("Mon, {day:02} {name} {year:04} 00:00:00 GMT");
            let start = Timestamp::from_millis(days * MS_PER_DAY);
            assert_eq!(http_date::parse(&date, start), Some(start), "{date}");
        }
    }
}
