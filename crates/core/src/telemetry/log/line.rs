//! The line of an event.

use core::fmt::{self, Write as _};

use alloc::string::{String, ToString as _};

use super::attribute::LogValue;
use super::scrub::is_visitors;
use super::{LogAdmission, LogAttribute, LogEvent, LogField, LogSeverity, TEXT_MAX, scrubbed};
use crate::base::cut::cut;
use crate::base::json::quoted;
use crate::base::rfc3339::Rfc3339;
use crate::base::time::Timestamp;
use crate::base::trace::Trace;

/// The longest body, in bytes. A longer one is cut and ends in `…`. With it and [`TEXT_MAX`] a line
/// with every attribute is below 8 KiB; an invocation of a Worker may log 256 KB
/// (developers.cloudflare.com/workers/observability/logs/workers-logs, "Limits").
pub const BODY_MAX: usize = 1_024;

/// The request that an event belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogContext<'a> {
    /// The request's id.
    pub request_id: Option<&'a str>,
    /// The id of the trace, 32 hexadecimal digits.
    pub trace_id: Option<&'a str>,
    /// The id of our span, 16 hexadecimal digits.
    pub span_id: Option<&'a str>,
    /// Whether the trace is sampled.
    pub is_sampled: bool,
}

impl<'a> From<&'a Trace> for LogContext<'a> {
    fn from(trace: &'a Trace) -> Self {
        Self {
            request_id: Some(&trace.request_id),
            trace_id: trace.trace_id(),
            span_id: trace.span_id(),
            is_sampled: trace.is_sampled(),
        }
    }
}

/// A line that is being put together. To be made only of an event that a gate has admitted.
#[derive(Clone, Debug)]
pub struct LogLine {
    severity: LogSeverity,
    event: LogEvent,
    /// The members of `attributes`, without braces.
    attributes: String,
}

impl LogLine {
    /// Begins a line.
    pub const fn new(severity: LogSeverity, event: LogEvent) -> Self {
        Self { severity, event, attributes: String::new() }
    }

    /// Says how many events had no room, if there were such.
    #[must_use]
    pub fn admitted(self, admission: LogAdmission) -> Self {
        let LogAdmission { dropped } = admission;
        if dropped == 0 { self } else { self.with(LogAttribute::Dropped.number(dropped.into())) }
    }

    /// Adds an attribute. An empty text is left out, since nothing is known then.
    #[must_use]
    pub fn with(mut self, field: LogField<'_>) -> Self {
        let name = field.attribute.as_str();
        match field.value {
            LogValue::Text("") => {}
            LogValue::Text(text) => {
                let shown = shown(text, TEXT_MAX, is_visitors(field.attribute));
                self.push(name, format_args!("{}", quoted(&shown)));
            }
            LogValue::Number(number) => self.push(name, format_args!("{number}")),
        }
        self
    }

    /// Adds attributes.
    #[must_use]
    pub fn with_all(self, fields: &[LogField<'_>]) -> Self {
        fields.iter().fold(self, |line, field| line.with(*field))
    }

    /// Returns the whole line, without a line break.
    pub fn to_json(
        self,
        context: LogContext<'_>,
        body: fmt::Arguments<'_>,
        now: Timestamp,
    ) -> String {
        let line = match context.request_id {
            Some(id) => self.with(LogAttribute::RequestId.text(id)),
            None => self,
        };
        let Self { severity, event, attributes } = line;
        let body = quoted(&shown(&body.to_string(), BODY_MAX, true));
        let mut text = String::with_capacity(160 + body.len() + attributes.len());
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{{\"timestamp\":\"{}\",\"severity_text\":\"{}\",\"severity_number\":{},\
             \"event_name\":\"{event}\",\"body\":{body}",
            Rfc3339(now),
            severity.as_str(),
            severity.number(),
        );
        if let Some(id) = context.trace_id {
            let _ = write!(text, ",\"trace_id\":{}", quoted(id));
            if let Some(id) = context.span_id {
                let _ = write!(text, ",\"span_id\":{}", quoted(id));
            }
            let flags = u8::from(context.is_sampled);
            let _ = write!(text, ",\"trace_flags\":\"{flags:02x}\"");
        }
        let _ = write!(text, ",\"attributes\":{{{attributes}}}}}");
        text
    }

    fn push(&mut self, name: &str, value: fmt::Arguments<'_>) {
        let separator = if self.attributes.is_empty() { "" } else { "," };
        let _ = write!(self.attributes, "{separator}\"{name}\":{value}");
    }
}

/// A text as it is written, of at most this many bytes. One of others is scrubbed.
fn shown(text: &str, longest: usize, is_others: bool) -> String {
    // What is cut off anyway is not looked at. A secret that is cut in two is still one.
    let begin = text.get(..text.floor_char_boundary(longest.saturating_mul(2))).unwrap_or(text);
    let mut shown = if is_others { scrubbed(begin) } else { begin.into() };
    cut(&mut shown, longest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::trace::{IncomingTrace, TraceSource};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const AT: Timestamp = Timestamp::from_millis(1_795_420_800_042);

    #[test]
    fn a_request_is_one_object_in_one_line() {
        let incoming = IncomingTrace {
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ..IncomingTrace::default()
        };
        let trace = Trace::new(TraceSource::Breakwater, incoming, 0xabc, 0x1f);
        let line = LogLine::new(LogSeverity::Info, LogEvent::RequestAnswered)
            .admitted(LogAdmission { dropped: 7 })
            .with_all(&[
                LogAttribute::Method.text("GET"),
                LogAttribute::Route.text("/api/*"),
                LogAttribute::Status.number(200),
                LogAttribute::Path.text("/api/cart?token=hidden"),
                LogAttribute::Host.text("shop.example"),
                LogAttribute::Upstream.text("api"),
                LogAttribute::Circuit.text("closed"),
                LogAttribute::Source.text("origin"),
                LogAttribute::Check.text(""),
            ])
            .to_json((&trace).into(), format_args!("GET /api/* 200\n"), AT);
        assert!(!line.contains('\n'));
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            read,
            json!({
                "timestamp": "2026-11-23T08:00:00.042Z",
                "severity_text": "INFO",
                "severity_number": 9,
                "event_name": "breakwater.request.answered",
                "body": "GET /api/* 200\n",
                "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                "span_id": "000000000000001f",
                "trace_flags": "01",
                "attributes": {
                    "breakwater.dropped_lines": 7,
                    "http.request.method": "GET",
                    "http.route": "/api/*",
                    "http.response.status_code": 200,
                    "url.path": "/api/cart",
                    "server.address": "shop.example",
                    "breakwater.upstream": "api",
                    "breakwater.circuit": "closed",
                    "breakwater.source": "origin",
                    "breakwater.request_id": "00000000000000000000000000000abc",
                }
            })
        );
    }

    #[test]
    fn without_a_trace_no_trace_is_named() {
        let line = LogLine::new(LogSeverity::Error, LogEvent::MonitorFailed);
        let line = line.to_json(LogContext::default(), format_args!("gone"), AT);
        assert!(!line.contains("trace") && !line.contains("span"), "{line}");
    }

    #[test]
    fn no_secret_is_in_a_line() {
        let line = LogLine::new(LogSeverity::Error, LogEvent::DeliveryFailed)
            .with(LogAttribute::Path.text("/a?key=canary1"))
            .with(LogAttribute::Host.text("https://user:canary2@hooks.example/canary3"))
            .to_json(
                LogContext::default(),
                format_args!(
                    "cannot fetch https://hooks.example/services/canary4?x=canary5: \
                     Authorization: Bearer canary6, token=canary7"
                ),
                AT,
            );
        assert!(!line.contains("canary"), "{line}");
        assert!(line.contains("cannot fetch https://hooks.example/…"), "{line}");
    }

    proptest! {
        #[test]
        fn a_line_is_json_and_bounded_whatever_the_texts_are(body in "(?s).{0,4000}", path in ".*") {
            let fields: alloc::vec::Vec<_> =
                LogAttribute::ALL.iter().map(|attribute| attribute.text(&path)).collect();
            let line = LogLine::new(LogSeverity::Warn, LogEvent::CacheFailed).with_all(&fields);
            let line = line.to_json(LogContext::default(), format_args!("{body}"), AT);
            prop_assert!(!line.contains('\n'));
            let read: Value = serde_json::from_str(&line).unwrap();
            prop_assert!(read["body"].as_str().unwrap().len() <= BODY_MAX);
            for (_, value) in read["attributes"].as_object().unwrap() {
                prop_assert!(value.as_str().unwrap().len() <= TEXT_MAX);
            }
        }
    }
}
