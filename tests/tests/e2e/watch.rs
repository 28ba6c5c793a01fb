//! Checks, incidents and alerts, from a fault to the message that it is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use breakwater_tests::eventually;
use breakwater_tests::{Reply, Scripted, Seen, World};
use serde_json::Value;

/// A secret of the form that Standard Webhooks give it.
const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// A receiver that fails this often first.
async fn receiver(failures: u32) -> Result<Scripted> {
    let failed = Arc::new(AtomicU32::new(0));
    Scripted::start(move |_| {
        if failed.fetch_add(1, Ordering::SeqCst) < failures {
            Reply::status(503, &[("retry-after", "1")], "")
        } else {
            Reply::status(204, &[], "")
        }
    })
    .await
}

fn watched(name: &str, receiver: &Scripted) -> Result<World> {
    let url = [receiver.url(), "/alerts"].concat();
    let mut world = World::start_watched(
        name,
        &[("OPS_URL", &url), ("OPS_SECRET", SECRET), ("NIGHTLY_TOKEN", "nightly")],
    )?;
    // The first round wakes the monitor; from then on its alarm does.
    assert_eq!(world.stack.scheduled()?, "ok");
    Ok(world)
}

/// What arrived, as the message's id, its type and its incident.
fn arrived(seen: &[Seen]) -> Result<Vec<(String, String, Value)>> {
    seen.iter()
        .map(|seen| {
            let body: Value = serde_json::from_slice(&seen.body)?;
            let kind = body["type"].as_str().context("a type")?.to_owned();
            Ok((seen.field("webhook-id").to_owned(), kind, body["data"]["incident"].clone()))
        })
        .collect()
}

async fn check(world: &World, name: &str) -> Result<Value> {
    let shown = world.operate("GET", "/_breakwater/checks", "").await?.json();
    let checks = shown["checks"].as_array().context("checks")?;
    let found = checks.iter().find(|check| check["name"] == name);
    found.cloned().context("the check")
}

async fn state_becomes(world: &World, name: &str, state: &str) -> Result<()> {
    eventually(&format!("{name} is {state}"), async || {
        Ok((check(world, name).await?["state"] == state).then_some(()))
    })
    .await
}

/// The backend dies, and a receiver that fails three times is told of it and of its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_confirmed_told_and_resolved() -> Result<()> {
    let receiver = receiver(3).await?;
    let world = watched("an_outage_is_confirmed", &receiver)?;
    state_becomes(&world, "frontend", "up").await?;
    state_becomes(&world, "products", "up").await?;

    world.break_with_status("/", 503).await?;
    state_becomes(&world, "frontend", "down").await?;
    let told = eventually("an alert", async || {
        let told = arrived(&receiver.seen("/alerts"))?;
        Ok((told.len() >= 4).then_some(told))
    })
    .await?;
    let (id, kind, incident) = &told[3];
    assert_eq!(kind, "incident.opened");
    assert!(told.iter().all(|(each, ..)| each == id), "one key for all attempts: {told:?}");
    assert_eq!(incident["severity"], "P1");
    assert_eq!(incident["checks"], serde_json::json!(["frontend"]));
    assert_eq!(incident["runbook"], "docs/runbooks/site-down.md");

    world.mend_backend().await?;
    state_becomes(&world, "frontend", "up").await?;
    let told = eventually("the end", async || {
        let told = arrived(&receiver.seen("/alerts"))?;
        Ok((told.len() >= 5).then_some(told))
    })
    .await?;
    let (_, kind, resolved) = &told[4];
    assert_eq!(kind, "incident.resolved");
    assert_eq!(resolved["id"], incident["id"]);
    assert!(resolved["resolved_at"].is_string(), "{resolved}");
    Ok(())
}
