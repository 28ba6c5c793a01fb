//! Structured logs: one JSON object per event, each in one line.
//!
//! The members have the names of OpenTelemetry's log data model
//! (opentelemetry.io/docs/specs/otel/logs/data-model), written as its attributes are, in lower case
//! with underscores. The attributes of HTTP have the names of its semantic conventions, and all
//! others begin with `breakwater.`.
//!
//! Nothing is logged by chance. An attribute is a [`LogAttribute`], so that a header, a query or a
//! body cannot become one, and each text is cut and freed of what looks like a secret
//! ([`scrubbed`]). How many lines an isolate writes is bounded by a [`LogGate`], which also samples
//! the lines of requests that went well.
//!
//! ```
//! use breakwater_core::base::time::Timestamp;
//! use breakwater_core::telemetry::log::{
//!     LogAttribute, LogContext, LogEvent, LogLine, LogSeverity,
//! };
//!
//! let at = Timestamp::from_millis(1_795_420_800_000);
//! let line = LogLine::new(LogSeverity::Warn, LogEvent::VerdictLost)
//!     .with(LogAttribute::CircuitName.text("web"))
//!     .to_json(LogContext::default(), format_args!("no verdict in 2s"), at);
//! assert_eq!(
//!     line,
//!     r#"{"timestamp":"2026-11-23T08:00:00.000Z","severity_text":"WARN","severity_number":13,"#
//!         .to_owned()
//!         + r#""event_name":"breakwater.fleet.verdict_lost","body":"no verdict in 2s","#
//!         + r#""attributes":{"breakwater.circuit_name":"web"}}"#
//! );
//! ```

mod attribute;
mod event;
mod gate;
mod line;
mod rules;
mod script;
mod scrub;
mod severity;

pub use attribute::{LogAttribute, LogField, TEXT_MAX, known_method};
pub use event::LogEvent;
pub use gate::{LINES_PER_MINUTE, LINES_PER_SECOND, LogAdmission, LogGate};
pub use line::{BODY_MAX, LogContext, LogLine};
pub use rules::LogRules;
pub use script::typescript;
pub use scrub::scrubbed;
pub use severity::LogSeverity;
