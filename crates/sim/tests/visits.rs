//! What visitors wait and get, with fleets so small that they take moments.

use breakwater_sim::args::Compare;
use breakwater_sim::campaign::Campaign;
use breakwater_sim::isolate::Incarnation;
use breakwater_sim::metrics::{Metrics, VisitFigures};
use breakwater_sim::scenario::{Entry, Trial};
use breakwater_sim::simulation::{RunResult, Simulation, run, run_all};
use breakwater_sim::strategy::{Kind, Strategy, WorldOf};
use breakwater_sim::time::Micros;
use breakwater_sim::world::{Admission, Call, Visitor};

/// A small fleet with the traffic per isolate of a large one.
fn small() -> Compare {
    Compare { isolates: 60, colos: 6, rps: 1_000, ..Compare::default() }
}

fn trial(name: &str) -> Trial {
    small().trial(Entry::named(name).expect("a scenario"))
}

fn figures(metrics: &Metrics) -> &VisitFigures {
    metrics.visits.as_ref().expect("copies are at hand")
}

/// Treats all visitors with copies alike.
struct Fixed<const BEHIND: bool>;

impl<const BEHIND: bool> Strategy for Fixed<BEHIND> {
    type Permit = ();
    type Event = ();

    fn new(_: &mut WorldOf<Self>) -> Self {
        Self
    }

    fn handle_start(&mut self, _: &mut WorldOf<Self>, _: Incarnation, _: u64) {}

    fn handle_visitor(&mut self, world: &mut WorldOf<Self>, visitor: Visitor) {
        let admission = match (visitor.has_copy, BEHIND) {
            (false, _) => Admission::Called(()),
            (true, true) => Admission::CalledBehind(()),
            (true, false) => Admission::Spared,
        };
        world.carry_out(visitor, admission);
    }

    fn handle_call_end(&mut self, _: &mut WorldOf<Self>, _: Call<()>) {}

    fn handle_event(&mut self, _: &mut WorldOf<Self>, (): ()) {}

    fn handle_eviction(&mut self, _: &mut WorldOf<Self>) {}
}

/// Plays `hang` with that strategy.
fn fixed<const BEHIND: bool>() -> (Metrics, u64) {
    let trial = trial("hang");
    let mut simulation = Simulation::<Fixed<BEHIND>>::new(&trial);
    simulation.run_until(trial.scenario.length);
    let recorder = &simulation.world.recorder;
    let calls = recorder.bins().iter().map(|bin| u64::from(bin.upstream_calls)).sum();
    (Metrics::new(Kind::Alone, recorder, &simulation.world.upstream, &trial), calls)
}

#[test]
fn a_copy_that_is_served_at_once_costs_its_visitor_no_time() {
    for (metrics, calls) in [fixed::<true>(), fixed::<false>()] {
        let figures = figures(&metrics);
        assert_eq!((figures.with_copy.max_ms, figures.copies + figures.errors), (0.0, 1.0));
        assert_eq!((figures.median_short_from_s, figures.p99_short_from_s), (Some(0), Some(0)));
        // A quarter of a minute's visitors have no copy, and all of these wait for the time-out.
        assert_eq!(figures.without_copy.p50_ms, 10_000.0);
        assert!((14_500..15_500).contains(&figures.waited_for_sick), "{figures:?}");
        assert_eq!(figures.in_flight, None);
        assert_eq!(metrics.false_rejections, 0);
        assert!(calls > 0);
    }
}

#[test]
fn a_call_behind_a_copy_reaches_the_upstream_and_a_spared_one_does_not() {
    let ((behind, all), (spared, some)) = (fixed::<true>(), fixed::<false>());
    assert_eq!(behind.visitors, spared.visitors);
    let share = some as f64 / all as f64;
    assert!((0.24..0.26).contains(&share), "{share}");
    let calls = |metrics: &Metrics| figures(metrics).sick_calls_per_s.expect("an outage");
    assert!((980.0..1_020.0).contains(&calls(&behind)), "{behind:?}");
    assert!((230.0..270.0).contains(&calls(&spared)), "{spared:?}");
    assert!(behind.met_outage > 3 * spared.met_outage, "{behind:?}");
}

#[test]
fn visitors_of_a_hanging_upstream_wait_for_their_patience_or_for_the_time_out() {
    for (name, timeout_ms) in [("hang", 10_000.0), ("hang-30s", 30_000.0)] {
        for RunResult { metrics, .. } in run_all(&trial(name), &Kind::ALL) {
            let figures = figures(&metrics);
            // A visitor for whom an object is asked waits for its answer as well.
            let asks = metrics.strategy == Kind::PerRequest;
            assert_eq!(figures.with_copy.max_ms, 2_000.0, "{metrics:?}");
            let most = if asks { timeout_ms + 2_000.0 } else { timeout_ms };
            assert!(figures.without_copy.max_ms >= timeout_ms, "{metrics:?}");
            assert!(figures.without_copy.max_ms <= most, "{metrics:?}");
            assert_eq!(figures.origin, 0.0);
        }
    }
}

#[test]
fn a_visitor_with_a_copy_never_gets_an_error() {
    for name in ["hang", "slow-5s", "brownout", "heavy-tail"] {
        let mut trial = trial(name);
        trial.scenario.copies = 1.0;
        for RunResult { metrics, .. } in run_all(&trial, &Kind::ALL) {
            let figures = figures(&metrics);
            assert_eq!(figures.errors, 0.0, "{name}: {metrics:?}");
            assert_eq!(figures.without_copy.max_ms, 0.0, "{name}: {metrics:?}");
            assert!(figures.with_copy.max_ms <= 2_000.0, "{name}: {metrics:?}");
        }
    }
}

#[test]
fn all_strategies_meet_the_same_visitors_with_copies() {
    let results = run_all(&trial("slow-5s"), &[Kind::Alone, Kind::Breakwater]);
    let with_copy = |result: &RunResult| result.recorder.visits_elsewhere.with_copy.count();
    assert_eq!(with_copy(&results[0]), with_copy(&results[1]));
}

#[test]
fn scenarios_without_copies_have_no_figures_of_them() {
    let mut trial = trial("refused");
    assert_eq!(run(&trial, Kind::Alone).metrics.visits, None);
    // Copies change what visitors get. They change nothing for a breaker that does not regard them.
    trial.scenario.copies = 0.5;
    let with_copies = run(&trial, Kind::Alone);
    trial.scenario.copies = 0.0;
    let without = run(&trial, Kind::Alone);
    assert_eq!(with_copies.metrics.met_outage, without.metrics.met_outage);
    assert_eq!(with_copies.recorder.bins().len(), without.recorder.bins().len());
}

/// A breaker that sees its own isolate alone has only the upstream's times to go by, and therefore
/// what it does is the measure of what a heavy tail is.
#[test]
fn a_heavy_tail_opens_no_circuit_and_makes_one_in_sixty_visitors_wait_for_two_seconds() {
    let compare = Compare { kinds: vec![Kind::Alone], ..small() };
    let entry = Entry::named("heavy-tail").expect("a scenario");
    let campaign = Campaign::run(&compare, entry, 10, |_, _| {});
    let [series] = &campaign.strategies[..] else { panic!("{campaign}") };
    assert_eq!(series.false_openings, 0, "{campaign}");
    assert_eq!((series.good.count, series.good.endless), (0, 0));
    let past_patience = series.past_patience.expect("copies are at hand").mean;
    assert!((0.0155..0.0175).contains(&past_patience), "{campaign}");
    // Three in four of those who wait that long have a copy at hand.
    let copies = series.copies.expect("copies are at hand").mean;
    assert!((0.74..0.76).contains(&(copies / past_patience)), "{campaign}");
}

#[test]
fn a_campaign_plays_each_seed_once_and_the_same_way() {
    let mut compare = Compare { isolates: 10, colos: 2, rps: 100, ..small() };
    compare.kinds = vec![Kind::Alone, Kind::Breakwater];
    let entry = Entry::named("hang").expect("a scenario");
    let mut done = Vec::new();
    let campaign = Campaign::run(&compare, entry, 3, |runs, of| done.push((runs, of)));
    assert_eq!(done, [(1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (6, 6)]);
    for series in &campaign.strategies {
        assert_eq!(series.good.count + series.good.endless, 3, "{campaign}");
    }
    assert_eq!(campaign, Campaign::run(&compare, entry, 3, |_, _| {}));
}

#[test]
fn an_outage_is_longer_by_what_its_mending_is_late() {
    let mut scenario = trial("hang").scenario;
    let (length, until) = (scenario.length, scenario.phases[0].until);
    let later = Micros::from_secs(7);
    scenario.delay_mending(later);
    assert_eq!((scenario.length, scenario.phases[0].until), (length + later, until + later));
    let mut scenario = trial("heavy-tail").scenario;
    scenario.delay_mending(later);
    assert_eq!(scenario.length, trial("heavy-tail").scenario.length);
}
