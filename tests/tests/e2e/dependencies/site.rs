//! The effect of dependencies on the site's own health.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, World, eventually, well};

use super::{BACKEND, DATABASE, all_well};

/// A server that is healthy, or unreachable when the test says so.
async fn switched() -> Result<(Scripted, Arc<AtomicBool>)> {
    let is_down = Arc::new(AtomicBool::new(true));
    let of_server = Arc::clone(&is_down);
    let server = Scripted::start(move |seen| {
        if of_server.load(Ordering::Relaxed) { Reply::Disconnect } else { well(seen) }
    })
    .await?;
    Ok((server, is_down))
}

/// Repeats requests until all of these paths have this status.
async fn all_become(world: &World, expected: &[(&str, u16, &str)]) -> Result<()> {
    eventually(&format!("{expected:?}"), async || {
        for (path, status, said) in expected {
            let answer = world.visitor.get(path).await?;
            if answer.status != *status || answer.json()["status"] != *said {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await
}

#[tokio::test]
async fn a_critical_dependency_fails_the_site_and_its_readiness_only_in_that_group() -> Result<()> {
    let (database, database_is_down) = switched().await?;
    let (backend, backend_is_down) = switched().await?;
    backend_is_down.store(false, Ordering::Relaxed);
    let vars = [(DATABASE, database.url()), (BACKEND, backend.url())];
    let mut world = World::start_with("kinds_critical", &vars)?;
    world.stack.scheduled()?;

    all_become(&world, &[("/health", 503, "fail"), ("/health/ready", 200, "pass")]).await?;
    let failing = world.visitor.get("/health").await?;
    assert!(failing.text().contains("database fails"), "{}", failing.text());
    assert_eq!(failing.field("cache-control"), "no-store");
    database_is_down.store(false, Ordering::Relaxed);
    all_become(&world, &[("/health", 200, "pass"), ("/health/ready", 200, "pass")]).await?;

    backend_is_down.store(true, Ordering::Relaxed);
    all_become(&world, &[("/health", 503, "fail"), ("/health/ready", 503, "fail")]).await?;
    all_become(&world, &[("/health/live", 200, "pass")]).await?;
    backend_is_down.store(false, Ordering::Relaxed);
    all_become(&world, &[("/health", 200, "pass"), ("/health/ready", 200, "pass")]).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_probed_each_second_is_not_stale_between_probes() -> Result<()> {
    let world = World::start("kinds_stale")?;
    all_well(&world).await?;
    // If findings were stored for longer than they are valid, a stale one would occur in each such
    // period. A machine that stands still for seconds causes one too, but not each time.
    let start = Cell::new(Instant::now());
    eventually("it was told for longer than it is kept and than findings hold", async || {
        let health = world.visitor.get("/health").await?;
        let checks = &health.json()["checks"];
        let is_fresh = |name: &str| checks[name][0]["stale"] == false;
        let all_are = ["backend", "database", "login"]
            .iter()
            .all(|name| is_fresh(&format!("{name}:responseTime")));
        if !all_are || health.status != 200 {
            start.set(Instant::now());
        }
        Ok((start.get().elapsed() > Duration::from_secs(5)).then_some(()))
    })
    .await
}
