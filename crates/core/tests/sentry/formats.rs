//! Sentry's own types read what is sent, and keep what was meant.
//!
//! That they read it proves little: an event of `{}` passes too. So what they kept is compared with
//! what was sent, and the names that they leave out are listed.

use breakwater_core::base::rfc3339;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::telemetry::sentry::{
    IntervalUnit, ReportSchedule, SLUG_MAX, SPANS_MAX, SentryItem, SentryQueue, SentrySchedule,
    SentryTrace, monitor_slug,
};
use proptest::prelude::*;
use sentry_types::protocol::v7::{Envelope, EnvelopeItem, ItemContainer};
use serde_json::{Value, json};

use super::arbitrary::{check_in, event, item, log, transaction};
use super::faults::assert_names;
use super::{NOW, framed, payload, push_at, sent};

/// What Sentry's types leave out of what they read, because it is a default there or because they
/// do not know it. Relay, which takes reports in, knows all of it.
const LEFT_OUT: [&str; 13] = [
    ".level",
    ".platform",
    ".sdk.settings",
    ".breadcrumbs.values[].level",
    ".type",
    ".transaction_info",
    ".spans[].origin",
    ".contexts.trace.origin",
    ".release",
    ".contexts",
    ".items[].span_id",
    ".items[].attributes",
    ".exception.values[].value",
];

/// The item of an envelope as Sentry's types write it again.
fn kept(body: &[u8]) -> Value {
    let envelope = Envelope::from_slice(body).expect("an envelope for Sentry");
    let mut items = envelope.items();
    let item = items.next().expect("an item");
    let kept = if let EnvelopeItem::Event(it) = item {
        serde_json::to_value(it)
    } else if let EnvelopeItem::Transaction(it) = item {
        serde_json::to_value(it)
    } else if let EnvelopeItem::MonitorCheckIn(it) = item {
        serde_json::to_value(it)
    } else if let EnvelopeItem::ClientReport(it) = item {
        serde_json::to_value(it)
    } else if let EnvelopeItem::ItemContainer(ItemContainer::Logs(it)) = item {
        serde_json::to_value(it).map(|items| json!({ "items": items }))
    } else {
        panic!("an item of another type: {item:?}")
    };
    assert!(items.next().is_none());
    kept.expect("JSON")
}

/// Collects what was meant and not kept.
fn compare(meant: &Value, kept: &Value, path: &str, lost: &mut Vec<String>) {
    match (meant, kept) {
        (Value::Object(meant), Value::Object(kept)) => {
            for (name, meant) in meant {
                let path = format!("{path}.{name}");
                match kept.get(name) {
                    Some(kept) => compare(meant, kept, &path, lost),
                    None if is_empty(meant) => {}
                    None => lost.push(path),
                }
            }
        }
        (Value::Array(meant), Value::Array(kept)) if meant.len() == kept.len() => {
            let path = format!("{path}[]");
            meant.iter().zip(kept).for_each(|(meant, kept)| compare(meant, kept, &path, lost));
        }
        (meant, kept) if meant == kept || is_same_time(meant, kept) => {}
        (meant, kept) => panic!("{path}: {meant} became {kept}"),
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(|it| it.values().all(is_empty))
        || value.as_array().is_some_and(|it| it.is_empty())
}

/// Numbers and times, whichever of their forms they have, to less than a millisecond.
fn is_same_time(one: &Value, other: &Value) -> bool {
    let seconds = |value: &Value| {
        let time = value.as_str().and_then(rfc3339::parse);
        value.as_f64().or_else(|| time.map(|time| time.as_millis() as f64 / 1000.0))
    };
    let (Some(one), Some(other)) = (seconds(one), seconds(other)) else { return false };
    (one - other).abs() < 0.000_5
}

fn check(item: &SentryItem) -> Value {
    let body = sent(item).body;
    let (head, items) = framed(&body);
    let [(line, meant)] = items.as_slice() else { panic!("one item") };
    assert_eq!(line["length"].as_u64(), Some(meant.to_string().len() as u64));
    assert_eq!(head["sent_at"], "2026-11-23T08:00:00.123Z");
    let first = body.split(|b| *b == b'\n').next().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    assert_eq!(first.matches("sent_at").count(), 1, "with two, Sentry refuses the envelope");
    let mut lost = Vec::new();
    compare(meant, &kept(&body), "", &mut lost);
    lost.retain(|path| !LEFT_OUT.contains(&path.as_str()));
    assert_eq!(lost, [""; 0]);
    assert_names(meant);
    meant.clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn events_are_kept(it in event()) {
        let meant = check(&SentryItem::Event(Box::new(it.clone())));
        prop_assert_eq!(&meant["event_id"], &json!(it.id.to_string()));
        prop_assert_eq!(&meant["level"], it.level.as_str());
        let at = rfc3339::parse(meant["timestamp"].as_str().expect("a text"));
        prop_assert_eq!(at, Some(it.at.unwrap_or(NOW)));
        for (_, value) in meant["tags"].as_object().expect("tags") {
            let value = value.as_str().expect("a text");
            prop_assert!(value.chars().count() <= 200 && !value.contains('\n'));
        }
    }

    #[test]
    fn transactions_are_kept_with_their_ends_as_texts(it in transaction()) {
        let meant = check(&SentryItem::Transaction(Box::new(it.clone())));
        prop_assert_eq!(&meant["transaction_info"], &json!({ "source": "route" }));
        prop_assert_eq!(&meant["transaction"], "/products/*");
        let spans = meant["spans"].as_array().expect("spans");
        prop_assert_eq!(spans.len(), it.spans.len().min(SPANS_MAX));
        for part in spans.iter().chain([&meant]) {
            let time = |name: &str| part[name].as_str().and_then(rfc3339::parse).expect("a time");
            prop_assert!(time("start_timestamp") <= time("timestamp"));
        }
        let trace = &meant["contexts"]["trace"];
        prop_assert_eq!(&trace["trace_id"], &json!(format!("{:032x}", it.trace.trace_id)));
        for (span, meant) in it.spans.iter().zip(spans) {
            let parent = span.parent.unwrap_or(it.trace.span_id);
            prop_assert_eq!(&meant["parent_span_id"], &json!(format!("{parent:016x}")));
            prop_assert_eq!(&meant["trace_id"], &trace["trace_id"]);
        }
    }

    #[test]
    fn check_ins_are_kept_with_their_monitors(it in check_in()) {
        let meant = check(&SentryItem::CheckIn(Box::new(it.clone())));
        prop_assert_eq!(meant.get("monitor_config").is_some(), it.monitor.is_some());
        let slug = meant["monitor_slug"].as_str().expect("a slug");
        prop_assert!((1..=SLUG_MAX).contains(&slug.len()));
    }

    #[test]
    fn lines_of_the_log_are_kept(it in log()) {
        let meant = check(&SentryItem::Log(it));
        prop_assert!(meant["items"][0]["timestamp"].is_f64());
    }

    #[test]
    fn several_lines_travel_as_one_item(lines in proptest::collection::vec(log(), 2..9)) {
        let mut queue = SentryQueue::default();
        for line in &lines {
            prop_assert!(push_at(&mut queue, &SentryItem::Log(line.clone()), NOW));
        }
        let envelope = queue.poll_envelope(NOW).expect("an envelope");
        prop_assert_eq!(queue.poll_envelope(NOW), None);
        let (_, items) = framed(&envelope.body);
        prop_assert_eq!(&items[0].0["item_count"], &json!(lines.len()));
        let kept = kept(&envelope.body);
        prop_assert_eq!(kept["items"].as_array().map(Vec::len), Some(lines.len()));
    }

    #[test]
    fn what_was_discarded_is_kept(items in proptest::collection::vec(item(), 1..9)) {
        let mut queue = SentryQueue::default();
        for item in &items {
            push_at(&mut queue, item, NOW);
        }
        while let Some(envelope) = queue.poll_envelope(NOW) {
            queue.handle_answer(&envelope, None, NOW);
        }
        let later = NOW + Millis::from_secs(120);
        let envelope = queue.poll_envelope(later).expect("what was lost is reported");
        let (_, framed) = framed(&envelope.body);
        prop_assert_eq!(&framed[0].0["type"], "client_report");
        let mut lost = Vec::new();
        compare(&framed[0].1, &kept(&envelope.body), "", &mut lost);
        prop_assert_eq!(lost, Vec::<String>::new());
    }

    #[test]
    fn a_slug_is_one_for_sentry(name in "\\PC{0,80}") {
        let slug = monitor_slug(&name);
        let is_slug = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        prop_assert!(slug.len() <= SLUG_MAX && slug.bytes().all(is_slug));
        prop_assert_eq!(monitor_slug(&slug), slug);
    }
}

#[test]
fn the_payload_of_a_monitor_is_what_sentrys_page_shows() {
    let monitor = ReportSchedule::StatusCopies.monitor();
    let check_in = breakwater_core::telemetry::sentry::SentryCheckIn {
        id: breakwater_core::telemetry::sentry::EventId::ZERO,
        slug: "Round".into(),
        status: breakwater_core::telemetry::sentry::CheckInStatus::Ok,
        duration: Some(Millis::new(10_250)),
        monitor: Some(monitor),
        trace: SentryTrace::parse("00-8f431b7aa08441bbbd5a0100fd91f9fe-00f067aa0ba902b7-01"),
    };
    assert_eq!(
        payload(&sent(&SentryItem::CheckIn(Box::new(check_in)))),
        json!({
            "check_in_id": "00000000000000000000000000000000",
            "monitor_slug": "round",
            "status": "ok",
            "duration": 10.25,
            "release": "breakwater@0.1.0",
            "environment": "production",
            "monitor_config": {
                "schedule": { "type": "interval", "value": 5, "unit": "minute" },
                "checkin_margin": 2,
                "max_runtime": 15,
                "failure_issue_threshold": 2,
                "recovery_threshold": 1,
            },
            "contexts": { "trace": {
                "trace_id": "8f431b7aa08441bbbd5a0100fd91f9fe", "span_id": "00f067aa0ba902b7",
            } },
        })
    );
}

#[test]
fn a_span_of_time_becomes_an_interval_in_its_largest_unit() {
    for (span, count, unit) in [
        ("1m", 1, IntervalUnit::Minute),
        ("90m", 90, IntervalUnit::Minute),
        ("2h", 2, IntervalUnit::Hour),
        ("7d", 7, IntervalUnit::Day),
        ("10s", 1, IntervalUnit::Minute),
        ("61s", 2, IntervalUnit::Minute),
        ("0s", 1, IntervalUnit::Minute),
    ] {
        let span = Millis::parse(span).expect("a span");
        assert_eq!(SentrySchedule::every(span), SentrySchedule { count, unit });
    }
}

#[test]
fn the_latest_and_the_earliest_times_are_written() {
    for at in [Timestamp::from_millis(0), Timestamp::MAX] {
        let fault =
            breakwater_core::telemetry::sentry::SentryFault::CpuLimitKill { plane: "worker" };
        let mut event = fault.event(1);
        event.at = Some(at);
        check(&SentryItem::Event(Box::new(event)));
    }
}
