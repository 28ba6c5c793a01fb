//! The stored form of an incident. It outlives deployments, so it carries a version.

use core::fmt;

use alloc::string::{String, ToString as _};

use serde::{Deserialize, Serialize};

use super::Incident;
use crate::base::json;

/// The version that is written. Others are refused.
const VERSION: u32 = 1;

/// An incident at rest.
#[derive(Serialize, Deserialize)]
struct StoredIncident<I> {
    version: u32,
    incident: I,
}

/// The version alone: what a newer one wrote may have another shape.
#[derive(Deserialize)]
struct IncidentVersion {
    version: u32,
}

impl Incident {
    /// The stored form, as JSON.
    pub fn to_stored(&self) -> String {
        let stored = StoredIncident { version: VERSION, incident: self };
        // Only maps with keys that are no texts, and a writer that fails, make errors.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Reads what [`to_stored`](Self::to_stored) wrote.
    ///
    /// # Errors
    /// [`StoredIncidentError`] if the text is not that, or another version wrote it.
    pub fn from_stored(text: &str) -> Result<Self, StoredIncidentError> {
        let invalid = |error: serde_json::Error| StoredIncidentError::Invalid(error.to_string());
        let IncidentVersion { version } = json::read(text).map_err(invalid)?;
        if version != VERSION {
            return Err(StoredIncidentError::Version(version));
        }
        let stored: StoredIncident<Self> = json::read(text).map_err(invalid)?;
        Ok(stored.incident)
    }
}

/// A stored incident that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredIncidentError {
    /// Another version than this one wrote it.
    Version(u32),
    /// It is not a stored incident.
    Invalid(String),
}

impl fmt::Display for StoredIncidentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => {
                write!(f, "the stored incident has version {version}, expected {VERSION}")
            }
            Self::Invalid(error) => write!(f, "this is not a stored incident: {error}"),
        }
    }
}

impl core::error::Error for StoredIncidentError {}
