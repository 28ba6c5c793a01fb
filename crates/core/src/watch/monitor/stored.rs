//! The stored form of a monitor. It outlives deployments, so it carries a version.

use core::fmt;

use alloc::string::{String, ToString as _};

use serde::{Deserialize, Serialize};

use super::Monitor;
use crate::base::json;

/// The version that is written. Others are refused.
const VERSION: u32 = 1;

/// A monitor at rest.
#[derive(Serialize, Deserialize)]
struct StoredMonitor<M> {
    version: u32,
    monitor: M,
}

/// The version alone: what a newer one wrote may have another shape.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

impl Monitor {
    /// The stored form, as JSON.
    pub fn to_stored(&self) -> String {
        let stored = StoredMonitor { version: VERSION, monitor: self };
        // Only maps with keys that are no texts, and a writer that fails, make errors.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Reads what [`to_stored`](Self::to_stored) wrote.
    ///
    /// # Errors
    /// [`StoredMonitorError`] if the text is not that, or another version wrote it.
    pub fn from_stored(text: &str) -> Result<Self, StoredMonitorError> {
        let invalid = |error: serde_json::Error| StoredMonitorError::Invalid(error.to_string());
        let VersionOnly { version } = json::read(text).map_err(invalid)?;
        if version != VERSION {
            return Err(StoredMonitorError::Version(version));
        }
        let stored: StoredMonitor<Self> = json::read(text).map_err(invalid)?;
        Ok(stored.monitor)
    }
}

/// A stored monitor that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredMonitorError {
    /// Another version than this one wrote it.
    Version(u32),
    /// It is not a stored monitor.
    Invalid(String),
}

impl fmt::Display for StoredMonitorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => {
                write!(f, "the stored monitor has version {version}, expected {VERSION}")
            }
            Self::Invalid(error) => write!(f, "this is not a stored monitor: {error}"),
        }
    }
}

impl core::error::Error for StoredMonitorError {}
