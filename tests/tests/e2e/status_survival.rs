//! The public status outlives what it tells of: the upstreams, the monitor, every object, the colo.

use std::time::{Duration, Instant};

use anyhow::Result;
use breakwater_tests::{World, eventually};
use futures_util::future::try_join_all;

use crate::status::{known_to_be, measured};
use crate::watch::{receiver, watched, watched_where};

/// All objects fail.
const DEAD: (&str, &str) = ("BREAKWATER_FAULT", "object");
/// The monitor is asked once in this time, at most.
const PERIOD: Duration = Duration::from_secs(15);
/// What the Worker writes down whenever it asks.
const ASKED: &str = "noted: the monitor is asked for the public status";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_every_service_dead_the_last_copy_is_served_and_says_how_old_it_is() -> Result<()> {
    let mut world = measured("with_every_service_dead").await?;
    world.restart_worker_with(&[DEAD])?;
    world.break_with_status("/*", 503).await?;
    for path in ["/status", "/status/api/v2/summary.json", "/status/feed.atom"] {
        let answer = world.visitor.get(path).await?;
        assert_eq!(answer.status, 200, "{path}");
    }
    eventually("the copy says its age", async || {
        let age: u64 = world.visitor.get("/status").await?.field("age").parse()?;
        Ok((age >= 2).then_some(()))
    })
    .await?;
    let summary = world.visitor.get("/status/api/v2/summary.json").await?.json();
    assert_eq!(summary["components"][1]["breakwater"]["name"], "frontend", "{summary}");
    // Asking once more fails behind the answers, and not too often.
    let asks = || -> Result<usize> { Ok(world.worker_log()?.matches(ASKED).count()) };
    let (before, begun) = (asks()?, Instant::now());
    for _ in 0..200 {
        let answer = world.visitor.get("/status").await?;
        assert_eq!(answer.status, 200);
        assert!(answer.took < Duration::from_secs(1), "{:?}", answer.took);
    }
    let allowed = 1 + begun.elapsed().as_secs() as usize / 5;
    assert!(asks()? - before <= allowed + 1, "{} of {allowed}", asks()? - before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_colo_with_nothing_alive_says_that_it_knows_nothing() -> Result<()> {
    for fault in ["object", "object-hang"] {
        let name = format!("a_new_colo_{fault}");
        let world = World::start_watched(&name, &[("BREAKWATER_FAULT", fault)])?;
        let first = world.visitor.get("/status/status.txt").await?;
        assert_eq!(first.status, 200, "{fault}");
        assert!(first.took < Duration::from_secs(5), "{fault}: {:?}", first.took);
        let text = first.text();
        assert!(text.contains("Website") && !text.to_lowercase().contains("operational"), "{text}");
        let again = world.visitor.get("/status").await?;
        assert!(again.took < Duration::from_secs(1), "{fault}: {:?}", again.took);
        assert_eq!(again.field("cache-control"), "public, max-age=5", "{fault}");
        let summary = world.visitor.get("/status/api/v2/summary.json").await?.json();
        assert_eq!(summary["breakwater"]["state"], "unknown", "{fault}: {summary}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_colo_takes_the_buckets_copy_when_the_monitor_is_dead() -> Result<()> {
    let each = [("BREAKWATER_FAULT", "copy-each-round")];
    let mut world = watched_where("a_new_colo_takes_the_buckets", &receiver(0)?, &each)?;
    known_to_be(&world, "frontend", "operational").await?;
    assert_eq!(world.stack.scheduled()?, "ok");
    world.restart_with_empty_cache_and(&[DEAD])?;
    let status = world.visitor.get("/status/status.txt").await?;
    assert_eq!(status.status, 200);
    assert!(status.text().contains("Website"), "{}", status.text());
    let json = world.visitor.get("/status/api/v2/components/frontend.json").await?.json();
    let known = &json["component"]["breakwater"];
    assert!(known["measured_at"].is_string(), "it was measured once: {json}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_readers_asks_the_monitor_once() -> Result<()> {
    let world = watched("a_burst_of_readers", &receiver(0)?)?;
    let begun = Instant::now();
    for _ in 0..10 {
        let readers = (0..50).map(|_| world.visitor.get("/status/api/v2/summary.json"));
        for answer in try_join_all(readers).await? {
            assert_eq!(answer.status, 200);
        }
    }
    let periods = 1 + (begun.elapsed().as_millis() / PERIOD.as_millis()) as usize;
    eventually("the log has come", async || {
        Ok((world.worker_log()?.matches(ASKED).count() > 0).then_some(()))
    })
    .await?;
    let asks = world.worker_log()?.matches(ASKED).count();
    assert!(asks <= periods, "{asks} in {periods} periods");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_plane_that_breaks_is_no_reason_to_ask_an_upstream() -> Result<()> {
    for fault in ["panic-control", "trap-control"] {
        let name = format!("a_control_plane_that_breaks_{fault}");
        let world = World::start_watched(&name, &[("BREAKWATER_FAULT", fault)])?;
        for (path, host) in [("/status", None), ("/", Some(crate::status::AT_ITS_HOST))] {
            let fields: Vec<_> = host.into_iter().collect();
            let answer = world.visitor.get_with(path, &fields).await?;
            assert_eq!((answer.status, answer.field("retry-after")), (503, "1"), "{fault}");
            assert_eq!(world.requests_to(path).await?, 0, "{fault} {path}");
        }
        // A data plane that breaks as well sends no visitor to the upstream either.
    }
    let world = World::start_watched("a_data_plane_that_breaks", &[("BREAKWATER_FAULT", "panic")])?;
    let answer = world.visitor.get("/status/status.txt").await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(world.requests_to("/status/status.txt").await?, 0);
    Ok(())
}
