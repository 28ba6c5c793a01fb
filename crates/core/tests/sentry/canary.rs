//! A secret that a visitor sent is in no report, wherever it stood.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::telemetry::sentry::{
    ReportField, Reporting, ScrubbedRequest, SentryBreadcrumb, SentryFault, SentryItem,
    SentryLevel, SentryQueue,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::{NOW, payload, sent, settings};

const CANARY: &str = "c4n4ry-5ecret";

fn reported(method: &str, lines: &str) -> SentryItem {
    let fault = SentryFault::UpstreamError { upstream: "api", route: "/api/*", status: 500 };
    let mut event = fault.event(1);
    let fields = Fields::new(lines);
    event.request = Some(ScrubbedRequest::new("shop.example", "/api/*", method, fields));
    SentryItem::Event(Box::new(event))
}

#[test]
fn of_a_request_only_what_is_listed_is_told() {
    let lines = "content-type:application/json; charset=utf-8\ncontent-length:512\n\
        cf-ray:8f1c2d3e4f5a6b7c-FRA\nsec-fetch-mode:navigate\nuser-agent:Browser/1\n\
        cookie:a=b\nx-forwarded-for:192.0.2.1\ncf-connecting-ip:192.0.2.1\nreferer:https://a.example/";
    let event = payload(&sent(&reported("POST", lines)));
    assert_eq!(
        event["request"],
        json!({
            "method": "POST",
            "url": "https://shop.example/api/*",
            "headers": {
                "content-type": "application/json",
                "content-length": "512",
                "cf-ray": "8f1c2d3e4f5a6b7c-FRA",
                "sec-fetch-mode": "navigate",
            },
        })
    );
}

proptest! {
    #[test]
    fn no_field_and_no_method_carries_a_secret(
        name in select(&[
            "authorization", "cookie", "x-api-key", "content-type", "content-length", "cf-ray",
            "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "user-agent", "referer", "host",
            "accept", "traceparent", "tracestate", "baggage", "x-forwarded-for",
        ][..]),
        before in "[ -~]{0,12}",
        after in "[ -~]{0,12}",
        in_method in any::<bool>(),
    ) {
        let lines = format!("{name}:{before}{CANARY}{after}");
        let method = if in_method { CANARY } else { "GET" };
        let body = sent(&reported(method, &lines)).body;
        let body = String::from_utf8(body).expect("a text");
        prop_assert!(!body.contains(CANARY), "{}", body);
    }
}

#[test]
fn the_values_of_the_workers_own_secrets_are_removed_from_every_text() {
    let redactor = Redactor::new([("API_KEY", CANARY)]);
    let message = format!("called with {CANARY}\" and {CANARY}");
    let fault = SentryFault::Panic { plane: "worker", message: &message, place: "a.rs:1:1" };
    let mut event = fault.event(1);
    event.message = Some(message.clone());
    event.route = Some(message.clone());
    event.fingerprint.push(message.clone());
    event.context.push((ReportField::Reason, message.as_str().into()));
    event.tags.push((ReportField::Reason, message.as_str().into()));
    event.breadcrumbs.push(SentryBreadcrumb {
        at: NOW,
        category: "upstream",
        level: SentryLevel::Info,
        message: message.clone(),
        data: vec![(ReportField::Reason, message.as_str().into())],
    });
    let settings = settings();
    let mut queue = SentryQueue::default();
    let reporting = Reporting { settings: &settings, build: CANARY, redactor: &redactor };
    assert!(queue.push(&SentryItem::Event(Box::new(event)), reporting, NOW));
    let body = queue.poll_envelope(NOW).expect("an envelope").body;
    let body = String::from_utf8(body).expect("a text");
    assert!(!body.contains(CANARY), "{body}");
    assert_eq!(body.matches("$API_KEY").count(), 17);
}
