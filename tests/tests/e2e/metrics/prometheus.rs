//! A real Prometheus scrapes the Worker, and the rules in `docs/grafana` alert.
//!
//! These tests need Prometheus' programs, so they are ignored by default. `cargo xtask test` runs
//! them where it finds the programs, and says so where it does not.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use breakwater_testing::servers::{Programs, Prometheus, check_page};
use breakwater_tests::{Client, World, eventually};
use serde_json::Value;

use super::gate::ScrapeGate;
use super::{OPERATOR, PATH};

/// Spans of the rules, each with what stands for it in the test: a second for each minute. The
/// scrape interval, which the rules assume to be a minute at most, is a second too.
const SPANS: [(&str, &str); 8] = [
    ("[5m]", "[5s]"),
    ("[10m]", "[10s]"),
    ("[30m]", "[30s]"),
    ("[1h]", "[60s]"),
    ("[6h]", "[360s]"),
    ("for: 1m", "for: 1s"),
    ("for: 2m", "for: 2s"),
    ("for: 5m", "for: 5s"),
];

/// The rules as they are delivered, in the test's time.
fn rules() -> Result<String> {
    let root = std::env::var_os("BREAKWATER_ROOT").context("BREAKWATER_ROOT is not set")?;
    let file = fs::read_to_string(Path::new(&root).join("docs/grafana/alerts.yml"))?;
    let mut rules = file;
    for (span, scaled) in SPANS {
        ensure!(rules.contains(span), "no rule has the span {span}");
        rules = rules.replace(span, scaled);
    }
    for line in rules.lines() {
        let is_scaled = !line.contains("m]") && !line.contains("h]");
        let waits = line.trim_start().strip_prefix("for: ");
        ensure!(is_scaled && waits.is_none_or(|it| it.ends_with('s')), "not scaled: {line}");
    }
    Ok(rules)
}

/// The settings: an operators' token, and all else as Prometheus has it by default.
fn config(target: &str) -> String {
    format!(
        "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}\n\
         rule_files: [alerts.yml]\n\
         scrape_configs:\n\
         - job_name: breakwater\n  \
           metrics_path: {PATH}\n  \
           authorization: {{ type: Bearer, credentials: dev }}\n  \
           static_configs: [{{ targets: ['{target}'] }}]\n"
    )
}

/// What is asked of Prometheus.
struct Asked(Client);

impl Asked {
    async fn data(&self, path: &str) -> Result<Value> {
        let answer = self.0.get(path).await?;
        ensure!(answer.status == 200, "{path}: {}", answer.text());
        Ok(answer.json()["data"].take())
    }

    /// The value of an expression that has one result.
    async fn value(&self, query: &str) -> Result<Option<String>> {
        let data = self.data(&format!("/api/v1/query?query={query}")).await?;
        Ok(data["result"][0]["value"][1].as_str().map(str::to_owned))
    }

    /// The alert of this name about a circuit, if it is pending or fires.
    async fn alert(&self, name: &str, circuit: &str) -> Result<Option<Value>> {
        let data = self.data("/api/v1/alerts").await?;
        let mut alerts = data["alerts"].as_array().into_iter().flatten();
        let is_meant =
            |it: &&Value| it["labels"]["alertname"] == name && it["labels"]["circuit"] == circuit;
        Ok(alerts.find(is_meant).cloned())
    }

    async fn fires(&self, name: &str, circuit: &str) -> Result<Option<Value>> {
        Ok(self.alert(name, circuit).await?.filter(|alert| alert["state"] == "firing"))
    }
}

const OPENED: &str = "BreakwaterCircuitOpened";
const STAYS_OPEN: &str = "BreakwaterCircuitStaysOpen";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Prometheus: `cargo xtask test` runs it"]
async fn a_real_prometheus_alerts_and_recovers_through_a_missed_scrape() -> Result<()> {
    let programs = Programs::locate()?;
    let world = World::start("a_real_prometheus")?;
    let gate = ScrapeGate::start(world.stack.port()).await?;
    let target = gate.authority();
    let prometheus = Prometheus::start(&programs, &config(&target), &[("alerts.yml", &rules()?)])?;
    let asked = Asked(Client::new(prometheus.url()));
    eventually("it scrapes", async || Ok(asked.value("up").await?.filter(|up| up == "1"))).await?;
    let metadata = asked.data("/api/v1/metadata?metric=breakwater_circuit_state").await?;
    let kind = &metadata["breakwater_circuit_state"][0]["type"];
    assert_eq!(kind, "stateset", "it asks for OpenMetrics");
    for alert in [OPENED, STAYS_OPEN] {
        assert_eq!(asked.alert(alert, "api").await?, None);
    }

    world.break_with_status("/*", 503).await?;
    world.circuit_becomes("/api/echo", "open").await?;
    eventually("the circuit's opening is an alert", async || asked.fires(OPENED, "api").await)
        .await?;
    let waits =
        eventually("the longer opening is noticed", async || asked.alert(STAYS_OPEN, "api").await)
            .await?;
    let refused = gate.refuse();
    eventually("a scrape fails", async || {
        let missed = asked.value("min_over_time(up%5B5s%5D)").await?;
        Ok((gate.refused() > refused && missed.as_deref() == Some("0")).then_some(()))
    })
    .await?;
    gate.open();
    eventually("it scrapes again", async || Ok(asked.value("up").await?.filter(|up| up == "1")))
        .await?;
    let fires = eventually("an alert of the longer opening fires", async || {
        asked.fires(STAYS_OPEN, "api").await
    })
    .await?;
    assert_eq!(fires["activeAt"], waits["activeAt"], "the missed scrape did not set it back");
    let absent = asked.data("/api/v1/alerts").await?.to_string();
    assert!(!absent.contains("BreakwaterScrapeAbsent"), "one missed scrape is none: {absent}");

    world.mend_backend().await?;
    world.circuit_becomes("/api/echo", "closed").await?;
    eventually("both alerts end", async || {
        let alerts = [asked.alert(OPENED, "api").await?, asked.alert(STAYS_OPEN, "api").await?];
        Ok(alerts.iter().all(Option::is_none).then_some(()))
    })
    .await
}

#[tokio::test]
#[ignore = "needs Prometheus: `cargo xtask test` runs it"]
async fn promtool_finds_nothing_wrong_with_the_text_format() -> Result<()> {
    let programs = Programs::locate()?;
    let world = World::start("promtool_finds_nothing_wrong")?;
    world.visitor.get("/api/echo").await?;
    let page = world.visitor.get_with(PATH, &[OPERATOR]).await?;
    check_page(&programs, &page.text())
}
