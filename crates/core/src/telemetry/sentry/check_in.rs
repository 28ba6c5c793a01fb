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

    /// Returns the status of work that has ended.
    pub const fn of_end(is_done: bool) -> Self {
        if is_done { Self::Ok } else { Self::Error }
    }

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

/// When work is to be done: again after a number of units. Sentry knows crontabs too, which say
/// nothing more of a round each minute, and need a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentrySchedule {
    /// The number of units.
    pub count: u64,
    /// The unit.
    pub unit: IntervalUnit,
}

impl SentrySchedule {
    /// Returns the schedule of what is done once in this time: in the largest unit that measures
    /// it, and in minutes, rounded up, if none does.
    pub const fn every(span: Millis) -> Self {
        const MINUTE: u64 = 60_000;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        let (count, unit) = match span.get() {
            0 => (1, IntervalUnit::Minute),
            ms if ms.is_multiple_of(DAY) => (ms / DAY, IntervalUnit::Day),
            ms if ms.is_multiple_of(HOUR) => (ms / HOUR, IntervalUnit::Hour),
            ms => (ms.div_ceil(MINUTE), IntervalUnit::Minute),
        };
        Self { count, unit }
    }

    fn payload(self) -> Value {
        json!({ "type": "interval", "value": self.count, "unit": self.unit.as_str() })
    }
}

/// What Sentry shall expect. It travels with each check-in and makes or changes the monitor, so
/// that none is made by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl CronMonitor {
    fn payload(self) -> Value {
        json!({
            "schedule": self.schedule.payload(),
            "checkin_margin": self.margin_minutes,
            "max_runtime": self.max_runtime_minutes,
            "failure_issue_threshold": self.failures,
            "recovery_threshold": self.recoveries,
        })
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
            put("monitor_config", monitor.payload());
        }
        if let Some(trace) = &self.trace {
            put("contexts", json!({ "trace": trace_context(trace) }));
        }
        check_in.extend(reporting.release_and_environment());
        check_in.into()
    }
}
