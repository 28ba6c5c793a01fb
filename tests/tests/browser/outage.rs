//! The README's outage, watched on the status page and on the operators' console at once. The
//! pictures of both are those in `docs/img`.

use std::time::Duration;

use anyhow::{Context, Result};
use breakwater_tests::{World, eventually_within, operate, screenshot, visit};
use serde_json::json;

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

/// The id of the latest incident of a check.
async fn incident_of(world: &World, check: &str) -> Result<String> {
    let told = world.operate("GET", "/_breakwater/incidents", "").await?.json();
    let mut all = told["incidents"].as_array().into_iter().flatten();
    let found = all.find(|it| it["title"].as_str().is_some_and(|title| title.contains(check)));
    Ok(found
        .and_then(|it| it["id"].as_str())
        .with_context(|| format!("no incident of {check}: {told}"))?
        .to_owned())
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
    let mut world = World::start_watched("browser_outage", &[])?;
    // The round of each minute wakes the monitor.
    world.stack.scheduled()?;
    strangers_are_told(&world, "none").await?;
    let before = page(&world, "outage-page-before").await?;
    assert!(before.contains("Everything works"), "{before}");

    world.break_with_status("/", 503).await?;
    for _ in 0..5 {
        world.visitor.get("/").await?;
    }
    strangers_are_told(&world, "critical").await?;
    let id = incident_of(&world, "frontend").await?;
    let during = page(&world, "outage-page").await?;
    assert!(during.contains("does not work"), "{during}");
    let incident = format!("/incident?name={id}");
    let views = ["", "/upstreams", "/circuit?upstream=web&name=web", "/incidents", &incident];
    let shown = console(&world, &views, "outage-console").await?;
    let [overview, upstreams, circuit, incidents, incident] = &shown[..] else {
        anyhow::bail!("{shown:?}");
    };
    assert!(overview.contains("`frontend`"), "{overview}");
    for view in [upstreams, circuit] {
        assert!(view.contains("open"), "{view}");
    }
    assert!(incidents.contains("`frontend`"), "{incidents}");
    assert!(incident.contains("expected 2xx"), "the evidence: {incident}");

    world.mend_backend().await?;
    strangers_are_told(&world, "none").await?;
    let after = page(&world, "outage-page-after").await?;
    assert!(after.contains("Everything works") && after.contains("Recent incidents"), "{after}");
    assert_eq!(incident_of(&world, "frontend").await?, id, "one incident for one outage");
    Ok(())
}
