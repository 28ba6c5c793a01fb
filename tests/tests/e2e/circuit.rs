//! A failing upstream gets no calls, and recovers by itself.

use std::time::Duration;

use anyhow::Result;
use breakwater_tests::World;
use serde_json::json;

/// 3 failures in a row open the circuits of the test site.
const THRESHOLD: usize = 3;

#[tokio::test]
async fn after_the_configured_failures_the_backend_is_no_longer_called() -> Result<()> {
    let world = World::start("the_backend_is_no_longer_called")?;
    // The circuit stays open for longer than all these answers take, even on a slow machine.
    let path = "/products/1";
    world.break_with_status("/*", 503).await?;
    for call in 1..=THRESHOLD {
        let answer = world.visitor.get(path).await?;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.told("source"), "origin", "the upstream's own answer, call {call}");
    }
    for _ in 0..20 {
        let answer = world.visitor.get(path).await?;
        assert_eq!((answer.status, answer.told("circuit")), (503, "open"));
        assert_eq!(answer.told("source"), "fallback");
        let retry_after: u64 = answer.field("retry-after").parse()?;
        assert!((1..=15).contains(&retry_after), "the circuit opens for 15 s: {retry_after}");
        assert_eq!(answer.field("cache-control"), "no-store");
        assert!(answer.took < Duration::from_secs(2), "{:?}", answer.took);
    }
    assert_eq!(world.requests_to(path).await?, THRESHOLD as u64);
    Ok(())
}

#[tokio::test]
async fn the_circuit_closes_by_itself_when_the_backend_is_well() -> Result<()> {
    let world = World::start("the_circuit_closes_by_itself")?;
    world.break_with_status("/*", 503).await?;
    world.circuit_becomes("/api/echo", "open").await?;
    world.mend_backend().await?;
    let answer = world.circuit_becomes("/api/echo", "closed").await?;
    assert_eq!((answer.status, answer.told("source")), (200, "origin"));
    let circuit = world.circuit("api").await?;
    assert_eq!(circuit["state"], "closed", "{circuit}");
    assert_eq!(circuit["transitions"][0]["to"], "closed", "{circuit}");
    Ok(())
}

#[tokio::test]
async fn a_probe_of_ours_meets_the_sick_upstream_and_no_visitor_does() -> Result<()> {
    let world = World::start("a_probe_of_ours")?;
    world.break_with_status("/*", 503).await?;
    world.circuit_becomes("/api/echo", "open").await?;
    let called = world.requests_to("/api/echo").await?;
    // It is probed twice at the end of an opening, and opens again each time.
    breakwater_tests::eventually("two probes failed", async || {
        world.visitor.get("/api/echo").await?;
        Ok((world.requests_to("/health").await? >= 2).then_some(()))
    })
    .await?;
    assert_eq!(world.requests_to("/api/echo").await?, called, "no visitor's request was spent");
    Ok(())
}

#[tokio::test]
async fn an_upstream_whose_answers_break_off_does_not_pass_our_probe() -> Result<()> {
    let world = World::start("an_upstream_whose_answers_break_off")?;
    world.break_backend(json!({"match": "/health", "kind": "truncate"})).await?;
    world.break_with_status("/api/*", 503).await?;
    world.circuit_becomes("/api/echo", "open").await?;
    let since = world.requests_to("/health").await?;
    breakwater_tests::eventually("three probes have ended", async || {
        Ok((world.requests_to("/health").await? >= since + 4).then_some(()))
    })
    .await?;
    let circuit = world.circuit("api").await?;
    let transitions = circuit["transitions"].as_array().into_iter().flatten();
    assert!(transitions.into_iter().all(|it| it["to"] == "open"), "{circuit}");
    world.mend_backend().await?;
    world.circuit_becomes("/api/echo", "closed").await?;
    Ok(())
}

#[tokio::test]
async fn an_upstream_that_refuses_our_probe_recovers_and_health_names_the_status() -> Result<()> {
    let world = World::start("an_upstream_that_refuses_our_probe")?;
    world.break_with_status("/*", 503).await?;
    world.circuit_becomes("/api/echo", "open").await?;
    world.mend_backend().await?;
    world.break_with_status("/health", 403).await?;
    let answer = world.circuit_becomes("/api/echo", "closed").await?;
    assert_eq!((answer.status, answer.told("source")), (200, "origin"));
    breakwater_tests::eventually("the operators are told", async || {
        let health = world.operate("GET", "/health/detailed", "").await?.text();
        Ok(health.contains("it answers, but refuses our probe (403)").then_some(()))
    })
    .await
}

#[tokio::test]
async fn cloudflares_own_errors_open_a_circuit_as_a_gateways_do() -> Result<()> {
    let world = World::start("cloudflares_own_errors")?;
    world.break_with_status("/*", 522).await?;
    world.circuit_becomes("/api/echo", "open").await?;
    Ok(())
}

#[tokio::test]
async fn an_upstream_without_a_probe_recovers_on_a_visitors_call() -> Result<()> {
    let world = World::start("an_upstream_without_a_probe")?;
    world.break_with_status("/webhooks/*", 502).await?;
    let post = async || world.visitor.send("POST", "/webhooks/payments", &[], "{}").await;
    breakwater_tests::eventually("the circuit opens", async || {
        Ok((post().await?.told("circuit") == "open").then_some(()))
    })
    .await?;
    world.mend_backend().await?;
    let answer = breakwater_tests::eventually("the circuit closes", async || {
        let answer = post().await?;
        Ok((answer.told("circuit") == "closed").then_some(answer))
    })
    .await?;
    assert_eq!(answer.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_hanging_upstream_is_given_up_at_the_time_out_and_then_not_asked() -> Result<()> {
    let world = World::start("a_hanging_upstream")?;
    world.break_backend(json!({"match": "/webhooks/*", "kind": "hang"})).await?;
    for _ in 0..THRESHOLD {
        let answer = world.visitor.send("POST", "/webhooks/payments", &[], "{}").await?;
        assert_eq!((answer.status, answer.told("source")), (503, "fallback"));
        assert!(answer.took >= Duration::from_millis(900), "{:?}", answer.took);
        assert!(answer.took < Duration::from_secs(5), "{:?}", answer.took);
    }
    let answer = world.visitor.send("POST", "/webhooks/payments", &[], "{}").await?;
    assert_eq!(answer.told("circuit"), "open");
    assert!(answer.took < Duration::from_secs(2), "{:?}", answer.took);
    assert_eq!(world.requests_to("/webhooks/payments").await?, THRESHOLD as u64);
    Ok(())
}

#[tokio::test]
async fn a_refused_connection_is_a_failure() -> Result<()> {
    let mut world = World::start("a_refused_connection")?;
    world.origin.kill();
    for _ in 0..THRESHOLD {
        let answer = world.visitor.get("/api/echo").await?;
        assert_eq!((answer.status, answer.told("source")), (503, "fallback"));
    }
    assert_eq!(world.visitor.get("/api/echo").await?.told("circuit"), "open");
    Ok(())
}

#[tokio::test]
async fn one_upstreams_failure_leaves_the_others_alone() -> Result<()> {
    let world = World::start("one_upstreams_failure")?;
    world.break_with_status("/api/*", 503).await?;
    world.circuit_becomes("/api/echo", "open").await?;
    let page = world.visitor.get("/").await?;
    assert_eq!((page.status, page.told("circuit")), (200, "closed"));
    Ok(())
}

#[tokio::test]
async fn a_visitors_limit_closes_the_site_for_nobody() -> Result<()> {
    let world = World::start("a_visitors_limit")?;
    world.break_with_status("/api/*", 429).await?;
    for _ in 0..3 * THRESHOLD {
        let answer = world.visitor.get("/api/echo").await?;
        assert_eq!((answer.status, answer.told("circuit")), (429, "closed"));
    }
    Ok(())
}
