use super::*;
use crate::site::config::parse;

/// A route with a circuit of its own and one without, and an objective over each thing.
const FILE: &str = r#"
    site = { name = "Shop", host = "shop.example" }
    [upstreams.web]
    origin = "https://web.example"
    [upstreams.api]
    origin = "https://api.example"
    [[routes]]
    match = "/api/*"
    upstream = "api"
    breaker = {}
    [[routes]]
    match = "/*"
    upstream = "web"
    [[objectives]]
    name = "orders"
    route = "/api/*"
    target = "99.9%"
    [[objectives]]
    name = "quick"
    route = "/api/*"
    target = "99%"
    kind = "latency"
    latency = "500ms"
    [[objectives]]
    name = "backend"
    upstream = "api"
    target = "99.9%"
"#;

const API_ROUTE: usize = 0;
const API: usize = 1;

fn site() -> Site {
    parse("breakwater.toml", FILE).unwrap()
}

fn counted(record: impl FnOnce(&mut ObjectiveCounter, &Site)) -> Vec<(String, (u64, u64))> {
    let site = site();
    let mut counter = ObjectiveCounter::new(&site);
    record(&mut counter, &site);
    let circuits = 0..site.circuits.len();
    let all = circuits.flat_map(|circuit| counter.take(&site, circuit)).collect::<Vec<_>>();
    all.into_iter().map(|delta| (delta.objective, (delta.counts.good, delta.counts.bad))).collect()
}

#[track_caller]
fn answered(answer: (Source, u16, Option<Outcome>, u64), expected: &[(&str, (u64, u64))]) {
    let (source, status, call, took) = answer;
    let answer = ServedAnswer { source, status, call, took: Millis::new(took) };
    let found = counted(|counter, site| counter.record_answer(site, API_ROUTE, &answer));
    let expected: Vec<_> = expected.iter().map(|(name, it)| (String::from(*name), *it)).collect();
    assert_eq!(found, expected, "{answer:?}");
}

#[test]
fn what_visitors_get_counts_for_their_route() {
    const GOOD: &[(&str, (u64, u64))] = &[("orders", (1, 0)), ("quick", (1, 0))];
    const SLOW: &[(&str, (u64, u64))] = &[("orders", (1, 0)), ("quick", (0, 1))];
    const BAD: &[(&str, (u64, u64))] = &[("orders", (0, 1)), ("quick", (0, 1))];
    answered((Source::Origin, 200, Some(Outcome::Success), 500), GOOD);
    answered((Source::Origin, 200, Some(Outcome::Success), 501), SLOW);
    answered((Source::Origin, 304, Some(Outcome::Success), 1), GOOD);
    answered((Source::Origin, 500, Some(Outcome::Failure), 1), BAD);
    answered((Source::Backup, 200, Some(Outcome::Success), 1), GOOD);
    answered((Source::Cache, 200, None, 1), GOOD);
    answered((Source::Stale, 200, Some(Outcome::Failure), 1), GOOD);
    answered((Source::Snapshot, 200, None, 1), GOOD);
    answered((Source::Fallback, 503, Some(Outcome::Failure), 1), BAD);
    answered((Source::Fallback, 503, None, 1), BAD);
    answered((Source::Fallback, 503, Some(Outcome::Throttled), 1), BAD);
}

#[test]
fn what_no_upstream_did_counts_nowhere() {
    answered((Source::Origin, 404, Some(Outcome::Success), 1), &[]);
    answered((Source::Origin, 429, Some(Outcome::Throttled), 1), &[]);
    answered((Source::Cache, 404, None, 1), &[]);
    answered((Source::Fallback, 502, Some(Outcome::Ignored), 1), &[]);
    answered((Source::Maintenance, 503, None, 1), &[]);
}

#[test]
fn calls_count_for_their_upstream() {
    let of = |outcome, status, took| {
        let call = EndedCall { outcome, status, took: Millis::new(took) };
        counted(|counter, site| counter.record_call(site, API, &call))
    };
    let backend = |good, bad| Vec::from([(String::from("backend"), (good, bad))]);
    assert_eq!(of(Outcome::Success, Some(200), 9_000), backend(1, 0));
    assert_eq!(of(Outcome::Failure, Some(503), 1), backend(0, 1));
    assert_eq!(of(Outcome::Failure, None, 1), backend(0, 1));
    for (outcome, status) in [
        (Outcome::Success, Some(404)),
        (Outcome::Ignored, Some(500)),
        (Outcome::Throttled, Some(429)),
        (Outcome::Exhausted, Some(429)),
    ] {
        assert_eq!(of(outcome, status, 1), [], "{outcome:?}");
    }
}

#[test]
fn a_call_that_a_sick_upstreams_circuit_rejects_is_bad() {
    for (state, bad) in
        [(State::Open, 1), (State::HalfOpen, 1), (State::ForcedOpen, 0), (State::Closed, 0)]
    {
        let found = counted(|counter, site| counter.record_rejection(site, API, state));
        let sum: u64 = found.iter().map(|(_, counts)| counts.1).sum();
        assert_eq!(sum, bad, "{state:?}");
    }
}

#[test]
fn each_objective_is_told_to_one_coordinator() {
    let site = site();
    let mut counter = ObjectiveCounter::new(&site);
    let good = ServedAnswer { source: Source::Origin, status: 200, call: None, took: Millis::ZERO };
    let call = EndedCall { outcome: Outcome::Success, status: Some(200), took: Millis::ZERO };
    counter.record_answer(&site, API_ROUTE, &good);
    counter.record_call(&site, API, &call);
    let names = |taken: &[ObjectiveDelta]| {
        taken.iter().map(|delta| delta.objective.clone()).collect::<Vec<_>>()
    };
    let own = site.routes[API_ROUTE].circuit;
    assert_ne!(own, site.upstreams[API].circuit);
    let taken = counter.take(&site, own);
    assert_eq!(names(&taken), ["orders", "quick"]);
    assert_eq!(counter.take(&site, own), []);
    assert_eq!(names(&counter.take(&site, site.upstreams[API].circuit)), ["backend"]);
}

#[test]
fn sums_keep_no_more_names_than_a_site_has() {
    let mut sums = ObjectiveSums::default();
    for round in 0..2 {
        for number in 0..OBJECTIVES_MAX + 5 {
            let objective = alloc::format!("o{number}");
            sums.add(&[ObjectiveDelta { objective, counts: ObjectiveCounts::GOOD }]);
        }
        assert_eq!(sums.0.len(), OBJECTIVES_MAX, "{round}");
    }
    assert!(sums.take().iter().all(|delta| delta.counts.good == 2));
    assert_eq!(sums.take(), []);
}

#[test]
fn a_delta_travels_as_an_array() {
    let delta =
        ObjectiveDelta { objective: "orders".into(), counts: ObjectiveCounts { good: 7, bad: 1 } };
    let text = serde_json::to_string(&delta).unwrap();
    assert_eq!(text, r#"["orders",[7,1]]"#);
    assert_eq!(serde_json::from_str::<ObjectiveDelta>(&text).unwrap(), delta);
}
