//! What reaches Sentry when things go wrong, and what does not.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use breakwater_tests::receivers::{Receiver, SentryProject, Service};
use breakwater_tests::{Answer, World, eventually, normalised};
use sentry_types::protocol::v7::Envelope;
use serde_json::{Value, json};

use crate::watch::{SECRET, watched_at};

/// What stands for a secret wherever a visitor may have one.
const CANARY: &str = "canary7f3a";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const KEY: &str = "e12d836b15bb49d7bbf99e64295d995b";
const TUNNEL: &str = "/_breakwater/tunnel";
/// A route whose circuit opens after three failures, for ten minutes.
const OPENS: &str = "/blame/straight/a";
/// The variable that the tests' sites name.
const DSN: &str = "SENTRY_REPORTS_DSN";

/// Sends a request that has a canary everywhere.
async fn ask(world: &World, path: &str) -> Result<Answer> {
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let (bearer, cookie) = (format!("Bearer {CANARY}"), format!("session={CANARY}"));
    let fields = [
        ("authorization", bearer.as_str()),
        ("cookie", cookie.as_str()),
        ("x-secret", CANARY),
        ("traceparent", traceparent.as_str()),
        ("content-type", "application/json"),
    ];
    let body = json!({ "password": CANARY }).to_string();
    world.visitor.send("POST", &format!("{path}?key={CANARY}"), &fields, body).await
}

/// The events so far, by the class of what they report, and how many of each there are.
fn by_class(project: &SentryProject) -> BTreeMap<String, Vec<Value>> {
    let mut classes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in project.items("event") {
        let class = event["fingerprint"][1].as_str().unwrap_or("browser").to_owned();
        classes.entry(class).or_default().push(event);
    }
    classes
}

async fn arrives(project: &SentryProject, class: &str) -> Result<Value> {
    eventually(&format!("{class} arrives"), async || {
        Ok(by_class(project).get(class).and_then(|events| events.first().cloned()))
    })
    .await
    .with_context(|| format!("{:?}", project.received()))
}

/// What an SDK for browsers sends of an error that no code caught: items without a length, and no
/// line feed at the end.
fn of_browser(dsn: &str) -> String {
    let id = "9ec79c33ec9942ab8353589fcb2e04dc";
    let head = json!({
        "event_id": id,
        "sent_at": "2026-11-30T12:00:00.000Z",
        "sdk": { "name": "sentry.javascript.browser", "version": "11.12.0" },
        "dsn": dsn,
        "trace": { "environment": "test", "release": "shop@1", "public_key": KEY, "trace_id": TRACE },
    });
    let frames = json!([
        { "filename": "https://shop.example/app.js", "function": "?", "lineno": 3, "in_app": true },
    ]);
    let event = json!({
        "event_id": id,
        "timestamp": 1_795_420_800.123,
        "platform": "javascript",
        "level": "error",
        "release": "shop@1",
        "environment": "test",
        "contexts": { "trace": { "trace_id": TRACE, "span_id": "00f067aa0ba902b7" } },
        "exception": { "values": [{
            "type": "TypeError",
            "value": "cart is undefined",
            "mechanism": { "type": "auto.browser.global_handlers.onerror", "handled": false },
            "stacktrace": { "frames": frames },
        }] },
    });
    format!("{head}\n{{\"type\":\"event\"}}\n{event}")
}

/// Sends to the tunnel as a browser does, with all that it has of the site.
async fn tunnel(world: &World, body: impl Into<bytes::Bytes>) -> Result<Answer> {
    let cookie = format!("session={CANARY}");
    let fields = [
        ("content-type", "text/plain;charset=UTF-8"),
        ("cookie", cookie.as_str()),
        ("referer", "https://shop.example/cart?token=canary7f3a"),
    ];
    world.visitor.send("POST", TUNNEL, &fields, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_outage_each_fault_arrives_once_and_no_secret_of_it() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let vars = [(DSN, dsn.as_str()), ("BREAKWATER_FAULT", "panic")];
    let mut world = World::start_with("of_an_outage_each_fault_arrives", &vars)?;
    for _ in 0..3 {
        assert_eq!(ask(&world, "/api/echo").await?.status, 200, "it fails open");
    }
    arrives(&project, "panic").await?;

    world.restart_worker_with(&[("BREAKWATER_FAULT", "")])?;
    world.break_with_status("/api/cart", 500).await?;
    for _ in 0..4 {
        ask(&world, "/api/cart").await?;
    }
    arrives(&project, "upstream_error").await?;
    world.break_with_status("/blame/*", 503).await?;
    world.circuit_becomes(OPENS, "open").await?;
    arrives(&project, "circuit_transition").await?;
    let sent = of_browser(&dsn);
    assert_eq!(tunnel(&world, sent.clone()).await?.status, 200);

    let received = project.received();
    for envelope in &received {
        assert!(envelope.items.is_ok(), "{envelope:?}");
        assert!(!format!("{:?}", envelope.seen.headers).contains(CANARY), "{envelope:?}");
        assert!(!envelope.text().contains(CANARY), "{}", envelope.text());
    }
    let classes = by_class(&project);
    let panic = &classes["panic"];
    assert_eq!(panic.len(), 1, "{panic:?}");
    assert_eq!(panic[0]["exception"]["values"][0]["type"], "Panic");
    let place = panic[0]["tags"]["breakwater.code_place"].as_str().context("a place")?;
    assert!(place.starts_with("crates/platform/src/faults.rs:"), "{place}");
    assert_eq!(panic[0]["contexts"]["trace"]["trace_id"], TRACE);
    let errors = &classes["upstream_error"];
    let of_cart = |event: &&Value| event["tags"]["http.response.status_code"] == "500";
    let of_cart: Vec<&Value> = errors.iter().filter(of_cart).collect();
    assert_eq!(of_cart.len(), 1, "{errors:?}");
    assert_eq!(of_cart[0]["transaction"], "/api/*");
    assert_eq!(of_cart[0]["contexts"]["trace"]["trace_id"], TRACE);
    assert_eq!(of_cart[0]["request"]["method"], "POST");
    let opened: Vec<&Value> = classes["circuit_transition"]
        .iter()
        .filter(|event| event["tags"]["breakwater.circuit.to"] == "open")
        .collect();
    assert_eq!(opened.len(), 1, "{opened:?}");
    assert_eq!(opened[0]["tags"]["breakwater.upstream"], "blamed");
    let browser = &classes["browser"];
    assert_eq!(browser.len(), 1, "{browser:?}");
    let of_tunnel = received.iter().find(|it| it.text() == sent);
    let of_tunnel = of_tunnel.context("the browser's bytes are sent on as they came")?;
    assert_eq!(of_tunnel.seen.field("cookie"), "");
    assert_eq!(of_tunnel.seen.field("referer"), "");
    for event in classes.values().flatten() {
        assert!(event["release"].as_str().is_some_and(|release| !release.is_empty()), "{event}");
        assert_eq!(event["environment"], "test", "{event}");
        let trace = event["contexts"]["trace"]["trace_id"].as_str().unwrap_or_default();
        assert_eq!(trace.len(), 32, "{event}");
    }

    let own: Vec<String> =
        received.iter().map(|it| it.text()).filter(|text| *text != sent).collect();
    for text in &own {
        let read = Envelope::from_slice(text.as_bytes())?;
        if let Some(event) = read.event() {
            assert_eq!(event.environment.as_deref(), Some("test"));
        }
    }
    let kept = normalised(&own)?;
    for envelope in kept["envelopes"].as_array().context("envelopes")? {
        for item in envelope["items"].as_array().context("items")? {
            assert_eq!((&item["errors"], &item["changed"]), (&json!([]), &json!([])), "{item}");
        }
    }
    let log = world.worker_log()?;
    assert!(!log.contains(KEY) && !log.contains(CANARY), "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_fails_and_an_alert_that_is_lost_are_reported() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let vars = [(DSN, dsn.as_str()), ("BREAKWATER_FAULT", "object")];
    let world = World::start_with("an_object_that_fails_is_reported", &vars)?;
    assert_eq!(world.visitor.get("/api/echo").await?.status, 200);
    let call = eventually("the coordinator's failure arrives", async || {
        let mut events = project.items("event").into_iter();
        Ok(events.find(|event| event["tags"]["rpc.method"] == "report"))
    })
    .await?;
    assert_eq!(call["fingerprint"][1], "failed_object_call", "{call}");
    assert_eq!(call["tags"]["error.type"], "storage", "{call}");
    drop(world);

    let receiver = Receiver::start(Service::Webhook, SECRET)?;
    let world = watched_at("an_alert_that_is_lost", receiver.url(), &[(DSN, &dsn)])?;
    for slug in ["breakwater-round", "breakwater-monitor"] {
        let check_in = eventually("the round checks in", async || {
            let mut all = project.items("check_in").into_iter();
            Ok(all.find(|it| it["monitor_slug"] == slug))
        })
        .await?;
        assert_eq!(check_in["status"], "ok", "{check_in}");
    }
    receiver.fail_next(1, 410);
    let test = r#"{"channel": "ops"}"#;
    assert_eq!(world.operate("POST", "/_breakwater/alerts/test", test).await?.status, 200);
    let lost = arrives(&project, "failed_delivery").await?;
    assert_eq!(lost["tags"]["breakwater.channel"], "ops", "{lost}");
    assert_eq!(lost["tags"]["error.type"], "the receiver is gone", "{lost}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tunnel_forwards_envelopes_of_the_sites_project_and_nothing_else() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let world = World::start_with("the_tunnel_forwards_envelopes", &[(DSN, dsn.as_str())])?;
    assert_eq!(world.visitor.get(TUNNEL).await?.status, 405);
    let foreign = of_browser(&dsn.replace(KEY, "another"));
    for (body, status) in [
        (foreign.into_bytes(), 403),
        (b"{}".to_vec(), 400),
        (b"no envelope".to_vec(), 400),
        (vec![b'a'; 1024 * 1024 + 1], 413),
    ] {
        assert_eq!(tunnel(&world, body).await?.status, status);
    }
    assert_eq!(project.received().len(), 0, "nothing of that was sent on");

    // With an attachment, whose bytes are no text; the browser then sends no content type.
    let mut body = of_browser(&dsn).into_bytes();
    body.extend_from_slice(
        b"\n{\"type\":\"attachment\",\"length\":4,\"filename\":\"a\"}\n\xff\n\0\xfe",
    );
    let answer = world.visitor.send("POST", TUNNEL, &[], body.clone()).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(project.received()[0].seen.body, body);

    project.answer_next(429, &[("retry-after", "60"), ("server", "nginx")]);
    let answer = tunnel(&world, of_browser(&dsn)).await?;
    assert_eq!((answer.status, answer.field("retry-after")), (429, "60"));
    assert_ne!(answer.field("server"), "nginx");
    project.answer_next(200, &[("x-sentry-rate-limits", "60:error:organization")]);
    let answer = tunnel(&world, of_browser(&dsn)).await?;
    assert_eq!(answer.field("x-sentry-rate-limits"), "60:error:organization");

    // Of two minutes, at most, each has twenty.
    let mut refused = 0;
    for _ in 0..50 {
        if tunnel(&world, of_browser(&dsn)).await?.status == 429 {
            refused += 1;
        }
    }
    assert!(refused >= 10, "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_backend_reports_its_panic_before_it_ends() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let settings = [("SENTRY_DSN", dsn.as_str())];
    let world = World::start_with_backend("the_reference_backend_reports", &settings, &[])?;
    // It panics before it answers.
    let _ = world.backend.send("POST", "/__panic", &[], "").await;
    let event =
        eventually("the panic arrives", async || Ok(project.items("event").into_iter().next()))
            .await?;
    assert!(event["release"].as_str().is_some_and(|it| it.starts_with("stolentee-shop@")));
    assert!(event.to_string().contains("somebody asked for it"), "{event}");
    Ok(())
}
