//! Counts of calls by how long they took.

use super::BUCKETS;
use super::buckets::{self, ALL};
use crate::base::share::Share;
use crate::base::time::Millis;

/// Counts of calls by how long they took. Its size is fixed, counting allocates nothing, and counts
/// saturate.
///
/// ```
/// use breakwater_core::circuit::latency::Histogram;
/// use breakwater_core::base::share::Share;
/// use breakwater_core::base::time::Millis;
///
/// let mut calls = Histogram::new();
/// for took in [7, 8, 8, 2_000] {
///     calls.record(Millis::new(took));
/// }
/// assert_eq!(calls.quantile(Share::from_basis_points(5_000)), Some(Millis::new(8)));
/// assert_eq!(serde_json::to_string(&calls).unwrap(), "[1,6,1,7,2,34,1]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: [u32; BUCKETS],
}

impl Histogram {
    /// A histogram of no calls.
    pub const fn new() -> Self {
        Self { counts: [0; BUCKETS] }
    }

    /// Counts a call.
    pub fn record(&mut self, took: Millis) {
        self.add(buckets::index_of(took), 1);
    }

    /// Adds the calls of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (index, calls) in other.counted() {
            self.add(index, calls);
        }
    }

    /// The number of calls that were counted.
    pub fn calls(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }

    /// Whether no call was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|&calls| calls == 0)
    }

    /// The duration that this share of the calls did not exceed (the nearest rank), within
    /// [`ERROR_PERCENT`](super::ERROR_PERCENT), or `None` if there are no calls.
    pub fn quantile(&self, share: Share) -> Option<Millis> {
        // The product fits: there are fewer than 2^38 calls, and 10,000 basis points.
        let rank = (self.calls() * u64::from(share.basis_points())).div_ceil(10_000).max(1);
        let mut seen = 0;
        self.counted().find_map(|(index, calls)| {
            seen += u64::from(calls);
            (seen >= rank).then(|| ALL.get(index).map(|bucket| bucket.value()))?
        })
    }

    /// The buckets that have calls, each with their number.
    pub(super) fn counted(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        self.counts.iter().copied().enumerate().filter(|&(_, calls)| calls > 0)
    }

    pub(super) fn add(&mut self, index: usize, calls: u32) {
        if let Some(count) = self.counts.get_mut(index) {
            *count = count.saturating_add(calls);
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_no_calls_there_is_no_quantile() {
        assert_eq!(Histogram::new().quantile(Share::ALL), None);
        assert_eq!((Histogram::new().calls(), Histogram::new().is_empty()), (0, true));
    }

    #[test]
    fn the_smallest_share_is_the_fastest_call_and_all_of_them_the_slowest() {
        let mut calls = Histogram::new();
        calls.record(Millis::new(3));
        calls.record(Millis::new(5));
        assert_eq!(calls.quantile(Share::NONE), Some(Millis::new(3)));
        assert_eq!(calls.quantile(Share::ALL), Some(Millis::new(5)));
    }

    #[test]
    fn counts_saturate() {
        let mut calls = Histogram::new();
        calls.add(0, u32::MAX);
        let other = calls.clone();
        calls.merge(&other);
        calls.record(Millis::new(1));
        assert_eq!(calls, other);
        for index in 0..BUCKETS {
            calls.add(index, u32::MAX);
        }
        assert_eq!(calls.quantile(Share::NONE), Some(Millis::new(1)));
        assert_eq!(calls.quantile(Share::ALL), ALL.last().map(|bucket| bucket.value()));
    }
}
