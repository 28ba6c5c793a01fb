//! What waits is little, what is dropped is counted, and no envelope mixes what Sentry keeps apart.

use std::collections::BTreeMap;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::time::Millis;
use breakwater_core::telemetry::log::LogSeverity;
use breakwater_core::telemetry::sentry::{
    DataCategory, DiscardReason, IgnoreRule, QUEUE_BYTES_MAX, QUEUE_ITEMS_MAX, ReportClass,
    Reporting, SentryFault, SentryItem, SentryLog, SentryQueue, Unrecorded,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::arbitrary::item;
use super::{NOW, framed, push_at, settings};

fn error() -> SentryItem {
    let fault = SentryFault::UpstreamError { upstream: "api", route: "/api/*", status: 500 };
    SentryItem::Event(Box::new(fault.event(1)))
}

fn line(bytes: usize) -> SentryItem {
    SentryItem::Log(SentryLog {
        at: NOW,
        trace_id: 1,
        span_id: None,
        level: LogSeverity::Info,
        body: "a".repeat(bytes),
        attributes: Vec::new(),
    })
}

fn types(body: &[u8]) -> Vec<String> {
    let (_, items) = framed(body);
    items.iter().map(|(line, _)| line["type"].as_str().expect("a type").into()).collect()
}

/// Adds what an envelope reports as discarded.
fn add_reported(body: &[u8], counts: &mut BTreeMap<String, u64>) {
    for (line, payload) in framed(body).1 {
        for it in payload["discarded_events"].as_array().into_iter().flatten() {
            assert_eq!(line["type"], "client_report");
            let name = |key: &str| it[key].as_str().expect("a name").to_string();
            *counts.entry(name("category")).or_default() +=
                it["quantity"].as_u64().expect("a number");
        }
    }
}

/// How Sentry answers.
#[derive(Clone, Debug)]
enum Answer {
    None,
    Status(u16),
    Limits(u16, String),
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::None),
        prop::sample::select(&[200, 200, 200, 400, 413, 429, 503][..]).prop_map(Answer::Status),
        (prop::sample::select(&[200, 429][..]), 1_u32..90, "(error|transaction|log_item|monitor|)")
            .prop_map(|(status, s, of)| Answer::Limits(status, format!("{s}:{of}:key"))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn each_item_arrives_once_or_is_counted(
        steps in vec((option::of(item()), answer(), 0_u64..40_000), 1..60),
    ) {
        let mut queue = SentryQueue::default();
        let mut now = NOW;
        // By category: what was pushed, what arrived, and what Sentry itself counts as refused.
        let mut pushed: BTreeMap<DataCategory, u64> = BTreeMap::new();
        let (mut arrived, mut refused) = (BTreeMap::new(), BTreeMap::new());
        let mut reported = BTreeMap::new();
        let category = |kind: &str| match kind {
            "event" => DataCategory::Error,
            "transaction" => DataCategory::Transaction,
            "check_in" => DataCategory::Monitor,
            _ => DataCategory::LogItem,
        };
        for (item, answer, wait) in steps {
            now = now + Millis::new(wait);
            if let Some(item) = item {
                *pushed.entry(item.category()).or_default() += 1;
                push_at(&mut queue, &item, now);
                let (items, bytes) = queue.waiting();
                prop_assert!(items <= QUEUE_ITEMS_MAX && bytes <= QUEUE_BYTES_MAX);
            } else if let Some(envelope) = queue.poll_envelope(now) {
                let (head, items) = framed(&envelope.body);
                let kinds = types(&envelope.body);
                let held: Vec<_> = kinds.iter().filter(|kind| *kind != "client_report").collect();
                prop_assert!(held.len() <= 1, "{:?}", kinds);
                let has_id = held.iter().any(|kind| ["event", "transaction"].contains(&kind.as_str()));
                prop_assert_eq!(head.get("event_id").is_some(), has_id);
                if has_id {
                    prop_assert_eq!(&head["event_id"], &items[0].1["event_id"]);
                }
                let count = |counts: &mut BTreeMap<DataCategory, u64>| {
                    for (line, _) in items.iter().filter(|(line, _)| line["type"] != "client_report") {
                        let number = line["item_count"].as_u64().unwrap_or(1);
                        let kind = line["type"].as_str().expect("a type");
                        *counts.entry(category(kind)).or_default() += number;
                    }
                };
                let field;
                let came = match &answer {
                    Answer::None => None,
                    Answer::Status(status) => Some((*status, "")),
                    Answer::Limits(status, limits) => {
                        field = format!("x-sentry-rate-limits:{limits}");
                        Some((*status, field.as_str()))
                    }
                };
                match came {
                    Some((200, _)) => {
                        count(&mut arrived);
                        add_reported(&envelope.body, &mut reported);
                    }
                    Some((429, _)) => count(&mut refused),
                    _ => {}
                }
                let came = came.map(|(status, lines)| (status, Fields::new(lines)));
                queue.handle_answer(&envelope, came, now);
            }
        }
        // Sentry is well again, and everything that waits is sent.
        let mut last = now + Millis::from_secs(1_000);
        for _ in 0..2 * QUEUE_ITEMS_MAX {
            last = last + Millis::from_secs(61);
            let Some(envelope) = queue.poll_envelope(last) else { break };
            for (line, _) in framed(&envelope.body).1 {
                let kind = line["type"].as_str().expect("a type");
                if kind != "client_report" {
                    let number = line["item_count"].as_u64().unwrap_or(1);
                    *arrived.entry(category(kind)).or_default() += number;
                }
            }
            add_reported(&envelope.body, &mut reported);
            queue.handle_answer(&envelope, Some((200, Fields::new(""))), last);
        }
        prop_assert_eq!(queue.waiting(), (0, 0));
        prop_assert!(queue.discards().is_empty());
        for (category, pushed) in pushed {
            let of = |counts: &BTreeMap<DataCategory, u64>| {
                counts.get(&category).copied().unwrap_or_default()
            };
            let lost = reported.get(category.as_str()).copied().unwrap_or_default();
            prop_assert_eq!(of(&arrived) + of(&refused) + lost, pushed, "{:?}", category);
        }
    }
}

#[test]
fn what_does_not_fit_is_dropped_and_counted() {
    let mut queue = SentryQueue::default();
    for index in 0..QUEUE_ITEMS_MAX + 5 {
        assert_eq!(push_at(&mut queue, &error(), NOW), index < QUEUE_ITEMS_MAX);
    }
    let lost = queue.discards().count(DiscardReason::QueueOverflow, DataCategory::Error);
    assert_eq!(lost, 5);
}

#[test]
fn an_error_takes_the_place_of_what_is_none() {
    let mut queue = SentryQueue::default();
    while push_at(&mut queue, &line(2_000), NOW) {}
    while push_at(&mut queue, &line(5), NOW) {}
    assert!(queue.waiting().1 > QUEUE_BYTES_MAX - 500);
    assert!(push_at(&mut queue, &error(), NOW));
    let lost = queue.discards().count(DiscardReason::QueueOverflow, DataCategory::LogItem);
    assert_eq!(lost, 3, "the two that did not fit, and the oldest, which made room");
    assert!(queue.discards().count(DiscardReason::QueueOverflow, DataCategory::LogByte) > 4_000);
}

#[test]
fn what_sentry_wants_no_more_of_is_neither_taken_nor_sent() {
    let mut queue = SentryQueue::default();
    assert!(push_at(&mut queue, &line(5), NOW));
    assert!(push_at(&mut queue, &error(), NOW));
    assert!(push_at(&mut queue, &error(), NOW));
    let envelope = queue.poll_envelope(NOW).expect("the first event");
    assert_eq!(types(&envelope.body), ["event"], "an event goes before what came earlier");
    let lines = "x-sentry-rate-limits:60:error:key";
    queue.handle_answer(&envelope, Some((200, Fields::new(lines))), NOW);
    assert!(!push_at(&mut queue, &error(), NOW));
    let backoff = |queue: &SentryQueue| {
        queue.discards().count(DiscardReason::RatelimitBackoff, DataCategory::Error)
    };
    assert_eq!(backoff(&queue), 1);
    let report = queue.poll_envelope(NOW).expect("the line");
    assert_eq!(types(&report.body), ["log", "client_report"]);
    assert_eq!(
        framed(&report.body).1[1].1["discarded_events"],
        json!([
            { "reason": "ratelimit_backoff", "category": "error", "quantity": 2 },
        ])
    );
    assert!(push_at(&mut queue, &line(5), NOW), "another category goes on");
    assert!(push_at(&mut queue, &error(), NOW + Millis::from_secs(60)));
}

#[test]
fn while_everything_is_limited_not_even_what_was_dropped_is_reported() {
    let mut queue = SentryQueue::default();
    assert!(push_at(&mut queue, &error(), NOW));
    let envelope = queue.poll_envelope(NOW).expect("the error");
    queue.handle_answer(&envelope, Some((429, Fields::new(""))), NOW);
    assert!(queue.discards().is_empty(), "Sentry counts what it refuses for its rate");
    assert!(!push_at(&mut queue, &error(), NOW));
    assert_eq!(queue.poll_envelope(NOW + Millis::new(59_999)), None);
    let report = queue.poll_envelope(NOW + Millis::from_secs(60)).expect("what was dropped");
    assert_eq!(types(&report.body), ["client_report"]);
}

#[test]
fn the_answer_says_what_was_lost_and_why() {
    for (answer, reason) in [
        (None, Some(DiscardReason::NetworkError)),
        (Some(200), None),
        (Some(400), Some(DiscardReason::SendError)),
        (Some(413), Some(DiscardReason::SendError)),
        (Some(429), None),
        (Some(503), Some(DiscardReason::SendError)),
    ] {
        let mut queue = SentryQueue::default();
        assert!(push_at(&mut queue, &error(), NOW));
        let envelope = queue.poll_envelope(NOW).expect("an envelope");
        queue.handle_answer(&envelope, answer.map(|it| (it, Fields::new(""))), NOW);
        let counts = |it| queue.discards().count(it, DataCategory::Error);
        for it in DiscardReason::ALL {
            assert_eq!(counts(it), u32::from(reason == Some(it)), "{answer:?} {it:?}");
        }
    }
}

#[test]
fn what_was_not_sampled_is_counted_and_travels_along_alone_it_waits() {
    let mut queue = SentryQueue::default();
    queue.record_unrecorded(Unrecorded { unsampled: 2, lost: 0 });
    assert_eq!(queue.poll_envelope(NOW + Millis::from_secs(9_999)), None);
    assert!(push_at(&mut queue, &error(), NOW));
    let envelope = queue.poll_envelope(NOW).expect("an envelope");
    assert_eq!(types(&envelope.body), ["event", "client_report"]);
    let report: &Value = &framed(&envelope.body).1[1].1;
    assert_eq!(report["timestamp"], "2026-11-23T08:00:00.123Z");
    assert_eq!(
        report["discarded_events"],
        json!([
            { "reason": "sample_rate", "category": "transaction", "quantity": 2 },
            { "reason": "sample_rate", "category": "span", "quantity": 2 },
        ])
    );
    assert!(queue.discards().is_empty());
}

#[test]
fn only_what_was_lost_is_reported_by_itself_and_once_a_minute() {
    let mut queue = SentryQueue::default();
    let lose = |queue: &mut SentryQueue, now| {
        assert!(push_at(queue, &error(), now));
        let envelope = queue.poll_envelope(now).expect("an error");
        queue.handle_answer(&envelope, None, now);
    };
    lose(&mut queue, NOW);
    let first = queue.poll_envelope(NOW).expect("what was lost");
    queue.handle_answer(&first, Some((200, Fields::new(""))), NOW);
    lose(&mut queue, NOW);
    assert_eq!(queue.poll_envelope(NOW + Millis::new(59_999)), None);
    assert!(queue.poll_envelope(NOW + Millis::from_secs(60)).is_some());
}

#[test]
fn what_the_site_file_ignores_is_not_taken() {
    let mut settings = settings();
    let route = Pattern::parse("/api/*").expect("a pattern");
    let class = Some(ReportClass::UpstreamError);
    settings.ignore = vec![IgnoreRule { class, route: Some(route), schedule: None }];
    let redactor = Redactor::default();
    let reporting = Reporting { settings: &settings, build: "b@1", redactor: &redactor };
    let mut queue = SentryQueue::default();
    assert!(!queue.push(&error(), reporting, NOW));
    let elsewhere = SentryFault::UpstreamError { upstream: "api", route: "/*", status: 500 };
    assert!(queue.push(&SentryItem::Event(Box::new(elsewhere.event(1))), reporting, NOW));
    let ignored = queue.discards().count(DiscardReason::EventProcessor, DataCategory::Error);
    assert_eq!((ignored, queue.waiting().0), (1, 1));
}
