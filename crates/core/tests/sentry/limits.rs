//! When Sentry wants to be left alone.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::telemetry::sentry::{DataCategory, RATE_LIMIT_MAX, RateLimits};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::NOW;

/// The seconds for which each category is limited after one answer: error, transaction, monitor.
#[track_caller]
fn check(status: u16, lines: &str, expected: [u64; 3]) {
    let mut limits = RateLimits::default();
    limits.handle_answer(status, Fields::new(lines), NOW);
    let categories = [DataCategory::Error, DataCategory::Transaction, DataCategory::Monitor];
    let found = categories.map(|category| seconds(&limits, category));
    assert_eq!(found, expected, "{status} {lines}");
}

fn seconds(limits: &RateLimits, category: DataCategory) -> u64 {
    limits.until(category, NOW).map_or(0, |until| until.since(NOW).as_secs_ceil())
}

#[test]
fn limits_are_by_category_in_every_answer() {
    for status in [200, 429, 500] {
        let header = |value: &str| format!("x-sentry-rate-limits:{value}");
        check(
            status,
            &header("60:transaction:key, 2700:default;error;security:organization"),
            [2700, 60, 0],
        );
        check(status, &header("60::organization"), [60, 60, 60]);
        check(status, &header("60:"), [60, 60, 60]);
        check(status, &header("60"), [60, 60, 60]);
        check(status, &header("60.2:monitor:key:reason:custom:more"), [0, 0, 61]);
        check(status, &header("60:replay;feedback:key"), [0, 0, 0]);
        check(status, &header("60:replay; error :key"), [60, 0, 0]);
        check(status, &header("soon:error:key,-5:error,,:error, 7:error"), [7, 0, 0]);
        let day = RATE_LIMIT_MAX.as_secs_ceil();
        check(status, &header("99999999999999999999:error"), [day, 0, 0]);
    }
}

#[test]
fn a_429_without_limits_names_a_time_or_means_a_minute() {
    check(429, "", [60; 3]);
    check(429, "retry-after:7", [7; 3]);
    check(429, "retry-after:6.5", [7; 3]);
    check(429, "retry-after:Mon, 23 Nov 2026 08:00:10 GMT", [10; 3]);
    check(429, "retry-after:soon", [60; 3]);
    check(429, "retry-after:7\nx-sentry-rate-limits:5:error", [5, 0, 0]);
    check(503, "retry-after:7", [0; 3]);
    check(200, "", [0; 3]);
}

proptest! {
    /// The clients of others keep the last one (findings/sentry-sdks-forget-the-longer-limit.sh).
    #[test]
    fn of_several_limits_the_longest_stays(
        limits in vec((0_u64..5_000, select(&["error", "transaction", "", "error;monitor"][..])), 1..9),
        split in 0_usize..9,
    ) {
        let field = |part: &[(u64, &str)]| {
            let limits: Vec<_> = part.iter().map(|(s, name)| format!("{s}:{name}:key")).collect();
            format!("x-sentry-rate-limits:{}", limits.join(", "))
        };
        let (first, then) = limits.split_at(split.min(limits.len()));
        let mut found = RateLimits::default();
        found.handle_answer(429, Fields::new(&field(first)), NOW);
        found.handle_answer(200, Fields::new(&field(then)), NOW);
        for category in [DataCategory::Error, DataCategory::Transaction, DataCategory::Monitor] {
            let name = category.as_str();
            let about = limits.iter().filter(|(_, names)| {
                names.is_empty() || names.split(';').any(|it| it == name)
            });
            let longest = about.map(|(seconds, _)| *seconds).max().unwrap_or(0);
            prop_assert_eq!(seconds(&found, category), longest);
        }
    }

    #[test]
    fn a_limit_ends_exactly_at_its_end(s in 1_u64..100) {
        let mut limits = RateLimits::default();
        let header = format!("x-sentry-rate-limits:{s}:error:key");
        limits.handle_answer(200, Fields::new(&header), NOW);
        let end = NOW + Millis::from_secs(s);
        let before = Timestamp::from_millis(end.as_millis() - 1);
        prop_assert!(limits.is_limited(DataCategory::Error, before));
        prop_assert!(!limits.is_limited(DataCategory::Error, end));
    }

    #[test]
    fn no_field_of_others_breaks_it(field in "\\PC{0,80}", status in 100_u16..600) {
        let mut limits = RateLimits::default();
        limits.handle_answer(status, Fields::new(&format!("x-sentry-rate-limits:{field}")), NOW);
        limits.handle_answer(status, Fields::new(&format!("retry-after:{field}")), NOW);
        for category in DataCategory::ALL {
            let until = limits.until(category, NOW);
            prop_assert!(until.is_none_or(|until| until <= NOW + RATE_LIMIT_MAX));
        }
    }
}
