//! Counts in buckets that are aligned to time 0.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::base::array::serialize_array;
use crate::base::time::{Millis, Timestamp};

/// The span of a bucket of short windows.
pub const MINUTE_SPAN: Millis = Millis::from_secs(60);
/// The span of a bucket of longer windows.
pub const HOUR_SPAN: Millis = Millis::from_secs(3600);
/// The longest window that is counted in minutes: 6 h, the longest of those that say that a loss
/// goes on.
pub const MINUTES_SPAN: Millis = Millis::from_secs(6 * 3600);

serialize_array! {
    /// How many events were good and how many were bad.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct ObjectiveCounts {
        /// Events that were as the objective wants them.
        pub good: u64,
        /// Events that were not.
        pub bad: u64,
    }
}

impl ObjectiveCounts {
    /// One good event.
    pub const GOOD: Self = Self { good: 1, bad: 0 };
    /// One bad event.
    pub const BAD: Self = Self { good: 0, bad: 1 };

    /// Adds events that were counted elsewhere.
    pub const fn add(&mut self, more: Self) {
        self.good = self.good.saturating_add(more.good);
        self.bad = self.bad.saturating_add(more.bad);
    }

    /// All events.
    pub const fn total(self) -> u64 {
        self.good.saturating_add(self.bad)
    }

    /// Whether nothing was counted.
    pub const fn is_empty(self) -> bool {
        self.good == 0 && self.bad == 0
    }
}

/// The number of the bucket that a time is in.
pub(super) const fn bucket_of(at: Timestamp, span: Millis) -> u64 {
    at.as_millis() / span.get()
}

/// A row of buckets without gaps. Its owner says how many are kept, so that it stays bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BucketRow {
    /// The number of the last bucket.
    last: u64,
    /// The earliest first.
    counts: VecDeque<ObjectiveCounts>,
}

impl BucketRow {
    /// Adds events to a bucket. Events of a time before all that are kept are forgotten.
    pub(super) fn add(&mut self, bucket: u64, more: ObjectiveCounts, kept: usize) {
        if more.is_empty() {
            return;
        }
        if self.counts.is_empty() {
            self.last = bucket;
            self.counts.push_back(ObjectiveCounts::default());
        }
        if bucket > self.last {
            let gap = usize::try_from(bucket - self.last).unwrap_or(usize::MAX);
            if gap >= kept {
                self.counts.clear();
            }
            // No more than are kept: after a longer gap the row begins again.
            let missing = if gap >= kept { 1 } else { gap };
            self.counts.extend(core::iter::repeat_n(ObjectiveCounts::default(), missing));
            self.last = bucket;
            while self.counts.len() > kept {
                self.counts.pop_front();
            }
        }
        let back = usize::try_from(self.last - bucket).unwrap_or(usize::MAX);
        if back >= kept {
            return;
        }
        while self.counts.len() <= back {
            self.counts.push_front(ObjectiveCounts::default());
        }
        let at = self.counts.len() - 1 - back;
        if let Some(counts) = self.counts.get_mut(at) {
            counts.add(more);
        }
    }

    /// What the last `length` buckets up to this one hold together.
    pub(super) fn sum(&self, bucket: u64, length: u64) -> ObjectiveCounts {
        let first = (bucket.saturating_add(1)).saturating_sub(length);
        let mut sum = ObjectiveCounts::default();
        // The latest come first, so that a short window takes few steps.
        for (number, counts) in self.numbered().take_while(|(number, _)| *number >= first) {
            if number <= bucket {
                sum.add(counts);
            }
        }
        sum
    }

    /// The buckets with their numbers, the latest first.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u64, ObjectiveCounts)> + '_ {
        self.counts
            .iter()
            .rev()
            .enumerate()
            .map(|(back, counts)| (self.last.saturating_sub(back as u64), *counts))
    }

    /// The number of the last bucket; `None` if there is none.
    pub(super) fn last(&self) -> Option<u64> {
        (!self.counts.is_empty()).then_some(self.last)
    }

    /// Whether nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Forgets the last bucket.
    pub(super) fn forget_last(&mut self) {
        self.counts.pop_back();
        self.last = self.last.saturating_sub(1);
    }

    /// Forgets the earliest buckets that are more than are kept, and those at the beginning in
    /// which nothing happened.
    pub(super) fn trim(&mut self, kept: usize) {
        while self.counts.len() > kept
            || self.counts.front().is_some_and(|counts| counts.is_empty())
        {
            self.counts.pop_front();
        }
    }

    /// Moves what was counted by a clock that ran ahead into this bucket. Returns whether there was
    /// any.
    pub(super) fn pull_back(&mut self, bucket: u64, kept: usize) -> bool {
        let mut ahead = ObjectiveCounts::default();
        let mut has_any = false;
        while self.last > bucket
            && let Some(counts) = self.counts.pop_back()
        {
            ahead.add(counts);
            self.last -= 1;
            has_any = true;
        }
        self.add(bucket, ahead, kept);
        has_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: usize = 4;

    fn bad(count: u64) -> ObjectiveCounts {
        ObjectiveCounts { good: 0, bad: count }
    }

    fn row(buckets: &[(u64, u64)]) -> BucketRow {
        let mut row = BucketRow::default();
        for (bucket, count) in buckets {
            row.add(*bucket, bad(*count), KEPT);
            assert!(row.counts.len() <= KEPT);
        }
        row
    }

    #[test]
    fn a_window_ends_with_its_own_bucket() {
        let row = row(&[(10, 1), (11, 2), (13, 4)]);
        assert_eq!(row.sum(13, 1), bad(4));
        assert_eq!(row.sum(13, 2), bad(4));
        assert_eq!(row.sum(13, 3), bad(6));
        assert_eq!(row.sum(11, 2), bad(3), "what is to come does not count");
        assert_eq!(row.sum(14, 1), bad(0));
        assert_eq!(row.sum(u64::MAX, u64::MAX), bad(7));
    }

    #[test]
    fn what_comes_late_counts_where_it_belongs_while_that_is_kept() {
        let mut row = row(&[(13, 4), (11, 1)]);
        assert_eq!((row.sum(12, 2), row.sum(13, 3)), (bad(1), bad(5)));
        row.add(9, bad(8), KEPT);
        assert_eq!(row.sum(13, 100), bad(5), "it is older than all that are kept");
    }

    #[test]
    fn a_gap_empties_the_row_and_never_grows_it() {
        for gap in [3, 4, 5, u64::MAX - 10] {
            let row = row(&[(10, 1), (10 + gap, 2)]);
            let all = if gap < 4 { 3 } else { 2 };
            assert_eq!(row.sum(10 + gap, u64::MAX), bad(all), "{gap}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_loses_nothing() {
        let mut row = row(&[(10, 1), (12, 2), (13, 4)]);
        assert!(!row.pull_back(13, KEPT));
        assert!(row.pull_back(11, KEPT));
        assert_eq!((row.sum(11, 1), row.sum(11, 2)), (bad(6), bad(7)));
        assert!(row.pull_back(2, KEPT));
        assert_eq!((row.sum(2, 1), row.last()), (bad(7), Some(2)));
    }
}
