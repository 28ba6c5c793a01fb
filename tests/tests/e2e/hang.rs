//! An upstream whose calls take longer than visitors are patient.

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, World, eventually};
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

#[tokio::test]
async fn orders_that_hang_open_the_circuit_long_before_they_time_out() -> Result<()> {
    let upstream = Scripted::start(|seen| match seen.path.as_str() {
        "/blame/orders/silent" => Reply::Silence,
        // This is neither a success nor a failure.
        "/blame/orders/busy" => Reply::status(429, &[], ""),
        _ => Reply::ok(&[], "taken"),
    })
    .await?;
    let vars = [("BREAKWATER_UPSTREAM_BLAMED", upstream.url())];
    let world = World::start_with("orders_that_hang", &vars)?;
    let order = async |path: &str| world.visitor.send("POST", path, &[], "order").await;
    for _ in 0..25 {
        assert_eq!(order("/blame/orders/taken").await?.status, 200);
    }
    let silent = "/blame/orders/silent";
    let opening = eventually("the circuit is open", async || {
        Ok((order("/blame/orders/busy").await?.told("circuit") == "open").then_some(()))
    });
    tokio::select! {
        ended = order(silent) => panic!("{:?}", ended?.status),
        ended = order(silent) => panic!("{:?}", ended?.status),
        ended = order(silent) => panic!("{:?}", ended?.status),
        opened = opening => opened,
    }
}

#[tokio::test]
async fn who_waits_without_a_copy_leaves_when_the_circuit_opens() -> Result<()> {
    let upstream = Scripted::start(|seen| match seen.path.as_str() {
        "/blame/retry/silent" => Reply::Silence,
        "/blame/retry/failing" => Reply::status(503, &[], ""),
        _ => Reply::ok(&[], "fine"),
    })
    .await?;
    let vars = [("BREAKWATER_UPSTREAM_BLAMED", upstream.url())];
    let world = World::start_with("who_waits_without_a_copy", &vars)?;
    for _ in 0..25 {
        assert_eq!(world.visitor.get("/blame/retry/fine").await?.status, 200);
    }
    let silent = "/blame/retry/silent";
    let opening = async {
        let waits = async || Ok((upstream.seen(silent).len() == 2).then_some(()));
        eventually("both wait", waits).await?;
        world.visitor.get("/blame/retry/failing").await
    };
    let (read, order, opening) = tokio::join!(
        world.visitor.get(silent),
        world.visitor.send("POST", silent, &[], "order"),
        opening,
    );
    assert_eq!(opening?.status, 503);
    let (read, order) = (read?, order?);
    assert_eq!((read.status, read.told("circuit"), read.told("source")), (503, "open", "fallback"));
    assert!(read.text().contains("circuit open for another"), "{}", read.text());
    assert_eq!((order.status, order.told("circuit")), (503, "open"));
    assert!(!order.text().contains("circuit open"), "it learns what came of it: {}", order.text());
    Ok(())
}
