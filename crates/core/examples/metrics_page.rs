//! What a scrape costs the control plane, without asking objects: what 100 coordinators, the site's
//! object and the monitor with 200 checks tell is read, added up and written.
//!
//! ```sh
//! cargo run --profile sim -p breakwater-core --all-features --example metrics_page
//! ```

#![allow(clippy::print_stdout, reason = "it is what an example is for")]
#![allow(clippy::disallowed_types, reason = "it measures time, which core itself never reads")]
#![allow(clippy::unwrap_used, reason = "it fails by panicking")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

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
    AnsweredBy, CallLabel, MetricsDelta, MetricsFormat, MetricsSender, MetricsTotals, ObjectLabel,
};

const CIRCUITS: usize = 100;
const CHECKS: usize = 200;
const SCRAPES: usize = 200;
const NOW: Timestamp = Timestamp::from_millis(1_795_424_400_000);

fn site() -> (Site, WatchRules) {
    let mut file = String::from("[site]\nname = \"Shop\"\nhost = \"shop.example\"\n");
    for at in 0..CIRCUITS {
        write!(file, "[upstreams.u{at}]\norigin = \"https://u{at}.example\"\n").unwrap();
    }
    for at in 0..CIRCUITS {
        write!(file, "[[routes]]\nmatch = \"/part-{at}/*\"\nupstream = \"u{at}\"\n").unwrap();
    }
    file += "[[routes]]\nmatch = \"/*\"\nupstream = \"u0\"\n";
    for at in 0..CHECKS {
        write!(file, "[[checks]]\nname = \"c{at}\"\nurl = \"https://shop.example/{at}\"\n")
            .unwrap();
    }
    let file = parse_file("example", &file).unwrap_or_else(|error| panic!("{error}"));
    (file.site, file.watch)
}

/// What a coordinator tells whose route and circuit have counted something of everything.
fn told(site: &Site, index: usize) -> String {
    let (layout, circuit) = (layout(site), CircuitId::new(index));
    let mut delta = MetricsDelta::new(&layout);
    for (status, by) in AnsweredBy::ALL.iter().enumerate() {
        for took in [3, 20, 80, 200, 600, 1_200, 2_000, 6_000, 12_000, 20_000] {
            let status = 490 + 2 * status as u16;
            delta.count_answer(&layout, Some(index), *by, status, Millis::new(took));
        }
    }
    for end in CallLabel::ALL {
        delta.count_call(&layout, circuit, *end, Some(Millis::new(80)));
    }
    delta.count_object_calls(ObjectLabel::Coordinator, 9);
    let mut totals = MetricsTotals::default();
    let report = MetricsSender::new(1).next(&mut delta, &layout, circuit).unwrap();
    totals.merge(&layout, &report, NOW);
    let told = CircuitMetrics { state: State::Closed, replicas: 40, totals };
    serde_json::to_string(&told).unwrap()
}

fn main() {
    let (site, rules) = site();
    let circuits: Vec<String> = (0..site.circuits.len()).map(|at| told(&site, at)).collect();
    let (host, _) = MonitorHost::load(&Default::default(), &rules, None, NOW);
    let monitor = serde_json::to_string(&MonitorMetrics::of(&rules, &host, NOW)).unwrap();
    let site_object = serde_json::to_string(&SiteMetrics::default()).unwrap();
    let mut numbers = ScrapedNumbers::new(&site);
    let (mut spans, mut bytes): (Vec<[Duration; 2]>, usize) = (Vec::new(), 0);
    for _ in 0..SCRAPES {
        let begun = Instant::now();
        for (at, text) in circuits.iter().enumerate() {
            numbers.handle_circuit(CircuitId::new(at), json::read(text).ok(), NOW);
        }
        numbers.handle_site(json::read(&site_object).ok(), NOW);
        numbers.handle_monitor(json::read(&monitor).ok(), NOW);
        let read = begun.elapsed();
        bytes = numbers.page(MetricsFormat::OpenMetrics, ("0.1.0", ""), NOW).len();
        spans.push([read, begun.elapsed()]);
    }
    let median = |which: usize| {
        let mut all: Vec<Duration> = spans.iter().map(|span| span[which]).collect();
        all.sort();
        all[SCRAPES / 2]
    };
    let travelled: usize = circuits.iter().map(String::len).sum::<usize>() + monitor.len();
    println!("{} circuits, {CHECKS} checks: {travelled} bytes told, {bytes} bytes of page", {
        site.circuits.len()
    });
    println!("median of {SCRAPES}: {:?}, of which reading {:?}", median(1), median(0));
}
