//! The README's outage, watched on the status page and on the operators' console at once. The
//! pictures of both are those in `docs/img`.

use std::time::Duration;

use anyhow::{Context, Result};
use breakwater_tests::{World, eventually_within, operate, screenshot, visit};
use serde_json::{Value, json};

use crate::texts;

/// How long the public state may take to follow: a confirmation of two seconds, the renewal of the
/// state after fifteen, and a machine that has two cores.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(60);

/// Waits until strangers are told this of the whole site.
async fn strangers_are_told(world: &World, indicator: &str) -> Result<()> {
    eventually_within(FOLLOWS_WITHIN, &format!("the page says {indicator}"), async || {
        let told = world.visitor.get("/status/api/v2/status.json").await?.json();
        Ok((told["status"]["indicator"] == indicator).then_some(()))
    })
    .await
}

/// What a stranger reads on the status page.
async fn page(world: &World, name: &str) -> Result<String> {
    let url = format!("{}/status", world.stack.url());
    let options = json!({ "does": "look", "url": url, "screenshot": screenshot(name)? });
    let seen = visit(options).await?;
    assert_eq!(seen["status"], 200);
    assert_eq!(texts(&seen["violations"]), [""; 0], "{name}");
    seen["text"].as_str().map(String::from).context("no text")
}

/// What an operator reads in these views of the console.
async fn console(world: &World, views: &[&str], name: &str) -> Result<Vec<String>> {
    let options = json!({
        "does": "look", "url": world.stack.url(), "token": "dev", "views": views,
        "screenshot": screenshot(&format!("{name}-VIEW"))?,
    });
    let seen = operate(options).await?;
    let shown = seen["views"].as_array().into_iter().flatten();
    Ok(shown.filter_map(|view| view["text"].as_str()).map(String::from).collect())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: run by `cargo xtask test`"]
async fn an_outage_is_seen_on_the_status_page_and_on_the_console() -> Result<()> {
    let world = World::start_watched("browser_outage", &[])?;
    strangers_are_told(&world, "none").await?;
    let before = page(&world, "outage-page-before").await?;
    assert!(before.contains("Everything works"), "{before}");

    world.break_with_status("/", 503).await?;
    for _ in 0..5 {
        world.visitor.get("/").await?;
    }
    strangers_are_told(&world, "critical").await?;
    let incident = world.operate("GET", "/_breakwater/incidents", "").await?.json();
    let id = incident["incidents"][0]["id"].as_str().context("an incident is open")?.to_owned();
    let during = page(&world, "outage-page").await?;
    assert!(during.contains("does not work"), "{during}");
    let incident = format!("/incident?name={id}");
    let views = ["", "/upstreams", "/circuit?upstream=web&name=web", "/incidents", &incident];
    let shown = console(&world, &views, "outage-console").await?;
    let [overview, upstreams, circuit, incidents, incident] = &shown[..] else {
        anyhow::bail!("{shown:?}");
    };
    assert!(overview.contains("`frontend` is down"), "{overview}");
    for view in [upstreams, circuit] {
        assert!(view.contains("open"), "{view}");
    }
    assert!(incidents.contains("`frontend` is down"), "{incidents}");
    assert!(incident.contains("expected 2xx"), "the evidence: {incident}");

    world.mend_backend().await?;
    strangers_are_told(&world, "none").await?;
    let after = page(&world, "outage-page-after").await?;
    assert!(after.contains("Resolved"), "what is over stays in the history: {after}");
    let over: Value = world.operate("GET", "/_breakwater/incidents", "").await?.json();
    assert_eq!(over["incidents"][0]["id"], id.as_str());
    Ok(())
}
