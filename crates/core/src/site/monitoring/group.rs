//! Checks that are stored together.
//!
//! A row that is written costs the same whatever its size, so what a batch of observations changes
//! stands in one row, and the observations themselves in another: with [`GROUP_MAX`] checks in a
//! group, a site of a thousand writes 84 rows in a minute instead of two thousand.

use core::fmt;

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::counts::hour_of;
use super::watched::WatchedCheck;
use crate::base::json;
use crate::base::time::Timestamp;

/// Checks of a group: 24. A prober has six connections at a time
/// (developers.cloudflare.com/workers/platform/limits), so a group whose checks all time out is
/// through after four time-outs.
pub const GROUP_MAX: usize = 24;
/// The version that is written. Others are refused.
const VERSION: u32 = 1;

/// Checks that are stored together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CheckGroup {
    /// The hour that the counts are of.
    pub(super) hour: Timestamp,
    /// At most [`GROUP_MAX`], in the order of the site file.
    pub(super) checks: Vec<WatchedCheck>,
    /// Whether it differs from what is stored.
    #[serde(skip)]
    pub(super) has_changed: bool,
}

/// A group at rest.
#[derive(Serialize, Deserialize)]
struct StoredGroup<G> {
    version: u32,
    group: G,
}

/// The version alone: what a newer one wrote may have another shape.
#[derive(Deserialize)]
struct GroupVersion {
    version: u32,
}

impl CheckGroup {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { hour: hour_of(now), checks: Vec::new(), has_changed: true }
    }

    pub(super) fn to_stored(&self) -> String {
        let stored = StoredGroup { version: VERSION, group: self };
        // Only maps with keys that are no texts, and a writer that fails, make errors.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    pub(super) fn from_stored(text: &str) -> Result<Self, StoredGroupError> {
        let invalid = |error: serde_json::Error| StoredGroupError::Invalid(error.to_string());
        let GroupVersion { version } = json::read(text).map_err(invalid)?;
        if version != VERSION {
            return Err(StoredGroupError::Version(version));
        }
        let stored: StoredGroup<Self> = json::read(text).map_err(invalid)?;
        Ok(stored.group)
    }
}

/// A stored group of checks that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredGroupError {
    /// Another version than this one wrote it.
    Version(u32),
    /// It is not a stored group.
    Invalid(String),
}

impl fmt::Display for StoredGroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => {
                write!(f, "the stored checks have version {version}, expected {VERSION}")
            }
            Self::Invalid(error) => write!(f, "these are no stored checks: {error}"),
        }
    }
}

impl core::error::Error for StoredGroupError {}
