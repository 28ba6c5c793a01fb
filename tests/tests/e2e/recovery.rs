//! Dozens of recoveries with many visitors each: the outcome of a successful call is never lost.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use breakwater_tests::{Client, World, eventually};
use futures_util::future::{join, try_join_all};

/// 40 visitors come to each recovery, spread over the isolates.
const VISITORS: usize = 40;
/// A run of all tests has 16 recoveries.
const RECOVERIES: usize = 16;
/// This variable names another number of recoveries.
const ASKED: &str = "BREAKWATER_RECOVERIES";
/// A visitor comes again after 100 ms.
const AGAIN: Duration = Duration::from_millis(100);
/// Visitors are served within 10 s of a success: two round trips take milliseconds, but a lost
/// outcome costs the 30 s of a permit's lease.
const BOUND: Duration = Duration::from_secs(10);
/// Before every 8th round no visitor comes for 14 s, so that verdicts lapse.
const QUIET_EVERY: usize = 8;
const QUIET: Duration = Duration::from_secs(14);

/// A visitor's view of a recovery.
#[derive(Clone, Copy, Debug)]
struct Seen {
    served: Instant,
    rejected: Option<Instant>,
}

#[tokio::test]
async fn after_a_permitted_success_no_visitor_is_rejected_for_long() -> Result<()> {
    let asked = std::env::var(ASKED).ok().and_then(|asked| asked.parse().ok());
    let rounds = asked.unwrap_or(RECOVERIES) / 2;
    let world = World::start_with_isolates("recoveries", 2, &[])?;
    let mut longest = Duration::ZERO;
    for round in 0..rounds {
        world.break_with_status("/*", 503).await?;
        // The prober probes one upstream, and visitors' calls alone probe the other.
        let (api, hooks) = join(opens(&world, "/api/echo"), opens(&world, "/webhooks/a")).await;
        api.and(hooks)?;
        world.mend_backend().await?;
        if round % QUIET_EVERY == QUIET_EVERY / 2 {
            tokio::time::sleep(QUIET).await;
        }
        let (api, hooks) =
            join(recovers(&world, "/api/echo"), recovers(&world, "/webhooks/a")).await;
        for (name, took) in [("api", api?), ("hooks", hooks?)] {
            ensure!(took < BOUND, "{name}, round {round}: rejected for {took:?} after a success");
            longest = longest.max(took);
        }
    }
    println!("{} recoveries, rejected for at most {longest:?} after a success", rounds * 2);
    Ok(())
}

async fn opens(world: &World, path: &str) -> Result<()> {
    for isolate in &world.isolates {
        eventually(&format!("{path} is rejected"), async || {
            Ok((isolate.get(path).await?.told("circuit") == "open").then_some(()))
        })
        .await?;
    }
    Ok(())
}

/// Lets visitors come until all are served. Returns for how long visitors were rejected after the
/// first success.
async fn recovers(world: &World, path: &str) -> Result<Duration> {
    let visitors = world.isolates.iter().cycle().take(VISITORS);
    let seen = try_join_all(visitors.map(|isolate| visit(isolate, path))).await?;
    let first = seen.iter().map(|seen| seen.served).min();
    let last = seen.iter().filter_map(|seen| seen.rejected).max();
    Ok(match (first, last) {
        (Some(first), Some(last)) => last.saturating_duration_since(first),
        (None, _) | (_, None) => Duration::ZERO,
    })
}

async fn visit(isolate: &Client, path: &str) -> Result<Seen> {
    let rejected = Cell::new(None);
    let served = eventually(&format!("{path} is served"), async || {
        let answer = isolate.get(path).await?;
        if answer.status == 503 {
            rejected.set(Some(Instant::now()));
            tokio::time::sleep(AGAIN).await;
            return Ok(None);
        }
        Ok(Some(Instant::now()))
    })
    .await?;
    // A visitor who was served and comes again must not be rejected either.
    let again = isolate.get(path).await?;
    if again.status == 503 {
        rejected.set(Some(Instant::now()));
    }
    Ok(Seen { served, rejected: rejected.get() })
}
