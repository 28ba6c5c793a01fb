//! Check-ins: Sentry notices when the work of a schedule fails, or does not happen.

use alloc::string::{String, ToString as _};

use serde_json::{Map, Value, json};

use super::event::trace_context;
use super::ids::{EventId, SentryTrace};
use super::item::Reporting;
use super::log_item::seconds;
use crate::base::time::Millis;

/// The longest slug of a monitor, in bytes; Sentry cuts a longer one (relay-monitors,
/// `SLUG_LENGTH`).
pub const SLUG_MAX: usize = 50;
/// The longest crontab or name of a time zone, in bytes.
const SCHEDULE_MAX: usize = 64;

/// Makes the slug of a monitor: lower-case letters, digits, `_` and `-`.
///
/// ```
/// use breakwater_core::telemetry::sentry::monitor_slug;
///
/// assert_eq!(monitor_slug("Heartbeat: nightly_import"), "heartbeat-nightly_import");
/// ```
pub fn monitor_slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().map(|c| c.to_ascii_lowercase()) {
        let is_plain = character.is_ascii_alphanumeric() || character == '_';
        if slug.len() == SLUG_MAX {
            break;
        }
        if is_plain {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// How the work of a schedule goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckInStatus {
    /// It has begun.
    InProgress,
    /// It is done.
    Ok,
    /// It failed.
    Error,
}

impl CheckInStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::InProgress, Self::Ok, Self::Error];

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }
}

/// The unit of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalUnit {
    /// A minute, the shortest that Sentry knows.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
}

impl IntervalUnit {
    /// Returns the unit's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

/// When work is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentrySchedule {
    /// A crontab of five parts, such as `*/5 * * * *`.
    Crontab(String),
    /// Again and again.
    Interval(u64, IntervalUnit),
}

impl SentrySchedule {
    /// Returns the schedule of what is done once in this time: in the largest unit that measures
    /// it, and in minutes, rounded up, if none does.
    pub const fn every(span: Millis) -> Self {
        const MINUTE: u64 = 60_000;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        match span.get() {
            0 => Self::Interval(1, IntervalUnit::Minute),
            ms if ms.is_multiple_of(DAY) => Self::Interval(ms / DAY, IntervalUnit::Day),
            ms if ms.is_multiple_of(HOUR) => Self::Interval(ms / HOUR, IntervalUnit::Hour),
            ms => Self::Interval(ms.div_ceil(MINUTE), IntervalUnit::Minute),
        }
    }

    fn payload(&self, reporting: Reporting<'_>) -> Value {
        match self {
            Self::Crontab(value) => {
                json!({ "type": "crontab", "value": reporting.texts().line(value, SCHEDULE_MAX) })
            }
            Self::Interval(value, unit) => {
                json!({ "type": "interval", "value": value, "unit": unit.as_str() })
            }
        }
    }
}

/// What Sentry shall expect. It travels with each check-in and makes or changes the monitor, so
/// that none is made by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronMonitor {
    /// When work is to be done.
    pub schedule: SentrySchedule,
    /// How many minutes late it may be.
    pub margin_minutes: u64,
    /// How many minutes it may take.
    pub max_runtime_minutes: u64,
    /// How many failures in a row become an issue.
    pub failures: u64,
    /// How many successes in a row end it.
    pub recoveries: u64,
    /// The time zone of a crontab, by its name in the IANA database.
    pub zone: Option<String>,
}

impl CronMonitor {
    /// Returns what Sentry shall expect of a schedule, with a margin that forgives one late run.
    pub const fn of(schedule: SentrySchedule) -> Self {
        Self {
            schedule,
            margin_minutes: 2,
            max_runtime_minutes: 15,
            failures: 2,
            recoveries: 1,
            zone: None,
        }
    }

    fn payload(&self, reporting: Reporting<'_>) -> Value {
        let mut monitor = json!({
            "schedule": self.schedule.payload(reporting),
            "checkin_margin": self.margin_minutes,
            "max_runtime": self.max_runtime_minutes,
            "failure_issue_threshold": self.failures,
            "recovery_threshold": self.recoveries,
        });
        if let Some(zone) = &self.zone {
            monitor["timezone"] = reporting.texts().line(zone, SCHEDULE_MAX).into();
        }
        monitor
    }
}

/// A report that the work of a schedule has begun or ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentryCheckIn {
    /// The id, the same at the beginning and at the end of one work. [`EventId::ZERO`] means the
    /// latest that is in progress.
    pub id: EventId,
    /// The monitor: see [`monitor_slug`].
    pub slug: String,
    /// How it goes.
    pub status: CheckInStatus,
    /// How long it took, once it has ended.
    pub duration: Option<Millis>,
    /// What Sentry shall expect.
    pub monitor: Option<CronMonitor>,
    /// The trace of the work.
    pub trace: Option<SentryTrace>,
}

impl SentryCheckIn {
    pub(super) fn payload(&self, reporting: Reporting<'_>) -> Value {
        let mut check_in = Map::new();
        let mut put = |name: &str, value: Value| {
            check_in.insert(name.into(), value);
        };
        put("check_in_id", self.id.to_string().into());
        put("monitor_slug", monitor_slug(&self.slug).into());
        put("status", self.status.as_str().into());
        if let Some(duration) = self.duration {
            put("duration", seconds(duration.get()));
        }
        if let Some(monitor) = &self.monitor {
            put("monitor_config", monitor.payload(reporting));
        }
        if let Some(trace) = &self.trace {
            put("contexts", json!({ "trace": trace_context(trace) }));
        }
        check_in.extend(reporting.release_and_environment());
        check_in.into()
    }
}
