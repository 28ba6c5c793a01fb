//! Random policies, waits and actions.

use breakwater_core::base::share::Share;
use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::Override;
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Mode, Policy, PolicySpec};
use proptest::prelude::*;

/// How many steps a life has at most: more than any transition needs, but few enough to read a life
/// that fails.
pub(crate) const STEPS: usize = 80;

/// Returns the policy with other settings.
pub(crate) fn with(policy: Policy, say: impl FnOnce(&mut PolicySpec)) -> Policy {
    let mut spec = PolicySpec::from(policy);
    say(&mut spec);
    Policy::try_from(spec).expect("still a valid policy")
}

/// The next action, and how long after the previous one it happens.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) wait: Wait,
    pub(crate) act: Act,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Forward(u64),
    /// The clock steps back by this many milliseconds.
    Back(u64),
    /// The clock moves to the deadline of an opening, and this many milliseconds further.
    Deadline(i64),
    /// The clock moves by one of the policy's own spans, and this many milliseconds further.
    Span(Span, i64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Span {
    OpenFor,
    ProbeTimeout,
    Window,
    Bucket,
    Ramp,
    Limit,
}

#[derive(Clone, Debug)]
pub(crate) enum Act {
    Acquire,
    /// One of the calls in flight, chosen by its position, is recorded.
    Record(prop::sample::Index, Completion),
    Override(Option<Override>),
    Restore,
    Look,
}

/// How long callers wait in these lives, in milliseconds: short enough for leases to end.
pub(crate) const LIMIT: Millis = Millis::new(7_000);

pub(crate) fn span() -> impl Strategy<Value = Span> {
    use Span::*;
    prop::sample::select(vec![OpenFor, ProbeTimeout, Window, Bucket, Ramp, Limit])
}

pub(crate) fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        4 => Just(Wait::Forward(0)),
        4 => (1..500_u64).prop_map(Wait::Forward),
        2 => (500..100_000_u64).prop_map(Wait::Forward),
        4 => (-1..=1_i64).prop_map(Wait::Deadline),
        3 => (span(), -1..=1_i64).prop_map(|(span, more)| Wait::Span(span, more)),
        1 => prop::sample::select(vec![1, 500, 999, 1_000, 1_001, 86_400_000]).prop_map(Wait::Back),
    ]
}

/// Returns waits of a clock that never steps back.
pub(crate) fn steady_wait() -> impl Strategy<Value = Wait> {
    wait().prop_map(|wait| match wait {
        Wait::Back(_) => Wait::Forward(0),
        Wait::Deadline(more) => Wait::Deadline(more.max(0)),
        Wait::Span(span, more) => Wait::Span(span, more.max(0)),
        Wait::Forward(ms) => Wait::Forward(ms),
    })
}

pub(crate) fn completion() -> impl Strategy<Value = Completion> {
    use Outcome::*;
    let outcome = prop_oneof![
        8 => Just(Failure),
        6 => Just(Success),
        2 => Just(Ignored),
        1 => Just(Throttled),
        1 => Just(Exhausted),
    ];
    let took = prop::sample::select(vec![0, 99, 100, 101, 5_000]);
    let after = prop::sample::select(vec![0, 1, 999, 1_000, 4_000, 90_000_000, u64::MAX]);
    (outcome, took, prop::option::weighted(0.3, after)).prop_map(|(outcome, took, after)| {
        Completion { outcome, took: Millis::new(took), retry_after: after.map(Millis::new) }
    })
}

pub(crate) fn act() -> impl Strategy<Value = Act> {
    use Override::*;
    let levers = vec![None, None, Some(ForcedOpen), Some(ForcedClosed), Some(MetricsOnly)];
    prop_oneof![
        12 => Just(Act::Acquire),
        10 => (any::<prop::sample::Index>(), completion()).prop_map(|(i, c)| Act::Record(i, c)),
        1 => prop::sample::select(levers).prop_map(Act::Override),
        1 => Just(Act::Restore),
        1 => Just(Act::Look),
    ]
}

pub(crate) fn life() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((wait(), act()).prop_map(|(wait, act)| Step { wait, act }), 1..STEPS)
}

pub(crate) fn steady_life() -> impl Strategy<Value = Vec<Step>> {
    let step = (steady_wait(), act()).prop_map(|(wait, act)| Step { wait, act });
    prop::collection::vec(step, 1..STEPS)
}

pub(crate) fn share(most: u16) -> impl Strategy<Value = Share> {
    (1..=most).prop_map(Share::from_basis_points)
}

/// Returns policies with small numbers, so that lives often reach their limits.
pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    let rules = (
        prop::option::of(1..5_u32),
        prop::option::of(share(10_000)),
        prop::option::of((share(10_000), Just(Millis::new(100)))),
    );
    let window = prop_oneof![
        prop::sample::select(vec![1, 59, 60, 61, 1_000, 5_000, 60_000])
            .prop_map(|ms| (Some(Millis::new(ms)), None)),
        (1..40_u32).prop_map(|calls| (None, Some(calls))),
    ];
    let opening = (
        1..10_000_u64,
        prop::sample::select(vec![1.0, 1.1, 1.5, 2.0, 3.7, 100.0]),
        prop::option::of(10_000..200_000_u64),
    );
    let probing = (1..5_u32, any::<prop::sample::Index>(), 1..9_000_u64);
    let ramp = prop_oneof![Just(0), Just(1), 2..20_000_u64];
    let bulkhead = prop::option::weighted(0.4, 1..5_u32);
    let mode = prop_oneof![9 => Just(Mode::Auto), 1 => Just(Mode::MetricsOnly)];
    (rules, window, 1..10_u32, opening, probing, ramp, bulkhead, mode).prop_map(
        |(rules, window, minimum, opening, probing, ramp, bulkhead, mode)| {
            let spec = PolicySpec {
                consecutive_failures: rules.0,
                failure_rate: rules.1,
                slow_call_rate: rules.2.map(|rule| rule.0),
                slow_call: rules.2.map(|rule| rule.1),
                window: window.0,
                window_calls: window.1,
                minimum_calls: Some(minimum),
                open_for: Some(Millis::new(opening.0)),
                backoff: Some(opening.1),
                open_for_max: opening.2.map(Millis::new),
                probes: Some(probing.0),
                probe_successes: Some(1 + probing.1.index(probing.0 as usize) as u32),
                probe_timeout: Some(Millis::new(probing.2)),
                ramp: Some(Millis::new(ramp)),
                max_concurrent: bulkhead,
                mode: Some(mode),
                ..PolicySpec::default()
            };
            Policy::try_from(spec).expect("every policy made here is valid")
        },
    )
}
