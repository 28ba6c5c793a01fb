//! The replicas whose reports were added, and how far.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::base::array::serialize_array;
use crate::base::time::{Millis, Timestamp};

/// The number of replicas that are remembered: as many as a coordinator remembers for the fleet.
/// Beyond it the replica that was silent for longest is forgotten, so that a repetition of its last
/// report would count again.
const REPLICAS_MAX: usize = 10_000;

/// How long a replica must be silent to be forgotten: a day. An isolate may keep an unanswered
/// report for as long as it lives, which is seldom more than a few hours.
const FORGOTTEN_AFTER: Millis = Millis::from_secs(24 * 3600);

/// The latest sequence of each replica.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Replicas {
    known: BTreeMap<u64, KnownReplica>,
    /// All of them by the time of their last report.
    heard: BTreeSet<(Timestamp, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KnownReplica {
    sequence: u32,
    heard: Timestamp,
}

serialize_array! {
    /// The stored form of how far a replica's reports were added.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct StoredMetricsReplica {
        id: u64,
        sequence: u32,
        heard: Timestamp,
    }
}

impl StoredMetricsReplica {
    /// The replica's identity.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// When the replica's last report came.
    pub const fn heard(&self) -> Timestamp {
        self.heard
    }
}

impl Replicas {
    /// Remembers a report. Returns whether it is newer than the latest one of its replica.
    pub(super) fn is_new(&mut self, id: u64, sequence: u32, now: Timestamp) -> bool {
        self.forget_before(Self::forgotten_before(now));
        let before = self.known.get(&id).copied();
        let latest = before.map_or(sequence, |known| known.sequence.max(sequence));
        if before.is_none() {
            self.make_room();
        }
        self.put(id, KnownReplica { sequence: latest, heard: now });
        before.is_none_or(|known| sequence > known.sequence)
    }

    pub(super) fn stored(&self, id: u64) -> Option<StoredMetricsReplica> {
        let KnownReplica { sequence, heard } = *self.known.get(&id)?;
        Some(StoredMetricsReplica { id, sequence, heard })
    }

    pub(super) fn restore(&mut self, stored: StoredMetricsReplica) {
        let StoredMetricsReplica { id, sequence, heard } = stored;
        if !self.known.contains_key(&id) {
            self.make_room();
        }
        self.put(id, KnownReplica { sequence, heard });
    }

    /// The time before which a replica's last report must lie for it to be forgotten.
    pub(super) const fn forgotten_before(now: Timestamp) -> Timestamp {
        now.before(FORGOTTEN_AFTER)
    }

    fn put(&mut self, id: u64, replica: KnownReplica) {
        if let Some(before) = self.known.insert(id, replica) {
            self.heard.remove(&(before.heard, id));
        }
        self.heard.insert((replica.heard, id));
    }

    fn forget_before(&mut self, time: Timestamp) {
        while self.heard.first().is_some_and(|(heard, _)| *heard < time) {
            self.forget_oldest();
        }
    }

    fn make_room(&mut self) {
        if self.known.len() >= REPLICAS_MAX {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, oldest)) = self.heard.pop_first() {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(100_000_000 + ms)
    }

    #[test]
    fn the_replica_that_was_silent_for_longest_makes_room() {
        let mut replicas = Replicas::default();
        for id in 0..=REPLICAS_MAX as u64 {
            assert!(replicas.is_new(id, 1, at(id)));
        }
        assert_eq!(replicas.known.len(), REPLICAS_MAX);
        let late = at(20_000);
        assert!(!replicas.is_new(1, 1, late), "it is remembered");
        assert!(replicas.is_new(0, 1, late), "it was forgotten");
    }

    #[test]
    fn a_replica_is_forgotten_after_a_day() {
        let mut replicas = Replicas::default();
        assert!(replicas.is_new(7, 3, at(0)));
        assert!(!replicas.is_new(7, 3, at(FORGOTTEN_AFTER.get())), "which is heard again");
        assert!(replicas.is_new(7, 3, at(2 * FORGOTTEN_AFTER.get() + 1)));
        assert_eq!(replicas.known.len(), 1);
    }

    #[test]
    fn a_late_report_does_not_move_the_sequence_back() {
        let mut replicas = Replicas::default();
        assert!(replicas.is_new(7, 3, at(0)));
        assert!(!replicas.is_new(7, 2, at(1)));
        assert!(!replicas.is_new(7, 3, at(2)));
        assert!(replicas.is_new(7, 4, at(3)));
    }
}
