//! What people are told.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::stored::{OnceUnversioned, StoredForm};
use crate::base::time::Timestamp;
use crate::watch::severity::Severity;

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// An incident was opened.
    Opened,
    /// There is news of an incident, or it still lasts.
    Updated,
    /// An incident is over.
    Resolved,
    /// Nothing has happened: an operator tries a channel.
    Test,
}

impl AlertKind {
    /// The `type` that a webhook has.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "incident.opened",
            Self::Updated => "incident.updated",
            Self::Resolved => "incident.resolved",
            Self::Test => "test",
        }
    }
}

/// What people are told. It is stored until it has arrived everywhere, and it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What it is about.
    pub kind: AlertKind,
    /// When it was made.
    pub at: Timestamp,
    /// The incident, as it was then.
    pub incident: AlertedIncident,
}

impl StoredForm for Alert {
    const VERSION: u32 = 1;
    const NAME: &'static str = "alert";
    const NOUN: &'static str = "message";
}

impl OnceUnversioned for Alert {}

/// An incident, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertedIncident {
    /// Its id.
    pub id: String,
    /// One line.
    pub title: String,
    /// How much it matters.
    pub severity: Severity,
    /// `investigating`, `identified`, `monitoring`, `resolved` or `postmortem`.
    pub state: String,
    /// When the trouble began.
    pub since: Timestamp,
    /// When it ended.
    pub resolved_at: Option<Timestamp>,
    /// The names of its checks.
    pub checks: Vec<String>,
    /// What is known of it: sentences, without markup.
    pub summary: String,
    /// Where it is shown.
    pub url: String,
    /// What to do: a URL, or a path in the repository.
    pub runbook: Option<String>,
    /// Whether an operator has taken it on.
    pub is_acknowledged: bool,
}
