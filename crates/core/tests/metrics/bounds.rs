//! The number of series, and of bytes, has a bound whatever the site is like.

use std::collections::BTreeSet;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::Millis;
use breakwater_core::telemetry::metrics::{
    AnsweredBy, CHECKS_SHOWN_MAX, CallLabel, CheckGauge, CheckLabel, CircuitGauge, CircuitLabel,
    LABEL_BYTES_MAX, MetricsDelta, MetricsFormat, MetricsLayout, MetricsReport, MetricsSender,
    MetricsTotals, ROWS_MAX, TOTAL_ROWS_MAX, WorkTotals,
};

use crate::{at, circuit, monitor, read, route, view, written};

/// A site with this many routes, each with a circuit of its own.
fn large(number: usize) -> MetricsLayout {
    let routes = (0..number).map(|it| route(&format!("/r{it}/*"), &format!("u{it}"), it));
    MetricsLayout::new(routes, (0..number).map(|it| circuit(&format!("u{it}"), &format!("u{it}"))))
}

/// Every route and circuit counts something of everything, and all of it arrives.
fn filled(layout: &MetricsLayout, number: usize) -> MetricsTotals {
    let mut delta = MetricsDelta::new(layout);
    let mut totals = MetricsTotals::default();
    for index in 0..number {
        for (status, by) in AnsweredBy::ALL.iter().enumerate() {
            let status = 499 + status as u16;
            delta.count_answer(layout, Some(index), *by, status, Millis::new(90));
        }
        for end in CallLabel::ALL {
            delta.count_call(layout, CircuitId::new(index), *end, Some(Millis::new(90)));
        }
    }
    for index in 0..number {
        let report =
            MetricsSender::new(index as u64).next(&mut delta, layout, CircuitId::new(index));
        if let Some(report) = report {
            assert!(totals.merge(layout, &report, at(0)));
        }
    }
    totals
}

#[test]
fn routes_and_circuits_beyond_the_bound_count_together() {
    let number = ROWS_MAX + 50;
    let layout = large(number);
    let totals = filled(&layout, number);
    let work = WorkTotals::default();
    let circuits: Vec<_> = (0..number)
        .map(|it| CircuitGauge {
            circuit: CircuitId::new(it),
            state: CircuitLabel::Closed,
            replicas: 1,
        })
        .collect();
    let mut view = view(&layout, &totals, &work);
    view.circuits = &circuits;
    let page = read(&view, MetricsFormat::OpenMetrics);
    let values = |name: &str, label: &str| -> BTreeSet<String> {
        page.samples(name).map(|sample| sample.labels[label].clone()).collect()
    };
    assert_eq!(values("breakwater_requests_total", "route").len(), ROWS_MAX + 1);
    assert_eq!(values("breakwater_calls_total", "circuit").len(), ROWS_MAX + 1);
    assert_eq!(values("breakwater_circuit_state", "circuit").len(), ROWS_MAX, "states have no sum");
    assert_eq!(page.sum("breakwater_requests_total"), (number * AnsweredBy::ALL.len()) as u64);
    assert_eq!(page.sum("breakwater_calls_total"), (number * CallLabel::ALL.len()) as u64);
    let of_others: u64 = page
        .samples("breakwater_requests_total")
        .filter(|sample| sample.labels["route"] == "other")
        .map(|sample| sample.value.parse::<u64>().unwrap())
        .sum();
    assert_eq!(of_others, (50 * AnsweredBy::ALL.len()) as u64);
    assert!(written(&view, MetricsFormat::OpenMetrics).len() < 1024 * 1024);
}

#[test]
fn checks_beyond_the_bound_count_together() {
    let layout = large(1);
    let (totals, work) = (MetricsTotals::default(), WorkTotals::default());
    let names: Vec<String> = (0..300).map(|it| format!("c{it}")).collect();
    let mut checks: Vec<_> =
        names.iter().map(|name| CheckGauge { name, state: CheckLabel::Down }).collect();
    // A check may have the name of the sum.
    checks[0].name = "other";
    let mut view = view(&layout, &totals, &work);
    view.monitor = Some(monitor(&work, &checks));
    let page = read(&view, MetricsFormat::Text);
    assert_eq!(page.samples("breakwater_check_down").count(), CHECKS_SHOWN_MAX);
    assert_eq!(page.sum("breakwater_check_down"), 300);
    assert_eq!(page.value("breakwater_check_down", &[("check", "other")]), Some(101));
    assert_eq!(page.value("breakwater_checks", &[("state", "down")]), Some(300));
}

#[test]
fn a_circuit_may_have_the_name_of_the_sum() {
    let layout = MetricsLayout::new(
        [route("/a", "other", 0), route("/b", "b", 1)],
        [circuit("other", "other"), circuit("b", "b")],
    );
    let totals = filled(&layout, 2);
    let work = WorkTotals::default();
    let page = read(&view(&layout, &totals, &work), MetricsFormat::OpenMetrics);
    assert_eq!(page.sum("breakwater_calls_total"), (2 * CallLabel::ALL.len()) as u64);
}

#[test]
fn a_label_that_is_too_long_counts_under_other() {
    let long = format!("/{}", "x".repeat(LABEL_BYTES_MAX));
    let layout = MetricsLayout::new([route(&long, "a", 0)], [circuit("a", "a")]);
    let totals = filled(&layout, 1);
    let work = WorkTotals::default();
    let page = read(&view(&layout, &totals, &work), MetricsFormat::Text);
    assert!(page.samples("breakwater_requests_total").all(|it| it.labels["route"] == "other"));
    assert_eq!(page.sum("breakwater_requests_total"), AnsweredBy::ALL.len() as u64);
}

/// Each deployment has other routes, for years.
#[test]
fn rows_of_earlier_deployments_make_room() {
    let mut totals = MetricsTotals::default();
    for deployment in 0..300_u64 {
        let name = format!("u{deployment}");
        let layout = MetricsLayout::new([route("/*", &name, 0)], [circuit(&name, &name)]);
        let mut delta = MetricsDelta::new(&layout);
        delta.count_answer(&layout, Some(0), AnsweredBy::Origin, 200, Millis::ZERO);
        let report = MetricsSender::new(deployment).next(&mut delta, &layout, CircuitId::new(0));
        assert!(totals.merge(&layout, &report.unwrap(), at(deployment)));
        let work = WorkTotals::default();
        let page = read(&view(&layout, &totals, &work), MetricsFormat::Text);
        assert_eq!(page.sum("breakwater_requests_total"), 1, "only today's routes are shown");
    }
    let stored = breakwater_core::base::stored::StoredForm::to_stored(&totals);
    assert_eq!(stored.matches("\"/*\"").count(), TOTAL_ROWS_MAX);
}

#[test]
fn counts_of_a_route_that_the_site_does_not_have_are_not_lost() {
    let (before, now) = (large(3), large(2));
    let mut delta = MetricsDelta::new(&before);
    for index in 0..3 {
        delta.count_answer(&before, Some(index), AnsweredBy::Origin, 200, Millis::ZERO);
    }
    let mut totals = MetricsTotals::default();
    for index in 0..3 {
        let report =
            MetricsSender::new(index as u64).next(&mut delta, &before, CircuitId::new(index));
        totals.merge(&now, &report.unwrap(), at(0));
    }
    let work = WorkTotals::default();
    let page = read(&view(&now, &totals, &work), MetricsFormat::Text);
    assert_eq!(page.sum("breakwater_requests_total"), 3);
}

#[test]
fn a_report_of_all_rows_is_small() {
    let layout = large(ROWS_MAX);
    let mut delta = MetricsDelta::new(&layout);
    for index in 0..ROWS_MAX {
        delta.count_answer(&layout, Some(index), AnsweredBy::Origin, 200, Millis::new(90));
    }
    let report: Option<MetricsReport> =
        MetricsSender::new(u64::MAX).next(&mut delta, &layout, CircuitId::new(0));
    let json = serde_json::to_string(&report).unwrap();
    assert!(json.len() < 100, "a report is about one circuit: {json}");
}
