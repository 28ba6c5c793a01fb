//! Dates in the formats of HTTP (RFC 9110 §5.6.7): the preferred one and the two obsolete ones. A
//! recipient must accept all three.

use crate::base::calendar::{Date, MS_PER_DAY, days_since_epoch, digits};
use crate::base::time::Timestamp;

/// The names of the months, which are the same in all three formats.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// The names of the days in the preferred format and in C's `asctime` format.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// The names of the days in the format of RFC 850.
const LONG_DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Reads a date in one of the three formats. `now` decides the century of a two-digit year: a year
/// that would be more than 50 years in the future belongs to the past. The name of the day must be
/// the name of a day, but it need not match the date. A leap second counts as the second after it,
/// and a date before 1970 as the start of 1970.
///
/// ```
/// use breakwater_core::base::http_date::parse;
/// use breakwater_core::base::time::Timestamp;
///
/// let now = Timestamp::from_millis(1_700_000_000_000);
/// for text in [
///     "Sun, 06 Nov 1994 08:49:37 GMT",
///     "Sunday, 06-Nov-94 08:49:37 GMT",
///     "Sun Nov  6 08:49:37 1994",
/// ] {
///     assert_eq!(parse(text, now), Some(Timestamp::from_millis(784_111_777_000)));
/// }
/// ```
pub fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let date = match text.split_once(", ") {
        Some((day, rest)) if is_one_of(&DAYS, day) => imf_fixdate(rest),
        Some((day, rest)) if is_one_of(&LONG_DAYS, day) => rfc850(rest, now),
        Some(_) => None,
        None => {
            let (day, rest) = text.split_once(' ')?;
            if is_one_of(&DAYS, day) { asctime(rest) } else { None }
        }
    }?;
    date.timestamp()
}

/// Reads `06 Nov 1994 08:49:37 GMT`.
fn imf_fixdate(text: &str) -> Option<Date> {
    let mut parts = without_zone(text)?.split(' ');
    let day = digits(parts.next()?, 2)?;
    let month = month(parts.next()?)?;
    let year = digits(parts.next()?, 4)?;
    let ms = time_of_day(parts.next()?)?;
    parts.next().is_none().then_some(Date { year, month, day, ms })
}

/// Reads `06-Nov-94 08:49:37 GMT`.
fn rfc850(text: &str, now: Timestamp) -> Option<Date> {
    let (date, time) = without_zone(text)?.split_once(' ')?;
    let ms = time_of_day(time)?;
    let mut parts = date.split('-');
    let day = digits(parts.next()?, 2)?;
    let month = month(parts.next()?)?;
    let short_year = digits(parts.next()?, 2)?;
    if parts.next().is_some() {
        return None;
    }
    let this_year = year_of(now);
    let mut year = this_year - this_year % 100 + short_year;
    if year > this_year + 50 {
        year -= 100;
    } else if year <= this_year - 50 {
        year += 100;
    }
    Some(Date { year, month, day, ms })
}

/// Reads `Nov  6 08:49:37 1994`.
fn asctime(text: &str) -> Option<Date> {
    let (month_name, rest) = text.split_once(' ')?;
    let month = month(month_name)?;
    let (day, rest) = match rest.strip_prefix(' ') {
        Some(rest) => {
            let (day, rest) = rest.split_once(' ')?;
            (digits(day, 1)?, rest)
        }
        None => {
            let (day, rest) = rest.split_once(' ')?;
            (digits(day, 2)?, rest)
        }
    };
    let (time, year) = rest.split_once(' ')?;
    Some(Date { year: digits(year, 4)?, month, day, ms: time_of_day(time)? })
}

/// Reads `08:49:37` and returns milliseconds. A leap second is allowed.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = digits(parts.next()?, 2)?;
    let is_time = parts.next().is_none() && hour <= 23 && minute <= 59 && second <= 60;
    is_time.then_some(((hour * 60 + minute) * 60 + second) * 1000)
}

/// Returns whether the text is one of the names. A cache ignores their case (RFC 9111 §4.2).
fn is_one_of(names: &[&str], text: &str) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(text))
}

fn without_zone(text: &str) -> Option<&str> {
    let (rest, zone) = text.split_at_checked(text.len().checked_sub(4)?)?;
    zone.eq_ignore_ascii_case(" GMT").then_some(rest)
}

fn month(text: &str) -> Option<usize> {
    MONTHS.iter().position(|name| name.eq_ignore_ascii_case(text))
}

/// Returns the year in UTC, which decides the century of a two-digit year. An error of a few years
/// does not matter in the far future, so the result is limited to years that a date can name.
fn year_of(now: Timestamp) -> i64 {
    /// The longest span after 1970 that is converted, in years.
    const YEARS_MAX: i64 = 8_000;
    let days = i64::try_from(now.as_millis() / MS_PER_DAY as u64).unwrap_or(i64::MAX);
    // 400 years of the Gregorian calendar have 146,097 days.
    let guess = 1970 + (days.min(YEARS_MAX * 365) * 400) / 146_097;
    if days_since_epoch(guess + 1, 0, 1) <= days {
        guess + 1
    } else if days_since_epoch(guess, 0, 1) > days {
        guess - 1
    } else {
        guess
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    #[track_caller]
    fn check(text: &str, seconds: u64) {
        assert_eq!(parse(text, NOW), Some(Timestamp::from_millis(seconds * 1000)), "{text}");
    }

    #[test]
    fn dates_are_exact_to_the_second() {
        check("Thu, 01 Jan 1970 00:00:00 GMT", 0);
        check("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799);
        check("Mon, 23 Nov 2026 08:00:00 GMT", 1_795_420_800);
        check("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799);
        check("Sun Nov 16 08:49:37 1994", 784_975_777);
    }

    #[test]
    fn a_leap_second_is_the_second_after_and_before_1970_is_1970() {
        check("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800);
        check("Wed, 31 Dec 1969 23:59:59 GMT", 0);
        check("Sat, 01 Jan 0000 00:00:00 GMT", 0);
    }

    #[test]
    fn a_year_of_two_digits_is_at_most_fifty_years_ahead() {
        check("Friday, 01-Jan-27 00:00:00 GMT", 1_798_761_600);
        check("Wednesday, 01-Jan-76 00:00:00 GMT", 3_345_062_400);
        check("Saturday, 01-Jan-77 00:00:00 GMT", 220_924_800);
        let century = Timestamp::from_millis(4_086_000_000_000);
        let date = parse("Saturday, 01-Jan-05 00:00:00 GMT", century);
        assert_eq!(date, Some(Timestamp::from_millis(4_260_211_200_000)));
        assert!(parse("Saturday, 01-Jan-05 00:00:00 GMT", Timestamp::MAX).is_some());
    }

    #[test]
    fn the_year_begins_with_its_first_day() {
        for year in 1970..2400 {
            let first = days_since_epoch(year, 0, 1) * MS_PER_DAY;
            assert_eq!(year_of(Timestamp::from_millis(first as u64)), year);
            let last = days_since_epoch(year, 11, 31) * MS_PER_DAY;
            assert_eq!(year_of(Timestamp::from_millis(last as u64)), year);
        }
    }

    #[test]
    fn case_means_nothing() {
        let same = Some(Timestamp::from_millis(784_111_777_000));
        for text in ["sun, 06 NOV 1994 08:49:37 gmt", "SUNDAY, 06-nov-94 08:49:37 Gmt"] {
            assert_eq!(parse(text, NOW), same, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Sun",
            "Sun,",
            "Sun, ",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 29 Feb 1900 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sunday,06-Nov-94 08:49:37 GMT",
            "Sun Nov 06 08:49:37 1994 GMT",
            "Sun Nov  6 08:49:37 94",
            "Sun Nov   6 08:49:37 1994",
            "Sün, 06 Nov 1994 08:49:37 GMT",
            "784111777",
        ] {
            assert_eq!(parse(text, NOW), None, "{text}");
        }
    }
}
