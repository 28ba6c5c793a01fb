//! The state that a killed Worker finds when it starts again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use breakwater_tests::{World, eventually};

/// The test site opens the circuit of this path for 15 s.
const PATH: &str = "/products/1";
const CIRCUIT: &str = "web/products/*";
/// The Worker must know its state within 3 s of its first request. A second is the goal; a machine
/// that is busy with other tests may take longer.
const KNOWN_WITHIN: Duration = Duration::from_secs(3);
/// A request and its answer may add up to 2 s to a deadline that is given as remaining time.
const DRIFT: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_killed_worker_is_soon_open_again_and_closes_once_the_upstream_is_mended() -> Result<()> {
    let mut world = World::start("a_killed_worker")?;
    world.break_with_status("/*", 503).await?;
    world.circuit_becomes(PATH, "open").await?;
    // The coordinator gets the report after the answer.
    let deadline = eventually("the coordinator opens", async || {
        let asked = Instant::now();
        let left = world.circuit(CIRCUIT).await?["retry_after_ms"].as_u64();
        Ok(left.map(|left| asked + Duration::from_millis(left)))
    })
    .await?;
    world.restart_worker()?;

    world.visitor.get(PATH).await?;
    let first_request = Instant::now();
    world.circuit_becomes(PATH, "open").await?;
    let took = first_request.elapsed();
    assert!(took < KNOWN_WITHIN, "open again after {took:?}");
    let asked = Instant::now();
    let circuit = world.circuit(CIRCUIT).await?;
    let left = circuit["retry_after_ms"].as_u64().context("not open")?;
    let restored = asked + Duration::from_millis(left);
    let drift = restored.max(deadline) - restored.min(deadline);
    assert!(drift < DRIFT, "the deadline moved by {drift:?}");

    world.mend_backend().await?;
    let answer = world.circuit_becomes(PATH, "closed").await?;
    assert_eq!(answer.status, 200);
    Ok(())
}
