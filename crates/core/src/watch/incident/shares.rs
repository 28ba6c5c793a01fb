//! What visitors got.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::watch::health::SOURCES;

/// What visitors got, as the numbers of answers by their source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeShares {
    /// Of all of them, those with a status from 500 on.
    pub errors: u64,
    /// From the origin, or from the one that stands in for it.
    pub origin: u64,
    /// Stored responses, fresh or stale.
    pub copies: u64,
    /// Stored responses of the last resort.
    pub snapshots: u64,
    /// Pages that say that the site is out of order.
    pub fallbacks: u64,
    /// From elsewhere, such as pages of maintenance.
    pub other: u64,
}

impl EdgeShares {
    /// All answers.
    pub const fn total(&self) -> u64 {
        let copies = self.copies.saturating_add(self.snapshots);
        let upstream = self.origin.saturating_add(copies);
        upstream.saturating_add(self.fallbacks).saturating_add(self.other)
    }

    /// The number of answers of each source, with the words for it.
    pub const fn by_source(self) -> [(&'static str, u64); SOURCES] {
        [
            ("the origin", self.origin),
            ("copies", self.copies),
            ("snapshots", self.snapshots),
            ("the fallback", self.fallbacks),
            ("elsewhere", self.other),
        ]
    }

    /// The numbers in the order of their declaration, as they travel.
    pub const fn to_array(self) -> [u64; 6] {
        let Self { errors, origin, copies, snapshots, fallbacks, other } = self;
        [errors, origin, copies, snapshots, fallbacks, other]
    }

    /// Reads the numbers back.
    pub const fn from_array(numbers: [u64; 6]) -> Self {
        let [errors, origin, copies, snapshots, fallbacks, other] = numbers;
        Self { errors, origin, copies, snapshots, fallbacks, other }
    }

    /// Adds the answers that were counted elsewhere.
    pub const fn add(&mut self, more: &Self) {
        self.errors = self.errors.saturating_add(more.errors);
        self.origin = self.origin.saturating_add(more.origin);
        self.copies = self.copies.saturating_add(more.copies);
        self.snapshots = self.snapshots.saturating_add(more.snapshots);
        self.fallbacks = self.fallbacks.saturating_add(more.fallbacks);
        self.other = self.other.saturating_add(more.other);
    }

    /// The numbers that are not zero, each with its name, as a timeline has them.
    pub fn named(&self) -> Vec<(String, u64)> {
        let all = [
            ("origin", self.origin),
            ("copies", self.copies),
            ("snapshots", self.snapshots),
            ("fallbacks", self.fallbacks),
            ("other", self.other),
            ("errors", self.errors),
        ];
        let some = all.into_iter().filter(|(_, count)| *count > 0);
        some.map(|(name, count)| (name.into(), count)).collect()
    }
}
