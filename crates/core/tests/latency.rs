//! The rules that hold for latencies of any calls.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use breakwater_core::base::share::Share;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::latency::{
    ERROR_PERCENT, Histogram, LONGEST, LatencyWindow, MINUTES, SHORTEST,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/latency.regressions");
/// The length of a minute, in milliseconds.
const MINUTE: u64 = 60_000;
/// The time at which the windows are read, in milliseconds.
const NOW: u64 = 28_000_000 * MINUTE + 1;

fn histogram(calls: &[u64]) -> Histogram {
    let mut histogram = Histogram::new();
    calls.iter().for_each(|&took| histogram.record(Millis::new(took)));
    histogram
}

/// Returns the exact quantile (the nearest rank) by sorting, clamped to the range of a histogram.
fn exact(calls: &[u64], share: Share) -> u64 {
    let mut sorted = calls.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * usize::from(share.basis_points())).div_ceil(10_000).max(1);
    sorted[rank - 1].clamp(SHORTEST.get(), LONGEST.get())
}

/// Returns realistic durations, and durations at the ends of the range and beyond it.
fn took() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..2_000u64, 2 => 0..LONGEST.get() + 2_000, 1 => any::<u64>()]
}

fn calls() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(took(), 1..150)
}

fn share() -> impl Strategy<Value = Share> {
    (0..=10_000u16).prop_map(Share::from_basis_points)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_quantile_is_within_the_error_of_the_exact_one(calls in calls(), share in share()) {
        let exact = exact(&calls, share);
        let found = histogram(&calls).quantile(share).unwrap().get();
        prop_assert!(found.abs_diff(exact) * 100 <= exact * ERROR_PERCENT, "{found} for {exact}");
    }

    #[test]
    fn merging_is_counting_all(left in calls(), right in calls()) {
        let mut merged = histogram(&left);
        merged.merge(&histogram(&right));
        prop_assert_eq!(merged.calls(), (left.len() + right.len()) as u64);
        prop_assert_eq!(merged, histogram(&[left, right].concat()));
    }

    #[test]
    fn what_is_written_is_read_back(calls in calls()) {
        let json = serde_json::to_string(&histogram(&calls)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Histogram>(&json).unwrap(), histogram(&calls));
    }

    /// No text causes a panic, and a text that is accepted is written back unchanged.
    #[test]
    fn hostile_numbers_are_refused_or_read_exactly(
        numbers in prop::collection::vec(prop_oneof![0..70u64, any::<u64>()], 0..12),
        versioned in any::<bool>(),
    ) {
        let numbers = if versioned { [vec![1], numbers].concat() } else { numbers };
        let json = serde_json::to_string(&numbers).unwrap();
        if let Ok(read) = serde_json::from_str::<Histogram>(&json) {
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
            let is_empty = read.quantile(Share::ALL).is_none();
            prop_assert_eq!(is_empty, read.calls() == 0);
        }
    }

    /// In whatever order reports arrive, and with a stored form in between, exactly the calls of
    /// the last minutes count.
    #[test]
    fn a_window_counts_the_last_minutes_and_forgets(
        mut reports in prop::collection::vec((0..12u64, calls()), 1..8),
    ) {
        reports.sort_by_key(|&(age, _)| std::cmp::Reverse(age));
        let mut window = LatencyWindow::default();
        for (age, calls) in &reports {
            window.record_delta(&histogram(calls), Timestamp::from_millis(NOW - age * MINUTE));
            let json = serde_json::to_string(&window).unwrap();
            window = serde_json::from_str(&json).unwrap();
        }
        let recent = reports.iter().filter(|(age, _)| *age < MINUTES as u64);
        let recent: Vec<u64> = recent.flat_map(|(_, calls)| calls.clone()).collect();
        let all = histogram(&recent);
        let found = window.percentiles(Timestamp::from_millis(NOW));
        prop_assert_eq!(found.map_or(0, |found| found.calls), recent.len() as u64);
        let of = |share| all.quantile(Share::from_basis_points(share));
        prop_assert_eq!(found.map(|found| found.p50), of(5_000));
        prop_assert_eq!(found.map(|found| found.p95), of(9_500));
        prop_assert_eq!(found.map(|found| found.p99), of(9_900));
    }
}
