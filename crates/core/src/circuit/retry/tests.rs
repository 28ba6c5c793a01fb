//! The claims of the parent module.

use super::*;
use crate::circuit::outcome::Ended;
use alloc::vec::Vec;

const DEADLINE: Timestamp = Timestamp::from_millis(10_000);
const FAILED: EndedAttempt<'static> =
    EndedAttempt { method: "GET", body_is_spent: false, ended: Ended::Disconnected };

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn answered(status: u16, retry_after: Option<Millis>) -> EndedAttempt<'static> {
    EndedAttempt { ended: Ended::Answered { status, retry_after }, ..FAILED }
}

/// The delay of a first retry without jitter, of a call that is alone.
fn delay_after(failed: EndedAttempt<'_>, now: Timestamp) -> Option<Millis> {
    let mut budget = RetryBudget::default();
    let mut call = budget.acquire(DEADLINE);
    let delay = budget.delay(&RetryPolicy::default(), &mut call, failed, 0, now);
    budget.release(call, now);
    delay
}

#[test]
fn only_methods_that_may_be_repeated_are_retried() {
    for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] {
        assert!(delay_after(EndedAttempt { method, ..FAILED }, at(0)).is_some(), "{method}");
    }
    for method in ["POST", "PATCH", "CONNECT", "get", "PURGE", ""] {
        assert_eq!(delay_after(EndedAttempt { method, ..FAILED }, at(0)), None, "{method}");
    }
    let spent = EndedAttempt { method: "PUT", body_is_spent: true, ..FAILED };
    assert_eq!(delay_after(spent, at(0)), None);
}

#[test]
fn only_errors_of_a_gateway_and_lost_connections_are_retried() {
    for status in [502, 503, 504] {
        assert!(delay_after(answered(status, None), at(0)).is_some(), "{status}");
    }
    for status in [200, 404, 429, 500, 501, 505] {
        assert_eq!(delay_after(answered(status, None), at(0)), None, "{status}");
    }
    for ended in [
        Ended::TimedOut,
        Ended::VisitorLeft,
        Ended::VisitorStalled,
        Ended::BrokeWhileSending,
        Ended::NotSent,
    ] {
        assert_eq!(delay_after(EndedAttempt { ended, ..FAILED }, at(0)), None, "{ended:?}");
    }
}

#[test]
fn a_retry_begins_before_the_deadline_or_not_at_all() {
    assert!(delay_after(FAILED, at(9_999)).is_some());
    assert_eq!(delay_after(FAILED, at(10_000)), None);
    assert_eq!(delay_after(FAILED, Timestamp::MAX), None);
}

#[test]
fn a_named_time_is_waited_for_where_it_fits_in_the_deadline() {
    let named = |ms| answered(503, Some(Millis::new(ms)));
    assert_eq!(delay_after(named(2_000), at(0)), Some(Millis::new(2_000)));
    assert_eq!(delay_after(named(9_999), at(0)), Some(Millis::new(9_999)));
    assert_eq!(delay_after(named(10_000), at(0)), None);
    assert_eq!(delay_after(named(u64::MAX), at(0)), None);
}

#[test]
fn the_wait_doubles_up_to_its_maximum_with_full_jitter() {
    let policy = RetryPolicy { attempts: 10, ..RetryPolicy::default() };
    let waits = |random| -> Vec<u64> {
        let mut budget = RetryBudget::default();
        let mut call = budget.acquire(DEADLINE);
        let mut next = || budget.delay(&policy, &mut call, FAILED, random, at(0));
        core::iter::from_fn(|| next().map(Millis::get)).collect()
    };
    assert_eq!(waits(0), [0; 9]);
    assert_eq!(waits(1 << 31), [12, 25, 50, 100, 125, 125, 125, 125, 125]);
    assert_eq!(waits(u32::MAX), [24, 49, 99, 199, 249, 249, 249, 249, 249]);
}

#[test]
fn backoff_saturates_at_the_largest_values() {
    let policy = RetryPolicy {
        base: Millis::new(u64::MAX),
        max: Millis::new(u64::MAX),
        ..RetryPolicy::default()
    };
    for attempts in [0, 1, 64, 65, u32::MAX] {
        assert!(backoff(&policy, attempts, u32::MAX) < Millis::new(u64::MAX));
    }
}

#[test]
fn retries_share_a_budget_of_the_calls_under_way() {
    let policy = RetryPolicy::default();
    let mut budget = RetryBudget::default();
    let mut calls: Vec<CallInFlight> = (0..100).map(|_| budget.acquire(DEADLINE)).collect();
    let retried = |budget: &mut RetryBudget, calls: &mut [CallInFlight]| {
        calls.iter_mut().filter(|call| call.attempts() == 1).fold(0, |retried, call| {
            retried + u32::from(budget.delay(&policy, call, FAILED, 0, at(0)).is_some())
        })
    };
    assert_eq!(retried(&mut budget, &mut calls), 20, "a fifth of a hundred");
    for call in calls.drain(..10) {
        budget.release(call, at(0));
    }
    assert_eq!(budget.retrying.held(), 10, "the first ten were retries");
    assert_eq!(retried(&mut budget, &mut calls), 8, "a fifth of ninety");
}

#[test]
fn a_failed_retry_gives_its_place_to_the_next_attempt() {
    let policy = RetryPolicy { attempts: 4, ..RetryPolicy::default() };
    let mut budget = RetryBudget::default();
    let mut call = budget.acquire(DEADLINE);
    while budget.delay(&policy, &mut call, FAILED, 0, at(0)).is_some() {
        assert_eq!(budget.retrying.held(), 1);
    }
    assert_eq!((call.attempts(), budget.retrying.held()), (4, 0));
    budget.release(call, at(0));
    assert_eq!(budget.active.held(), 0);
}

#[test]
fn a_lost_retry_holds_its_place_until_its_deadline_only() {
    let policy = RetryPolicy::default();
    let mut budget = RetryBudget::default();
    for _ in 0..policy.min_concurrency {
        let mut lost = budget.acquire(DEADLINE);
        assert!(budget.delay(&policy, &mut lost, FAILED, 0, at(0)).is_some());
    }
    let mut call = budget.acquire(at(20_000));
    assert_eq!(budget.delay(&policy, &mut call, FAILED, 0, at(9_999)), None);
    assert!(budget.delay(&policy, &mut call, FAILED, 0, DEADLINE).is_some());
    budget.release(call, DEADLINE);
}

#[test]
fn a_lost_call_widens_the_budget_until_its_deadline_only() {
    let policy = RetryPolicy { min_concurrency: 0, ..RetryPolicy::default() };
    let mut budget = RetryBudget::default();
    for _ in 0..100 {
        let _lost = budget.acquire(DEADLINE);
    }
    let mut call = budget.acquire(at(20_000));
    assert!(budget.delay(&policy, &mut call, FAILED, 0, at(9_999)).is_some());
    budget.release(call, at(9_999));
    let mut call = budget.acquire(at(20_000));
    assert_eq!(budget.delay(&policy, &mut call, FAILED, 0, DEADLINE), None);
    budget.release(call, DEADLINE);
}

#[test]
fn calls_of_ours_share_the_budget_with_retries_and_wait_for_nobody() {
    let policy = RetryPolicy::default();
    let mut budget = RetryBudget::default();
    let (now, deadline) = (at(0), DEADLINE);
    let taken: Vec<_> =
        (0..3).map_while(|_| budget.acquire_spare(&policy, deadline, now)).collect();
    assert_eq!(taken.len(), 3, "the floor");
    assert!(budget.acquire_spare(&policy, deadline, now).is_none());
    let mut visitors = budget.acquire(deadline);
    assert_eq!(budget.delay(&policy, &mut visitors, FAILED, 0, now), None, "they fill it");
    for call in taken {
        budget.release(call, now);
    }
    assert!(budget.acquire_spare(&policy, deadline, now).is_some());
    assert!(budget.acquire_spare(&policy, deadline, deadline).is_some(), "lost ones come back");
}
