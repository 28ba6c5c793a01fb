//! Purging: the snapshots that match are deleted from the bucket before the operator is answered.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Keeper, Task, paths_where};
use crate::base::pattern::Pattern;
use crate::base::time::{Millis, Timestamp};
use crate::cache::snapshot::key;
use crate::cache::tag_purge::CacheTag;

/// How often a purge looks whether what was being written when it came is gone too: each second.
pub const SETTLE_TICK: Millis = Millis::from_secs(1);
/// How often it looks at most. Together the ticks are longer than any write lasts.
pub const SETTLE_TICKS_MAX: u32 = 20;

impl Keeper {
    /// Forgets what is kept of these paths, and returns how many there were. Their objects are then
    /// among the [`deletions`](Self::deletions). Paths stay named, and are fetched again in the
    /// next round; a body that is being fetched now is not kept.
    pub fn purge(&mut self, pattern: &Pattern, now: Timestamp) -> usize {
        let matches = |path: &str| pattern.matches(key::without_query(path));
        for flight in self.round.iter_mut().flat_map(|round| &mut round.flights) {
            flight.is_purged |= flight.task != Task::Sitemap && matches(&flight.path);
        }
        let purged = paths_where(&self.manifest, |entry| matches(&entry.path));
        self.forget(purged, now)
    }

    /// The same for what has one of these tags. Which tags a body has that is being fetched now is
    /// not known, so that none of those is kept; they are fetched again in the next round.
    pub fn purge_tags(&mut self, tags: &[CacheTag], now: Timestamp) -> usize {
        let flights = self.round.iter_mut().flat_map(|round| &mut round.flights);
        for flight in flights.filter(|flight| flight.task != Task::Sitemap) {
            flight.is_purged = true;
            if let Some(entry) = self.manifest.entries.get_mut(&flight.path) {
                entry.has_news = true;
            }
        }
        let purged = paths_where(&self.manifest, |entry| {
            entry.held.as_ref().is_some_and(|held| held.tags.meet(tags))
        });
        self.forget(purged, now)
    }

    fn forget(&mut self, purged: Vec<String>, now: Timestamp) -> usize {
        let mut count = 0;
        for path in purged {
            let Some(entry) = self.entry(&path) else { continue };
            entry.refused = None;
            entry.planned = None;
            entry.found = now;
            if entry.held.take().is_some() {
                count += 1;
                self.delete(&path);
            }
        }
        count
    }

    /// Whether a body that was fetched before a purge is being written: it is deleted when its
    /// job has finished.
    pub fn is_settling(&self) -> bool {
        let mut flights = self.round.iter().flat_map(|round| &round.flights);
        flights.any(|flight| flight.is_purged && flight.is_storing)
    }
}
