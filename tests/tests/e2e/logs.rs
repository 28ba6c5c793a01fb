//! What the log says of visitors' requests, and what it must not say.

use anyhow::{Context as _, Result};
use breakwater_tests::{World, eventually};
use serde_json::Value;

/// What stands for a secret wherever a visitor may have one.
const CANARY: &str = "canary7f3a";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The lines of the Worker's own log, whatever stands before them.
fn lines(log: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| line.get(line.find("{\"timestamp\"")?..));
    lines.filter_map(|line| serde_json::from_str(line.trim_end()).ok()).collect()
}

#[tokio::test]
async fn a_request_that_fails_is_in_the_log_and_no_secret_of_it() -> Result<()> {
    let mut world = World::start("a_request_that_fails_is_in_the_log")?;
    world.origin.kill();
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let (bearer, cookie) = (format!("Bearer {CANARY}"), format!("session={CANARY}"));
    let fields = [
        ("authorization", bearer.as_str()),
        ("cookie", cookie.as_str()),
        ("x-secret", CANARY),
        ("traceparent", traceparent.as_str()),
    ];
    let answer = world.visitor.get_with(&format!("/products/1?key={CANARY}"), &fields).await?;
    assert_eq!(answer.status, 503);
    let problem = answer.json();
    assert_eq!(problem["trace_id"], TRACE);
    let id = answer.field("x-request-id").to_owned();
    let line = eventually("the log has the request", async || {
        let found = lines(&world.worker_log()?).into_iter().find(|line| {
            line["event_name"] == "breakwater.request.answered"
                && line["attributes"]["breakwater.request_id"] == *id
        });
        Ok(found)
    })
    .await?;
    assert_eq!((&line["severity_text"], &line["severity_number"]), (&"ERROR".into(), &17.into()));
    assert_eq!((&line["trace_id"], &line["trace_flags"]), (&TRACE.into(), &"01".into()));
    let attributes = &line["attributes"];
    assert_eq!(attributes["http.request.method"], "GET");
    assert_eq!(attributes["http.response.status_code"], 503);
    assert_eq!(attributes["url.path"], "/products/1");
    assert_eq!(attributes["breakwater.upstream"], "web");
    assert_eq!(attributes["breakwater.source"], "fallback");
    attributes["breakwater.duration_ms"].as_u64().context("no duration")?;
    let log = world.worker_log()?;
    assert!(!log.contains(CANARY), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_trace_state_goes_on_with_its_trace_alone() -> Result<()> {
    let world = World::start("a_trace_state_goes_on")?;
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-03");
    for (traceparent, state) in [(traceparent.as_str(), "vendor=1"), ("00-bad", "")] {
        let fields = [("traceparent", traceparent), ("tracestate", "vendor=1")];
        let echo = world.visitor.get_with("/api/echo", &fields).await?.json();
        let header = |name: &str| echo["headers"][name][0].as_str().unwrap_or_default().to_owned();
        assert_eq!(header("tracestate"), state, "{traceparent}");
        assert_eq!(header("traceparent").len(), 55, "{traceparent}");
    }
    Ok(())
}
