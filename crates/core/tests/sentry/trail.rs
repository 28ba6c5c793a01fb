//! The lines of the log that lead to an event.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::telemetry::log::LogSeverity;
use breakwater_core::telemetry::sentry::{
    BREADCRUMBS_MAX, ReportField, SentryEvent, SentryFault, SentryItem, SentryLog, SentryTrace,
    Trail,
};

use super::{NOW, framed, sent};

fn line(body: &str, trace_id: u128, span_id: Option<u64>, at: Timestamp) -> SentryLog {
    let level = LogSeverity::Warn;
    SentryLog { at, trace_id, span_id, level, body: body.into(), attributes: Vec::new() }
}

fn event() -> SentryEvent {
    let mut event =
        SentryFault::UpstreamError { upstream: "api", route: "/a", status: 500 }.event(1);
    event.at = Some(NOW);
    event.trace = Some(SentryTrace { trace_id: 7, span_id: 1, parent_span_id: None });
    event
}

/// The messages of an event's breadcrumbs behind these lines.
fn led(lines: &[SentryLog]) -> Vec<String> {
    let mut trail = Trail::new();
    lines.iter().for_each(|line| trail.note(line));
    let mut event = event();
    trail.lead_to(&mut event);
    event.breadcrumbs.into_iter().map(|it| it.message).collect()
}

#[test]
fn lines_of_the_same_request_and_of_none_lead_to_an_event_and_others_do_not() {
    let before = |seconds: u64| Timestamp::from_millis(NOW.as_millis() - seconds * 1_000);
    let lines = [
        line("long ago", 3, None, before(301)),
        line("of another visitor", 8, Some(2), before(3)),
        line("of none", 9, None, before(1)),
        SentryLog {
            attributes: vec![(ReportField::RequestId, "7".into())],
            ..line("of one without a trace", 10, None, before(1))
        },
        line("of this one", 7, Some(1), before(2)),
        line("later", 7, Some(1), NOW + Millis::new(1)),
    ];
    assert_eq!(led(&lines), ["of this one", "of none"], "in the order of their times");
}

#[test]
fn the_trail_is_as_long_as_an_event_takes() {
    let lines: Vec<_> = (0..100).map(|it| line(&it.to_string(), 7, None, NOW)).collect();
    let led = led(&lines);
    assert_eq!(led.len(), BREADCRUMBS_MAX);
    assert_eq!(led.last().map(String::as_str), Some("99"));
}

#[test]
fn an_event_is_sent_with_its_trail() {
    let mut trail = Trail::new();
    trail.note(&line("no verdict", 7, None, NOW));
    let mut event = event();
    trail.lead_to(&mut event);
    let envelope = sent(&SentryItem::Event(Box::new(event)));
    let payload = &framed(&envelope.body).1[0].1;
    let crumb = &payload["breadcrumbs"]["values"][0];
    assert_eq!((&crumb["message"], &crumb["level"]), (&"no verdict".into(), &"warning".into()));
}
