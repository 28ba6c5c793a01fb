//! A page is made of what objects tell, and of what they told before where they do not answer.

use std::collections::BTreeMap;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::json;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::State;
use breakwater_core::site::config::{Site, WatchRules, parse_file};
use breakwater_core::site::metrics::{
    CircuitMetrics, MonitorMetrics, ScrapedNumbers, SiteMetrics, layout,
};
use breakwater_core::site::monitoring::MonitorHost;
use breakwater_core::telemetry::metrics::{
    AnsweredBy, CallLabel, CircuitLabel, FetchLabel, MetricsDelta, MetricsFormat, MetricsSender,
    MetricsTotals, ObjectLabel,
};
use proptest::prelude::*;

use crate::at;
use crate::parser::ParsedPage;

const FILE: &str = "
[site]
name = \"Shop\"
host = \"shop.example\"
[upstreams.web]
origin = \"https://web.example\"
[upstreams.api]
origin = \"https://api.example\"
[[routes]]
match = \"/api/*\"
upstream = \"api\"
[[routes]]
match = \"/*\"
upstream = \"web\"
[[checks]]
name = \"frontend\"
url = \"https://shop.example/\"
[[channels]]
name = \"ops\"
kind = \"slack\"
url = \"https://hooks.example/\"
";
const WEB: CircuitId = CircuitId::new(0);
const API: CircuitId = CircuitId::new(1);

fn site() -> (Site, WatchRules) {
    let file = parse_file("test", FILE).unwrap_or_else(|error| panic!("{error}"));
    (file.site, file.watch)
}

/// What a coordinator tells after this many answers to visitors.
fn circuit(site: &Site, circuit: CircuitId, answers: u64) -> Option<CircuitMetrics> {
    let layout = layout(site);
    let mut delta = MetricsDelta::new(&layout);
    let route = site.routes.iter().position(|route| route.circuit == circuit.index());
    for _ in 0..answers {
        delta.count_answer(&layout, route, AnsweredBy::Origin, 200, Millis::new(30));
        delta.count_call(&layout, circuit, CallLabel::Success, Some(Millis::new(30)));
        delta.count_own(&layout);
        delta.count_object_calls(ObjectLabel::Coordinator, 1);
    }
    let mut totals = MetricsTotals::default();
    if let Some(report) = MetricsSender::new(1).next(&mut delta, &layout, circuit) {
        totals.merge(&layout, &report, at(0));
    }
    totals.count_transition(&layout, circuit, CircuitLabel::Closed);
    Some(travelled(&CircuitMetrics { state: State::Closed, replicas: answers, totals }))
}

/// What an object tells, as it arrives.
fn travelled<T: serde::Serialize + serde::de::DeserializeOwned>(told: &T) -> T {
    let text = serde_json::to_string(told).unwrap();
    let read: T = json::read(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    read
}

/// What the site's object tells after this many fetches of snapshots.
fn site_object(fetches: u32) -> Option<SiteMetrics> {
    let mut told = SiteMetrics::default();
    told.work.count_fetches(FetchLabel::Written, fetches);
    told.snapshots.kept = 3;
    Some(travelled(&told))
}

fn monitor(rules: &WatchRules, now: Timestamp) -> Option<MonitorMetrics> {
    let (host, _) = MonitorHost::load(&Default::default(), rules, None, now);
    Some(travelled(&MonitorMetrics::of(rules, &host, now)))
}

#[track_caller]
fn page(numbers: &ScrapedNumbers, now: Timestamp) -> ParsedPage {
    let page = numbers.page(MetricsFormat::OpenMetrics, ("0.1.0", ""), now);
    ParsedPage::parse(&page, MetricsFormat::OpenMetrics).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn age(numbers: &ScrapedNumbers, now: Timestamp, seconds: &str) {
    let page = page(numbers, now);
    let sample = page.samples("breakwater_numbers_age_seconds").next().unwrap();
    assert_eq!(sample.value, seconds);
}

#[test]
fn the_page_adds_up_what_all_objects_tell() {
    let (site, rules) = site();
    let now = at(0);
    let mut numbers = ScrapedNumbers::new(&site);
    numbers.handle_circuit(WEB, circuit(&site, WEB, 5), now);
    numbers.handle_circuit(API, circuit(&site, API, 7), now);
    numbers.handle_site(site_object(2), now);
    numbers.handle_monitor(monitor(&rules, now), now);
    let page = page(&numbers, now);
    let requests = |route, upstream| {
        let labels = [("route", route), ("upstream", upstream), ("source", "origin")];
        page.value("breakwater_requests_total", &labels)
    };
    assert_eq!((requests("/*", "web"), requests("/api/*", "api")), (Some(5), Some(7)));
    assert_eq!(page.sum("breakwater_requests_total"), 2 * 12, "own paths are shared");
    let calls = [("object", "coordinator")];
    assert_eq!(page.value("breakwater_object_calls_total", &calls), Some(12));
    assert_eq!(page.value("breakwater_snapshots", &[("state", "kept")]), Some(3));
    let fetches = [("result", "written")];
    assert_eq!(page.value("breakwater_snapshot_fetches_total", &fetches), Some(2));
    assert_eq!(page.value("breakwater_checks", &[("state", "pending")]), Some(1));
    assert_eq!(page.value("breakwater_check_down", &[("check", "frontend")]), Some(0));
    assert_eq!(page.value("breakwater_outbox_pending", &[("channel", "ops")]), Some(0));
    let budget = [("object", "monitor"), ("resource", "object_calls")];
    assert!(page.value("breakwater_budget_limit", &budget) > Some(0));
    let held = [("work", "checks_critical")];
    assert_eq!(page.value("breakwater_work_held_total", &held), Some(0));
    age(&numbers, now, "0.000");
}

#[test]
fn an_object_that_does_not_answer_keeps_its_last_numbers() {
    let (site, rules) = site();
    let mut numbers = ScrapedNumbers::new(&site);
    numbers.handle_circuit(WEB, circuit(&site, WEB, 5), at(0));
    numbers.handle_circuit(API, circuit(&site, API, 7), at(0));
    numbers.handle_site(site_object(2), at(0));
    numbers.handle_monitor(monitor(&rules, at(0)), at(0));
    let before = page(&numbers, at(0));
    for now in [at(15_000), at(30_000)] {
        numbers.handle_circuit(WEB, None, now);
        numbers.handle_circuit(API, circuit(&site, API, 7), now);
        numbers.handle_site(None, now);
        numbers.handle_monitor(None, now);
    }
    age(&numbers, at(30_000), "30.000");
    let after = page(&numbers, at(30_000));
    for (before, after) in before.families.iter().zip(&after.families) {
        if before.name != "breakwater_numbers_age_seconds" {
            let said = |family: &crate::parser::ParsedFamily| {
                let samples = family.samples.iter();
                samples.map(|it| (it.labels.clone(), it.value.clone())).collect::<Vec<_>>()
            };
            assert_eq!(said(before), said(after), "{}", before.name);
        }
    }
    numbers.handle_circuit(WEB, circuit(&site, WEB, 9), at(45_000));
    numbers.handle_circuit(API, circuit(&site, API, 9), at(45_000));
    numbers.handle_site(site_object(4), at(45_000));
    numbers.handle_monitor(monitor(&rules, at(45_000)), at(45_000));
    age(&numbers, at(45_000), "0.000");
}

#[test]
fn what_was_never_heard_of_has_no_samples() {
    let (site, _) = site();
    let mut numbers = ScrapedNumbers::new(&site);
    numbers.handle_circuit(WEB, circuit(&site, WEB, 5), at(0));
    numbers.handle_circuit(API, None, at(0));
    numbers.handle_site(None, at(0));
    let found = page(&numbers, at(0));
    let of_route = |route: &str| {
        found.samples("breakwater_requests_total").filter(|it| it.labels["route"] == route).count()
    };
    assert_eq!((of_route("/*"), of_route("/api/*"), of_route("other")), (2, 0, 0));
    assert!(found.samples("breakwater_calls_total").all(|it| it.labels["circuit"] == "web"));
    for family in [
        "breakwater_object_calls_total",
        "breakwater_snapshots",
        "breakwater_snapshot_fetches_total",
        "breakwater_checks",
        "breakwater_alerts_total",
        "breakwater_deliveries_total",
        "breakwater_outbox_dropped_total",
        "breakwater_budget_limit",
    ] {
        assert_eq!(found.samples(family).count(), 0, "{family}");
    }
    numbers.handle_circuit(WEB, circuit(&site, WEB, 6), at(60_000));
    numbers.handle_circuit(API, None, at(60_000));
    age(&numbers, at(60_000), "60.000");
}

#[test]
fn a_site_without_a_monitor_has_no_old_numbers() {
    let (site, _) = site();
    let mut numbers = ScrapedNumbers::new(&site);
    for circuit_of in [WEB, API] {
        numbers.handle_circuit(circuit_of, circuit(&site, circuit_of, 1), at(60_000));
    }
    numbers.handle_site(site_object(0), at(60_000));
    age(&numbers, at(60_000), "0.000");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A counter that falls looks like a reset, after which all that was counted counts again.
    #[test]
    fn no_counter_falls_whichever_object_does_not_answer(
        scrapes in prop::collection::vec((0..9_u64, prop::collection::vec(any::<bool>(), 4)), 1..8),
    ) {
        let (site, rules) = site();
        let mut numbers = ScrapedNumbers::new(&site);
        let (mut now, mut counted) = (at(0), 0);
        let mut last: BTreeMap<String, u64> = BTreeMap::new();
        for (more, answers) in scrapes {
            (now, counted) = (now + Millis::new(15_000), counted + more);
            let told = |of: CircuitId, answered: bool| {
                circuit(&site, of, counted).filter(|_| answered)
            };
            numbers.handle_circuit(WEB, told(WEB, answers[0]), now);
            numbers.handle_circuit(API, told(API, answers[1]), now);
            numbers.handle_site(site_object(counted as u32).filter(|_| answers[2]), now);
            numbers.handle_monitor(monitor(&rules, now).filter(|_| answers[3]), now);
            let page = page(&numbers, now);
            for family in page.families.iter().filter(|it| it.kind == "counter") {
                for sample in &family.samples {
                    let series = format!("{} {:?}", sample.name, sample.labels);
                    let value: u64 = sample.value.parse().unwrap();
                    let before = last.insert(series.clone(), value).unwrap_or_default();
                    prop_assert!(value >= before, "{series} fell from {before} to {value}");
                }
            }
        }
    }
}
