//! Random reports.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::telemetry::log::LogSeverity;
use breakwater_core::telemetry::sentry::{
    CheckInStatus, CronMonitor, EventId, ReportClass, ReportField, ReportSchedule, ReportValue,
    ScrubbedRequest, SentryBreadcrumb, SentryCheckIn, SentryEvent, SentryException, SentryFrame,
    SentryItem, SentryLevel, SentryLog, SentrySchedule, SentrySpan, SentryTrace, SentryTransaction,
    SpanOp, SpanStatus,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Times up to the year 2200. An event of long ago is still one.
fn time() -> impl Strategy<Value = Timestamp> {
    (1_u64..7_258_118_400_000).prop_map(Timestamp::from_millis)
}

/// Texts with everything that JSON and lines stumble over.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{1,20}",
        "\\PC{0,40}",
        Just("line\nbreak\r\u{0}\"quote\"\u{1F600}".to_string()),
        (1_usize..4_000).prop_map(|length| "é".repeat(length)),
    ]
}

fn fields() -> impl Strategy<Value = Vec<(ReportField, ReportValue)>> {
    let value = prop_oneof![
        text().prop_map(ReportValue::Text),
        any::<u32>().prop_map(|number| ReportValue::Number(number.into())),
        any::<bool>().prop_map(ReportValue::Flag),
    ];
    vec((select(ReportField::ALL), value), 0..8)
}

fn trace() -> impl Strategy<Value = SentryTrace> {
    (1_u128.., 1_u64.., option::of(1_u64..)).prop_map(|(trace_id, span_id, parent_span_id)| {
        SentryTrace { trace_id, span_id, parent_span_id }
    })
}

fn id() -> impl Strategy<Value = EventId> {
    (1_u128..).prop_map(EventId::of_random)
}

fn exception() -> impl Strategy<Value = SentryException> {
    let frame = (text(), option::of(text()), 1_u32..9_999, option::of(1_u32..200))
        .prop_map(|(file, function, line, column)| SentryFrame { file, function, line, column });
    (text(), text(), any::<bool>(), vec(frame, 0..4)).prop_map(
        |(class, value, is_handled, frames)| SentryException { class, value, is_handled, frames },
    )
}

fn breadcrumb() -> impl Strategy<Value = SentryBreadcrumb> {
    (time(), select(&SentryLevel::ALL[..]), text(), fields()).prop_map(
        |(at, level, message, data)| SentryBreadcrumb {
            at,
            category: "upstream",
            level,
            message,
            data,
        },
    )
}

pub(crate) fn event() -> impl Strategy<Value = SentryEvent> {
    let said = (
        id(),
        option::of(time()),
        select(&SentryLevel::ALL[..]),
        select(&ReportClass::ALL[..]),
        option::of(text()),
    );
    let held = (vec(exception(), 0..3), vec(breadcrumb(), 0..30), fields(), fields());
    let about = (
        vec("[a-z]{1,9}", 0..4),
        option::of(Just("/api/*".to_string())),
        option::of(trace()),
        any::<bool>(),
        option::of(any::<u128>()),
    );
    (said, held, about).prop_map(|(said, held, about)| {
        let (id, at, level, class, message) = said;
        let (exceptions, breadcrumbs, tags, context) = held;
        let (fingerprint, route, trace, has_request, user) = about;
        let lines = "content-type:text/html; charset=utf-8\ncontent-length:5";
        let request = ScrubbedRequest::new("shop.example", "/api/*", "POST", Fields::new(lines));
        SentryEvent {
            at,
            message,
            exceptions,
            breadcrumbs,
            tags,
            context,
            fingerprint,
            route,
            trace,
            request: has_request.then_some(request),
            user,
            ..SentryEvent::new(id, class, level)
        }
    })
}

fn span() -> impl Strategy<Value = SentrySpan> {
    let times = (time(), 0_u64..60_000);
    (1_u64.., option::of(1_u64..), select(&SpanOp::ALL[..]), text(), times, 100_u16..600, fields())
        .prop_map(|(id, parent, op, description, (start, span), status, data)| SentrySpan {
            id,
            parent,
            op,
            description,
            start,
            end: start + Millis::new(span),
            status: SpanStatus::of_http(status),
            data,
        })
}

pub(crate) fn transaction() -> impl Strategy<Value = SentryTransaction> {
    let times = (time(), 0_u64..60_000);
    (id(), trace(), times, 100_u16..600, fields(), vec(span(), 0..40)).prop_map(
        |(id, trace, (start, span), status, tags, spans)| SentryTransaction {
            id,
            route: "/products/*".into(),
            trace,
            op: SpanOp::HttpServer,
            start,
            end: start + Millis::new(span),
            status: SpanStatus::of_http(status),
            tags,
            spans,
        },
    )
}

pub(crate) fn check_in() -> impl Strategy<Value = SentryCheckIn> {
    let monitor = (1_u64..10_000_000).prop_map(|ms| CronMonitor {
        schedule: SentrySchedule::every(Millis::new(ms)),
        ..ReportSchedule::Round.monitor()
    });
    let status = select(&CheckInStatus::ALL[..]);
    (id(), text(), status, option::of(0_u64..9_999_999), option::of(monitor), option::of(trace()))
        .prop_map(|(id, slug, status, duration, monitor, trace)| SentryCheckIn {
            id,
            slug: format!("check {slug}"),
            status,
            duration: duration.map(Millis::new),
            monitor,
            trace,
        })
}

pub(crate) fn log() -> impl Strategy<Value = SentryLog> {
    let level = select(&LogSeverity::ALL[..]);
    (time(), 1_u128.., option::of(1_u64..), level, text(), fields()).prop_map(
        |(at, trace_id, span_id, level, body, attributes)| SentryLog {
            at,
            trace_id,
            span_id,
            level,
            body,
            attributes,
        },
    )
}

pub(crate) fn item() -> impl Strategy<Value = SentryItem> {
    prop_oneof![
        event().prop_map(|it| SentryItem::Event(Box::new(it))),
        transaction().prop_map(|it| SentryItem::Transaction(Box::new(it))),
        check_in().prop_map(|it| SentryItem::CheckIn(Box::new(it))),
        log().prop_map(SentryItem::Log),
    ]
}
