//! What operators have ordered that every isolate must know: maintenance and purges.
//!
//! One Durable Object keeps these orders. Isolates read them from their colo's cache, and when the
//! entry there is [`KNOWN_FOR`] old, one isolate of the colo asks the object again. An isolate that
//! is about to serve a copy, and whose own knowledge is older than [`TRUSTED_FOR`], refreshes it
//! first. So a purged copy is out of reach within a minute, even in an isolate that was idle
//! meanwhile.

mod knowledge;
mod lifted;

use core::fmt;

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub use self::knowledge::{
    KEPT_FOR, KNOWN_FOR, Kept, LEARN_WITHIN, Next, SiteStateCache, TRUST_WITHIN, TRUSTED_FOR,
};
use self::lifted::Lifted;
use crate::base::pattern::Pattern;
use crate::base::time::Timestamp;
use crate::cache::purge::Purges;
use crate::cache::tag_purge::{CacheTag, TagPurges};
use crate::watch::maintenance::{Maintenance, Window};

/// Windows that operators have ordered, at once; and of series, which are counted apart, as many.
pub const ORDERED_MAX: usize = 20;
const VERSION: u8 = 1;

/// What holds now, and from when on what is to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct SiteState {
    /// How many orders there were.
    sequence: u64,
    windows: Vec<Window>,
    lifted: Vec<Lifted>,
    purges: Purges,
    tag_purges: TagPurges,
}

impl SiteState {
    /// How many orders there were: of two, the one with more is the newer.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The windows that operators have ordered.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Whether operators have lifted a window of the file.
    pub fn is_lifted(&self, window: &Window) -> bool {
        self.lifted.iter().any(|lifted| lifted.is(window))
    }

    /// The epoch of copies of a path, which is normalised and without query.
    pub fn epoch(&self, normalised_path: &str) -> u64 {
        self.purges.epoch(normalised_path)
    }

    /// Purges what the pattern matches.
    pub fn purge(&mut self, pattern: &Pattern) {
        self.sequence += 1;
        self.purges.add(pattern);
    }

    /// Purges what has one of these tags.
    pub fn purge_tags(&mut self, tags: &[CacheTag]) {
        self.sequence += 1;
        self.tag_purges.add(tags);
    }

    /// The purges by tag.
    pub const fn tag_purges(&self) -> &TagPurges {
        &self.tag_purges
    }

    /// Orders maintenance. A window of the same pattern takes the place of the one before.
    ///
    /// # Errors
    /// [`TooMany`] if there are [`ORDERED_MAX`] of other patterns.
    pub fn order(&mut self, window: Window, now: Timestamp) -> Result<(), TooMany> {
        self.windows.retain(|known| known.end > now && known.pattern != window.pattern);
        if self.windows.len() >= ORDERED_MAX {
            return Err(TooMany);
        }
        self.sequence += 1;
        self.windows.push(window);
        Ok(())
    }

    /// Puts windows in the place of others, unless both are none.
    pub(super) fn replace(&mut self, before: &[Window], after: &[Window]) {
        if before.is_empty() && after.is_empty() {
            return;
        }
        self.sequence += 1;
        self.windows.retain(|window| !before.contains(window));
        self.windows.extend_from_slice(after);
    }

    /// Lifts maintenance, and returns the windows that are lifted: those of the pattern, also
    /// before they begin, or without one, all that hold now.
    pub fn lift(
        &mut self,
        file: &Maintenance,
        pattern: Option<&Pattern>,
        now: Timestamp,
    ) -> Vec<Window> {
        self.sequence += 1;
        let is_meant = |window: &Window| match pattern {
            Some(pattern) => window.pattern == *pattern && window.end > now,
            None => window.holds(now),
        };
        let mut lifted: Vec<Window> = Vec::new();
        for window in &file.windows {
            if is_meant(window) && !self.is_lifted(window) {
                lifted.push(window.clone());
            }
        }
        self.lifted.retain(|known| !known.is_over(now));
        self.lifted.extend(lifted.iter().map(Lifted::of));
        let (meant, others) = core::mem::take(&mut self.windows).into_iter().partition(is_meant);
        self.windows = others;
        lifted.extend::<Vec<Window>>(meant);
        lifted
    }
}

/// There is no room for another window or series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ORDERED_MAX} of them are ordered already, expected one to be lifted first")
    }
}

impl core::error::Error for TooMany {}

/// Version, sequence, windows, lifted, purges; and purges by tag once there were any.
#[derive(Serialize, Deserialize)]
struct Wire(
    u8,
    u64,
    Vec<Window>,
    Vec<Lifted>,
    Purges,
    #[serde(default, skip_serializing_if = "TagPurges::is_empty")] TagPurges,
);

impl From<SiteState> for Wire {
    fn from(state: SiteState) -> Self {
        let SiteState { sequence, windows, lifted, purges, tag_purges } = state;
        Self(VERSION, sequence, windows, lifted, purges, tag_purges)
    }
}

impl TryFrom<Wire> for SiteState {
    type Error = UnknownSiteStateVersion;

    fn try_from(
        Wire(version, sequence, windows, lifted, purges, tag_purges): Wire,
    ) -> Result<Self, UnknownSiteStateVersion> {
        if version != VERSION {
            return Err(UnknownSiteStateVersion(version));
        }
        Ok(Self { sequence, windows, lifted, purges, tag_purges })
    }
}

/// Another version of Breakwater wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSiteStateVersion(u8);

impl fmt::Display for UnknownSiteStateVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "standing orders of version {}, expected {VERSION}", self.0)
    }
}

impl core::error::Error for UnknownSiteStateVersion {}
