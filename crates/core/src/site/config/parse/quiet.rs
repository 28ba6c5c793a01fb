//! The keys of a channel's `quiet`.

use super::channel::severities;
use super::table::Value;
use crate::base::zone::TimeZoneRule;
use crate::site::config::ConfigError;
use crate::watch::alert::{MinuteOfDay, QuietHours};
use crate::watch::severity::Severity;

pub(super) const QUIET_KEYS: &[&str] = &["from", "to", "zone", "severities"];
/// What waits for the morning, if the file does not set `severities`.
const SEVERITIES_DEFAULT: [Severity; 2] = [Severity::P2, Severity::P3];

pub(super) fn quiet(value: &Value<'_>) -> Result<QuietHours, ConfigError> {
    let table = value.table(QUIET_KEYS)?;
    let from = table.required("from", minute_of_day)?;
    let to = table.required("to", |value| {
        let to = minute_of_day(value)?;
        if to == from {
            return Err(value.refused(value.string()?, "another time than `from`"));
        }
        Ok(to)
    })?;
    Ok(QuietHours {
        from,
        to,
        zone: table.required("zone", zone)?,
        severities: table
            .optional("severities", severities)?
            .unwrap_or_else(|| SEVERITIES_DEFAULT.into()),
    })
}

fn minute_of_day(value: &Value<'_>) -> Result<MinuteOfDay, ConfigError> {
    const EXPECTED: &str = "a time of the day in quotes, such as `\"07:00\"`";
    let text = value.text(EXPECTED)?;
    MinuteOfDay::parse(text).ok_or_else(|| value.refused(text, EXPECTED))
}

/// Reads the name of a time zone, or its rule.
pub(super) fn zone(value: &Value<'_>) -> Result<TimeZoneRule, ConfigError> {
    let text = value.string()?;
    TimeZoneRule::named(text).map_err(|error| value.refused(text, error.expected()))
}
