//! The keys `schedule` and `zone` of a heartbeat: when its job runs.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::check::RunTimes;
use super::quiet::zone;
use super::table::{Table, Value};
use super::text::bounded;
use crate::base::zone::TimeZoneRule;
use crate::site::config::{ConfigError, NamedZone};
use crate::watch::check::CronSchedule;

/// The longest expression, in bytes.
const EXPRESSION_MAX: usize = 100;
/// What is allowed.
const EXPECTED: &str = "five fields of cron in quotes, such as `\"0 3 * * 1-5\"`, with numbers, \
                        names, `*`, `,`, `-` and `/`";

/// Reads when a job runs, if the file says so. `own` is the site's time zone.
pub(super) fn schedule(
    table: &Table<'_>,
    own: Option<&NamedZone>,
) -> Result<Option<RunTimes>, ConfigError> {
    let has_schedule = table.optional("schedule", |_| Ok(()))?.is_some();
    let zone = table.optional("zone", |value| {
        if has_schedule {
            zone(value)
        } else {
            Err(value.refused(value.string()?, "`schedule` beside it"))
        }
    })?;
    let zone = zone.or_else(|| own.map(|own| own.rule.clone())).unwrap_or_else(TimeZoneRule::utc);
    table.optional("schedule", |value| expression(value, zone))
}

fn expression(value: &Value<'_>, zone: TimeZoneRule) -> Result<RunTimes, ConfigError> {
    let text = bounded(value, EXPRESSION_MAX)?;
    let refused = || value.refused(text, EXPECTED);
    // Names are letters; the rest of what others call cron is read otherwise by each of them.
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b" *,-/".contains(&b);
    if !text.bytes().all(is_plain) {
        return Err(refused());
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let cron: Cron = parser.parse(text).map_err(|_| refused())?;
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, _, weekday] = fields[..] else { return Err(refused()) };
    let pattern = &cron.pattern;
    let parts =
        [&pattern.minutes, &pattern.hours, &pattern.days, &pattern.months, &pattern.days_of_week];
    if parts.iter().any(|part| part.has_modifiers()) {
        return Err(refused());
    }
    let numbers = parts.map(|part| part.values());
    let [minutes, hours, days, months, weekdays] =
        numbers.map(|it| it.into_iter().fold(0, |set, number| set | 1_u64 << number));
    // Sunday is 0 and 7.
    let weekdays = (weekdays | weekdays >> 7) & 0x7f;
    let begins_with_star = |field: &str| field.starts_with('*');
    let schedule = CronSchedule {
        text: text.to_string(),
        zone,
        minutes,
        // The numbers of these fields are below 32.
        hours: hours as u32,
        days: days as u32,
        months: months as u16,
        weekdays: weekdays as u8,
        is_either_day: !begins_with_star(day) && !begins_with_star(weekday),
        is_by_clock: begins_with_star(minute) || begins_with_star(hour),
    };
    const EXISTS: &str = "a day that exists";
    let (shortest, longest) = schedule.gaps().ok_or_else(|| value.refused(text, EXISTS))?;
    Ok(RunTimes { schedule, shortest, longest })
}
