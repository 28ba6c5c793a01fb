//! Purging: the snapshots that match are deleted from the bucket before the operator is answered.

use super::{Keeper, Task, paths_where};
use crate::base::pattern::Pattern;
use crate::base::time::{Millis, Timestamp};
use crate::cache::snapshot::key;

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
