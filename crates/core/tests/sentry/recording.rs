//! Transactions and lines of the log, from where they happen to what is sent.

use breakwater_core::base::time::Millis;
use breakwater_core::base::trace::{IncomingTrace, Trace, TraceSource};
use breakwater_core::telemetry::log::{LogAttribute, LogEvent, LogLine, LogSeverity};
use breakwater_core::telemetry::sentry::{
    RecordedRequest, RecordedSpan, Recording, ReportedText, SPANS_MAX, SentryItem, SpanOp,
    Unrecorded, is_log_reported, log_fact,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{NOW, framed, sent};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn trace(traceparent: &str) -> Trace {
    let incoming = IncomingTrace { traceparent, ..IncomingTrace::default() };
    Trace::new(TraceSource::Breakwater, incoming, 0xabc, 0x1f)
}

fn request(trace: &Trace) -> RecordedRequest<'_> {
    RecordedRequest {
        method: "GET",
        route: "/api/*",
        upstream: "api",
        circuit: "closed",
        source: "origin",
        status: 200,
        trace,
        began: NOW,
        took: Millis::new(90),
    }
}

fn call(op: SpanOp, subject: &'static str, after: u64, status: u16) -> RecordedSpan<'static> {
    let (began, took) = (NOW + Millis::new(after), Millis::new(20));
    RecordedSpan { op, subject, began, took, status, said: "" }
}

fn read(text: &str) -> Option<ReportedText> {
    ReportedText::read(text, "shop.example", 0x5eed << 64 | 1, |_| Some(0))
}

/// The payload of the only item that a text becomes.
fn payload(text: &str) -> Value {
    let envelope = sent(&read(text).expect("an item").item);
    let (_, mut items) = framed(&envelope.body);
    assert_eq!(items.len(), 1);
    items.remove(0).1
}

#[test]
fn a_request_with_its_calls_is_a_transaction_with_spans() {
    let mut recording = Recording::default();
    recording.add(call(SpanOp::CacheGet, "stored_response", 1, 0));
    let timed_out = RecordedSpan { said: "timed_out", ..call(SpanOp::HttpClient, "api", 30, 0) };
    recording.add(timed_out);
    recording.add(RecordedSpan { said: "standing", ..call(SpanOp::Rpc, "SITE", 0, 200) });
    recording.add(call(SpanOp::HttpClient, "api", 60, 200));
    let trace = trace(TRACEPARENT);
    let text = recording.to_lines(&request(&trace), Unrecorded { unsampled: 9, lost: 2 });
    assert_eq!(read(&text).map(|it| it.before), Some(Unrecorded { unsampled: 9, lost: 2 }));
    let sent = payload(&text);
    assert_eq!(sent["transaction"], "/api/*");
    assert_eq!(sent["transaction_info"], json!({ "source": "route" }));
    let context = &sent["contexts"]["trace"];
    assert_eq!(context["trace_id"], TRACE);
    assert_eq!(context["span_id"], "000000000000001f");
    assert_eq!(context["parent_span_id"], "00f067aa0ba902b7");
    assert_eq!((&context["op"], &context["status"]), (&json!("http.server"), &json!("ok")));
    assert_eq!(sent["start_timestamp"], "2026-11-23T08:00:00.123Z");
    assert_eq!(sent["timestamp"], "2026-11-23T08:00:00.213Z");
    assert_eq!(sent["tags"]["breakwater.source"], "origin");
    assert_eq!(sent["tags"]["breakwater.request_id"], "00000000000000000000000000000abc");
    let spans = sent["spans"].as_array().expect("spans");
    let told: Vec<_> = spans
        .iter()
        .map(|span| {
            assert_eq!(span["trace_id"], TRACE);
            assert_eq!(span["parent_span_id"], "000000000000001f");
            [&span["op"], &span["description"], &span["status"]].map(|it| it.as_str())
        })
        .collect();
    let expected = [
        ["rpc", "SITE/standing", "ok"],
        ["cache.get", "stored_response", "ok"],
        ["http.client", "GET api", "deadline_exceeded"],
        ["http.client", "GET api", "ok"],
    ];
    assert_eq!(told, expected.map(|span| span.map(Some)), "by when they began");
    assert_eq!(spans[1]["data"], json!({ "cache.hit": false }));
    assert_eq!(spans[2]["data"]["error.type"], "timed_out");
    let again = json!({
        "http.request.method": "GET",
        "breakwater.upstream": "api",
        "http.response.status_code": 200,
        "http.request.resend_count": 1,
    });
    assert_eq!(spans[3]["data"], again);
    let ids: std::collections::BTreeSet<_> =
        spans.iter().map(|it| it["span_id"].as_str()).collect();
    assert_eq!(ids.len(), 4, "each span has its own id");
}

#[test]
fn a_trace_that_begins_here_has_no_parent() {
    let trace = trace("");
    let text = Recording::default().to_lines(&request(&trace), Unrecorded::default());
    let context = &payload(&text)["contexts"]["trace"];
    assert_eq!(context.get("parent_span_id"), None);
    assert_eq!(context["trace_id"], "00000000000000000000000000000abc");
}

#[test]
fn a_request_with_ever_more_calls_has_a_bounded_text() {
    let mut recording = Recording::default();
    for number in 0..1_000 {
        recording.add(call(SpanOp::HttpClient, "api", number, 500));
    }
    let trace = trace("");
    let text = recording.to_lines(&request(&trace), Unrecorded::default());
    assert!(text.len() < 4_096, "{}", text.len());
    assert_eq!(payload(&text)["spans"].as_array().map(Vec::len), Some(SPANS_MAX));
}

#[test]
fn a_line_of_the_log_is_sent_without_what_visitors_chose() {
    let trace = trace(TRACEPARENT);
    let line = LogLine::new(LogSeverity::Error, LogEvent::RequestAnswered)
        .with_all(&[
            LogAttribute::Method.text("GET"),
            LogAttribute::Route.text("/api/*"),
            LogAttribute::Status.number(503),
            LogAttribute::Path.text("/api/canary"),
            LogAttribute::Host.text("canary.example"),
            LogAttribute::CircuitName.text("api"),
            LogAttribute::Circuit.text("open"),
        ])
        .to_json((&trace).into(), format_args!("503 by fallback"), NOW);
    let sent = payload(&log_fact(&line));
    let sent = &sent["items"][0];
    assert!(!sent.to_string().contains("canary"), "{sent}");
    assert_eq!((&sent["body"], &sent["level"]), (&json!("503 by fallback"), &json!("error")));
    assert_eq!(sent["severity_number"], 17);
    assert_eq!((&sent["trace_id"], &sent["span_id"]), (&json!(TRACE), &json!("000000000000001f")));
    assert_eq!(sent["timestamp"], 1_795_420_800.123);
    let attribute = |name: &str| sent["attributes"][name]["value"].clone();
    assert_eq!(attribute("event.name"), "breakwater.request.answered");
    assert_eq!(attribute("breakwater.circuit_name"), "api");
    assert_eq!(attribute("breakwater.circuit"), "open");
    assert_eq!(attribute("http.response.status_code"), 503);
    assert_eq!(sent["attributes"]["http.response.status_code"]["type"], "integer");
}

#[test]
fn a_line_without_a_trace_gets_one_since_each_needs_one() {
    let line = LogLine::new(LogSeverity::Warn, LogEvent::VerdictLost).to_json(
        Default::default(),
        format_args!("no verdict"),
        NOW,
    );
    let Some(ReportedText { item: SentryItem::Log(line), .. }) = read(&log_fact(&line)) else {
        panic!("a line of the log");
    };
    assert_ne!(line.trace_id, 0);
    assert_eq!(line.span_id, None);
}

#[test]
fn what_is_as_it_should_be_and_what_is_about_reports_is_in_the_log_alone() {
    assert!(is_log_reported(LogSeverity::Warn, LogEvent::VerdictLost));
    assert!(!is_log_reported(LogSeverity::Info, LogEvent::RequestAnswered));
    assert!(!is_log_reported(LogSeverity::Error, LogEvent::ReportsFailed));
}

#[test]
fn a_fault_is_read_and_its_issue_is_asked_about() {
    let text = "upstream_error\napi\n/api/*\n\n\n\n500\nGET\n\n0\n7";
    let mut asked = None;
    let read = ReportedText::read(text, "shop.example", 1, |issue| {
        asked = Some(issue);
        Some(3)
    });
    let Some(ReportedText { item: SentryItem::Event(event), .. }) = read else {
        panic!("an event");
    };
    assert!(asked.is_some() && format!("{:?}", event.context).contains("Number(3)"));
    assert_eq!(ReportedText::read(text, "shop.example", 1, |_| None), None);
}

proptest! {
    #[test]
    fn a_text_that_makes_no_sense_is_nothing(
        class in "transaction|log|panic|check_in|[a-z]{0,9}", rest in "(?s).{0,400}",
    ) {
        let _ = read(&format!("{class}\n{rest}"));
    }

    #[test]
    fn members_of_any_text_are_read_or_left_out(lines in prop::collection::vec("[a-z0-9./\t-]{0,40}", 0..40)) {
        let head = format!("transaction\nGET\n/a\na\nclosed\norigin\n200\n{TRACEPARENT}\n0\n1\n5\n6\n0\n0");
        let text = [head, lines.join("\n")].join("\n");
        prop_assert!(read(&text).is_some());
    }
}
