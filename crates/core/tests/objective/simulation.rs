//! Hours of loss and healthy months, in virtual time and with seeds.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::objective::{
    BurnAlert, HOUR_SPAN, Objective, ObjectiveCounts, ObjectiveTally,
};

use crate::{minutes, objective};

const DAY_MINUTES: u64 = 24 * 60;
/// The share of a budget of 30 days after which people are to be paged, if that took an hour: 2 %.
const LOSS_PERCENT: u128 = 2;
/// The short window of the rule that pages for it, in minutes.
const SHORT_WINDOW: u64 = 5;

/// Numbers that follow from a seed: SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom
/// Number Generators", 2014).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// How many of these events are bad, each with this chance in millionths, about as they fall by
/// chance.
fn bad_of(events: u64, chance_ppm: u64, numbers: &mut Numbers) -> u64 {
    let mut bad = 0;
    let mut left = events * chance_ppm;
    // Of the expected number, the whole part is certain and the rest has its chance.
    while left >= 1_000_000 {
        left -= 1_000_000;
        // Each certain one is spread over 0, 1 and 2, so that the number varies as by chance.
        bad += match numbers.below(4) {
            0 => 0,
            1 | 2 => 1,
            _ => 2,
        };
    }
    (bad + u64::from(numbers.below(1_000_000) < left)).min(events)
}

/// How many requests come in a minute of the day: few at night, many in the afternoon.
fn load(minute: u64, peak: u64, numbers: &mut Numbers) -> u64 {
    let of_day = minute % DAY_MINUTES;
    let from_night = of_day.abs_diff(DAY_MINUTES / 8).min(DAY_MINUTES / 2);
    let usual = peak / 20 + peak * from_night / (DAY_MINUTES / 2);
    usual * (75 + numbers.below(51)) / 100
}

/// A site that was well for a day, and then loses `burn_tenths` tenths of its budget's rate from
/// a minute on that follows from the seed. Returns how many minutes later 2 % of the budget of 30
/// days are gone and how many minutes later people are paged.
fn loss(burn_tenths: u64, seed: u64) -> (u64, u64) {
    const PER_MINUTE: u64 = 1_000;
    let objective = objective("99.9%");
    let mut numbers = Numbers(seed);
    let mut tally = ObjectiveTally::default();
    let mut now = Timestamp::from_millis(1_795_000_000_000 + numbers.below(HOUR_SPAN.get()));
    for _ in 0..DAY_MINUTES + numbers.below(60) {
        now = now + minutes(1);
        tally.record(&objective, ObjectiveCounts { good: PER_MINUTE, bad: 0 }, now);
        assert!(tally.judge(&objective, now).is_empty());
    }
    // The budget of 30 days of this traffic, in thousandths of events: 0.1 % of them.
    let budget = u128::from(30 * DAY_MINUTES * PER_MINUTE);
    let (mut lost, mut carry, mut gone_after) = (0u128, 0, None);
    for minute in 1..=12 * 60 {
        now = now + minutes(1);
        // In ten thousandths of events: the budget's rate is one event in a minute.
        carry += burn_tenths * 1_000;
        let bad = (carry / 10_000).min(PER_MINUTE);
        carry -= bad * 10_000;
        tally.record(&objective, ObjectiveCounts { good: PER_MINUTE - bad, bad }, now);
        lost += u128::from(bad) * 1_000;
        if lost * 100 >= budget * LOSS_PERCENT {
            gone_after = gone_after.or(Some(minute));
        }
        let events = tally.judge(&objective, now);
        if events.iter().any(|event| event.is_firing && event.alert == BurnAlert::Page) {
            return (gone_after.unwrap_or(u64::MAX), minute);
        }
    }
    panic!("no page within 12 hours of a burn rate of {burn_tenths} tenths");
}

#[test]
fn a_loss_of_2_percent_in_an_hour_pages_within_the_short_window() {
    // At 14.4 times the budget's rate, 2 % of it are gone after just an hour.
    for burn_tenths in [145, 150, 160, 200, 300, 1_000, 3_000, 10_000] {
        for seed in 0..20 {
            let (gone_after, paged_after) = loss(burn_tenths, seed);
            assert!(
                paged_after <= gone_after.saturating_add(SHORT_WINDOW),
                "burn {burn_tenths}, seed {seed}: gone after {gone_after}, paged {paged_after}"
            );
            assert!(paged_after <= 60 + SHORT_WINDOW, "burn {burn_tenths}, seed {seed}");
        }
    }
}

#[test]
fn a_whole_outage_pages_within_two_minutes() {
    for seed in 0..50 {
        // A burn rate of 1,000 means that all fails: 1.44 % of an hour are 52 seconds.
        let (_, paged_after) = loss(10_000, seed);
        assert!(paged_after <= 2, "seed {seed}: {paged_after}");
    }
}

#[test]
fn a_loss_below_each_rule_pages_never() {
    let objective = objective("99.9%");
    let mut tally = ObjectiveTally::default();
    let mut now = Timestamp::from_millis(1_795_000_000_000);
    // Six times the budget's rate is not more than six times.
    for _ in 0..2 * DAY_MINUTES {
        now = now + minutes(1);
        tally.record(&objective, ObjectiveCounts { good: 994, bad: 6 }, now);
        let events = tally.judge(&objective, now);
        assert!(events.iter().all(|event| event.alert == BurnAlert::Ticket));
    }
    assert!(tally.firing_since(BurnAlert::Ticket).is_some());
}

/// Plays a month in which at most half of the budget is used. Returns how often people were paged.
fn healthy_month(objective: &Objective, seed: u64) -> u64 {
    let mut numbers = Numbers(seed);
    let peak = 200 + numbers.below(3_000);
    // In millionths, of the thousand that the target allows.
    let chance = 50 + numbers.below(450);
    let mut tally = ObjectiveTally::default();
    let begin = Timestamp::from_millis(1_795_000_000_000 + numbers.below(HOUR_SPAN.get()));
    let mut pages = 0;
    for minute in 0..30 * DAY_MINUTES {
        let now = begin + minutes(minute);
        let events = load(minute, peak, &mut numbers);
        let bad = bad_of(events, chance, &mut numbers);
        tally.record(objective, ObjectiveCounts { good: events - bad, bad }, now);
        pages += u64::from(tally.holding_rule(objective, BurnAlert::Page, now).is_some());
    }
    let end = begin + Millis::from_secs(30 * 24 * 3600);
    assert!(tally.budget_left_ppm(objective, end) > 400_000, "seed {seed} is not healthy");
    pages
}

#[test]
fn fifty_healthy_months_page_never() {
    let objective = objective("99.9%");
    for seed in 0..50 {
        assert_eq!(healthy_month(&objective, seed), 0, "seed {seed}");
    }
}

#[test]
fn a_page_ends_by_its_short_window_and_comes_back_only_with_a_new_loss() {
    let objective = objective("99.9%");
    let mut tally = ObjectiveTally::default();
    let mut now = Timestamp::from_millis(1_795_000_000_000);
    let mut turns = Vec::new();
    let mut minute = |bad: u64, turns: &mut Vec<(u64, bool)>, number: u64| {
        now = now + minutes(1);
        tally.record(&objective, ObjectiveCounts { good: 1_000 - bad, bad }, now);
        for event in tally.judge(&objective, now) {
            if event.alert == BurnAlert::Page {
                turns.push((number, event.is_firing));
            }
        }
    };
    for number in 0..24 * 60 {
        minute(if number == 600 { 900 } else { 0 }, &mut turns, number);
    }
    // 900 of 60,000 are 1.5 % of the hour, more than 1.44 %, and 18 % of 5 minutes. Five minutes
    // later the short window is empty of it; 900 of 30,000 in half an hour are 3 %, but 900 of
    // 360,000 in six hours are 0.25 %, less than 0.6 %.
    assert_eq!(turns, [(600, true), (605, false)]);
}
