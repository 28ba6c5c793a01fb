//! What a Worker that is killed finds again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use breakwater_tests::{World, eventually};

/// The test site opens the circuit of this path for six seconds.
const PATH: &str = "/products/1";
const CIRCUIT: &str = "web/products/*";

#[tokio::test]
async fn a_killed_worker_is_open_again_within_a_second_and_closes_on_time() -> Result<()> {
    let mut world = World::start("a_killed_worker")?;
    world.break_with_status("/*", 503).await?;
    world.circuit_becomes(PATH, "open").await?;
    // The coordinator is told after the answer.
    let left = eventually("the coordinator opens", async || {
        let circuit = world.circuit(CIRCUIT).await?;
        Ok(circuit["retry_after_ms"].as_u64())
    })
    .await?;
    let deadline = Instant::now() + Duration::from_millis(left);
    world.restart_worker()?;

    world.visitor.get(PATH).await?;
    let first_request = Instant::now();
    world.circuit_becomes(PATH, "open").await?;
    let took = first_request.elapsed();
    assert!(took < Duration::from_secs(1), "open again after {took:?}");
    let circuit = world.circuit(CIRCUIT).await?;
    let left = circuit["retry_after_ms"].as_u64().context("not open")?;
    let restored = Instant::now() + Duration::from_millis(left);
    let drift = restored.max(deadline) - restored.min(deadline);
    assert!(drift < Duration::from_millis(500), "the deadline moved by {drift:?}");

    world.mend_backend().await?;
    let answer = world.circuit_becomes(PATH, "closed").await?;
    assert_eq!(answer.status, 200);
    assert!(Instant::now() >= deadline, "closed before the deadline");
    Ok(())
}
