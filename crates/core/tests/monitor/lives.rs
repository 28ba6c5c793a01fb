//! Random lives of a monitor. After every step it must read as the reference model does, and so
//! must a monitor that is stored and restored before every step.
//!
//! `BREAKWATER_MONITOR_LIVES` sets the number of lives that are compared with the model. A failing
//! life is stored in `lives.regressions` and replayed first in the next run.

use std::collections::BTreeMap;
use std::env;
use std::num::NonZeroU32;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::monitor::{
    CheckResult, CheckState, Monitor, MonitorChange, MonitorPolicy, Parent,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestRunner};

use crate::reference::Reference;
use crate::{Reading, restored};

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/monitor/lives.regressions");
/// How many lives there are unless the environment says so: few enough for a debug build.
const LIVES: u32 = 250;
/// How many steps a life has at most. Three incidents and the wait after the last fit in.
const STEPS: usize = 200;
const PLACES: [&str; 4] = ["weur", "enam", "apac", "traffic"];
/// The times at which lives begin, in milliseconds: the epoch, the present, and near the end of
/// time, where sums no longer fit.
const STARTS: [u64; 3] = [0, 1_700_000_000_123, u64::MAX - 100_000];

fn lives() -> u32 {
    env::var_os("BREAKWATER_MONITOR_LIVES").map_or(LIVES, |text| {
        let number = text.to_str().and_then(|text| text.parse().ok());
        number.expect("BREAKWATER_MONITOR_LIVES is a whole number")
    })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..ProptestConfig::default()
    }
}

/// The next action, and how long after the previous one it happens.
#[derive(Clone, Debug)]
struct Step {
    wait: Wait,
    act: Act,
}

#[derive(Clone, Copy, Debug)]
enum Wait {
    For(u64),
    /// Until one of the times at which something can change by itself, and this much further.
    Boundary(Index, i64),
    /// Until a flapping incident has waited for as long as it must, and this much further.
    Stable(i64),
    /// Until the last opening leaves the window of the flaps, and this much further.
    Flap(i64),
    /// Until the next observation of a place is due.
    Due(usize),
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Observe(usize, Outcome),
    Tick,
    /// A maintenance that ends this much later, or that does not last.
    Maintenance(i64),
    Parent(Parent),
}

#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// As the place's last observation was, so that series are long.
    Again,
    Is(CheckResult),
}

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        3 => Just(Wait::For(0)),
        5 => (1..2_000_u64).prop_map(Wait::For),
        1 => (2_000..200_000_u64).prop_map(Wait::For),
        4 => (any::<Index>(), -1..=1_i64).prop_map(|(which, more)| Wait::Boundary(which, more)),
        1 => select(vec![-1, 0, 0, 1]).prop_map(Wait::Stable),
        1 => select(vec![-1, 0, 0]).prop_map(Wait::Flap),
        1 => (0..PLACES.len()).prop_map(Wait::Due),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        4 => Just(Outcome::Again),
        4 => Just(Outcome::Is(CheckResult::Down)),
        3 => Just(Outcome::Is(CheckResult::Up)),
        2 => Just(Outcome::Is(CheckResult::Degraded)),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let later = prop_oneof![8 => 1..20_000_i64, 2 => Just(0), 1 => Just(-1), 1 => Just(i64::MAX)];
    prop_oneof![
        20 => (0..PLACES.len(), outcome()).prop_map(|(place, seen)| Act::Observe(place, seen)),
        4 => Just(Act::Tick),
        1 => later.prop_map(Act::Maintenance),
        1 => select(vec![Parent::Up, Parent::Up, Parent::Down]).prop_map(Act::Parent),
    ]
}

fn life() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((wait(), act()).prop_map(|(wait, act)| Step { wait, act }), 1..STEPS)
}

fn number(most: u32) -> impl Strategy<Value = NonZeroU32> {
    (1..=most).prop_map(|number| NonZeroU32::new(number).expect("not 0"))
}

fn span(choices: &[u64]) -> impl Strategy<Value = Millis> + use<> {
    select(choices.to_vec()).prop_map(Millis::new)
}

/// Returns policies with small numbers, so that lives often reach their limits, each with how many
/// places its life has. Those are seldom fewer than the policy needs.
fn world() -> impl Strategy<Value = (MonitorPolicy, usize)> {
    let numbers = (number(3), select(vec![1, 1, 1, 2, 2, 3]), number(3), number(3));
    let more = select(vec![-1, 0, 0, 0, 0, 1, 1, 1, 2, 2]);
    let spans = (
        span(&[1_000, 5_000, 60_000]),
        span(&[0, 500, 1_000, 10_000, 90_000]),
        span(&[1, 2_000, 30_000, 30_000, 180_000, 180_000, 600_000]),
        span(&[1, 3_000, 60_000, 1_800_000]),
        span(&[0, 1, 3_000, 3_000, 20_000, 600_000]),
    );
    (numbers, more, spans).prop_map(|((failures, needed, successes, flaps), more, spans)| {
        let policy = MonitorPolicy {
            every: spans.0,
            failures,
            places: NonZeroU32::new(needed).expect("not 0"),
            successes,
            recheck: spans.1,
            stale_after: spans.2,
            flaps,
            flap_window: spans.3,
            stable_for: spans.4,
        };
        (policy, needed.saturating_add_signed(more).clamp(1, PLACES.len() as u32) as usize)
    })
}

/// A monitor, one that is restored before each step, the model, and what the life has reached.
struct Life {
    policy: MonitorPolicy,
    places: usize,
    monitor: Monitor,
    stored: Monitor,
    model: Reference,
    now: u64,
    last: [CheckResult; PLACES.len()],
    reached: BTreeMap<&'static str, u32>,
}

impl Life {
    fn new(policy: &MonitorPolicy, places: usize, start: u64) -> Self {
        Self {
            policy: policy.clone(),
            places,
            monitor: Monitor::default(),
            stored: Monitor::default(),
            model: Reference::new(policy),
            now: start,
            last: [CheckResult::Up; PLACES.len()],
            reached: BTreeMap::new(),
        }
    }

    fn wait(&mut self, wait: Wait) {
        let further = |from: Option<(u64, Millis)>, more| {
            let end = from.map_or(self.now, |(start, span)| start.saturating_add(span.get()));
            end.saturating_add_signed(more)
        };
        let then = match wait {
            Wait::For(ms) => self.now.saturating_add(ms),
            Wait::Boundary(which, more) => {
                let ahead = self.model.boundaries();
                let ahead: Vec<u64> = ahead.filter(|boundary| *boundary >= self.now).collect();
                let chosen = (!ahead.is_empty()).then(|| ahead[which.index(ahead.len())]);
                chosen.unwrap_or(self.now).saturating_add_signed(more)
            }
            Wait::Stable(more) => {
                let end = self.model.waits_since().map(|start| (start, self.policy.stable_for));
                further(end, more)
            }
            Wait::Flap(more) => {
                let end = self.model.last_opened().map(|opened| (opened, self.policy.flap_window));
                further(end, more)
            }
            Wait::Due(place) => self.model.due(PLACES[place % self.places]).unwrap_or(self.now),
        };
        // The time of a step never decreases.
        self.now = self.now.max(then);
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        self.wait(step.wait);
        self.stored = restored(&self.stored).map_err(TestCaseError::fail)?;
        let (policy, now) = (&self.policy, Timestamp::from_millis(self.now));
        let (monitor, stored, model) = (&mut self.monitor, &mut self.stored, &mut self.model);
        let waited = model.waits_since();
        let (by, by_stored, by_model) = match step.act {
            Act::Observe(place, outcome) => {
                let place = place % self.places;
                let result = match outcome {
                    Outcome::Again => self.last[place],
                    Outcome::Is(result) => result,
                };
                self.last[place] = result;
                let place = PLACES[place];
                (
                    monitor.observe(policy, place, result, now),
                    stored.observe(policy, place, result, now),
                    model.observe(place, result, now),
                )
            }
            Act::Tick => (monitor.tick(policy, now), stored.tick(policy, now), model.tick(now)),
            Act::Maintenance(later) => {
                let until = Timestamp::from_millis(self.now.saturating_add_signed(later));
                (
                    monitor.set_maintenance(policy, until, now),
                    stored.set_maintenance(policy, until, now),
                    model.set_maintenance(until, now),
                )
            }
            Act::Parent(parent) => (
                monitor.set_parent(policy, parent, now),
                stored.set_parent(policy, parent, now),
                model.set_parent(parent, now),
            ),
        };
        let read = Reading::of(&self.monitor, Some(by), &PLACES);
        let expected = Reading::of_model(&self.model, Some(by_model), &PLACES);
        prop_assert_eq!(&read, &expected, "at {}", self.now);
        let again = Reading::of(&self.stored, Some(by_stored), &PLACES);
        prop_assert_eq!(&read, &again, "restored before each step, at {}", self.now);
        prop_assert_eq!(&self.monitor, &self.stored, "restored before each step, at {}", self.now);
        self.note(&read, waited);
        Ok(())
    }

    /// Notes which of the cases that matter this step was.
    fn note(&mut self, read: &Reading, waited: Option<u64>) {
        let change = read.change.expect("a step was taken");
        let mut note =
            |holds: bool, case| *self.reached.entry(case).or_default() += u32::from(holds);
        for state in ["pending", "unknown", "down", "degraded", "up"] {
            note(read.state == state, state);
        }
        let waits = self.model.waits_since();
        note(change.opened, "opened");
        note(change.opened && read.incident.is_some_and(|open| open.2), "opened flapping");
        note(change.opened && read.incident.is_some_and(|open| open.0 == open.1), "since now");
        note(change.opened && change.state_before == CheckState::Down, "opened late");
        note(read.state == "down" && read.incident.is_none(), "down, but hindered");
        let rests = self.model.failing() >= self.policy.places.get() as usize;
        note(read.state == "unknown" && rests, "unknown, though enough places fail");
        note(change.resolved.is_some_and(|at| at < self.now), "resolved before now");
        note(change.resolved == Some(self.now), "resolved now");
        note(change.resolved.is_some() && waited.is_some(), "resolved after a wait");
        note(waits.is_some() && read.state == "unknown", "unknown during a wait");
        note(waited.is_some() && read.state == "down", "down during a wait");
        let whole = waited.is_some_and(|start| self.now - start == self.policy.stable_for.get());
        note(whole && change.resolved.is_some(), "resolved exactly after stable_for");
        note(self.model.boundaries().any(|boundary| boundary == self.now), "exactly at a boundary");
        note(read.is_unsure, "unsure");
    }
}

proptest! {
    #![proptest_config(config(lives()))]

    #[test]
    fn every_step_reads_as_by_the_reference_model(
        (policy, places) in world(),
        start in prop_oneof![4 => Just(STARTS[1]), 1 => select(STARTS.to_vec())],
        steps in life(),
    ) {
        let mut life = Life::new(&policy, places, start);
        for step in &steps {
            life.take(step)?;
        }
    }

}

proptest! {
    #![proptest_config(config(100))]

    /// The model has no answer here: it judges its whole history by one policy. A deployment may
    /// change the policy, and an object may move to a machine whose clock is behind.
    #[test]
    fn neither_a_changed_policy_nor_a_clock_set_back_upsets_it(
        steps in prop::collection::vec((world(), any::<bool>(), any::<u64>(), act()), 1..60),
    ) {
        let (mut monitor, mut now) = (Monitor::default(), STARTS[1]);
        for ((policy, places), leaps, random, act) in steps {
            now = if leaps { random } else { now.wrapping_add(random % 20_000) };
            let mut stored = restored(&monitor).map_err(TestCaseError::fail)?;
            let by = once(&mut monitor, &policy, places, act, now);
            let by_stored = once(&mut stored, &policy, places, act, now);
            let read = Reading::of(&monitor, Some(by), &PLACES);
            prop_assert_eq!(&read, &Reading::of(&stored, Some(by_stored), &PLACES));
            prop_assert_eq!(&monitor, &stored);
            let resolved = by.resolved.is_some();
            prop_assert!(!(by.opened && resolved), "opened and resolved in one step");
            prop_assert!(!by.opened || monitor.incident().is_some());
            prop_assert!(!resolved || monitor.incident().is_none());
        }
    }

    #[test]
    fn a_damaged_store_is_refused_or_lives_on(
        (policy, places) in world(),
        before in life(),
        at: Index,
        instead in "[0-9a-z\"{}:,]{0,3}",
        after in life(),
    ) {
        let mut life = Life::new(&policy, places, STARTS[1]);
        for step in before.iter().take(40) {
            life.take(step)?;
        }
        let mut text: Vec<char> = life.monitor.to_stored().chars().collect();
        let at = at.index(text.len());
        text.splice(at..(at + 1).min(text.len()), instead.chars());
        let damaged: String = text.into_iter().collect();
        if let Ok(mut monitor) = Monitor::from_stored(&damaged) {
            for step in after.iter().take(40) {
                once(&mut monitor, &policy, places, step.act, life.now);
                life.now = life.now.saturating_add(700);
            }
            prop_assert!(restored(&monitor).is_ok());
        }
    }
}

/// Takes a step without the model.
fn once(
    monitor: &mut Monitor,
    policy: &MonitorPolicy,
    places: usize,
    act: Act,
    now: u64,
) -> MonitorChange {
    let at = Timestamp::from_millis(now);
    match act {
        Act::Observe(place, outcome) => {
            let result = match outcome {
                Outcome::Again => CheckResult::Down,
                Outcome::Is(result) => result,
            };
            monitor.observe(policy, PLACES[place % places], result, at)
        }
        Act::Tick => monitor.tick(policy, at),
        Act::Maintenance(later) => {
            let until = Timestamp::from_millis(now.saturating_add_signed(later));
            monitor.set_maintenance(policy, until, at)
        }
        Act::Parent(parent) => monitor.set_parent(policy, parent, at),
    }
}

/// The property would also hold for lives in which nothing happens, so this test checks that much
/// does.
#[test]
fn lives_reach_every_case() {
    let mut runner = TestRunner::deterministic();
    let mut reached: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..200 {
        let ((policy, places), steps) =
            (world(), life()).new_tree(&mut runner).expect("a life").current();
        let mut life = Life::new(&policy, places, STARTS[1]);
        for step in &steps {
            life.take(step).expect("it reads as by the model");
        }
        for (case, times) in life.reached {
            *reached.entry(case).or_default() += times;
        }
    }
    println!("{reached:?}");
    for (case, times) in reached {
        assert!(times >= 10, "`{case}` was reached {times} times");
    }
}
