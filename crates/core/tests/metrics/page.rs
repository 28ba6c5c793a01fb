//! What the page looks like. With `BREAKWATER_UPDATE` the files `page.openmetrics` and `page.txt`
//! are written instead of compared.

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::Millis;
use breakwater_core::telemetry::metrics::{
    AnsweredBy, CallLabel, CircuitLabel, DURATION_BOUNDS, DeliveryLabel, FAMILIES, MessageLabel,
    MetricsDelta, MetricsFormat, MetricsLayout, MetricsSender, MetricsTotals, ObservationLabel,
    WorkTotals,
};
use proptest::prelude::*;

use crate::{at, circuit, read, route, shop, view, written};

/// A shop after a few requests.
fn visited() -> (MetricsLayout, MetricsTotals, WorkTotals) {
    let layout = shop();
    let mut delta = MetricsDelta::new(&layout);
    let web = CircuitId::new(0);
    for took in [4, 80, 15_501] {
        delta.count_answer(&layout, Some(3), AnsweredBy::Origin, 200, Millis::new(took));
        delta.count_call(&layout, web, CallLabel::Success, Some(Millis::new(took)));
    }
    delta.count_answer(&layout, Some(3), AnsweredBy::Fallback, 503, Millis::new(2_000));
    delta.count_call(&layout, web, CallLabel::Failure, None);
    let mut totals = MetricsTotals::default();
    let report = MetricsSender::new(1).next(&mut delta, &layout, web).unwrap();
    assert!(totals.merge(&layout, &report, at(0)));
    totals.count_transition(&layout, web, CircuitLabel::Open);
    let mut work = WorkTotals::default();
    work.count_observation(ObservationLabel::Down);
    work.count_alert(MessageLabel::Opened);
    work.count_delivery(DeliveryLabel::Delivered);
    (layout, totals, work)
}

#[test]
fn both_pages_are_these() {
    let (layout, totals, work) = visited();
    let view = view(&layout, &totals, &work);
    for (format, file, expected) in [
        (MetricsFormat::OpenMetrics, "page.openmetrics", include_str!("page.openmetrics")),
        (MetricsFormat::Text, "page.txt", include_str!("page.txt")),
    ] {
        let page = written(&view, format);
        if std::env::var_os("BREAKWATER_UPDATE").is_some() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/metrics");
            std::fs::write(std::path::Path::new(folder).join(file), &page).unwrap();
        } else {
            assert_eq!(page, expected, "{file}");
        }
        read(&view, format);
    }
}

#[test]
fn a_histogram_counts_up_to_each_bound() {
    let (layout, totals, work) = visited();
    let page = read(&view(&layout, &totals, &work), MetricsFormat::Text);
    let labels = |le| [("route", "/*"), ("upstream", "web"), ("le", le)];
    let counts: Vec<_> = DURATION_BOUNDS
        .iter()
        .map(|(_, le)| *le)
        .chain(["+Inf"])
        .map(|le| page.value("breakwater_request_duration_seconds_bucket", &labels(le)).unwrap())
        .collect();
    assert_eq!(counts, [1, 1, 2, 2, 2, 2, 3, 3, 3, 4]);
    let sum = page.samples("breakwater_request_duration_seconds_sum").last().unwrap();
    assert_eq!(sum.value, "17.585");
}

#[test]
fn a_route_without_requests_has_series_at_zero() {
    let layout = shop();
    let (totals, work) = (MetricsTotals::default(), WorkTotals::default());
    let page = read(&view(&layout, &totals, &work), MetricsFormat::OpenMetrics);
    for source in ["origin", "fallback"] {
        let labels = [("route", "/api/*"), ("upstream", "api"), ("source", source)];
        assert_eq!(page.value("breakwater_requests_total", &labels), Some(0));
        assert_eq!(page.value("breakwater_request_errors_total", &labels), Some(0));
    }
    assert_eq!(page.samples("breakwater_requests_total").count(), 2 * 4);
}

#[test]
fn every_family_has_its_labels_and_no_others() {
    let (layout, totals, work) = visited();
    let page = read(&view(&layout, &totals, &work), MetricsFormat::OpenMetrics);
    assert_eq!(page.families.len(), FAMILIES.len());
    for (family, parsed) in FAMILIES.iter().zip(&page.families) {
        assert_eq!(parsed.name, family.name);
        assert_eq!(parsed.kind, family.kind.as_str());
        assert_eq!(parsed.unit.as_deref(), family.unit);
        assert!(!parsed.samples.is_empty(), "{}", family.name);
        for sample in &parsed.samples {
            let own = |label: &&str| *label != "le" && *label != family.name;
            let mut labels: Vec<&str> =
                sample.labels.keys().map(String::as_str).filter(own).collect();
            let mut declared = family.labels.to_vec();
            labels.sort_unstable();
            declared.sort_unstable();
            assert_eq!(labels, declared, "{}", family.name);
        }
    }
}

/// The reference names each family with the suffix of its samples.
#[test]
fn the_reference_has_every_family_and_no_other() {
    let reference = include_str!("../../../../docs/reference/metrics.md");
    let rows = reference.lines().filter_map(|line| line.strip_prefix("| `breakwater_"));
    let rows: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    let (layout, totals, work) = visited();
    let page = read(&view(&layout, &totals, &work), MetricsFormat::Text);
    let names: Vec<&str> =
        page.families.iter().filter_map(|it| it.name.strip_prefix("breakwater_")).collect();
    assert_eq!(rows, names);
    for (_, bound) in DURATION_BOUNDS {
        assert!(reference.contains(&format!("`{bound}`")), "{bound}");
    }
}

/// Everything of a page but what its format is called.
fn said(
    view: &breakwater_core::telemetry::metrics::MetricsView<'_>,
    format: MetricsFormat,
) -> Vec<String> {
    let page = read(view, format);
    let mut said = Vec::new();
    for family in &page.families {
        said.push(format!("{} {:?}", family.common_name(), family.help));
        for sample in &family.samples {
            said.push(format!("{} {:?} {}", sample.name, sample.labels, sample.value));
        }
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn both_formats_say_the_same_whatever_the_names_are(
        names in prop::collection::btree_set("/[ -~\\n\"\\\\é]{0,12}", 1..6),
        upstream in "[a-z\"\\\\\\n]{1,8}",
        counts in prop::collection::vec((0..6_usize, 0..40_000_u64, 100..600_u16), 0..40),
    ) {
        let routes = names.iter().map(|name| route(name, &upstream, 0));
        let layout = MetricsLayout::new(routes, [circuit(&upstream, &upstream)]);
        let mut delta = MetricsDelta::new(&layout);
        for (index, took, status) in &counts {
            let by = AnsweredBy::ALL[*index];
            let route = Some(index % names.len());
            delta.count_answer(&layout, route, by, *status, Millis::new(*took));
        }
        let mut totals = MetricsTotals::default();
        if let Some(report) = MetricsSender::new(1).next(&mut delta, &layout, CircuitId::new(0)) {
            totals.merge(&layout, &report, at(0));
        }
        let work = WorkTotals::default();
        let view = view(&layout, &totals, &work);
        let (open, text) =
            (said(&view, MetricsFormat::OpenMetrics), said(&view, MetricsFormat::Text));
        prop_assert_eq!(open, text);
        let page = read(&view, MetricsFormat::Text);
        prop_assert_eq!(page.sum("breakwater_requests_total"), counts.len() as u64);
    }
}
