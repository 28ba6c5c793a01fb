//! Reads rules as POSIX writes them. For the host alone.

use jiff_core::civil::Weekday;
use jiff_core::tz::posix::{Day, DayTime, TimeZone};

use super::{Changeover, ChangeoverDay, SummerTime, TimeZoneRule, ZONE_TEXT_MAX, ZoneError};

impl TimeZoneRule {
    /// Reads a rule, such as `CET-1CEST,M3.5.0,M10.5.0/3`, or `UTC0`.
    ///
    /// ```
    /// use breakwater_core::base::zone::TimeZoneRule;
    ///
    /// let berlin = TimeZoneRule::parse("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    /// // 2026-03-29 02:30 is skipped, and means 03:30.
    /// assert_eq!(berlin.local_to_utc(1_774_751_400), berlin.local_to_utc(1_774_755_000));
    /// ```
    ///
    /// # Errors
    /// Returns [`ZoneError::Rule`] if the text is not one. A summer time of which the text does not
    /// say when it holds (`EST5EDT`) is refused.
    pub fn parse(text: &str) -> Result<Self, ZoneError> {
        if text.len() > ZONE_TEXT_MAX {
            return Err(ZoneError::Rule);
        }
        let rule = TimeZone::parse(text).map_err(|_| ZoneError::Rule)?;
        let summer = rule.dst.map(|summer| SummerTime {
            offset: summer.offset.seconds().into(),
            begins: changeover(summer.rule.start),
            ends: changeover(summer.rule.end),
        });
        Ok(Self { text: text.into(), standard: rule.std_offset.seconds().into(), summer })
    }
}

fn changeover(DayTime { date, time }: DayTime) -> Changeover {
    let day = match date {
        Day::JulianOne(day) => ChangeoverDay::CommonYear(day.into()),
        Day::JulianZero(day) => ChangeoverDay::AnyYear(day.into()),
        Day::WeekdayOfMonth { month, week, weekday } => ChangeoverDay::Weekday {
            month: month.into(),
            week: week.into(),
            weekday: from_sunday(weekday),
        },
    };
    Changeover { day, time: time.second.into() }
}

/// The number of a weekday, from 0 for Sunday.
fn from_sunday(weekday: Weekday) -> i64 {
    weekday.to_sunday_zero_offset().into()
}
