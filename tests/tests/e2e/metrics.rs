//! The page of metrics: what it counts is what was sent, and Prometheus reads it.

mod gate;
mod page;
mod prometheus;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use breakwater_tests::{Answer, Client, World, eventually, metrics_read_in_python};
use serde_json::json;

use self::page::{MetricsPage, Series};

const PATH: &str = "/_breakwater/metrics";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPERATOR: (&str, &str) = ("authorization", "Bearer dev");

async fn scrape(client: &Client) -> Result<MetricsPage> {
    let answer = client.get_with(PATH, &[OPERATOR]).await?;
    ensure!(answer.status == 200, "{}", answer.text());
    MetricsPage::parse(&answer.text())
}

/// What was sent, as the page shall have it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sent {
    /// By route, upstream and source.
    requests: BTreeMap<[String; 3], u64>,
    errors: BTreeMap<[String; 3], u64>,
    /// By route and upstream.
    durations: BTreeMap<[String; 2], u64>,
}

impl Sent {
    fn count(&mut self, (route, upstream): (&str, &str), answer: &Answer) {
        let labels = [route, upstream, answer.told("source")].map(String::from);
        *self.requests.entry(labels.clone()).or_default() += 1;
        if answer.status >= 500 {
            *self.errors.entry(labels).or_default() += 1;
        }
        *self.durations.entry([route, upstream].map(String::from)).or_default() += 1;
    }

    /// What the page has, without series at zero and without what is of no route.
    fn on(page: &MetricsPage) -> Result<Self> {
        let label = |series: &Series, name: &str| {
            series.labels.get(name).cloned().with_context(|| format!("no {name}: {series:?}"))
        };
        let mut sent = Self::default();
        for (family, counts) in [
            ("breakwater_requests_total", &mut sent.requests),
            ("breakwater_request_errors_total", &mut sent.errors),
        ] {
            for series in page.counted(family)? {
                let labels = ["route", "upstream", "source"].map(|name| label(&series, name));
                let [route, upstream, source] = labels;
                counts.insert([route?, upstream?, source?], series.whole()?);
            }
        }
        for series in page.counted("breakwater_request_duration_seconds_count")? {
            let [route, upstream] = ["route", "upstream"].map(|name| label(&series, name));
            sent.durations.insert([route?, upstream?], series.whole()?);
        }
        Ok(sent)
    }

    fn total(&self) -> u64 {
        self.requests.values().sum()
    }
}

/// The routes that requests are sent to, with their upstreams, and a path of each.
const ROUTES: [(&str, &str, &str); 4] = [
    ("/api/*", "api", "/api/echo"),
    ("/products/*", "web", "/products/1"),
    ("/blame/straight/*", "blamed", "/blame/straight/1"),
    ("/backed/*", "scripted", "/backed/1"),
];
/// Rounds of requests, each with one to every route, to each isolate.
const ROUNDS: usize = 40;

/// The answers of one upstream are errors until its circuit opens, and come from the fallback then;
/// those of another come from its backup. What has arrived never falls, and never exceeds what was
/// sent; in the end it equals that, by route, upstream and source.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scrape_during_load_equals_the_requests_sent() -> Result<()> {
    let world = World::start_with_isolates("a_scrape_during_load", 2, &[])?;
    world.break_with_status("/blame/straight/*", 503).await?;
    let mut sent = Sent::default();
    let mut last = 0;
    for round in 0..ROUNDS {
        for isolate in &world.isolates {
            for (route, upstream, path) in ROUTES {
                let answer = isolate.get(path).await?;
                sent.count((route, upstream), &answer);
            }
        }
        if round % 8 == 7 {
            let arrived = Sent::on(&scrape(&world.visitor).await?)?.total();
            ensure!(arrived >= last, "it fell from {last} to {arrived}");
            ensure!(arrived <= sent.total(), "{arrived} of {}", sent.total());
            last = arrived;
        }
    }
    assert_eq!(sent.total(), (ROUNDS * ROUTES.len() * world.isolates.len()) as u64);
    let sources: Vec<&str> = sent.requests.keys().map(|[_, _, source]| &**source).collect();
    assert!(sources.contains(&"origin") && sources.contains(&"fallback"), "{sources:?}");
    let found = eventually("all that was sent has arrived", async || {
        let mut page = None;
        // Each isolate sends what it has counted before it answers.
        for isolate in &world.isolates {
            page = Some(scrape(isolate).await?);
        }
        let found = Sent::on(&page.context("no isolate")?)?;
        Ok((found.total() >= sent.total()).then_some(found))
    })
    .await?;
    assert_eq!(found, sent);
    // What has arrived is not added again.
    assert_eq!(Sent::on(&scrape(&world.visitor).await?)?, sent);
    Ok(())
}

#[tokio::test]
async fn the_page_is_in_the_format_that_is_asked_for() -> Result<()> {
    let world = World::start_with("the_page_is_in_the_format", &[("VIEWER_TOKEN", "viewer")])?;
    world.visitor.get("/api/echo").await?;
    // Prometheus 2.53 and 3.5 ask so.
    let two = "application/openmetrics-text;version=1.0.0;q=0.5,\
               application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,\
               */*;q=0.2";
    let three = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,\
                 text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                 text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    for (accept, expected) in [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/plain;version=0.0.4", TEXT),
        ("text/html", TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        (two, OPENMETRICS),
        (three, OPENMETRICS),
    ] {
        for token in ["Bearer dev", "Bearer viewer"] {
            let fields = [("authorization", token), ("accept", accept)];
            let answer = world.visitor.get_with(PATH, &fields).await?;
            assert_eq!(answer.status, 200, "{accept}: {}", answer.text());
            assert_eq!(answer.field("content-type"), expected, "{accept}");
            assert_eq!(answer.field("vary"), "Accept, Cookie");
            assert_eq!(answer.text().ends_with("# EOF\n"), expected == OPENMETRICS);
        }
    }
    for token in ["", "Bearer devx"] {
        let stranger = world.visitor.get_with(PATH, &[("authorization", token)]).await?;
        assert_eq!(stranger.status, 401, "{}", stranger.text());
    }
    let answer = world.operate("POST", PATH, "").await?;
    assert_eq!((answer.status, answer.field("allow")), (405, "GET, HEAD"));
    Ok(())
}

/// The parser of OpenMetrics is the strictest that there is; that of the text format reads what
/// promtool checks elsewhere.
#[tokio::test]
async fn both_formats_are_read_by_prometheus_own_client() -> Result<()> {
    let world = World::start("both_formats_are_read")?;
    for (_, _, path) in ROUTES {
        world.visitor.get(path).await?;
    }
    let mut read = Vec::new();
    for (accept, is_openmetrics) in [("application/openmetrics-text", true), ("text/plain", false)]
    {
        let answer = world.visitor.get_with(PATH, &[OPERATOR, ("accept", accept)]).await?;
        let families = metrics_read_in_python(&answer.text(), is_openmetrics)?;
        let families = families.as_array().context("no list")?.clone();
        let mut samples: Vec<(String, String)> = Vec::new();
        for sample in families.iter().flat_map(|it| it["samples"].as_array()).flatten() {
            let name = sample["name"].as_str().context("no name")?;
            samples.push((name.to_owned(), sample["labels"].to_string()));
        }
        samples.sort();
        if is_openmetrics {
            let states = families.iter().find(|it| it["name"] == "breakwater_circuit_state");
            assert_eq!(states.map(|it| &it["type"]), Some(&json!("stateset")));
        }
        read.push(samples);
    }
    assert_eq!(read[0], read[1], "both formats have the same series");
    Ok(())
}

#[tokio::test]
async fn the_page_answers_although_no_object_does() -> Result<()> {
    let world = World::start_with("the_page_answers_although", &[("BREAKWATER_FAULT", "object")])?;
    let page = scrape(&world.visitor).await?;
    assert_eq!(page.series("breakwater_build_info").count(), 1);
    for family in ["breakwater_requests_total", "breakwater_circuit_state", "breakwater_snapshots"]
    {
        assert_eq!(page.series(family).count(), 0, "{family}: a counter at zero would be a reset");
    }
    eventually("the numbers are said to be old", async || {
        let page = scrape(&world.visitor).await?;
        let age = page.series("breakwater_numbers_age_seconds").next();
        Ok(age.filter(|it| it.value.parse().is_ok_and(|age: f64| age > 0.0)).map(drop))
    })
    .await
}
