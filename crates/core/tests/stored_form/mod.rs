//! Takes any bytes for the stored form of a breaker and leads the life that follows. Shared by
//! the fuzz target and by the test that replays the corpus.

use breakwater_core::base::share::Share;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{Breaker, Override, Permit, State, StoredBreaker};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Policy, PolicySpec};

/// What became of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// They are no stored form, or one of another version.
    Refused,
    /// They were restored from, and the breaker lived.
    Read,
}

/// When the stored form is read, and so about when a real one was written.
const NOW: u64 = 1_700_000_000_000;
const LIMIT: Millis = Millis::from_secs(10);
const DAY: u64 = 24 * 3_600_000;
/// No opening lasts longer: the largest `open_for_max`, doubled by jitter.
const LONGEST_OPENING: u64 = 60 * DAY;
/// Calls that succeed, after which every breaker is closed: a window of ten may trip once more.
const ENOUGH_CALLS: u32 = 40;

/// Panics if the breaker that the bytes describe breaks a promise.
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

/// Policies with every part of the stored form in use.
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

/// Calls of every outcome at times that jump between the ends and the present.
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

/// What it stores and reads again is the same breaker.
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

/// Whatever it was told to be, it opens and closes again like any other.
fn recovers(mut breaker: Breaker, policy: &Policy) {
    let mut now = NOW;
    // A clock far from the stored one is a clock that was set; it is read once to take note.
    breaker.set_override(policy, None, Timestamp::from_millis(now));
    now += LONGEST_OPENING + 1_000;
    for _ in 0..ENOUGH_CALLS {
        // Also past the end of a ramp and of an opening that a stored failure causes.
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
