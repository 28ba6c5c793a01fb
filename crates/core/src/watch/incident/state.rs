//! The small parts of an incident, and what a step changed.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::watch::alert::AlertKind;

/// How far people are with an incident, in Statuspage's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// The cause is being looked for.
    Investigating,
    /// The cause is known.
    Identified,
    /// It was mended, and is being watched.
    Monitoring,
    /// It is over.
    Resolved,
    /// It is over, and what was found out about it is written down.
    Postmortem,
}

impl IncidentState {
    /// The states of an incident that is not over.
    pub const OPEN: [Self; 3] = [Self::Investigating, Self::Identified, Self::Monitoring];

    /// The name that documents and the operators' API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Postmortem => "postmortem",
        }
    }
}

/// What opened an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentOrigin {
    /// The monitor of a check.
    Machine,
    /// A person.
    Operator,
}

/// A check as part of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentCheck {
    /// Its name.
    pub name: String,
    /// Whether it fails.
    pub is_failing: bool,
    /// When its trouble began.
    pub since: Timestamp,
    /// When its trouble ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}

impl IncidentCheck {
    pub(super) fn failing(name: &str, since: Timestamp) -> Self {
        Self { name: name.into(), is_failing: true, since, resolved_at: None }
    }
}

/// That a person has taken an incident on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What a step changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IncidentStep {
    /// Whether anything is other than before.
    pub is_changed: bool,
    /// The time of the incident's end, if the step resolved it.
    pub resolved: Option<Timestamp>,
    /// What people are to be told, if anything.
    pub alert: Option<AlertKind>,
}

impl IncidentStep {
    /// A change of which people are told this.
    pub(super) const fn changed(alert: Option<AlertKind>) -> Self {
        Self { is_changed: true, resolved: None, alert }
    }
}
