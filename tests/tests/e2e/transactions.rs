//! Requests and lines of the log as Sentry sees them.

use anyhow::{Context as _, Result};
use breakwater_tests::receivers::SentryProject;
use breakwater_tests::{Answer, World, eventually, normalised};
use sentry_types::protocol::v7::{Envelope, EnvelopeItem};
use serde_json::{Value, json};

/// What stands for a secret wherever a visitor may have one.
const CANARY: &str = "canary7f3a";
const KEY: &str = "e12d836b15bb49d7bbf99e64295d995b";
/// The variable that the tests' site names.
const DSN: &str = "SENTRY_REPORTS_DSN";
/// The span of the visitor's that the request is part of.
const PARENT: &str = "00f067aa0ba902b7";

/// The trace of this number.
fn trace(number: u32) -> String {
    format!("4bf92f3577b34da6a3ce929d0000{number:04x}")
}

/// Sends a request whose trace the visitor records, or does not.
async fn ask(world: &World, path: &str, trace: &str, flags: &str) -> Result<Answer> {
    let traceparent = format!("00-{trace}-{PARENT}-{flags}");
    let (bearer, secret) = (format!("Bearer {CANARY}"), format!("a={CANARY}"));
    let mut fields = vec![("traceparent", traceparent.as_str()), ("x-secret", &secret)];
    if !path.starts_with("/cached/") {
        fields.push(("authorization", &bearer));
    }
    world.visitor.send("GET", &format!("{path}?key={CANARY}"), &fields, "").await
}

/// The transaction of this trace.
async fn transaction(project: &SentryProject, trace: &str) -> Result<Value> {
    eventually("the transaction arrives", async || {
        let mut all = project.items("transaction").into_iter();
        Ok(all.find(|it| it["contexts"]["trace"]["trace_id"] == trace))
    })
    .await
    .with_context(|| format!("{:?}", project.received()))
}

/// What was done in each span, and how that ended.
fn ops(transaction: &Value) -> Vec<(&str, &str)> {
    let spans = transaction["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
    fn text<'a>(span: &'a Value, name: &str) -> &'a str {
        span[name].as_str().unwrap_or_default()
    }
    spans.iter().map(|span| (text(span, "op"), text(span, "status"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_requests_arrive_with_their_calls_and_lines_and_no_secret() -> Result<()> {
    let project = SentryProject::start(KEY)?;
    let dsn = project.dsn();
    let world = World::start_with("recorded_requests_arrive", &[(DSN, dsn.as_str())])?;
    let [echoed, unsampled, stored, retried] = [1, 2, 3, 4].map(trace);

    assert_eq!(ask(&world, "/api/echo", &unsampled, "00").await?.status, 200);
    let echo = ask(&world, "/api/echo", &echoed, "01").await?.json();
    let told = transaction(&project, &echoed).await?;
    assert_eq!(told["transaction"], "/api/*");
    assert_eq!(told["contexts"]["trace"]["parent_span_id"], PARENT);
    let span = told["contexts"]["trace"]["span_id"].as_str().context("a span")?;
    let sent = format!("00-{echoed}-{span}-01");
    assert!(echo.to_string().contains(&sent), "the upstream is told of {sent}: {echo}");
    assert!(ops(&told).contains(&("http.client", "ok")), "{told}");

    assert_eq!(ask(&world, "/cached/page", &stored, "01").await?.status, 404);
    let told = transaction(&project, &stored).await?;
    assert_eq!(told["contexts"]["trace"]["status"], "not_found");
    assert!(ops(&told).contains(&("cache.get", "ok")), "{told}");
    assert!(ops(&told).contains(&("http.client", "not_found")), "{told}");

    world.break_with_status("/blame/*", 503).await?;
    assert_eq!(ask(&world, "/blame/retry/a", &retried, "01").await?.status, 503);
    let told = transaction(&project, &retried).await?;
    let calls: Vec<_> = ops(&told).into_iter().filter(|(op, _)| *op == "http.client").collect();
    assert_eq!(calls, [("http.client", "unavailable"); 3], "{told}");
    let resent = |span: &Value| span["data"]["http.request.resend_count"].as_u64();
    let resent: Vec<_> =
        told["spans"].as_array().context("spans")?.iter().filter_map(resent).collect();
    assert_eq!(resent, [1, 2], "{told}");
    let line = eventually("the line of the failed answer arrives", async || {
        let lines = project.items("log").into_iter();
        let mut lines = lines.flat_map(|it| it["items"].as_array().cloned().unwrap_or_default());
        Ok(lines.find(|line| line["trace_id"] == retried.as_str()))
    })
    .await?;
    assert_eq!(line["level"], "error", "{line}");
    let attribute = |name: &str| line["attributes"][name]["value"].clone();
    assert_eq!(attribute("event.name"), "breakwater.request.answered");
    assert_eq!(attribute("http.route"), "/blame/retry/*");
    assert_eq!(attribute("url.path"), Value::Null);

    let of_others = |it: &Value| it["contexts"]["trace"]["trace_id"] == unsampled.as_str();
    assert!(!project.items("transaction").iter().any(of_others), "the visitor records none");
    let texts: Vec<String> = project.received().iter().map(|it| it.text()).collect();
    for text in &texts {
        assert!(!text.contains(CANARY), "{text}");
        // An envelope of which it can read one item has been read whole.
        let envelope = Envelope::from_slice(text.as_bytes())?;
        for item in envelope.items() {
            if let EnvelopeItem::Transaction(read) = item {
                assert!(!read.spans.is_empty() && read.environment.as_deref() == Some("test"));
            }
        }
    }
    let kept = normalised(&texts)?;
    for envelope in kept["envelopes"].as_array().context("envelopes")? {
        for item in envelope["items"].as_array().context("items")? {
            assert_eq!((&item["errors"], &item["changed"]), (&json!([]), &json!([])), "{item}");
        }
    }
    let mut ids: Vec<_> =
        project.items("transaction").iter().map(|it| it["event_id"].to_string()).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "each arrives once");
    Ok(())
}
