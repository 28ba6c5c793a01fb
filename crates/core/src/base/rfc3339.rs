//! Times in the format that people and machines share: `2026-12-24T20:00:00Z` (RFC 3339).

use core::fmt;

use crate::base::calendar::{Date, digits};
use crate::base::time::Timestamp;

/// Reads a time such as `2026-12-24T20:00:00Z` or `2026-12-24 21:00:00.5+01:00`. `T` and `Z` may be
/// in lower case, a space may replace `T`, and a fraction is cut to milliseconds. A leap second
/// counts as the second after it, and a time before 1970 as the start of 1970. The offset is
/// required (RFC 3339 §5.6): without it, the text does not name a point in time.
///
/// ```
/// use breakwater_core::base::rfc3339::parse;
///
/// assert_eq!(parse("2026-11-24T08:00:00Z"), parse("2026-11-24T09:00:00+01:00"));
/// assert_eq!(parse("2026-11-24T08:00:00"), None);
/// ```
pub fn parse(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
    let (fraction, offset) = fraction(rest)?;
    let date =
        Date { ms: time_of_day(time)? + fraction - minutes_ahead(offset)? * 60_000, ..day(date)? };
    date.timestamp()
}

/// Reads `2026-11-24` as midnight of that day.
fn day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    let is_date = parts.next().is_none() && (1..=12).contains(&month);
    is_date.then(|| Date { year, month: month as usize - 1, day, ms: 0 })
}

/// Reads `08:49:37` and returns milliseconds.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = digits(parts.next()?, 2)?;
    let is_time = parts.next().is_none() && hour <= 23 && minute <= 59 && second <= 60;
    is_time.then_some(((hour * 60 + minute) * 60 + second) * 1000)
}

/// Returns the milliseconds of a fraction such as `.123`, or 0 if there is none, and the rest of
/// the text.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (written, rest) = rest.split_at(end);
    let digit = |place| written.as_bytes().get(place).map_or(0, |digit| i64::from(digit - b'0'));
    (!written.is_empty()).then(|| (digit(0) * 100 + digit(1) * 10 + digit(2), rest))
}

/// Reads an offset such as `Z` or `+01:00` and returns how many minutes local time is ahead of UTC.
fn minutes_ahead(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

/// A time in UTC, written to the second for people: `2026-12-24T20:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown(pub Timestamp);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, day, ms } = Date::of(self.0);
        let seconds = ms / 1000;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1)
    }
}

/// A time in UTC, written to the millisecond for machines.
///
/// ```
/// use breakwater_core::base::rfc3339::Rfc3339;
/// use breakwater_core::base::time::Timestamp;
///
/// let shown = Rfc3339(Timestamp::from_millis(784_111_777_042)).to_string();
/// assert_eq!(shown, "1994-11-06T08:49:37.042Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc3339(pub Timestamp);

/// The latest time that is written, 9999-12-31T23:59:59.999Z, since a year has four digits (RFC
/// 3339 §5.6). Any later time is written as this one.
pub(crate) const LAST: Timestamp = Timestamp::from_millis(253_402_300_799_999);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.0.min(LAST);
        let Date { year, month, day, ms } = Date::of(at);
        let (seconds, ms) = (ms / 1000, ms % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let month = month + 1;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

impl serde::Serialize for Rfc3339 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[track_caller]
    fn check(text: &str, ms: u64) {
        assert_eq!(parse(text), Some(Timestamp::from_millis(ms)), "{text}");
    }

    #[test]
    fn times_are_exact_to_the_millisecond() {
        check("1970-01-01T00:00:00Z", 0);
        check("2000-02-29T23:59:59Z", 951_868_799_000);
        check("2026-11-23t08:00:00z", 1_795_420_800_000);
        check("2026-11-23 08:00:00.1Z", 1_795_420_800_100);
        check("2026-11-23 08:00:00.1239999Z", 1_795_420_800_123);
        check("9999-12-31T23:59:59Z", 253_402_300_799_000);
    }

    #[test]
    fn an_offset_is_taken_off() {
        check("2026-11-23T09:00:00+01:00", 1_795_420_800_000);
        check("2026-11-22T22:30:00-09:30", 1_795_420_800_000);
        check("2026-11-23T08:00:00-00:00", 1_795_420_800_000);
        check("1970-01-01T00:00:00+05:00", 0);
    }

    #[test]
    fn a_leap_second_is_the_second_after_and_before_1970_is_1970() {
        check("2016-12-31T23:59:60Z", 1_483_228_800_000);
        check("1969-12-31T23:59:59Z", 0);
        check("0000-01-01T00:00:00Z", 0);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T08:00:00",
            "2026-11-23T08:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T08:60:00Z",
            "2026-11-23T08:00:61Z",
            "2026-11-23T08:00:00.Z",
            "2026-11-23T08:00:00.1",
            "2026-11-23T08:00:00+0100",
            "2026-11-23T08:00:00+24:00",
            "2026-11-23T08:00:00*01:00",
            "2026-11-23T08:00:00Z ",
            "2026-11-23_08:00:00Z",
            "2026-02-29T08:00:00Z",
            "2026-00-23T08:00:00Z",
            "2026-13-23T08:00:00Z",
            "2026-11-00T08:00:00Z",
            "2026-1-123T08:00:00Z",
            "26-11-23T08:00:00Z",
            "+026-11-23T08:00:00Z",
            "2026-11-2éT08:00:00Z",
            "20261123T080000Z",
            "1795420800",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_reads_back_as_it_is_shown() {
        for text in ["1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "2026-12-24T20:00:01Z"] {
            assert_eq!(Shown(parse(text).unwrap()).to_string(), text);
        }
    }

    #[test]
    fn machines_read_it_to_the_millisecond_and_a_year_has_four_digits() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (1_795_420_800_001, "2026-11-23T08:00:00.001Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (u64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Rfc3339(Timestamp::from_millis(ms)).to_string(), text);
        }
    }
}
