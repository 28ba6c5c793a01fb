//! What operators do to incidents, once it is understood.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{ComponentImpact, IncidentState};
use crate::base::time::Timestamp;
use crate::watch::severity::Severity;

/// The longest title, in characters: one line of an alert.
pub const INCIDENT_TITLE_MAX: usize = 120;
/// The longest text that an operator writes at once, in characters: two pages.
pub const INCIDENT_TEXT_MAX: usize = 5_000;
/// What people write and order in the timeline of one incident: entries. They are never dropped, so
/// that a script that runs wild has to be refused.
pub const PEOPLE_MAX: u32 = 100;
/// What people write about one incident, in bytes: 512 KiB. An incident then fits into a row of the
/// object's database, which takes 2 MB.
pub const WORDS_MAX: usize = 512 * 1024;
/// The earliest time that an incident may have: 2020-01-01T00:00:00Z. What seems to be older is a
/// number in seconds that was taken for one in milliseconds.
pub const EARLIEST: Timestamp = Timestamp::from_millis(1_577_836_800_000);

/// An incident that an operator opens by hand. With `resolved_at` it is over already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentOpening {
    /// One line of at most [`INCIDENT_TITLE_MAX`] characters.
    pub title: String,
    /// How much it matters.
    pub severity: Severity,
    /// What it means for which components.
    pub components: Vec<ComponentImpact>,
    /// What people are told first, in at most [`INCIDENT_TEXT_MAX`] characters.
    pub text: String,
    /// When the trouble began; now, by default.
    pub since: Option<Timestamp>,
    /// When it ended, not before it began.
    pub resolved_at: Option<Timestamp>,
    /// Whether people are told.
    pub notify: bool,
}

/// What an operator does to an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentChange {
    /// Tells what is new.
    Update {
        /// How far people are, one of [`IncidentState::OPEN`]; as before, by default.
        state: Option<IncidentState>,
        /// How much it matters; as before, by default.
        severity: Option<Severity>,
        /// One line; as before, by default.
        title: Option<String>,
        /// What is new.
        text: String,
        /// What it means for these components. The others stay as they are.
        components: Vec<ComponentImpact>,
        /// When it was so; now, by default.
        at: Option<Timestamp>,
        /// Whether people are told.
        notify: bool,
    },
    /// Replaces the text of an update or a note.
    Edit {
        /// The number of its entry in the timeline.
        entry: u32,
        /// The new text.
        text: String,
    },
    /// Ends the incident, whatever its checks say.
    Resolve {
        /// What people are told.
        text: Option<String>,
        /// When the trouble ended; now, by default.
        at: Option<Timestamp>,
        /// Whether people are told.
        notify: bool,
    },
    /// Says that the incident is not over.
    Reopen {
        /// What people are told.
        text: String,
        /// Whether people are told.
        notify: bool,
    },
    /// Takes the incident on.
    Acknowledge,
    /// Writes down what was found out, for everyone.
    Postmortem {
        /// The text.
        text: String,
    },
    /// Writes something down for other operators.
    Note {
        /// The text.
        text: String,
    },
}

impl IncidentChange {
    /// What the operator wrote.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Update { text, .. }
            | Self::Edit { text, .. }
            | Self::Reopen { text, .. }
            | Self::Postmortem { text }
            | Self::Note { text } => Some(text),
            Self::Resolve { text, .. } => text.as_deref(),
            Self::Acknowledge => None,
        }
    }
}
