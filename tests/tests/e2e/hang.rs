//! An upstream whose calls take longer than visitors are patient.

use anyhow::Result;
use breakwater_tests::{World, eventually};
use serde_json::json;

/// Twice the patience of the test site's routes and more, and half their time-out.
const SLOW_MS: u64 = 1_500;

#[tokio::test]
async fn a_suspect_upstream_is_not_waited_for_until_it_is_quick_again() -> Result<()> {
    let world = World::start("a_suspect_upstream")?;
    world.see("/").await?;
    world.break_backend(json!({"match": "/*", "kind": "latency", "delay_ms": SLOW_MS})).await?;
    let suspect = eventually("the upstream is suspect", async || {
        let answer = world.visitor.get("/").await?;
        assert_eq!((answer.status, answer.told("circuit")), (200, "closed"));
        Ok(answer.field("cache-status").contains("detail=suspect").then_some(answer))
    })
    .await?;
    assert_eq!(suspect.told("source"), "stale");
    // A visitor for whom there is no copy gets through.
    let unseen = world.visitor.get("/products").await?;
    assert_eq!((unseen.status, unseen.told("source")), (200, "origin"));
    world.mend_backend().await?;
    eventually("the upstream is quick again", async || {
        Ok((world.visitor.get("/").await?.told("source") == "origin").then_some(()))
    })
    .await
}

#[tokio::test]
async fn one_call_at_a_time_goes_on_behind_a_copy_of_a_suspect_upstream() -> Result<()> {
    let world = World::start("one_call_at_a_time")?;
    world.see("/").await?;
    world.break_backend(json!({"match": "/*", "kind": "latency", "delay_ms": SLOW_MS})).await?;
    let is_suspect = async || {
        let answer = world.visitor.get("/").await?;
        Ok(answer.field("cache-status").contains("detail=suspect").then_some(()))
    };
    eventually("the upstream is suspect", is_suspect).await?;
    let before = world.requests_to("/").await?;
    let visitors = 200;
    for _ in 0..visitors {
        assert_eq!(is_suspect().await?, Some(()));
    }
    let calls = world.requests_to("/").await? - before;
    assert!(calls <= visitors / 4, "{calls} calls behind {visitors} visitors");
    Ok(())
}
