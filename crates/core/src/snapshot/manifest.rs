//! The manifest: what is kept, how good it is, and what the keeper knows about each path.
//!
//! It is the keeper's stored form and what isolates read, one object in the bucket.

mod hash;
mod shelf;

use core::fmt;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub use self::hash::Hash;
pub use self::shelf::{Found, Shelf, servable_for};
use super::{Task, Why};
use crate::time::Timestamp;

/// Paths whose objects are still to be deleted: all that a purge of everything leaves.
pub(super) const DELETIONS_MAX: usize = 2_000;
const VERSION: u8 = 1;

/// The kept body of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Of the body.
    pub hash: Hash,
    /// Of the fields, so that a changed one is written too.
    pub fields: u64,
    /// Bytes of the body.
    pub size: u64,
    /// `Content-Type`, as it was sent.
    pub content_type: String,
    /// `ETag`: the next refresh asks by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Request fields that the answer varies by; it was made without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vary: Vec<String>,
    /// Whether it is HTML that ends as HTML does.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closes: bool,
    /// When this body was first seen.
    pub made: Timestamp,
    /// When the upstream last said the same.
    pub checked: Timestamp,
    /// When it was last read whole.
    pub read: Timestamp,
}

/// Why the last refreshes were refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The last reason.
    pub why: Why,
    /// When.
    pub at: Timestamp,
    /// How often in a row.
    pub times: u32,
}

/// Who named a path. The later ones weigh more: they keep their place when there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedBy {
    /// A visitor who got a public answer.
    Traffic,
    /// A page that needs it.
    Page,
    /// A sitemap.
    Sitemap,
    /// The site file.
    File,
}

/// A path that is kept, or is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// In its spelling, with its query.
    pub path: String,
    /// What it is for.
    pub task: Task,
    /// Who named it.
    pub named_by: NamedBy,
    /// When it was first named, or there was news of it.
    pub found: Timestamp,
    /// When it was last named.
    pub seen: Timestamp,
    /// The last round that took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Timestamp>,
    /// What is in the bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// Why the last refresh was refused, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// A sitemap that is read again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its path.
    pub path: String,
    /// The last round that took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Timestamp>,
    /// Why it could not be read the last time, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// All that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// When it was written.
    pub written: Timestamp,
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) sources: Vec<Source>,
    /// Paths whose objects are to be deleted.
    pub(super) deletions: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    version: u8,
    written: Timestamp,
    entries: Vec<Entry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sources: Vec<Source>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deletions: Vec<String>,
}

impl Manifest {
    /// Every path, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Every sitemap.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The entry of a path in its spelling.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// The written form.
    pub fn to_text(&self) -> String {
        let wire = Wire {
            version: VERSION,
            written: self.written,
            entries: self.entries.values().cloned().collect(),
            sources: self.sources.clone(),
            deletions: self.deletions.clone(),
        };
        // Its keys are texts, which is all that could fail.
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Reads the written form.
    ///
    /// # Errors
    /// [`ManifestError`] if it is none, or of another version.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u8,
        }
        let Versioned { version } =
            serde_json::from_str(text).map_err(|_| ManifestError::Unreadable)?;
        if version != VERSION {
            return Err(ManifestError::Version(version));
        }
        let wire: Wire = serde_json::from_str(text).map_err(|_| ManifestError::Unreadable)?;
        let mut deletions = wire.deletions;
        deletions.truncate(DELETIONS_MAX);
        Ok(Self {
            written: wire.written,
            entries: wire.entries.into_iter().map(|entry| (entry.path.clone(), entry)).collect(),
            sources: wire.sources,
            deletions,
        })
    }
}

/// What was read is no manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// It is not the JSON that it should be.
    Unreadable,
    /// Another version of Breakwater wrote it.
    Version(u8),
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("not a manifest of snapshots"),
            Self::Version(found) => {
                write!(f, "a manifest of version {found}, expected {VERSION}")
            }
        }
    }
}

impl core::error::Error for ManifestError {}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
