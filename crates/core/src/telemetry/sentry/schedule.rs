//! The schedules whose work is reported: what has to happen again and again, and whose absence
//! operators have to learn of.
//!
//! All of them are parts of the round that the platform's cron begins each minute. What alarms of
//! objects do is none: an alarm that was lost is set again by the round, and the round says whether
//! each object could be asked. Sentry's price goes by the number of monitors, so there are few, and
//! none of them is made for a check, a circuit or a dependency.

use serde::{Deserialize, Serialize};

use super::check_in::{CronMonitor, SentrySchedule};
use crate::base::time::Millis;

/// A schedule whose work is reported. Its name in the site file is that of [`Self::as_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportSchedule {
    /// Every circuit's coordinator probes its upstream if that is due, and every dependency's
    /// prober its dependency; each sets an alarm again that was lost.
    Round,
    /// The monitor is told what the round has heard, and sets an alarm again that was lost: checks
    /// are made and alerts are sent by it.
    Monitor,
    /// The site's object fetches the snapshots that are due.
    Snapshots,
    /// The public status is copied to the bucket and to its mirror.
    StatusCopies,
}

impl ReportSchedule {
    /// All of them, which is the largest number of monitors at Sentry.
    pub const ALL: [Self; 4] = [Self::Round, Self::Monitor, Self::Snapshots, Self::StatusCopies];

    /// Returns the name that the site file has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Round => "round",
            Self::Monitor => "monitor",
            Self::Snapshots => "snapshots",
            Self::StatusCopies => "status_copies",
        }
    }

    /// Returns the name of its monitor at Sentry.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Round => "breakwater-round",
            Self::Monitor => "breakwater-monitor",
            Self::Snapshots => "breakwater-snapshots",
            Self::StatusCopies => "breakwater-status-copies",
        }
    }

    /// Returns the schedule of this slug.
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|schedule| schedule.slug() == slug)
    }

    /// How often it checks in. Each check-in is a request of its own, so there is one a minute at
    /// most.
    pub const fn every(self) -> Millis {
        match self {
            Self::Round | Self::Monitor | Self::Snapshots => Millis::from_secs(60),
            Self::StatusCopies => Millis::from_secs(5 * 60),
        }
    }

    /// Returns what Sentry shall expect of it.
    pub const fn monitor(self) -> CronMonitor {
        let (margin_minutes, failures) = match self {
            // One that is late or fails is no reason to wake anyone: each minute brings another.
            Self::Round | Self::Monitor | Self::Snapshots => (2, 3),
            Self::StatusCopies => (2, 2),
        };
        CronMonitor {
            schedule: SentrySchedule::every(self.every()),
            margin_minutes,
            // The platform ends a cron event after so long
            // (developers.cloudflare.com/workers/platform/limits, "Duration").
            max_runtime_minutes: 15,
            failures,
            recoveries: 1,
        }
    }
}
