//! What has to go well, and how often.

use core::fmt;

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{BurnAlert, ObjectiveCounts, ObjectiveTarget};
use crate::base::time::Millis;
use crate::watch::monitor::CheckResult;
use crate::watch::severity::Severity;

/// Objectives of one site. What is stored of them fits into two rows of an object's database, which
/// takes 2 MB each.
pub const OBJECTIVES_MAX: usize = 20;
/// The window of the budget if the file does not say: 30 days.
pub const OBJECTIVE_WINDOW_DEFAULT: Millis = Millis::from_secs(30 * 24 * 3600);
/// The shortest window of a budget: an hour. A page tells of a loss within an hour.
pub const OBJECTIVE_WINDOW_MIN: Millis = Millis::from_secs(3600);
/// The longest window of a budget: 90 days. A quarter is the longest span for which people plan.
pub const OBJECTIVE_WINDOW_MAX: Millis = Millis::from_secs(90 * 24 * 3600);
/// The events that a short window needs if the file does not say: 30. Of fewer, one bad event
/// would be a loss that matters.
pub const MINIMUM_DEFAULT: u32 = 30;
/// The most events that a file may demand of a short window: a million.
pub const MINIMUM_MAX: u32 = 1_000_000;

/// An objective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// `[a-z][a-z0-9_-]{0,31}`; no other objective has it.
    pub name: String,
    /// What it is about.
    pub subject: ObjectiveSubject,
    /// What a good event is.
    pub kind: ObjectiveKind,
    /// The share of events that has to be good.
    pub target: ObjectiveTarget,
    /// The window of its budget.
    pub window: Millis,
    /// The events that a short window needs before a rule may hold.
    pub minimum: u32,
    /// How much its incidents matter, if not as [`BurnAlert::severity`] says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What to do when it is missed, if the file says: a path in the repository, or a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
}

/// What an objective is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveSubject {
    /// What visitors of the route with this pattern got.
    Route(String),
    /// How calls to the upstream of this name ended.
    Upstream(String),
    /// What the check of this name found.
    Check(String),
}

impl fmt::Display for ObjectiveSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route(pattern) => write!(f, "the route `{pattern}`"),
            Self::Upstream(name) => write!(f, "the upstream `{name}`"),
            Self::Check(name) => write!(f, "the check `{name}`"),
        }
    }
}

/// What a good event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveKind {
    /// It did not fail.
    Availability,
    /// It did not fail, and took no longer than this.
    Latency(Millis),
}

impl ObjectiveKind {
    /// How an event counts that took so long. `is_good`: it did not fail.
    pub fn count(self, is_good: bool, took: Millis) -> ObjectiveCounts {
        let is_in_time = match self {
            Self::Availability => true,
            Self::Latency(limit) => took <= limit,
        };
        if is_good && is_in_time { ObjectiveCounts::GOOD } else { ObjectiveCounts::BAD }
    }
}

impl Objective {
    /// How much an incident of this alert matters.
    pub fn severity_of(&self, alert: BurnAlert) -> Severity {
        self.severity.unwrap_or_else(|| alert.severity())
    }

    /// How an observation of its check counts. One that is `degraded` was an answer.
    pub fn count_observation(&self, result: CheckResult, took: Millis) -> ObjectiveCounts {
        self.kind.count(result != CheckResult::Down, took)
    }

    /// The name under which an alert of it is in an incident. No check has a name with a colon.
    pub fn incident_check(&self, alert: BurnAlert) -> String {
        [alert.as_str(), ":", &*self.name].concat()
    }

    /// Whether it is about the check of this name.
    pub fn is_of_check(&self, check: &str) -> bool {
        matches!(&self.subject, ObjectiveSubject::Check(name) if *name == check)
    }

    /// Whether it is about what visitors got or how their calls ended, so that the isolates count
    /// for it.
    pub const fn is_of_traffic(&self) -> bool {
        match self.subject {
            ObjectiveSubject::Route(_) | ObjectiveSubject::Upstream(_) => true,
            ObjectiveSubject::Check(_) => false,
        }
    }
}
