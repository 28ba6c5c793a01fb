//! Lines of the log that Sentry is sent too.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::event::MESSAGE_MAX;
use super::field::{FIELDS_MAX, ReportField, ReportValue, VALUE_MAX};
use super::item::Reporting;
use crate::base::time::Timestamp;
use crate::telemetry::log::LogSeverity;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentryLog {
    /// When.
    pub at: Timestamp,
    /// The trace. Sentry demands one of each line.
    pub trace_id: u128,
    /// The span, if the line belongs to one.
    pub span_id: Option<u64>,
    /// How important it is. Sentry has OpenTelemetry's levels and numbers
    /// (develop.sentry.dev/sdk/telemetry/logs, "Log Severity Number").
    pub level: LogSeverity,
    /// What it says.
    pub body: String,
    /// What else is known.
    pub attributes: Vec<(ReportField, ReportValue)>,
}

impl SentryLog {
    pub(super) fn payload(&self, reporting: Reporting<'_>) -> Value {
        let texts = reporting.texts();
        let mut attributes = Map::new();
        for (name, value) in reporting.release_and_environment() {
            attributes.insert(format!("sentry.{name}"), typed("string", value));
        }
        for (name, value) in self.attributes.iter().take(FIELDS_MAX) {
            let value = match value {
                ReportValue::Text(text) => typed("string", texts.line(text, VALUE_MAX).into()),
                ReportValue::Number(number) => typed("integer", (*number).into()),
                ReportValue::Flag(flag) => typed("boolean", (*flag).into()),
            };
            attributes.insert(name.as_str().to_string(), value);
        }
        let mut line = json!({
            "timestamp": seconds(self.at.as_millis()),
            "trace_id": format!("{:032x}", self.trace_id),
            "level": self.level,
            "severity_number": self.level.number(),
            "body": texts.text(&self.body, MESSAGE_MAX),
            "attributes": attributes,
        });
        if let Some(span) = self.span_id {
            line["span_id"] = format!("{span:016x}").into();
        }
        line
    }
}

fn typed(kind: &str, value: Value) -> Value {
    json!({ "value": value, "type": kind })
}

/// Returns seconds as a number, which is the only form in which Sentry takes the time of a line and
/// the duration of a check-in. Up to the year 9999 each millisecond has its own number.
pub(super) fn seconds(ms: u64) -> Value {
    (ms as f64 / 1000.0).into()
}
