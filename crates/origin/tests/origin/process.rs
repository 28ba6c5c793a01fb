use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::client::process::{Backend, PROGRAM, events};
use crate::support::within;

#[tokio::test]
async fn process_says_where_it_listens_and_ends_well_on_either_signal() {
    for signal in [Signal::TERM, Signal::INT] {
        let backend = Backend::start(&[]).await;
        assert_ne!(backend.address.port(), 0);
        backend.signal(signal);
        let (status, log) = backend.ended().await;
        assert_eq!(status.code(), Some(0));
        assert_eq!(events(&log, "shutdown.done").len(), 1, "{log:?}");
    }
}

#[tokio::test]
async fn command_line_that_makes_no_sense_is_refused() {
    for (args, code) in [
        (&["--help"][..], 0),
        (&[], 2),
        (&["--port", "70000"], 2),
        (&["--port", "1", "--verbose"], 2),
        (&["--port", "0", "--host", "256.0.0.1"], 1),
    ] {
        let output = within(Command::new(PROGRAM).args(args).output()).await.unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert_eq!(output.stdout.is_empty(), code != 0, "{args:?}");
    }
}

#[tokio::test]
async fn environment_that_makes_no_sense_is_refused_without_its_secrets() {
    for (name, value, shown) in [
        ("DATABASE_URL", "mysql://shop:hunter2@localhost", "DATABASE_URL cannot be `…`"),
        ("SHUTDOWN_TIMEOUT", "ten", "SHUTDOWN_TIMEOUT cannot be `ten`"),
    ] {
        let mut command = Command::new(PROGRAM);
        let output = command.args(["--port", "0"]).env(name, value).output();
        let output = within(output).await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(said.contains(shown) && !said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn readiness_fails_before_connections_are_refused() {
    let delay = Duration::from_secs(5);
    let backend = Backend::start(&[("SHUTDOWN_DELAY", "5s")]).await;
    assert_eq!(backend.get("/health/ready").await.status, 200);
    let begun = Instant::now();
    backend.signal(Signal::TERM);
    within(async { while backend.get("/health/ready").await.status == 200 {} }).await;
    assert!(begun.elapsed() < delay, "told while connections are accepted");
    let ready = backend.get("/health/ready").await;
    assert_eq!(ready.json()["output"], "server fails");
    assert_eq!(backend.get("/health").await.status, 503);
    assert_eq!(backend.get("/health/live").await.status, 200, "no restart is wanted");
    within(async { while TcpStream::connect(backend.address).await.is_ok() {} }).await;
    assert!(begun.elapsed() >= delay, "refused too early");
    assert_eq!(backend.ended().await.0.code(), Some(0));
}

#[tokio::test]
async fn shutdown_that_takes_too_long_gives_up_with_1() {
    let backend = Backend::start(&[("SHUTDOWN_TIMEOUT", "700ms")]).await;
    let mut client = backend.connect().await;
    client.send("GET /api/stream?chunks=1000&every_ms=10000", "").await;
    client.head().await;
    let begun = Instant::now();
    backend.signal(Signal::TERM);
    let (status, log) = backend.ended().await;
    assert_eq!(status.code(), Some(1));
    assert!(begun.elapsed() >= Duration::from_millis(600), "it waited for the request");
    assert_eq!(events(&log, "shutdown.gave_up").len(), 1, "{log:?}");
}

#[tokio::test]
async fn second_signal_ends_it_at_once() {
    let backend = Backend::start(&[]).await;
    let mut client = backend.connect().await;
    client.send("GET /api/stream?chunks=1000&every_ms=10000", "").await;
    client.head().await;
    backend.signal(Signal::TERM);
    within(async { while TcpStream::connect(backend.address).await.is_ok() {} }).await;
    backend.signal(Signal::INT);
    assert_eq!(backend.ended().await.0.code(), Some(1));
}

#[tokio::test]
async fn panic_is_reported_and_ends_the_process_in_good_order_but_not_well() {
    let backend = Backend::start(&[]).await;
    let mut busy = backend.connect().await;
    busy.send("GET /api/stream?chunks=5&every_ms=50", "").await;
    busy.head().await;
    let mut client = backend.connect().await;
    client.send("POST /__panic", "").await;
    assert_eq!(client.rest().await.unwrap(), b"", "whoever met it gets no answer");
    let mut chunks = 0;
    while !busy.chunk().await.expect("others do").is_empty() {
        chunks += 1;
    }
    assert_eq!(chunks, 5);
    let (status, log) = backend.ended().await;
    assert_eq!(status.code(), Some(101));
    let [panic] = events(&log, "panic").try_into().unwrap();
    assert_eq!((&panic["severity_text"], &panic["severity_number"]), (&"FATAL".into(), &21.into()));
    assert_eq!(panic["attributes"]["exception.message"], "somebody asked for it");
    assert!(panic["attributes"]["code.location"].as_str().unwrap().contains("control.rs"));
}

#[tokio::test]
async fn log_is_one_object_a_line_in_the_fields_of_opentelemetry() {
    let backend = Backend::start(&[("LOG_LEVEL", "debug")]).await;
    let trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    backend.send(&format!("GET /api/products?token=hunter2\n{trace}"), "").await;
    let fault = r#"{"match": "/api/cart", "kind": "status", "status": 500}"#;
    backend.send("POST /__faults", fault).await;
    backend.get("/api/cart").await;
    assert!(!backend.log_text().contains("hunter2"), "queries are not logged");
    backend.signal(Signal::TERM);
    let (_, log) = backend.ended().await;
    for record in &log {
        for field in ["timestamp", "severity_text", "severity_number", "event_name", "body"] {
            assert!(!record[field].is_null(), "{field}: {record}");
        }
        assert_eq!(record["resource"]["service.name"], "stolentee-shop");
        assert!(record["attributes"].is_object());
    }
    let [products, cart] = events(&log, "http.request").try_into().unwrap();
    assert_eq!(products["severity_text"], "DEBUG");
    assert_eq!(products["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(products["span_id"], "00f067aa0ba902b7");
    assert_eq!(products["attributes"]["url.path"], "/api/products");
    assert_eq!(products["attributes"]["http.response.status_code"], 200);
    assert_eq!((&cart["severity_text"], &cart["trace_id"]), (&"WARN".into(), &().into()));
}
