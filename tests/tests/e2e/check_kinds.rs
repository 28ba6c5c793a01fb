//! Checks of the kinds that ask others about their target, and of WebSockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use breakwater_tests::receivers::Receiver;
use breakwater_tests::{Reply, Scripted, World, eventually};
use serde_json::Value;

use crate::watch::{arrived, check, receiver, state_becomes, watched, watched_where};

/// The site, where this setting names who is asked.
fn watched_with(name: &str, receiver: &Receiver, setting: &str, asked: &Scripted) -> Result<World> {
    watched_where(name, receiver, &[(setting, asked.url())])
}

/// A registry that holds a domain is believed at once, and one that fails says nothing of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_its_registry_holds_is_told() -> Result<()> {
    let receiver = receiver(0)?;
    let answers = Arc::new(AtomicU32::new(0));
    let asked = Arc::clone(&answers);
    let registry = Scripted::start(move |request| match &*request.path {
        "/rdap/dns.json" => Reply::ok(
            &[("content-type", "application/json")],
            r#"{"services": [[["example"], ["https://rdap.registry.example/v1/"]]]}"#,
        ),
        "/v1/domain/shop.example" if asked.fetch_add(1, Ordering::SeqCst) == 0 => {
            Reply::status(429, &[("retry-after", "60")], "")
        }
        "/v1/domain/shop.example" => Reply::ok(
            &[("content-type", "application/rdap+json")],
            r#"{"objectClassName": "domain", "ldhName": "SHOP.EXAMPLE", "status": ["client hold"],
            "events": [{"eventAction": "expiration", "eventDate": "2999-01-01T00:00:00Z"}]}"#,
        ),
        _ => Reply::status(404, &[], ""),
    })
    .await?;
    let world = watched_with(
        "a_domain_that_its_registry",
        &receiver,
        "BREAKWATER_CHECK_DOMAIN",
        &registry,
    )?;
    eventually("the registry is asked", async || {
        Ok((answers.load(Ordering::SeqCst) > 0).then_some(()))
    })
    .await?;
    assert_eq!(check(&world, "domain").await?["state"], "pending", "429 says nothing");
    let run = world.operate("POST", "/_breakwater/checks/domain/run", "").await?;
    assert_eq!(run.status, 200, "{}", run.text());
    state_becomes(&world, "domain", "down").await?;
    let asked = registry.seen("/v1/domain/shop.example");
    assert_eq!(asked[0].field("accept"), "application/rdap+json");
    let told = eventually("an alert", async || Ok(arrived(&receiver)?.into_iter().next())).await?;
    assert_eq!(told.2["checks"], serde_json::json!(["domain"]));
    let reasons = check(&world, "domain").await?["places"][0]["reasons"].to_string();
    assert!(reasons.contains("the registry's status is `client hold`"), "{reasons}");
    Ok(())
}

/// A probe outside finds a certificate that has ended. It is asked by the account, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_read_from_outside() -> Result<()> {
    let receiver = receiver(0)?;
    let polls = AtomicU32::new(0);
    let globalping = Scripted::start(move |request| match (&*request.method, &*request.path) {
        ("POST", "/v1/measurements") => Reply::json(202, r#"{"id": "a1B2", "probesCount": 1}"#),
        ("GET", "/v1/measurements/a1B2") if polls.fetch_add(1, Ordering::SeqCst) == 0 => {
            Reply::json(200, r#"{"status": "in-progress", "results": []}"#)
        }
        ("GET", "/v1/measurements/a1B2") => Reply::json(
            200,
            r#"{"status": "finished", "results": [{"probe": {"city": "Falkenstein",
            "country": "DE", "network": "Hetzner Online"}, "result": {"status": "finished",
            "timings": {"total": 200}, "tls": {"authorized": false, "error": "CERT_HAS_EXPIRED",
            "expiresAt": "2020-01-01T00:00:00.000Z"}}}]}"#,
        ),
        _ => Reply::status(404, &[], ""),
    })
    .await?;
    let world = watched_with(
        "a_certificate_is_read",
        &receiver,
        "BREAKWATER_CHECK_CERTIFICATE",
        &globalping,
    )?;
    state_becomes(&world, "certificate", "down").await?;
    let ordered = globalping.seen("/v1/measurements");
    assert_eq!(ordered.len(), 1, "one test");
    assert_eq!(ordered[0].field("authorization"), "Bearer canary-globalping-token");
    let test: Value = serde_json::from_slice(&ordered[0].body)?;
    assert_eq!(test["target"], "shop.example");
    assert_eq!(test["locations"][0]["magic"], "DE");
    let polled = globalping.seen("/v1/measurements/a1B2");
    assert!(polled.iter().all(|seen| seen.field("authorization").is_empty()));
    let places = check(&world, "certificate").await?["places"].clone();
    assert_eq!(places[0]["place"], "outside DE");
    let reasons = places[0]["reasons"].to_string();
    for reason in ["CERT_HAS_EXPIRED", "ended at 2020-01-01T00:00:00Z", "Falkenstein"] {
        assert!(reasons.contains(reason), "{reasons}");
    }
    Ok(())
}

/// A WebSocket is opened through Breakwater and answers, until the backend refuses to open it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_answers_or_is_down() -> Result<()> {
    let receiver = receiver(0)?;
    let world = watched("a_websocket_answers", &receiver)?;
    state_becomes(&world, "socket", "up").await?;
    world.break_with_status("/ws", 503).await?;
    state_becomes(&world, "socket", "down").await?;
    let reasons = check(&world, "socket").await?["places"][0]["reasons"].to_string();
    assert!(reasons.contains("status 503, expected 101"), "{reasons}");
    world.mend_backend().await?;
    state_becomes(&world, "socket", "up").await
}
