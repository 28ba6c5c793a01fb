//! The manifest: the snapshots that exist, and the keeper's knowledge about each path.
//!
//! It is one object in the bucket: the keeper's own stored form, which isolates read too.

mod entries;
mod hash;
mod manifest_cache;
mod wire;

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use self::entries::Entries;
pub use self::hash::Hash;
pub use self::manifest_cache::{FoundSnapshot, ManifestCache, servable_for};
use super::{Task, Why};
use crate::base::json;
use crate::base::time::Timestamp;
use crate::cache::tag_purge::SnapshotTags;

/// Paths whose objects are still to be deleted: all that a purge of everything leaves.
pub(super) const DELETIONS_MAX: usize = 2_000;

/// The kept body of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// Of the body.
    pub hash: Hash,
    /// Of the fields, so that a changed one is written too.
    pub fields: u64,
    /// Bytes of the body.
    pub size: u64,
    /// `Content-Type`, as it was sent.
    pub content_type: String,
    /// `ETag`: the next refresh asks by it.
    pub etag: Option<String>,
    /// Request fields that the answer varies by; it was made without them.
    pub vary: Vec<String>,
    /// Whether it is HTML that ends as HTML does.
    pub closes: bool,
    /// When this body was first seen.
    pub made: Timestamp,
    /// When the upstream last said the same.
    pub checked: Timestamp,
    /// When it was last read whole.
    pub read: Timestamp,
    /// By which it may be purged.
    pub tags: SnapshotTags,
}

/// Why the last refreshes were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The last reason.
    pub why: Why,
    /// When; of a page that is missing, since when.
    pub at: Timestamp,
    /// How often in a row.
    pub times: u32,
}

/// Who named a path. The later ones weigh more: they keep their place when there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl NamedBy {
    /// For operators.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traffic => "traffic",
            Self::Page => "page",
            Self::Sitemap => "sitemap",
            Self::File => "file",
        }
    }
}

/// A path that is kept, or is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub planned: Option<Timestamp>,
    /// What is in the bucket.
    pub held: Option<StoredSnapshot>,
    /// Why the last refresh was refused, if it was.
    pub refused: Option<Refusal>,
    /// Whether something new is known of it, so that it need not wait. Not written.
    pub has_news: bool,
}

/// A sitemap that is read again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitemapSource {
    /// Its path.
    pub path: String,
    /// The last round that took it.
    pub planned: Option<Timestamp>,
    /// Why it could not be read the last time, if so.
    pub refused: Option<Refusal>,
}

/// All that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// When it was written.
    pub written: Timestamp,
    pub(super) entries: Entries,
    pub(super) sources: Vec<SitemapSource>,
    /// Paths whose objects are to be deleted.
    pub(super) deletions: Vec<String>,
}

impl Manifest {
    /// Every path, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Every sitemap.
    pub fn sources(&self) -> &[SitemapSource] {
        &self.sources
    }

    /// The entry of a path in its spelling.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// The written form.
    ///
    /// # Errors
    /// [`NotWritten`] if it cannot be written. What isolates read is then to stay as it is: an
    /// empty manifest would take every snapshot from them.
    pub fn to_text(&self) -> Result<String, NotWritten> {
        serde_json::to_string(&wire::Wire::from(self)).map_err(|_| NotWritten)
    }

    /// Reads the written form.
    ///
    /// # Errors
    /// [`ManifestError`] if it is none, or of another version.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let read: wire::AnyVersion = json::read(text).map_err(|_| ManifestError::Unreadable)?;
        read.try_into()
    }
}

/// A manifest could not be written as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotWritten;

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the manifest of snapshots cannot be written as JSON")
    }
}

impl core::error::Error for NotWritten {}

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
                write!(f, "a manifest of version {found}, expected {}", wire::VERSION)
            }
        }
    }
}

impl core::error::Error for ManifestError {}
