//! Incidents as strangers read them: what people wrote for them, and what the machine may say.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::watch::incident::{
    ComponentImpact, INCIDENT_TEXT_MAX, IncidentIndicator, IncidentState,
};

/// How many incidents are shown besides those that are open.
pub const INCIDENTS_SHOWN: usize = 100;
/// How many updates of an incident are shown; of more, the first and the latest.
pub const UPDATES_SHOWN: usize = 50;

/// The most of one incident that is shown, in bytes of JSON: 128 KiB. The longest postmortem fits,
/// and two of the longest updates.
pub const INCIDENT_BYTES: usize = 128 * 1024;
/// The most of all incidents together that is shown, in bytes of their JSON: 512 KiB, so that the
/// state can be read at once. Older ones that are over and do not fit are left out; of open ones
/// there is then the beginning of what was said last.
pub const INCIDENTS_BYTES: usize = 512 * 1024;

// A character has six bytes at most, where it is escaped (RFC 8259 §7).
const _: () = assert!(3 * 6 * INCIDENT_TEXT_MAX <= INCIDENT_BYTES);

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicIncident {
    /// Its id, which stands in addresses.
    pub id: String,
    /// Its title if a person wrote one. What the machine opened is called after its components,
    /// in the reader's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How far people are with it.
    pub state: IncidentState,
    /// What it means for the whole site.
    pub impact: IncidentIndicator,
    /// What it means for components, by the name of the component. Only components that the site
    /// publishes are in it.
    pub components: Vec<ComponentImpact>,
    /// When the trouble began.
    pub since: Timestamp,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When anything that is shown of it changed last.
    pub updated_at: Timestamp,
    /// When the trouble ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// The earliest first, at most [`UPDATES_SHOWN`]; there is at least one.
    pub updates: Vec<PublicUpdate>,
    /// What people found out afterwards, as text with line breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postmortem: Option<String>,
}

/// What is told of an incident at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicUpdate {
    /// Its number within the incident, from 1, which never changes.
    pub number: u32,
    /// When it was so.
    pub at: Timestamp,
    /// When its text was changed last, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// How far people were then.
    pub state: IncidentState,
    /// What is told.
    pub text: PublicText,
    /// Whether subscribers are told of it.
    pub notify: bool,
}

/// What an update tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicText {
    /// What a person wrote for everybody.
    Written(String),
    /// The machine found that something does not work. The reader's language has the words.
    Found,
    /// The machine found that it works again.
    Recovered,
    /// A person ended the incident and wrote nothing.
    Closed,
}

impl PublicIncident {
    /// Whether it is not over.
    pub const fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }
}
