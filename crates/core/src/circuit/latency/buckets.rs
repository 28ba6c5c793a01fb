//! The durations that count as one.

use super::{BUCKETS, ERROR_PERCENT, LONGEST, SHORTEST};
use crate::base::time::Millis;

/// The durations that count as one, in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct LatencyBucket {
    /// The longest duration of the bucket; its shortest follows the previous bucket's longest.
    last: u32,
    /// The duration that stands for all of them, at most the error away from each.
    value: u32,
}

impl LatencyBucket {
    pub(super) fn value(self) -> Millis {
        Millis::new(self.value.into())
    }
}

/// The buckets from the shortest duration on, each as wide as the error allows. They are whole
/// numbers, so that every machine has the same ones.
pub(super) const ALL: [LatencyBucket; BUCKETS] = {
    let (error, longest) = (ERROR_PERCENT as u32, LONGEST.get() as u32);
    let mut all = [LatencyBucket { last: longest, value: longest }; BUCKETS];
    let mut first = SHORTEST.get() as u32;
    let mut index = 0;
    while index < BUCKETS {
        let value = first * (100 + error) / 100;
        let last = value * 100 / (100 - error);
        all[index] = LatencyBucket { last: if last < longest { last } else { longest }, value };
        first = last + 1;
        index += 1;
    }
    assert!(first > longest, "the buckets end before the longest duration");
    assert!(all[BUCKETS - 2].last < longest, "buckets are left over");
    all
};

/// The bucket of a duration.
pub(super) fn index_of(took: Millis) -> usize {
    let took = took.clamp(SHORTEST, LONGEST).get();
    ALL.partition_point(|bucket| u64::from(bucket.last) < took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_within_the_error_of_its_buckets_value() {
        for took in SHORTEST.get()..=LONGEST.get() {
            let value = ALL[index_of(Millis::new(took))].value().get();
            assert!(value.abs_diff(took) * 100 <= took * ERROR_PERCENT, "{took}: {value}");
        }
    }

    #[test]
    fn what_is_out_of_range_counts_as_its_end() {
        assert_eq!(index_of(Millis::ZERO), index_of(SHORTEST));
        assert_eq!(index_of(Millis::new(u64::MAX)), index_of(LONGEST));
        assert_eq!(index_of(LONGEST), BUCKETS - 1);
    }

    /// If this fails, histograms of one deployment no longer mean the same to another: the wire
    /// form needs a new version.
    #[test]
    fn the_buckets_are_unchanged() {
        let at = |index: usize| (ALL[index].last, ALL[index].value);
        let picked = [0, 7, 8, 9, 20, 30, 40, 50, 58, 59].map(at);
        assert_eq!(
            picked,
            [
                (1, 1),
                (8, 8),
                (10, 9),
                (13, 12),
                (125, 113),
                (930, 837),
                (6_927, 6_235),
                (51_530, 46_377),
                (256_607, 230_947),
                (300_000, 282_268)
            ]
        );
    }
}
