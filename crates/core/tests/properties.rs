//! Random lives of a breaker: each answer must be that of the reference model, which works
//! everything out from scratch, and what must never happen never does.
//!
//! `PROPTEST_CASES` raises the number of lives per property from 256. A failing one is kept in
//! `properties.regressions` and lived again first.

mod reference;

use std::collections::{BTreeMap, BTreeSet};

use breakwater_core::backoff;
use breakwater_core::breaker::{Breaker, Override, Permit, Rejected, Snapshot, State};
use breakwater_core::outcome::{Completion, Outcome};
use breakwater_core::policy::{Mode, Policy, PolicySpec, WindowKind};
use breakwater_core::share::Share;
use breakwater_core::time::{Millis, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use reference::Reference;

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/properties.regressions");
/// More steps than any transition needs, few enough to read a failing life.
const STEPS: usize = 80;

/// Where a life begins: at the epoch, these days, and where clocks end.
const STARTS: [u64; 4] = [0, 1_700_000_000_123, (1 << 53) - 20_000, u64::MAX];

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..ProptestConfig::default()
    }
}

/// The policy with something else said.
fn with(policy: Policy, say: impl FnOnce(&mut PolicySpec)) -> Policy {
    let mut spec = PolicySpec::from(policy);
    say(&mut spec);
    Policy::try_from(spec).expect("still a valid policy")
}

/// What happens next, and how long after what was before.
#[derive(Clone, Debug)]
struct Step {
    wait: Wait,
    act: Act,
}

#[derive(Clone, Copy, Debug)]
enum Wait {
    Forward(u64),
    /// The clock steps back.
    Back(u64),
    /// To the deadline of an opening, and so much further.
    Deadline(i64),
    /// As long as one of the policy's own spans, and so much more.
    Span(Span, i64),
}

#[derive(Clone, Copy, Debug)]
enum Span {
    OpenFor,
    ProbeTimeout,
    Window,
    Bucket,
    Ramp,
    Limit,
}

#[derive(Clone, Debug)]
enum Act {
    Acquire,
    /// Records one of the calls in flight, by its place among them.
    Record(prop::sample::Index, Completion),
    Override(Option<Override>),
    Restore,
    Look,
}

/// How long callers wait in these lives: short enough for leases to end.
const LIMIT: Millis = Millis::new(7_000);

fn span() -> impl Strategy<Value = Span> {
    use Span::*;
    prop::sample::select(vec![OpenFor, ProbeTimeout, Window, Bucket, Ramp, Limit])
}

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        4 => Just(Wait::Forward(0)),
        4 => (1..500_u64).prop_map(Wait::Forward),
        2 => (500..100_000_u64).prop_map(Wait::Forward),
        4 => (-1..=1_i64).prop_map(Wait::Deadline),
        3 => (span(), -1..=1_i64).prop_map(|(span, more)| Wait::Span(span, more)),
        1 => prop::sample::select(vec![1, 500, 999, 1_000, 1_001, 86_400_000]).prop_map(Wait::Back),
    ]
}

/// A clock that never steps back.
fn steady_wait() -> impl Strategy<Value = Wait> {
    wait().prop_map(|wait| match wait {
        Wait::Back(_) => Wait::Forward(0),
        Wait::Deadline(more) => Wait::Deadline(more.max(0)),
        Wait::Span(span, more) => Wait::Span(span, more.max(0)),
        Wait::Forward(ms) => Wait::Forward(ms),
    })
}

fn completion() -> impl Strategy<Value = Completion> {
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

fn act() -> impl Strategy<Value = Act> {
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

fn life() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((wait(), act()).prop_map(|(wait, act)| Step { wait, act }), 1..STEPS)
}

fn steady_life() -> impl Strategy<Value = Vec<Step>> {
    let step = (steady_wait(), act()).prop_map(|(wait, act)| Step { wait, act });
    prop::collection::vec(step, 1..STEPS)
}

fn share(most: u16) -> impl Strategy<Value = Share> {
    (1..=most).prop_map(Share::from_basis_points)
}

/// Small numbers, so that their edges are met often.
fn policy() -> impl Strategy<Value = Policy> {
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

/// A breaker and the calls that it admitted.
struct Life {
    policy: Policy,
    breaker: Breaker,
    in_flight: Vec<Ticket>,
    now: u64,
}

/// A call in flight. `twin` is its number in the reference model.
struct Ticket {
    permit: Permit,
    twin: Option<usize>,
    /// No later than this the lease ends, if the clock never steps back.
    expires: u64,
    probe_of: Option<u64>,
}

impl Life {
    fn new(policy: &Policy, start: u64) -> Self {
        let breaker = Breaker::new(policy);
        Self { policy: policy.clone(), breaker, in_flight: Vec::new(), now: start }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn wait(&mut self, wait: Wait) {
        let policy = &self.policy;
        let further =
            |now: u64, span: u64, more: i64| now.saturating_add(span).saturating_add_signed(more);
        self.now = match wait {
            Wait::Forward(ms) => self.now.saturating_add(ms),
            Wait::Back(ms) => self.now.saturating_sub(ms),
            Wait::Deadline(more) => {
                let left = self.breaker.retry_after(self.now()).unwrap_or_default();
                further(self.now, left.get(), more)
            }
            Wait::Span(span, more) => {
                let window = match policy.window {
                    WindowKind::Time(span) => span.get(),
                    WindowKind::Calls(_) => 60,
                };
                let span = match span {
                    Span::OpenFor => policy.open_for.get(),
                    Span::ProbeTimeout => policy.probe_timeout.get(),
                    Span::Window => window,
                    Span::Bucket => window.div_ceil(60),
                    Span::Ramp => policy.ramp.get(),
                    Span::Limit => LIMIT.get(),
                };
                further(self.now, span, more)
            }
        };
    }

    fn acquire(&mut self, twin: Option<usize>) -> bool {
        let Ok(permit) = self.breaker.try_acquire(&self.policy, LIMIT, self.now()) else {
            return false;
        };
        let probe_of = permit.is_probe().then(|| self.breaker.generation());
        let lease = if permit.is_probe() { self.policy.probe_timeout } else { LIMIT };
        let expires = self.now.saturating_add(lease.get());
        self.in_flight.push(Ticket { permit, twin, expires, probe_of });
        true
    }

    fn pick(&self, which: prop::sample::Index) -> Option<usize> {
        (!self.in_flight.is_empty()).then(|| which.index(self.in_flight.len()))
    }

    fn record(&mut self, place: usize, call: Completion, random: u32) -> bool {
        let ticket = self.in_flight.remove(place);
        self.breaker.record(&self.policy, ticket.permit, call, random, self.now())
    }

    fn stored(&self) -> String {
        serde_json::to_string(&self.breaker.snapshot()).expect("a snapshot is plain data")
    }

    fn restore(&mut self) {
        let stored: Snapshot = serde_json::from_str(&self.stored()).expect("as it was written");
        self.breaker = Breaker::restore(&stored, &self.policy).expect("its own version");
    }

    fn take(&mut self, step: &Step, random: u32) {
        self.wait(step.wait);
        match &step.act {
            Act::Acquire => {
                self.acquire(None);
            }
            Act::Record(which, call) => {
                if let Some(place) = self.pick(*which) {
                    self.record(place, *call, random);
                }
            }
            Act::Override(chosen) => {
                self.breaker.set_override(&self.policy, *chosen, self.now());
            }
            Act::Restore => self.restore(),
            Act::Look => {}
        }
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
        // Probes of each generation that were admitted and neither ignored nor lost.
        let mut spent: BTreeMap<u64, u32> = BTreeMap::new();
        for step in steps {
            if matches!(step.act, Act::Restore) {
                continue;
            }
            life.wait(step.wait);
            let now = life.now;
            // A probe that is not back by the end of its lease gives its permit back.
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
        // A full bulkhead rejects whatever the state, until its leases end.
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
        // Everything that is out comes back or is lost by then.
        life.now += 100_000_000;
        life.in_flight.clear();
        let call = Completion { outcome: Outcome::Success, took: Millis::ZERO, retry_after: None };
        // A window of calls may hold failures that trip once more, on a success that fills it.
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
        // Forgets the calls in flight, so that nothing is left that a restore would lose.
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

/// Properties of lives in which nothing happens would hold too.
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
    // Those that calls cause, those from each state to each override, and those back.
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
