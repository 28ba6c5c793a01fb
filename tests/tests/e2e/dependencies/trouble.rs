//! Answers of unhealthy services, and answers that are in no protocol.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use breakwater_tests::{Reply, Scripted, World};

use super::{FILES, all_at, all_well, told};

/// A body as the corpus of the dialects has it.
macro_rules! corpus {
    ($name:literal) => {
        include_str!(concat!("../../../../crates/core/tests/corpus/dialects/", $name, ".json"))
    };
}

/// A server whose answer for each path depends on the phase of the test.
async fn in_phases(
    answer: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
) -> Result<(Scripted, Arc<AtomicUsize>)> {
    let phase = Arc::new(AtomicUsize::new(0));
    let of_server = Arc::clone(&phase);
    let server =
        Scripted::start(move |seen| answer(of_server.load(Ordering::Relaxed), &seen.path)).await?;
    Ok((server, phase))
}

fn xml(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{message}</Message><Resource>/photos</Resource>\
         <RequestId>4442587FB7D0A2F9</RequestId></Error>"
    );
    Reply::status(status, &[("content-type", "application/xml")], body)
}

#[tokio::test]
async fn each_service_tells_its_own_trouble() -> Result<()> {
    let page = |indicator: &str| {
        format!(r#"{{"page":{{}},"status":{{"indicator":"{indicator}","description":"Words"}}}}"#)
    };
    let (server, phase) = in_phases(move |phase, path| match (phase, path) {
        (0, "/") => Reply::status(503, &[], "down"),
        (0, "/api/v2/status.json") => Reply::json(200, page("major")),
        (0, "/health") => Reply::json(503, r#"{"status":"fail"}"#),
        (0, "/auth/v1/health") => Reply::json(500, corpus!("supabase_auth/unexpected_failure")),
        (0, "/storage/v1/health") => Reply::json(200, corpus!("supabase_storage/unhealthy")),
        (0, "/ping") => Reply::json(400, corpus!("upstash/daily_limit")),
        (0, "/photos") => xml(404, "NoSuchBucket", "The specified bucket does not exist"),
        (0, _) => Reply::json(503, corpus!("supabase_postgrest/schema_cache_without_database")),
        (_, "/") => Reply::status(301, &[("location", "https://elsewhere.invalid/")], ""),
        (_, "/api/v2/status.json") => Reply::json(200, page("minor")),
        (_, "/health") => Reply::json(200, r#"{"status":"degraded"}"#),
        (_, "/auth/v1/health") => Reply::status(502, &[("content-type", "text/html")], "<html>"),
        (_, "/storage/v1/health") => Reply::json(429, corpus!("supabase_storage/slow_down")),
        (_, "/ping") => Reply::status(503, &[], ""),
        (_, "/photos") => xml(503, "SlowDown", "Please reduce your request rate."),
        (_, _) => Reply::json(500, corpus!("supabase_postgrest/statement_timeout")),
    })
    .await?;
    let world = World::start_with("kinds_trouble", &all_at(server.url()))?;
    told(
        &world,
        &[
            ("partner", "fail: it answered 503"),
            ("third", "fail: its status page says `major`"),
            ("backend", "fail: it says `fail`"),
            ("login", "fail: it failed at the question (500)"),
            ("files", "fail: its own health check fails (200)"),
            ("redis", "warn: our quota for the period is used up (400)"),
            ("bucket", "fail: the bucket is not there (404)"),
            ("database", "fail: it says that something it needs is down (503)"),
        ],
    )
    .await?;
    phase.store(1, Ordering::Relaxed);
    told(
        &world,
        &[
            ("partner", "pass"),
            ("third", "warn: its status page says `minor`"),
            ("backend", "warn: it says `degraded`"),
            ("login", "fail: a gateway could not reach it (502)"),
            ("files", "fail: it says that it is overloaded (429)"),
            ("redis", "fail: it says that it is unavailable (503)"),
            ("bucket", "warn: it asks us to slow down (503)"),
            ("database", "fail: the database took too long for one row (500)"),
        ],
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_not_json_or_too_long_is_reported_as_such() -> Result<()> {
    let padding = "x".repeat(70_000);
    let (server, phase) = in_phases(move |phase, path| match (phase, path) {
        (0, _) => Reply::ok(&[("content-type", "text/html")], "<!doctype html><title>Hi</title>"),
        (_, "/ping") => Reply::json(200, format!(r#"{{"result":"PONG","padding":"{padding}"}}"#)),
        (_, _) => Reply::json(
            200,
            format!(r#"{{"status":"pass","healthy":true,"version":"1","padding":"{padding}"}}"#),
        ),
    })
    .await?;
    let world = World::start_with("kinds_bodies", &all_at(server.url()))?;
    told(
        &world,
        &[
            ("partner", "pass"),
            ("bucket", "pass"),
            ("third", "warn: its status page answered 200, but not with an indicator"),
            ("backend", "warn: it answered 200, but tells no health"),
            ("database", "fail: it answered 200, but not with JSON"),
            ("login", "fail: it answered 200, but not with its version"),
            ("files", "fail: it answered 200, but not with its health"),
            ("redis", "fail: it answered 200, but not with `PONG`"),
        ],
    )
    .await?;
    phase.store(1, Ordering::Relaxed);
    const LONG: &str = "it answered 200, but with more than 64 KiB";
    let (fails, warns) = (format!("fail: {LONG}"), format!("warn: {LONG}"));
    told(
        &world,
        &[
            ("partner", "pass"),
            ("bucket", "pass"),
            ("third", &warns),
            ("backend", &warns),
            ("database", &fails),
            ("login", &fails),
            ("files", &fails),
            ("redis", &fails),
        ],
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn storage_that_answers_200_and_is_not_healthy_warns_the_site() -> Result<()> {
    let (server, phase) = in_phases(|phase, _| match phase {
        0 => Reply::json(200, corpus!("supabase_storage/unhealthy")),
        _ => Reply::json(200, corpus!("supabase_storage/healthy")),
    })
    .await?;
    let world = World::start_with("kinds_storage", &[(FILES, server.url())])?;
    told(&world, &[("files", "fail: its own health check fails (200)")]).await?;
    let health = world.visitor.get("/health").await?;
    assert_eq!((health.status, &health.json()["status"]), (200, &"warn".into()));
    assert!(health.text().contains("files fails"), "{}", health.text());
    phase.store(1, Ordering::Relaxed);
    all_well(&world).await?;
    Ok(())
}
