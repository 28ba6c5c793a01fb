//! The latency of real calls, as operators see it.

use anyhow::Result;
use breakwater_tests::{World, eventually};
use serde_json::json;

/// The backend waits for 150 ms before it answers.
const DELAY: u64 = 150;
const SLOW: &str = "/api/echo";
const FAILING: &str = "/api/failing";

#[tokio::test]
async fn operators_see_how_long_an_upstreams_calls_take() -> Result<()> {
    let world = World::start("operators_see_how_long")?;
    let unknown = world.circuit("api").await?;
    assert!(unknown.get("latency").is_none(), "no call, no percentiles: {unknown}");

    let slow = json!({"match": SLOW, "kind": "latency", "delay_ms": DELAY});
    world.break_backend(slow).await?;
    world.break_with_status(FAILING, 503).await?;
    let (calls, failures) = (8, 2);
    for _ in 0..calls {
        assert_eq!(world.visitor.get(SLOW).await?.status, 200);
    }
    // A healthy isolate reports within a minute; two failures in a row have it report at once, and
    // leave the circuit closed.
    for _ in 0..failures {
        assert_eq!(world.visitor.get(FAILING).await?.told("source"), "origin");
    }
    let latency = eventually("the percentiles of all calls", async || {
        let latency = world.circuit("api").await?["latency"].clone();
        Ok((latency["calls"] == calls + failures).then_some(latency))
    })
    .await?;
    let of = |name: &str| latency[name].as_u64().unwrap_or_default();
    assert!((130..2_000).contains(&of("p50_ms")), "{latency}");
    assert!(of("p50_ms") <= of("p95_ms") && of("p95_ms") <= of("p99_ms"), "{latency}");
    let observed = eventually("health shows the median", async || {
        let detailed = world.operate("GET", "/health/detailed", "").await?.json();
        Ok(detailed["checks"]["api:latencyP50"].get(0).cloned())
    })
    .await?;
    assert_eq!(observed["observedValue"], latency["p50_ms"], "{observed}");
    assert_eq!((&observed["observedUnit"], &observed["status"]), (&"ms".into(), &"pass".into()));
    let other = world.circuit("hooks").await?;
    assert!(other.get("latency").is_none(), "another upstream's calls: {other}");
    Ok(())
}
