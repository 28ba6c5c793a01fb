//! The state that isolates of one site share: the cache, the evidence, and its effects.

use std::time::Duration;

use anyhow::{Context, Result};
use breakwater_tests::{World, circuit_becomes, circuit_becomes_within, eventually};
use serde_json::json;

/// The test site opens the circuit of this path for 15 s, after 3 failures.
const PATH: &str = "/products/1";
const CIRCUIT: &str = "web/products/*";
/// A path of another circuit.
const OTHER: &str = "/api/echo";
/// An isolate must obey the others' evidence within 3 s of its next request. A second is the goal;
/// a machine that is busy with other tests may take longer.
const SHARED_WITHIN: Duration = Duration::from_secs(3);

#[tokio::test]
async fn isolates_share_the_cache_as_those_of_one_colo_do() -> Result<()> {
    let world = World::start_with_isolates("isolates_share_the_cache", 2, &[])?;
    let page = async |isolate: usize| {
        world.isolates[isolate].get_with("/", &[("host", "shop.example")]).await
    };
    assert_eq!(page(0).await?.told("source"), "origin");
    world.break_with_status("/*", 503).await?;
    eventually("another isolate serves the copy", async || {
        Ok((page(1).await?.told("source") == "stale").then_some(()))
    })
    .await
}

#[tokio::test]
async fn one_isolates_evidence_opens_the_circuit_for_those_that_come_after() -> Result<()> {
    let world = World::start_with_isolates("one_isolates_evidence", 3, &[])?;
    // The start of an isolate takes time of its own, which is not to be measured.
    for isolate in &world.isolates[1..] {
        isolate.get(OTHER).await?;
    }
    world.break_with_status("/*", 503).await?;
    world.circuit_becomes(PATH, "open").await?;
    coordinator_becomes(&world, "open").await?;
    let called = world.requests_to(PATH).await?;
    for isolate in &world.isolates[1..] {
        circuit_becomes_within(SHARED_WITHIN, isolate, PATH, "open").await?;
    }
    let spent = world.requests_to(PATH).await? - called;
    assert!(spent <= 6, "each asks the colo's cache after its first call; {spent} calls");
    Ok(())
}

#[tokio::test]
async fn the_evidence_of_others_opens_the_circuit_for_an_isolate_that_saw_it_work() -> Result<()> {
    let world = World::start_with_isolates("the_evidence_of_others", 4, &[])?;
    let (last, failing) = world.isolates.split_last().context("no isolates")?;
    assert_eq!(last.get(PATH).await?.status, 200);
    eventually("it has reported", async || {
        Ok((world.circuit(CIRCUIT).await?["replicas"] == 1).then_some(()))
    })
    .await?;
    world.break_with_status("/*", 503).await?;
    for isolate in failing {
        circuit_becomes(isolate, PATH, "open").await?;
    }
    coordinator_becomes(&world, "open").await?;
    let called = world.requests_to(PATH).await?;
    circuit_becomes_within(SHARED_WITHIN, last, PATH, "open").await?;
    let spent = world.requests_to(PATH).await? - called;
    assert!(spent < 3, "fewer calls than it needs to find out by itself: {spent}");
    Ok(())
}

#[tokio::test]
async fn a_killed_coordinator_remembers_the_evidence_of_every_report_it_answered() -> Result<()> {
    let mut world = World::start("a_killed_coordinator")?;
    world.break_with_status(PATH, 503).await?;
    // These calls do not count: a replica reports only while it has calls.
    world.break_with_status("/products/2", 429).await?;
    // One failure less than the circuit needs.
    for _ in 0..2 {
        world.visitor.get(PATH).await?;
    }
    let before = eventually("the coordinator has heard of two failures", async || {
        world.visitor.get("/products/2").await?;
        let circuit = world.circuit(CIRCUIT).await?;
        Ok((circuit["failures"] == 2).then_some(circuit))
    })
    .await?;
    assert_eq!((&before["state"], &before["replicas"]), (&json!("closed"), &json!(1)));
    world.restart_worker()?;
    assert_eq!(world.circuit(CIRCUIT).await?, before);
    world.visitor.get(PATH).await?;
    eventually("the third failure opens it", async || {
        world.visitor.get("/products/2").await?;
        Ok((world.circuit(CIRCUIT).await?["state"] == "open").then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_report_that_arrives_twice_counts_once() -> Result<()> {
    let world = World::start_with("arrives_twice", &[("BREAKWATER_FAULT", "report-twice")])?;
    let visit = async |times: u64| -> Result<()> {
        let called = world.requests_to(PATH).await?;
        for _ in 0..times {
            world.visitor.get(PATH).await?;
        }
        assert_eq!(world.requests_to(PATH).await?, called + times, "each is a call");
        Ok(())
    };
    visit(10).await?;
    world.break_with_status(PATH, 503).await?;
    visit(2).await?;
    counts(&world, 12, 2).await?;
    world.mend_backend().await?;
    visit(1).await?;
    world.break_with_status(PATH, 503).await?;
    visit(2).await?;
    // A report is sent after both copies of the previous one have been answered. If the first calls
    // had counted twice, the count would be higher by now.
    counts(&world, 15, 4).await
}

/// The test above depends on this.
#[tokio::test]
async fn a_copy_of_a_report_in_another_replicas_name_arrives_and_counts() -> Result<()> {
    let world = World::start_with("arrives_as_two", &[("BREAKWATER_FAULT", "report-as-two")])?;
    world.break_with_status(PATH, 503).await?;
    world.visitor.get(PATH).await?;
    counts(&world, 2, 2).await?;
    assert_eq!(world.circuit(CIRCUIT).await?["replicas"], 2);
    Ok(())
}

/// Waits until the coordinator has counted this many calls and failures.
async fn counts(world: &World, calls: u64, failures: u64) -> Result<()> {
    eventually(&format!("{calls} calls and {failures} failures are counted"), async || {
        let circuit = world.circuit(CIRCUIT).await?;
        Ok((circuit["calls"] == calls && circuit["failures"] == failures).then_some(()))
    })
    .await
}

async fn coordinator_becomes(world: &World, state: &str) -> Result<()> {
    eventually(&format!("the coordinator is {state}"), async || {
        Ok((world.circuit(CIRCUIT).await?["state"] == state).then_some(()))
    })
    .await
}
