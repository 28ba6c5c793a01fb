//! The columns of a row of counts: which number of a row means what. They are part of the forms
//! that travel and are stored, so they only change with a new version of both.

use super::labels::{AnsweredBy, CallLabel, CircuitLabel, RejectionLabel};
use crate::base::time::Millis;

/// The upper bounds of the buckets of durations, in milliseconds, each with its text in seconds.
///
/// No bound is a whole number of seconds. Writers disagree on the spelling of those: one
/// library writes `le="1"` in one format and `le="1.0"` in the other, and Prometheus 3 rewrites the
/// first to the second while Prometheus 2 does not. Series would change their names with the format
/// or the server, and a rule that names a bound would break.
///
/// The bounds stand beside times that the site file has by default: answers from a cache (5 and
/// 25 ms), a healthy origin (0.1 to 0.75 s), a patience of 2 s (between 1.5 and 2.5), a time-out of
/// 10 s (between 7.5 and 15.5).
pub const DURATION_BOUNDS: [(u64, &str); 9] = [
    (5, "0.005"),
    (25, "0.025"),
    (100, "0.1"),
    (250, "0.25"),
    (750, "0.75"),
    (1_500, "1.5"),
    (2_500, "2.5"),
    (7_500, "7.5"),
    (15_500, "15.5"),
];

/// The number of buckets, with the one that has no bound.
pub(super) const BUCKETS: usize = DURATION_BOUNDS.len() + 1;

/// The columns of durations: the buckets, each with the durations that are in no lower one, and the
/// sum in milliseconds.
const DURATIONS: usize = BUCKETS + 1;

/// Of a route: its requests by [`AnsweredBy`].
pub(super) const REQUESTS: usize = 0;
/// Of a route: its answers with a status from 500 on by [`AnsweredBy`].
pub(super) const ERRORS: usize = REQUESTS + AnsweredBy::ALL.len();
/// Of a route: how long its visitors waited.
pub(super) const ROUTE_DURATIONS: usize = ERRORS + AnsweredBy::ALL.len();
/// The number of columns of a route.
pub(super) const ROUTE_COLUMNS: usize = ROUTE_DURATIONS + DURATIONS;

/// Of a circuit: its calls by [`CallLabel`].
pub(super) const CALLS: usize = 0;
/// Of a circuit: the calls that repeated one.
pub(super) const RETRIES: usize = CALLS + CallLabel::ALL.len();
/// Of a circuit: the calls that it did not admit by [`RejectionLabel`].
pub(super) const REJECTIONS: usize = RETRIES + 1;
/// Of a circuit: its changes of state by the new state. Only its coordinator counts them.
pub(super) const TRANSITIONS: usize = REJECTIONS + RejectionLabel::ALL.len();
/// Of a circuit: how long its calls took.
pub(super) const CIRCUIT_DURATIONS: usize = TRANSITIONS + CircuitLabel::ALL.len();
/// The number of columns of a circuit.
pub(super) const CIRCUIT_COLUMNS: usize = CIRCUIT_DURATIONS + DURATIONS;

/// The bucket of a duration: the lowest whose bound it does not exceed.
pub(super) fn bucket_of(took: Millis) -> usize {
    DURATION_BOUNDS.partition_point(|(bound, _)| *bound < took.get())
}

/// Adds to a column; a count saturates.
pub(super) fn add(counts: &mut [u32], column: usize, more: u32) {
    if let Some(count) = counts.get_mut(column) {
        *count = count.saturating_add(more);
    }
}

/// Adds a duration to the columns of durations that begin there.
pub(super) fn add_duration(counts: &mut [u32], first: usize, took: Millis) {
    add(counts, first + bucket_of(took), 1);
    add(counts, first + BUCKETS, u32::try_from(took.get()).unwrap_or(u32::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString as _;

    #[test]
    fn a_duration_is_in_the_lowest_bucket_whose_bound_it_does_not_exceed() {
        for (ms, bucket) in [(0, 0), (5, 0), (6, 1), (1_500, 5), (15_500, 8), (15_501, 9)] {
            assert_eq!(bucket_of(Millis::new(ms)), bucket, "{ms}");
        }
        assert_eq!(bucket_of(Millis::new(u64::MAX)), BUCKETS - 1);
    }

    #[test]
    fn no_bound_is_whole_and_each_text_is_its_bound() {
        for (ms, text) in DURATION_BOUNDS {
            assert_ne!(ms % 1000, 0, "{text}");
            let written = format!("{}.{:03}", ms / 1000, ms % 1000);
            assert_eq!(written.trim_end_matches('0').to_string(), text);
        }
    }

    #[test]
    fn counts_saturate() {
        let mut counts = [0_u32; ROUTE_COLUMNS];
        add_duration(&mut counts, ROUTE_DURATIONS, Millis::new(u64::MAX));
        add_duration(&mut counts, ROUTE_DURATIONS, Millis::new(u64::MAX));
        assert_eq!(counts[ROUTE_COLUMNS - 1], u32::MAX);
        assert_eq!(counts[ROUTE_COLUMNS - 2], 2);
    }
}
