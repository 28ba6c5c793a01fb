//! Random lives of a breaker. Each answer must be that of the reference model, which computes
//! everything from scratch, and forbidden states must never occur.
//!
//! `PROPTEST_CASES` raises the number of lives per property from 256. A failing life is stored in
//! `properties.regressions` and replayed first in the next run.

mod arbitrary;
mod life;
#[path = "../reference/mod.rs"]
mod reference;

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::{Act, LIMIT, STEPS, Step, Wait, act, life, policy, share, steady_life, with};
use breakwater_core::base::time::Millis;
use breakwater_core::circuit::backoff;
use breakwater_core::circuit::breaker::{Override, Rejected, State};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::Mode;
use life::Life;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use reference::Reference;

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/properties.regressions");
/// The times at which lives begin, in milliseconds: the epoch, the present, and the end of clocks.
const STARTS: [u64; 4] = [0, 1_700_000_000_123, (1 << 53) - 20_000, u64::MAX];

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_answer_is_that_of_the_reference_model(
        policy in policy(),
        start in prop::sample::select(STARTS.to_vec()),
        steps in life(),
    ) {
        let mut life = Life::new(&policy, start);
        let mut model = Reference::new(&policy);
        for (index, step) in steps.iter().enumerate() {
            life.wait(step.wait);
            let now = life.now();
            match &step.act {
                Act::Acquire => {
                    let twin = model.acquire(LIMIT, now);
                    let admitted = life.acquire(twin);
                    prop_assert_eq!(admitted, twin.is_some(), "step {}: admitted", index);
                }
                Act::Record(which, call) => {
                    if let Some(place) = life.pick(*which) {
                        let twin = life.in_flight[place].twin.expect("admitted by both");
                        model.record(twin, *call, now);
                        life.record(place, *call, 0);
                    }
                }
                Act::Override(chosen) => {
                    model.set_override(*chosen, now);
                    life.breaker.set_override(&policy, *chosen, now);
                }
                Act::Restore => {
                    model.restore();
                    life.restore();
                }
                Act::Look => {}
            }
            let breaker = &life.breaker;
            prop_assert_eq!(breaker.state(), model.state(), "step {}: state", index);
            prop_assert_eq!(breaker.generation(), model.generation() as u64, "step {}", index);
            prop_assert_eq!(breaker.retry_after(now), model.retry_after(now), "step {}", index);
            for later in [0, 1, 1_000, 60_000] {
                let then = now + Millis::new(later);
                prop_assert_eq!(breaker.tally(then), model.tally(then), "step {}: tally", index);
            }
        }
    }

    #[test]
    fn no_half_open_period_has_more_probes_than_the_policy_allows(
        policy in policy(),
        steps in steady_life(),
    ) {
        let mut life = Life::new(&policy, 1_000_000);
        // This counts the probes of each generation that were admitted and neither ignored nor
        // lost.
        let mut spent: BTreeMap<u64, u32> = BTreeMap::new();
        for step in steps {
            if matches!(step.act, Act::Restore) {
                continue;
            }
            life.wait(step.wait);
            let now = life.now;
            // A probe that has not returned by the end of its lease gives its permit back.
            for ticket in life.in_flight.iter_mut().filter(|ticket| ticket.expires <= now) {
                if let Some(generation) = ticket.probe_of.take() {
                    *spent.entry(generation).or_default() -= 1;
                }
            }
            match step.act {
                Act::Acquire if life.acquire(None) => {
                    let ticket = life.in_flight.last().expect("just admitted");
                    if let Some(generation) = ticket.probe_of {
                        let spent = spent.entry(generation).or_default();
                        *spent += 1;
                        prop_assert!(*spent <= policy.probes, "{} probes", spent);
                    }
                }
                Act::Record(which, call) => {
                    let Some(place) = life.pick(which) else { continue };
                    let probe_of = life.in_flight[place].probe_of;
                    if let (Some(generation), Outcome::Ignored) = (probe_of, call.outcome) {
                        *spent.entry(generation).or_default() -= 1;
                    }
                    life.record(place, call, 0);
                }
                Act::Override(chosen) => life.breaker.set_override(&policy, chosen, life.now()),
                Act::Acquire | Act::Restore | Act::Look => {}
            }
        }
    }

    #[test]
    fn open_always_ends(policy in policy(), steps in steady_life(), random: u32) {
        // A full bulkhead rejects calls in every state, until the leases end.
        let policy = with(policy, |spec| spec.max_concurrent = None);
        let mut life = Life::new(&policy, 1_000_000);
        for step in &steps {
            life.take(step, random);
        }
        if let Some(left) = life.breaker.retry_after(life.now()) {
            let longest = policy.open_for_max.max(Millis::from_secs(24 * 3_600));
            prop_assert!(left.get() < longest.get() + 1_000, "{}", left);
            life.now += left.get();
            prop_assert_eq!(life.breaker.state(), State::Open);
            prop_assert_eq!(life.breaker.retry_after(life.now()), Some(Millis::ZERO));
            prop_assert!(life.acquire(None), "the acquire at the deadline");
            prop_assert_eq!(life.breaker.state(), State::HalfOpen);
        }
    }

    #[test]
    fn whatever_happened_calls_that_succeed_close_it(policy in policy(), steps in life()) {
        let mut life = Life::new(&policy, 1_000_000);
        for step in &steps {
            life.take(step, 0);
        }
        life.breaker.set_override(&policy, None, life.now());
        // By then every call in flight has returned or its lease has ended.
        life.now += 100_000_000;
        life.in_flight.clear();
        let call = Completion { outcome: Outcome::Success, took: Millis::ZERO, retry_after: None };
        // A window of calls may contain failures that trip once more, on a success that fills it.
        for _ in 0..60 {
            prop_assert!(life.acquire(None));
            life.record(0, call, 0);
            life.now += 20_000 + life.breaker.retry_after(life.now()).unwrap_or_default().get();
        }
        let passing = if policy.mode == Mode::Auto { State::Closed } else { State::MetricsOnly };
        prop_assert_eq!(life.breaker.state(), passing);
        prop_assert!(life.acquire(None));
    }

    #[test]
    fn a_breaker_that_only_counts_never_rejects(
        policy in policy(),
        by_mode: bool,
        start in prop::sample::select(STARTS.to_vec()),
        steps in life(),
    ) {
        let mode = if by_mode { Mode::MetricsOnly } else { Mode::Auto };
        let policy = with(policy, |spec| spec.mode = Some(mode));
        let mut life = Life::new(&policy, start);
        if !by_mode {
            life.breaker.set_override(&policy, Some(Override::MetricsOnly), life.now());
        }
        for step in steps.iter().filter(|step| !matches!(step.act, Act::Override(_))) {
            life.wait(step.wait);
            match &step.act {
                Act::Acquire => prop_assert!(life.acquire(None)),
                Act::Record(..) | Act::Restore | Act::Override(_) | Act::Look => {
                    life.take(&Step { wait: Wait::Forward(0), act: step.act.clone() }, 0);
                }
            }
            prop_assert_eq!(life.breaker.state(), State::MetricsOnly);
            prop_assert_eq!(life.breaker.retry_after(life.now()), None);
        }
    }

    #[test]
    fn forced_open_rejects_everything(policy in policy(), before in life(), during in life()) {
        let mut life = Life::new(&policy, 1_000_000);
        for step in &before {
            life.take(step, 0);
        }
        life.breaker.set_override(&policy, Some(Override::ForcedOpen), life.now());
        for step in during.iter().filter(|step| !matches!(step.act, Act::Override(_))) {
            life.take(step, 0);
            prop_assert!(!life.acquire(None));
            prop_assert_eq!(life.breaker.state(), State::ForcedOpen);
            prop_assert_eq!(life.breaker.tally(life.now()).calls, 0);
        }
    }

    #[test]
    fn a_restored_breaker_behaves_as_the_one_that_was_stored(
        policy in policy(),
        before in life(),
        after in life(),
    ) {
        let mut life = Life::new(&policy, 1_000_000);
        for step in &before {
            life.take(step, 0);
        }
        // This forgets the calls in flight, so that the second restore has none to lose.
        life.restore();
        life.in_flight.clear();
        let mut restored = Life::new(&policy, life.now);
        restored.breaker = life.breaker.clone();
        restored.restore();
        for (index, step) in after.iter().enumerate() {
            life.take(step, 0);
            restored.take(step, 0);
            let now = life.now();
            prop_assert_eq!(restored.now(), now);
            prop_assert_eq!(restored.in_flight.len(), life.in_flight.len(), "step {}", index);
            prop_assert_eq!(restored.breaker.state(), life.breaker.state(), "step {}", index);
            prop_assert_eq!(restored.breaker.retry_after(now), life.breaker.retry_after(now));
            prop_assert_eq!(restored.breaker.tally(now), life.breaker.tally(now));
        }
    }

    #[test]
    fn the_bulkhead_holds_over_all_generations(
        policy in policy(),
        most in 1..5_u32,
        steps in steady_life(),
    ) {
        let policy = with(policy, |spec| spec.max_concurrent = Some(most));
        let mut life = Life::new(&policy, 1_000_000);
        for step in &steps {
            if matches!(step.act, Act::Restore) {
                continue;
            }
            life.wait(step.wait);
            let now = life.now;
            life.in_flight.retain(|ticket| ticket.expires > now);
            if matches!(step.act, Act::Acquire) {
                let (held, admitted) = (life.in_flight.len(), life.acquire(None));
                let is_bounded = matches!(
                    life.breaker.state(),
                    State::Closed | State::Open | State::HalfOpen
                );
                if admitted && is_bounded {
                    prop_assert!(held < most as usize, "{} were in flight already", held);
                }
            } else {
                life.take(&Step { wait: Wait::Forward(0), act: step.act.clone() }, 0);
            }
        }
    }

    #[test]
    fn nothing_goes_wrong_at_the_ends_of_time(
        policy in policy(),
        start in prop::sample::select(vec![0, 1, 999, 1_000, u64::MAX - 1_000, u64::MAX]),
        steps in prop::collection::vec((any::<u64>(), any::<bool>(), act()), 1..STEPS),
        random: u32,
    ) {
        let mut life = Life::new(&policy, start);
        let mut generation = 0;
        for (jump, to_an_end, act) in steps {
            life.now = match (to_an_end, jump % 2) {
                (false, _) => jump,
                (true, 0) => jump % 2_000,
                (true, _) => u64::MAX - jump % 2_000,
            };
            life.take(&Step { wait: Wait::Forward(0), act }, random);
            prop_assert!(life.breaker.generation() >= generation);
            generation = life.breaker.generation();
            let counted = life.breaker.tally(life.now());
            prop_assert!(counted.failures <= counted.calls);
            prop_assert!(counted.slow_calls <= counted.calls);
        }
    }

    #[test]
    fn jitter_adds_up_to_its_share_to_the_opening(
        policy in policy(),
        jitter in share(10_000),
        openings in 0..40_u32,
        random: u32,
    ) {
        let plain = backoff::open_for(&policy, openings, 0).get();
        let policy = with(policy, |spec| spec.jitter = Some(jitter));
        let opening = backoff::open_for(&policy, openings, random).get();
        prop_assert_eq!(backoff::open_for(&policy, openings, 0).get(), plain);
        prop_assert!(plain <= policy.open_for_max.get());
        prop_assert!(opening >= plain);
        prop_assert!((opening - plain) * 10_000 <= plain * u64::from(jitter.basis_points()));
    }
}

/// The properties would also hold for lives in which nothing happens, so this test checks that much
/// does.
#[test]
fn lives_reach_every_state_and_every_rejection() {
    let mut runner = TestRunner::deterministic();
    let (mut transitions, mut rejections) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..256 {
        let lived = (policy(), life()).new_tree(&mut runner).expect("a life").current();
        let mut life = Life::new(&lived.0, STARTS[1]);
        for step in &lived.1 {
            life.take(step, 0);
            if let Some(last) = life.breaker.last_transition() {
                transitions.insert(format!("{} to {}", last.from, last.to));
            }
            let asked = life.breaker.clone().try_acquire(&life.policy, LIMIT, life.now());
            rejections.insert(match asked {
                Ok(_) => "none",
                Err(Rejected::Open { .. }) => "open",
                Err(Rejected::ForcedOpen) => "forced_open",
                Err(Rejected::Probing) => "probing",
                Err(Rejected::Ramping) => "ramping",
                Err(Rejected::Full) => "full",
            });
        }
    }
    assert_eq!(rejections.len(), 6, "{rejections:?}");
    // These transitions are caused by calls. Those from each state to each override, and those
    // back, follow.
    for transition in ["closed to open", "open to half_open", "half_open to open"] {
        assert!(transitions.contains(transition), "{transition}");
    }
    for state in ["closed", "open", "half_open", "forced_open", "forced_closed", "metrics_only"] {
        for chosen in ["forced_open", "forced_closed", "metrics_only"] {
            let transition = format!("{state} to {chosen}");
            assert!(state == chosen || transitions.contains(&transition), "{transition}");
        }
    }
    for lifted in ["half_open", "forced_closed", "metrics_only"] {
        let transition = format!("{lifted} to closed");
        assert!(transitions.contains(&transition), "{transition}");
    }
}
