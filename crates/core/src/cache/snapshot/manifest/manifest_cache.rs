//! The manifest as an isolate keeps it in memory: which snapshots can be served, and how old the
//! manifest is.

use super::{Manifest, StoredSnapshot};
use crate::base::time::{Millis, Timestamp};
use crate::cache::snapshot::{SnapshotRules, Task, key};

/// How long an isolate goes by the manifest that it has read. A snapshot that was purged is gone
/// from the bucket itself, so an old manifest leads to nothing that it should not.
const MANIFEST_KEPT_FOR: Millis = Millis::from_secs(30);

/// The manifest that an isolate has read last.
#[derive(Clone, Debug, Default)]
pub struct ManifestCache {
    manifest: Option<Manifest>,
    read: Option<Timestamp>,
}

/// A snapshot for a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundSnapshot<'a> {
    /// Its path; [`key::object`] names its object.
    pub path: &'a str,
    /// What the manifest says of it.
    pub held: &'a StoredSnapshot,
}

impl ManifestCache {
    /// Whether the manifest is to be read before it is asked.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.read.is_none_or(|read| read > now || now.since(read) >= MANIFEST_KEPT_FOR)
    }

    /// Takes what was read; nothing if there is no manifest, or none that can be read.
    pub fn put(&mut self, manifest: Option<Manifest>, now: Timestamp) {
        // What was read before is better than nothing.
        self.manifest = manifest.or(self.manifest.take());
        self.read = Some(now);
    }

    /// The snapshot for what a visitor asks for, if it is young enough to be served. `has` says
    /// which request fields the visitor sends.
    pub fn find(
        &self,
        rules: &SnapshotRules,
        path_and_query: &str,
        has: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Option<FoundSnapshot<'_>> {
        let entry = self.manifest.as_ref()?.entry(&key::spelling(path_and_query)?)?;
        let held = entry.held.as_ref()?;
        let max_age = servable_for(rules, entry.task, &entry.path)?;
        let is_young = now.since(held.checked) <= max_age;
        let is_theirs = !held.vary.iter().any(|field| has(field));
        (is_young && is_theirs).then_some(FoundSnapshot { path: &entry.path, held })
    }
}

/// How old a path's snapshot may be served; `None` if no rule names it any more. What pages need
/// may be as old as any page.
pub fn servable_for(rules: &SnapshotRules, task: Task, path: &str) -> Option<Millis> {
    match task {
        Task::Page => rules.of(key::without_query(path)).map(|(_, rule)| rule.max_age),
        Task::Asset(_) => {
            rules.list.iter().filter(|rule| rule.assets).map(|rule| rule.max_age).max()
        }
        Task::Sitemap => None,
    }
}
