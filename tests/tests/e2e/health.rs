//! The site's health: an answer comes from stored findings, and never causes a probe.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use breakwater_tests::{Answer, Reply, Scripted, World, eventually};
use futures_util::stream::{self, StreamExt as _};

const OPERATOR: &[(&str, &str)] = &[("authorization", "Bearer dev")];
/// The test site has its dependency probed every second.
const EVERY: Duration = Duration::from_secs(1);

/// A third party's status page, which reports an outage when the test says so.
async fn third(is_down: Arc<AtomicBool>) -> Result<Scripted> {
    Scripted::start(move |_| {
        let indicator = if is_down.load(Ordering::Relaxed) { "critical" } else { "none" };
        let body = format!(
            r#"{{"page": {{}}, "status": {{"indicator": "{indicator}", "description": "told"}}}}"#
        );
        Reply::ok(&[("content-type", "application/json")], body)
    })
    .await
}

fn start(name: &str, third: &Scripted) -> Result<World> {
    World::start_with(name, &[("BREAKWATER_DEPENDENCY_THIRD", third.url())])
}

/// Repeats a request until the aggregate has this status.
async fn becomes(world: &World, path: &str, status: u16, said: &str) -> Result<Answer> {
    eventually(&format!("{path} is {status}, {said}"), async || {
        let answer = world.visitor.get(path).await?;
        Ok((answer.status == status && answer.json()["status"] == said).then_some(answer))
    })
    .await
}

#[tokio::test]
async fn health_tells_of_upstreams_dependencies_and_breakwater_itself() -> Result<()> {
    let third = third(Arc::default()).await?;
    let mut world = start("health_tells", &third)?;
    world.stack.scheduled()?;
    let health = becomes(&world, "/health", 200, "pass").await?;
    assert_eq!(health.field("content-type"), "application/health+json");
    assert!(health.field("cache-control").starts_with("public, max-age="), "{:?}", health.headers);
    let checks = &health.json()["checks"];
    for key in [
        "web:circuit",
        "api:circuit",
        "third:responseTime",
        "breakwater-rounds:lastRun",
        "breakwater-coordinators:responseTime",
        "breakwater-snapshots:age",
    ] {
        let check = &checks[key][0];
        assert_eq!(check["status"], "pass", "{key}: {checks:#}");
        assert_eq!(check["stale"], false, "{key}");
    }
    assert_eq!(
        (&checks["web:circuit"][0]["critical"], &checks["third:responseTime"][0]["critical"]),
        (&true.into(), &false.into())
    );
    for path in ["/health/ready", "/health/live"] {
        assert_eq!(world.visitor.get(path).await?.status, 200, "{path}");
    }
    let head = world.visitor.send("HEAD", "/health", &[], "").await?;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(world.visitor.send("POST", "/health", &[], "").await?.status, 405);
    Ok(())
}

#[tokio::test]
async fn a_critical_upstream_that_is_down_takes_the_site_out_of_traffic() -> Result<()> {
    let third = third(Arc::default()).await?;
    let mut world = start("a_critical_upstream", &third)?;
    world.stack.scheduled()?;
    becomes(&world, "/health/ready", 200, "pass").await?;
    world.break_with_status("/*", 503).await?;
    world.circuit_becomes("/nothing-here", "open").await?;
    for path in ["/health", "/health/ready"] {
        let failing = becomes(&world, path, 503, "fail").await?;
        assert_eq!(failing.field("cache-control"), "no-store", "{path}");
        assert!((1..=60).contains(&failing.field("retry-after").parse::<u64>()?), "{path}");
    }
    assert_eq!(
        world.visitor.get("/health/live").await?.status,
        200,
        "a restart would mend nothing"
    );
    world.mend_backend().await?;
    world.circuit_becomes("/nothing-here", "closed").await?;
    becomes(&world, "/health/ready", 200, "pass").await?;
    Ok(())
}

#[tokio::test]
async fn a_site_that_is_closed_for_maintenance_is_not_ready_and_does_not_fail() -> Result<()> {
    let third = third(Arc::default()).await?;
    let mut world = start("a_site_that_is_closed", &third)?;
    world.stack.scheduled()?;
    becomes(&world, "/health/ready", 200, "pass").await?;
    let order = r#"{"match": "/*", "lasts": "10m", "reason": "new shelves"}"#;
    let path = "/_breakwater/maintenance";
    let ordered = world.visitor.send("POST", path, OPERATOR, order).await?;
    assert_eq!(ordered.status, 200, "{}", ordered.text());
    let closed = becomes(&world, "/health/ready", 503, "fail").await?;
    assert!(closed.text().contains("closed until"), "{}", closed.text());
    assert!((1..=600).contains(&closed.field("retry-after").parse::<u64>()?), "until it opens");
    becomes(&world, "/health", 200, "warn").await?;
    assert_eq!(world.visitor.get("/health/live").await?.status, 200);
    let lift = r#"{"reason": "done"}"#;
    let lifted = world.visitor.send("DELETE", path, OPERATOR, lift).await?;
    assert_eq!(lifted.status, 200, "{}", lifted.text());
    becomes(&world, "/health/ready", 200, "pass").await?;
    Ok(())
}

#[tokio::test]
async fn an_optional_dependency_that_is_down_warns() -> Result<()> {
    let is_down = Arc::new(AtomicBool::new(false));
    let third = third(Arc::clone(&is_down)).await?;
    let mut world = start("an_optional_dependency", &third)?;
    world.stack.scheduled()?;
    becomes(&world, "/health", 200, "pass").await?;
    is_down.store(true, Ordering::Relaxed);
    let warning = becomes(&world, "/health", 200, "warn").await?;
    assert!(warning.text().contains("third"), "{}", warning.text());
    assert_eq!(world.visitor.get("/health/ready").await?.json()["status"], "pass");
    is_down.store(false, Ordering::Relaxed);
    becomes(&world, "/health", 200, "pass").await?;
    Ok(())
}

#[tokio::test]
async fn details_are_for_operators() -> Result<()> {
    let third = third(Arc::default()).await?;
    let world = start("details_are_for_operators", &third)?;
    for fields in [&[][..], &[("authorization", "Bearer guess")]] {
        assert_eq!(world.visitor.get_with("/health/detailed", fields).await?.status, 401);
    }
    let detailed = world.visitor.get_with("/health/detailed", OPERATOR).await?;
    assert_eq!(detailed.status, 200, "{}", detailed.text());
    assert!(detailed.json()["checks"]["web:circuit"].is_array());
    Ok(())
}

#[tokio::test]
async fn strangers_learn_names_and_statuses_and_nothing_of_what_stands_behind() -> Result<()> {
    let third = third(Arc::default()).await?;
    let mut world = start("strangers_learn", &third)?;
    world.stack.scheduled()?;
    becomes(&world, "/health", 200, "pass").await?;
    assert_eq!(world.visitor.get("/api/products").await?.status, 200);
    eventually("operators see percentiles", async || {
        let detailed = world.visitor.get_with("/health/detailed", OPERATOR).await?;
        Ok(detailed.text().contains("latencyP50").then_some(()))
    })
    .await?;
    let told = ["status", "time", "critical", "stale", "ageMs"];
    for path in ["/health", "/health/ready"] {
        let answer = world.visitor.get(path).await?;
        let document = answer.json();
        for (name, checks) in document["checks"].as_object().into_iter().flatten() {
            let checks: Vec<_> = checks.as_array().into_iter().flatten().collect();
            assert_eq!(checks.len(), 1, "{name}");
            for key in checks.iter().flat_map(|check| check.as_object()).flatten() {
                assert!(told.contains(&key.0.as_str()), "{path} tells {key:?} of {name}");
            }
        }
        let text = answer.text().to_lowercase();
        for word in ["latency", "supabase", "upstash", "127.0.0.1", "observed", "componenttype"] {
            assert!(!text.contains(word), "{path} says `{word}`: {text}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn however_many_ask_a_dependency_is_probed_at_its_interval() -> Result<()> {
    let third = third(Arc::default()).await?;
    let mut world = start("however_many_ask", &third)?;
    world.stack.scheduled()?;
    becomes(&world, "/health", 200, "pass").await?;
    let (start, before) = (Instant::now(), third.seen("/api/v2/status.json").len());
    let visitor = &world.visitor;
    let mut answers = stream::iter(0..4_000).map(|_| visitor.get("/health")).buffer_unordered(24);
    while let Some(answer) = answers.next().await {
        assert_eq!(answer?.status, 200);
    }
    let probes = third.seen("/api/v2/status.json").len() - before;
    let intervals = start.elapsed().as_secs_f64() / EVERY.as_secs_f64();
    assert!(probes as f64 <= intervals + 1.0, "{probes} probes in {intervals:.1} intervals");
    Ok(())
}

#[tokio::test]
async fn objects_that_hang_hold_up_neither_health_nor_visitors() -> Result<()> {
    let world = World::start_with("objects_that_hang", &[("BREAKWATER_FAULT", "object-hang")])?;
    for path in ["/health", "/health/ready", "/", "/api/products"] {
        let answer = world.visitor.get(path).await?;
        // A critical dependency whose finding grows stale fails, and health shows it in time.
        let is_health = path.starts_with("/health");
        assert!(answer.status == 200 || is_health, "{path}: {}", answer.text());
        assert!(answer.took < Duration::from_secs(10), "{path}: {:?}", answer.took);
    }
    Ok(())
}

#[tokio::test]
async fn health_is_told_also_when_no_object_answers() -> Result<()> {
    let world = World::start_with("when_no_object_answers", &[("BREAKWATER_FAULT", "object")])?;
    assert_eq!(world.visitor.get("/health/live").await?.status, 200);
    let health = world.visitor.get("/health").await?;
    assert_eq!(
        (health.status, &health.json()["status"]),
        (200, &"warn".into()),
        "{}",
        health.text()
    );
    Ok(())
}
