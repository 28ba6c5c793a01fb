//! Pages discovered in public traffic, for the keeper: those that rules name, with their
//! validators.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::{SnapshotRules, key};
use crate::base::time::{Millis, Timestamp};

/// Discoveries told at once.
const TOLD_MAX: usize = 50;
/// Tellings that the keeper's object keeps until the manifest has them, so that a page outlives the
/// object's memory: with the sightings of each, as many pages as all rules together may keep.
pub const TOLD_KEPT_MAX: u32 = 200;
/// From one telling of an isolate to the next, at least; up to half as much is added, so that
/// isolates do not tell together.
const TELL_EVERY: Millis = Millis::from_secs(5 * 60);
/// The number of paths that are remembered, so that each is told once while it does not change.
const REMEMBERED_MAX: usize = 1_000;
/// The longest validator that is told, in bytes.
const ETAG_MAX: usize = 256;
/// What is told in place of a validator where the page was withdrawn. No validator is written so:
/// they stand in quotes (RFC 9110 §8.8.3).
const WITHDRAWN: &str = "withdrawn";

/// A public page that a visitor got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(String, Option<String>)", from = "(String, Option<String>)")]
pub struct Discovered {
    /// Its path, without query.
    pub path: String,
    /// Its validator.
    pub etag: Option<String>,
}

impl Discovered {
    /// Whether the upstream says that there is nothing any more.
    pub fn is_withdrawn(&self) -> bool {
        self.etag.as_deref() == Some(WITHDRAWN)
    }
}

impl From<Discovered> for (String, Option<String>) {
    fn from(Discovered { path, etag }: Discovered) -> Self {
        (path, etag)
    }
}

impl From<(String, Option<String>)> for Discovered {
    fn from((path, etag): (String, Option<String>)) -> Self {
        Self { path, etag }
    }
}

/// The pages that one isolate has discovered.
#[derive(Clone, Debug, Default)]
pub struct Discoveries {
    /// Validators as they were told, by path.
    told: BTreeMap<String, Option<String>>,
    untold: BTreeMap<String, Option<String>>,
    next: Option<Timestamp>,
}

impl Discoveries {
    /// Takes note of an answer that everybody may see: 200, to a request without cookie, token and
    /// query, and neither private nor with a cookie of its own.
    pub fn note(&mut self, rules: &SnapshotRules, path_and_query: &str, etag: Option<&str>) {
        if path_and_query.contains('?') {
            return;
        }
        let Some(path) = key::spelling(path_and_query) else { return };
        let etag = etag.filter(|etag| etag.len() <= ETAG_MAX).map(String::from);
        if rules.of(&path).is_none() || self.told.get(&path) == Some(&etag) {
            return;
        }
        if self.untold.len() < TOLD_MAX || self.untold.contains_key(&path) {
            self.untold.insert(path, etag);
        }
    }

    /// Takes note that the upstream says of a page whose copies were withdrawn that there is
    /// nothing.
    pub fn note_withdrawn(&mut self, rules: &SnapshotRules, path_and_query: &str) {
        self.note(rules, path_and_query, Some(WITHDRAWN));
    }

    /// What is to be told now, if anything; it is then taken as told. `random` is uniform over all
    /// of `u32`.
    pub fn poll(&mut self, random: u32, now: Timestamp) -> Option<Vec<Discovered>> {
        // A time that is further off was told before the clock was set back.
        let longest = Millis::new(2 * TELL_EVERY.get());
        let is_early = self.next.is_some_and(|next| now < next && next.since(now) <= longest);
        if self.untold.is_empty() || is_early {
            return None;
        }
        let jitter = (TELL_EVERY.get() / 2 * u64::from(random)) >> 32;
        self.next = Some(now + TELL_EVERY + Millis::new(jitter));
        if self.told.len() + self.untold.len() > REMEMBERED_MAX {
            self.told.clear();
        }
        let untold = core::mem::take(&mut self.untold);
        self.told.extend(untold.iter().map(|(path, etag)| (path.clone(), etag.clone())));
        Some(untold.into_iter().map(|(path, etag)| Discovered { path, etag }).collect())
    }
}
