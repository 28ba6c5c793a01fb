//! A log on stderr with one JSON object per line, in the form that the Worker's log has
//! (`docs/reference/logs.md`): that of OpenTelemetry's log data model
//! (opentelemetry.io/docs/specs/otel/logs/data-model).
//!
//! Only events of this crate are written, since a library's message about a connection may hold a
//! password. The field `event` of an event is its name, `message` its body, `trace_id` and
//! `span_id` identify the request that it belongs to; the others are attributes.

use std::fmt;
use std::io::{self, Write as _};

use breakwater_core::base::rfc3339::Rfc3339;
use sentry::integrations::tracing::ErrorLayer;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

use crate::clock;

/// Events of other crates are not written.
const TARGET: &str = "breakwater_origin";
/// The name of the service in health documents and logs.
pub(crate) const SERVICE: &str = "stolentee-shop";
/// The version in health documents and logs.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// This attribute marks an event at the end of the process, since `tracing` has no level for it.
const FATAL: &str = "fatal";

/// Installs the log. It has no effect if another subscriber is installed already.
pub fn start(level: LevelFilter) {
    // Without a project that `report_errors` was given, the second one does nothing.
    let reports = ErrorLayer::new().with_filter(OwnEvents(LevelFilter::ERROR));
    let subscriber = Registry::default().with(Lines.with_filter(OwnEvents(level))).with(reports);
    // An error means that a subscriber is installed, as in a test that has its own.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The filter of events.
struct OwnEvents(LevelFilter);

impl<S> tracing_subscriber::layer::Filter<S> for OwnEvents {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.level() <= &self.0 && metadata.target().starts_with(TARGET)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0)
    }
}

/// Writes each event as a line.
struct Lines;

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = line(event).to_string();
        line.push('\n');
        // There is no place to report that the log itself cannot be written.
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }
}

/// The record of an event, with its keys in the data model's order.
#[derive(Serialize)]
struct Record {
    timestamp: Rfc3339,
    severity_text: &'static str,
    severity_number: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_name: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<Value>,
    body: Value,
    resource: Value,
    attributes: Map<String, Value>,
}

fn line(event: &Event<'_>) -> Record {
    let mut fields = Fields::default();
    event.record(&mut fields);
    let mut attributes = fields.0;
    let is_fatal = attributes.remove(FATAL) == Some(Value::Bool(true));
    let (severity_text, severity_number) = severity(event.metadata().level(), is_fatal);
    Record {
        timestamp: Rfc3339(clock::now()),
        severity_text,
        severity_number,
        event_name: attributes.remove("event"),
        trace_id: attributes.remove("trace_id"),
        span_id: attributes.remove("span_id"),
        body: attributes.remove("message").unwrap_or_default(),
        resource: json!({ "service.name": SERVICE, "service.version": VERSION }),
        attributes,
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// The data model's name and number of a level.
fn severity(level: &Level, is_fatal: bool) -> (&'static str, u8) {
    match *level {
        _ if is_fatal => ("FATAL", 21),
        Level::ERROR => ("ERROR", 17),
        Level::WARN => ("WARN", 13),
        Level::INFO => ("INFO", 9),
        Level::DEBUG => ("DEBUG", 5),
        Level::TRACE => ("TRACE", 1),
    }
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }
}
