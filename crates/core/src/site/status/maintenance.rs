//! Maintenance as strangers read it: each time of its own, also of what recurs.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};

/// How far ahead maintenance is shown: 60 days.
pub const MAINTENANCE_AHEAD: Millis = Millis::from_secs(60 * 24 * 3600);
/// How many times are shown.
pub const MAINTENANCE_SHOWN: usize = 60;

/// A time of maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicMaintenance {
    /// An id that stays the same until the time is over, `[a-z0-9-]{1,40}`.
    pub id: String,
    /// What visitors are told, if operators said anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
    /// Whether the whole site is closed, or only parts of it.
    pub is_whole_site: bool,
    /// Whether it is one of several times by a rule.
    pub is_recurring: bool,
    /// How often its time was changed since it was announced.
    #[serde(default)]
    pub revision: u32,
    /// When it was ordered, or its time was changed last. Times that the site file has, and those
    /// of a rule, were not announced at any one time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced_at: Option<Timestamp>,
}

/// Where a time of maintenance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaintenancePhase {
    /// It is to come.
    Scheduled,
    /// It holds.
    InProgress,
    /// It is over.
    Completed,
}

impl MaintenancePhase {
    /// The name that Statuspage's API uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
        }
    }
}

impl PublicMaintenance {
    /// Since when it has been public as it is: since it was announced, or came near enough to be
    /// shown.
    pub fn public_since(&self) -> Timestamp {
        self.announced_at.unwrap_or_else(|| self.start.before(MAINTENANCE_AHEAD))
    }

    /// Where it stands at `now`.
    pub fn phase(&self, now: Timestamp) -> MaintenancePhase {
        if now < self.start {
            MaintenancePhase::Scheduled
        } else if now < self.end {
            MaintenancePhase::InProgress
        } else {
            MaintenancePhase::Completed
        }
    }
}
