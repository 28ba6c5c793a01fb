//! Time zones, as the yearly rule that holds in them now.
//!
//! A rule is written as POSIX writes it (`TZ`, with the hours of RFC 9636 §3.3.1), such as
//! `CET-1CEST,M3.5.0,M10.5.0/3`. The site file names a place, such as `Europe/Berlin`; its rule is
//! looked up where the file is parsed, so that the Worker holds no database of zones.

#[cfg(feature = "toml")]
mod database;

use core::fmt;

use alloc::string::String;
use jiff_core::Timestamp as Instant;
use jiff_core::tz::Offset;
use jiff_core::tz::posix::TimeZone;
use serde::{Deserialize, Serialize};

/// The longest text of a rule, in bytes. The database's longest has 34.
pub const ZONE_TEXT_MAX: usize = 64;

/// The rule of a time zone. Its stored form is its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZoneRule {
    text: String,
    rule: TimeZone,
}

impl TimeZoneRule {
    /// Reads a rule, such as `CET-1CEST,M3.5.0,M10.5.0/3`, or `UTC0`.
    ///
    /// # Errors
    /// Returns [`ZoneError::Rule`] if the text is not one. A summer time of which the text does not
    /// say when it holds (`EST5EDT`) is refused.
    pub fn parse(text: &str) -> Result<Self, ZoneError> {
        if text.len() > ZONE_TEXT_MAX {
            return Err(ZoneError::Rule);
        }
        let rule = TimeZone::parse(text).map_err(|_| ZoneError::Rule)?;
        Ok(Self { text: text.into(), rule })
    }

    /// Returns the rule's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns how many seconds the zone's clocks are ahead of UTC at a time, in seconds since 1970.
    pub fn offset_at(&self, utc_seconds: i64) -> i32 {
        let offset = match Instant::from_second(utc_seconds) {
            Ok(at) => self.rule.to_offset(at),
            // The year has more than four digits.
            Err(_) => self.rule.std_offset,
        };
        offset.seconds()
    }

    /// Returns what the zone's clocks show, in seconds since they showed the beginning of 1970.
    pub fn utc_to_local(&self, utc_seconds: i64) -> i64 {
        utc_seconds.saturating_add(i64::from(self.offset_at(utc_seconds)))
    }

    /// Returns the time, in seconds since 1970, at which the zone's clocks show `local_seconds`.
    ///
    /// A time that the clocks show twice is the first of both. One that they skip is read by the
    /// offset before the gap, and is therefore as long after the gap's beginning as it says (RFC
    /// 5545 §3.3.5).
    ///
    /// ```
    /// use breakwater_core::base::zone::TimeZoneRule;
    ///
    /// let berlin = TimeZoneRule::parse("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    /// // 2026-03-29 02:30 is skipped, and means 03:30.
    /// assert_eq!(berlin.local_to_utc(1_774_751_400), berlin.local_to_utc(1_774_755_000));
    /// ```
    pub fn local_to_utc(&self, local_seconds: i64) -> i64 {
        let local = Instant::from_second(local_seconds).map(|at| at.to_datetime(Offset::UTC));
        let found = local.and_then(|local| self.rule.to_ambiguous_timestamp(local).compatible());
        match found {
            Ok(at) => at.as_second(),
            Err(_) => local_seconds.saturating_sub(i64::from(self.rule.std_offset.seconds())),
        }
    }
}

impl TryFrom<String> for TimeZoneRule {
    type Error = ZoneError;

    fn try_from(text: String) -> Result<Self, ZoneError> {
        Self::parse(&text)
    }
}

impl From<TimeZoneRule> for String {
    fn from(zone: TimeZoneRule) -> Self {
        zone.text
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
