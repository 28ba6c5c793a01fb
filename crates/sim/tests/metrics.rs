//! Tests of the comparisons, with fleets so small that they take moments.

use breakwater_sim::args::Compare;
use breakwater_sim::metrics::Metrics;
use breakwater_sim::report::Comparison;
use breakwater_sim::scenario::Entry;
use breakwater_sim::simulation::{run, run_all};
use breakwater_sim::strategy::Kind;
use breakwater_sim::time::Micros;

/// Compares all strategies in a small fleet with the traffic per isolate of a large one.
fn small(name: &str, seed: u64) -> Comparison {
    let entry = Entry::named(name).expect("a scenario");
    let compare = Compare { isolates: 120, colos: 12, rps: 2_000, seed, ..Compare::default() };
    let trial = compare.trial(entry);
    let results = run_all(&trial, &Kind::ALL);
    Comparison::new(entry, &trial, results.into_iter().map(|result| result.metrics).collect())
}

fn of(comparison: &Comparison, kind: Kind) -> &Metrics {
    comparison
        .strategies
        .iter()
        .find(|metrics| metrics.strategy == kind)
        .expect("every strategy has run")
}

#[test]
fn the_same_seed_plays_the_same_run() {
    let json = |seed| serde_json::to_string(&small("lossy", seed)).expect("it has a form");
    assert_eq!(json(7), json(7));
    assert_ne!(json(7), json(8));
}

#[test]
fn all_strategies_meet_the_same_visitors() {
    let comparison = small("dead", 1);
    let alone = of(&comparison, Kind::Alone).visitors;
    assert_eq!(of(&comparison, Kind::Breakwater).visitors, alone);
    // Visitors who still wait for the object at the end have no decision.
    let per_request = of(&comparison, Kind::PerRequest).visitors;
    assert!(alone - per_request < alone / 1_000, "{per_request} of {alone}");
}

#[test]
fn a_healthy_upstream_costs_little_and_no_visitor_is_rejected() {
    let comparison = small("healthy", 1);
    let breakwater = of(&comparison, Kind::Breakwater);
    assert!(breakwater.object_calls_per_million <= 2_000.0, "{breakwater:?}");
    assert_eq!((breakwater.false_rejections, breakwater.false_openings), (0, 0));
    assert_eq!(of(&comparison, Kind::Alone).object_calls_per_million, 0.0);
}

#[test]
fn a_fleet_opens_sooner_than_its_isolates() {
    let comparison = small("refused", 1);
    let time = |kind| of(&comparison, kind).time_to_decide_s.expect("it opens");
    assert!(time(Kind::Breakwater) < time(Kind::Alone), "{comparison}");
    let met = |kind| of(&comparison, kind).met_outage;
    assert!(met(Kind::Breakwater) < met(Kind::Alone), "{comparison}");
}

/// The spread of reports bounds the rate. The test needs the whole fleet, since a smaller one sends
/// fewer reports.
#[test]
fn a_trip_of_three_thousand_isolates_makes_at_most_a_thousand_calls_a_second() {
    for name in ["refused", "skew", "no-cache"] {
        let mut trial = Compare::default().trial(Entry::named(name).expect("a scenario"));
        trial.scenario.length = trial.scenario.warm_up + Micros::from_secs(12);
        let metrics = run(&trial, Kind::Breakwater).metrics;
        assert!(metrics.time_to_decide_s.is_some(), "{name}: {metrics:?}");
        assert!(metrics.busiest_second <= 1_000, "{name}: {metrics:?}");
    }
}
