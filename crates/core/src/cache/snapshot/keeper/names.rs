//! Which paths are kept: those that the file, sitemaps, pages and visitors name, while there is
//! room for them.

use alloc::string::String;

use super::{Keeper, Task, is_public, paths_where};
use crate::base::time::{Millis, Timestamp};
use crate::cache::snapshot::manifest::{Entry, NamedBy, SitemapSource, servable_for};
use crate::cache::snapshot::{Discovered, SnapshotSite, key};

/// How long a path must have gone unnamed, in milliseconds, before it may lose its place to one
/// that is named now. The time is longer than from one whole reading of a page to the next.
const FORGOTTEN_AFTER: Millis = Millis::from_secs(3 * 24 * 3600);
/// How many refusals in a row make the keeper give up a path that was found in traffic.
const GIVEN_UP_AFTER: u32 = 5;

impl Keeper {
    /// Takes what isolates saw in public traffic: paths that rules name, and changed validators.
    /// Queries are not taken from visitors, who could make up any number of them.
    pub fn see(&mut self, site: &impl SnapshotSite, sightings: &[Discovered], now: Timestamp) {
        for sighting in sightings {
            let Some(path) = key::spelling(&sighting.path) else { continue };
            if sighting.is_withdrawn() {
                // The keeper believes no isolate: it asks the upstream itself in the next round.
                if let Some(entry) = self.entry(&path) {
                    entry.has_news |= entry.held.is_some();
                }
                continue;
            }
            let Some(entry) = self.entry(&path) else {
                if !path.contains('?') {
                    self.name(site, Task::Page, &path, NamedBy::Traffic, now);
                }
                continue;
            };
            entry.seen = entry.seen.max(now);
            let kept = entry.held.as_ref().and_then(|held| held.etag.as_ref());
            let is_changed =
                kept.is_some() && sighting.etag.is_some() && kept != sighting.etag.as_ref();
            entry.has_news |= is_changed;
        }
    }

    /// Makes the paths those that the site of today names.
    pub(super) fn tidy(&mut self, site: &impl SnapshotSite, now: Timestamp) {
        let rules = site.rules();
        let gone = paths_where(&self.manifest, |entry| {
            let refusals = entry.refused.as_ref().map_or(0, |refused| refused.times);
            servable_for(rules, entry.task, &entry.path).is_none()
                || !is_public(site, &entry.path)
                || (entry.named_by == NamedBy::Traffic
                    && entry.held.is_none()
                    && refusals >= GIVEN_UP_AFTER)
        });
        for path in gone {
            self.remove(&path);
        }
        let too_old = paths_where(&self.manifest, |entry| {
            let held_since = entry.held.as_ref().map(|held| held.checked);
            let max_age = servable_for(rules, entry.task, &entry.path).unwrap_or(Millis::ZERO);
            held_since.is_some_and(|since| now.since(since) > max_age)
        });
        for path in too_old {
            if let Some(entry) = self.entry(&path) {
                entry.held = None;
            }
            self.delete(&path);
        }
        for rule in &rules.list {
            if !rule.pattern.is_prefix() {
                self.name(site, Task::Page, rule.pattern.as_str(), NamedBy::File, now);
            }
        }
        let sources = || rules.list.iter().filter_map(|rule| rule.source.as_ref());
        self.manifest.sources.retain(|known| sources().any(|path| *path == known.path));
        for path in sources() {
            if !self.manifest.sources.iter().any(|known| known.path == *path) {
                let path = path.clone();
                self.manifest.sources.push(SitemapSource { path, planned: None, refused: None });
            }
        }
    }

    /// Takes a path that was named, if there is room for it.
    pub(super) fn name(
        &mut self,
        site: &impl SnapshotSite,
        task: Task,
        path: &str,
        named_by: NamedBy,
        now: Timestamp,
    ) {
        if let Some(entry) = self.entry(path) {
            entry.seen = entry.seen.max(now);
            entry.named_by = entry.named_by.max(named_by);
            return;
        }
        if !is_public(site, path) || !self.has_room(site, task, path, named_by, now) {
            return;
        }
        let entry = Entry {
            path: path.into(),
            task,
            named_by,
            found: now,
            seen: now,
            planned: None,
            held: None,
            refused: None,
            has_news: false,
        };
        self.manifest.entries.insert(entry);
    }

    /// Whether there is room for one more, after somebody has lost theirs if need be.
    fn has_room(
        &mut self,
        site: &impl SnapshotSite,
        task: Task,
        path: &str,
        named_by: NamedBy,
        now: Timestamp,
    ) -> bool {
        let rules = site.rules();
        let rule_of = |path: &str| rules.of(key::without_query(path)).map(|(index, _)| index);
        let (rule, max) = match task {
            Task::Page => match rules.of(key::without_query(path)) {
                Some((index, rule)) => (Some(index), rule.max),
                None => return false,
            },
            Task::Asset(_) => (None, rules.plan.assets_max()),
            Task::Sitemap => return false,
        };
        let is_page = task == Task::Page;
        let rivals = self.manifest.entries.iter().filter(|entry| {
            (entry.task == Task::Page) == is_page && (!is_page || rule_of(&entry.path) == rule)
        });
        let mut count = 0_u32;
        let mut weakest: Option<&Entry> = None;
        for rival in rivals {
            count += 1;
            if weakest.is_none_or(|weakest| strength(rival) < strength(weakest)) {
                weakest = Some(rival);
            }
        }
        if count < max {
            return true;
        }
        let loser = weakest.filter(|rival| {
            let is_weaker = rival.named_by < named_by;
            let is_forgotten = now.since(rival.seen) > FORGOTTEN_AFTER;
            let is_useless = rival.held.is_none() && rival.refused.is_some();
            is_weaker || (rival.named_by == named_by && (is_forgotten || is_useless))
        });
        let Some(loser) = loser.map(|loser| String::from(&loser.path)) else { return false };
        self.remove(&loser);
        true
    }
}

/// What keeps a path its place: who named it, whether there is anything of it, when it was named.
fn strength(entry: &Entry) -> (NamedBy, bool, Timestamp) {
    (entry.named_by, entry.held.is_some(), entry.seen)
}
