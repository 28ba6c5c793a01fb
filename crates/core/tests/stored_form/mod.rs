//! Reads any bytes as the stored form of a breaker and runs the life that follows. The fuzz target
//! and the test that replays the corpus share this module.

use breakwater_core::base::share::Share;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{Breaker, Override, Permit, State, StoredBreaker};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};

/// The result for the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// The bytes are not a stored form, or they are one of another version.
    Refused,
    /// A breaker was restored from the bytes and lived.
    Read,
}

/// The time at which the stored form is read, in milliseconds, which is also about the time at
/// which a real one was written.
const NOW: u64 = 1_700_000_000_000;
/// The callers' time limit, in milliseconds.
const LIMIT: Millis = Millis::from_secs(10);
/// The length of a day, in milliseconds.
const DAY: u64 = 24 * 3_600_000;
/// The longest opening, in milliseconds: the largest `open_for_max`, doubled by jitter.
const LONGEST_OPENING: u64 = 60 * DAY;
/// How many successful calls close every breaker, since a window of ten calls may trip once more.
const ENOUGH_CALLS: u32 = 40;

/// Panics if the breaker that the bytes describe violates an invariant.
pub(crate) fn live(bytes: &[u8]) -> Stored {
    let Ok(stored) = serde_json::from_slice::<StoredBreaker>(bytes) else {
        return Stored::Refused;
    };
    let mut fate = Stored::Refused;
    for policy in policies() {
        let Ok(breaker) = Breaker::restore(&stored, &policy) else {
            assert_eq!(fate, Stored::Refused, "whether it can be read is not for a policy to say");
            continue;
        };
        fate = Stored::Read;
        survives_any_clock(breaker.clone(), &policy);
        is_stable(breaker.clone(), &policy);
        recovers(breaker, &policy);
    }
    fate
}

/// Returns policies that together use every part of the stored form.
fn policies() -> [Policy; 3] {
    let time = PolicySpec {
        consecutive_failures: Some(5),
        failure_rate: Some(Share::from_basis_points(5_000)),
        minimum_calls: Some(2),
        backoff: Some(1.001),
        open_for: Some(Millis::new(1)),
        open_for_max: Some(Millis::new(30 * DAY)),
        jitter: Some(Share::ALL),
        ..PolicySpec::default()
    };
    let calls = PolicySpec {
        failure_rate: Some(Share::from_basis_points(1)),
        slow_call_rate: Some(Share::ALL),
        slow_call: Some(Millis::from_secs(1)),
        window_calls: Some(10),
        probes: Some(4),
        probe_successes: Some(3),
        ramp: Some(Millis::from_secs(60)),
        ..PolicySpec::default()
    };
    let narrow = PolicySpec {
        max_concurrent: Some(2),
        ramp: Some(Millis::new(1)),
        window: Some(Millis::new(1)),
        ..PolicySpec::default()
    };
    [time, calls, narrow].map(|spec| Policy::try_from(spec).expect("a valid policy"))
}

/// Makes calls with every outcome at times that jump between the extremes and the present.
fn survives_any_clock(mut breaker: Breaker, policy: &Policy) {
    let outcomes = [
        Outcome::Failure,
        Outcome::Success,
        Outcome::Ignored,
        Outcome::Throttled,
        Outcome::Exhausted,
    ];
    let clock = [NOW, 0, u64::MAX, NOW, NOW + 1, 1, NOW + 999, u64::MAX - 1, NOW + DAY];
    let mut held: Option<Permit> = None;
    for (round, &ms) in clock.iter().cycle().take(60).enumerate() {
        let now = Timestamp::from_millis(ms);
        look(&breaker, now);
        if let Ok(permit) = breaker.try_acquire(policy, LIMIT, now)
            && let Some(before) = held.replace(permit)
        {
            let outcome = outcomes[round % outcomes.len()];
            let retry_after = (round % 2 == 0).then_some(Millis::new(u64::MAX));
            let call = Completion { outcome, took: Millis::new(u64::MAX), retry_after };
            breaker.record(policy, before, call, u32::MAX, now);
        }
        look(&breaker, now);
    }
}

fn look(breaker: &Breaker, now: Timestamp) {
    let tally = breaker.tally(now);
    assert!(tally.failures <= tally.calls, "{tally:?}");
    assert!(tally.slow_calls <= tally.calls, "{tally:?}");
    let is_open = breaker.state() == State::Open;
    assert_eq!(breaker.retry_after(now).is_some(), is_open);
}

/// Checks that storing and reading a breaker returns the same breaker.
fn is_stable(breaker: Breaker, policy: &Policy) {
    let stored = serde_json::to_string(&breaker.snapshot()).expect("plain data");
    assert!(stored.len() < 4_096, "{} bytes", stored.len());
    let read: StoredBreaker = serde_json::from_str(&stored).expect("as it was written");
    let again = Breaker::restore(&read, policy).expect("its own version");
    assert_eq!(again.state(), breaker.state());
    assert_eq!(again.generation(), breaker.generation());
    for later in [0, 1, 1_000, 59_000, 60_000, DAY] {
        let then = Timestamp::from_millis(NOW + later);
        assert_eq!(again.tally(then), breaker.tally(then));
        assert_eq!(again.retry_after(then), breaker.retry_after(then));
    }
}

/// Checks that a breaker opens and closes like any other, whatever its stored form said.
fn recovers(mut breaker: Breaker, policy: &Policy) {
    let mut now = NOW;
    // A clock far from the stored one is a clock that was set. It is read once here so that the
    // breaker notices that.
    breaker.set_override(policy, None, Timestamp::from_millis(now));
    now += LONGEST_OPENING + 1_000;
    for _ in 0..ENOUGH_CALLS {
        // This step also passes the end of a ramp, and of an opening that a stored failure causes.
        now += 60_000;
        now += breaker.retry_after(Timestamp::from_millis(now)).map_or(0, Millis::get);
        let then = Timestamp::from_millis(now);
        let permit = breaker.try_acquire(policy, LIMIT, then).expect("nothing is in flight");
        let call = Completion { outcome: Outcome::Success, took: Millis::ZERO, retry_after: None };
        breaker.record(policy, permit, call, 0, then);
    }
    assert_eq!(breaker.state(), State::Closed);
    breaker.set_override(policy, Some(Override::ForcedOpen), Timestamp::from_millis(now));
    breaker.set_override(policy, None, Timestamp::from_millis(now));
    assert_eq!(breaker.state(), State::HalfOpen);
}
