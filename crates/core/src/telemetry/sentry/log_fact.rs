//! A line of the log as a text of which the control plane makes an item for Sentry.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::field::{FIELDS_MAX, ReportField, ReportValue};
use super::ids::hex;
use super::log_item::SentryLog;
use super::settings::ReportClass;
use crate::base::json;
use crate::base::rfc3339;
use crate::telemetry::log::{LogEvent, LogSeverity};

/// Returns whether a line of the log is sent to Sentry: it is if something is not as it should be.
/// That reports did not arrive is not reported.
pub fn is_log_reported(severity: LogSeverity, event: LogEvent) -> bool {
    severity >= LogSeverity::Warn && event != LogEvent::ReportsFailed
}

/// Returns the text of a line, which is the line behind the name of its class.
pub fn log_fact(line: &str) -> String {
    [ReportClass::Log.as_str(), "\n", line].concat()
}

/// Returns the item of a line; nothing if it makes no sense. Of its attributes it keeps those that
/// a report may have, which a visitor's path and host are not among. `random` becomes the trace of
/// a line that has none.
pub(super) fn log_item(line: &str, random: u128) -> Option<SentryLog> {
    let line: Value = json::read(line).ok()?;
    let text = |name: &str| line[name].as_str();
    let severity = text("severity_text")?;
    let level = LogSeverity::ALL.into_iter().find(|known| known.as_str() == severity)?;
    let id = |name, digits| text(name).and_then(|id| hex(id, digits));
    let attributes = line["attributes"].as_object()?;
    let event = text("event_name")?;
    let named = [(ReportField::EventName, event.into())];
    let others = attributes.iter().filter_map(|(name, value)| {
        let field = ReportField::ALL.iter().find(|field| field.as_str() == name)?;
        Some((*field, ReportValue::of_json(value)?))
    });
    Some(SentryLog {
        at: rfc3339::parse(text("timestamp")?)?,
        trace_id: id("trace_id", 32).unwrap_or(random).max(1),
        span_id: id("span_id", 16).and_then(|id| u64::try_from(id).ok()),
        level,
        body: text("body")?.into(),
        attributes: named.into_iter().chain(others).take(FIELDS_MAX).collect::<Vec<_>>(),
    })
}
