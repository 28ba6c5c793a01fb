//! The names under which reports say things. What has no name here is not sent.

use alloc::string::{String, ToString as _};

use serde_json::{Map, Value};

use super::text::ReportTexts;

/// The largest number of fields of one report or span.
pub const FIELDS_MAX: usize = 24;
/// The longest value of a field, in bytes: the longest of a tag, which has 200 characters
/// (develop.sentry.dev/sdk/foundations/data-model/event-payloads).
pub(super) const VALUE_MAX: usize = 200;

/// Words for which Sentry's scrubber blanks a value by its name, numbers too: those of its default
/// rules `@password` and of its list of sensitive fields (relay-pii, and what its normalisation
/// was seen to do).
const BLANKED: [&str; 16] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "auth",
    "credential",
    "api_key",
    "apikey",
    "api-key",
    "private_key",
    "privatekey",
    "bearer",
    "cookie",
    "csrf",
    "session",
];

/// Returns whether Sentry would blank the value of a field of this name.
pub fn is_blanked(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    BLANKED.iter().any(|word| name.contains(word))
}

/// Declares the names and their list.
macro_rules! report_fields {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A name under which a report says something. OpenTelemetry's attributes come first
        /// (opentelemetry.io/docs/specs/semconv); others begin with `breakwater.`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ReportField {
            $($(#[$doc])* $name,)*
        }

        impl ReportField {
            /// All names.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the name as it is sent.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

report_fields! {
    /// The request's method.
    Method = "http.request.method",
    /// The answer's status.
    Status = "http.response.status_code",
    /// The route's pattern.
    Route = "http.route",
    /// How often the call was repeated before.
    ResendCount = "http.request.resend_count",
    /// Whether the cache had it.
    CacheHit = "cache.hit",
    /// What a Durable Object was asked for.
    RpcMethod = "rpc.method",
    /// The binding of Durable Objects.
    RpcService = "rpc.service",
    /// What went wrong, as one word.
    ErrorType = "error.type",
    /// The name of an error.
    ErrorName = "exception.type",
    /// The name of an event of the log.
    EventName = "event.name",
    /// The upstream.
    Upstream = "breakwater.upstream",
    /// The circuit's name.
    CircuitName = "breakwater.circuit_name",
    /// The circuit's state.
    Circuit = "breakwater.circuit",
    /// The circuit's state before.
    CircuitFrom = "breakwater.circuit.from",
    /// The circuit's state now.
    CircuitTo = "breakwater.circuit.to",
    /// Where the visitor's answer came from.
    Source = "breakwater.source",
    /// Which of the two modules it was.
    Module = "breakwater.module",
    /// A place in the code.
    CodePlace = "breakwater.code_place",
    /// A dependency.
    Dependency = "breakwater.dependency",
    /// A check.
    Check = "breakwater.check",
    /// The place from which a check is made.
    Place = "breakwater.place",
    /// The channel of alerts.
    Channel = "breakwater.channel",
    /// Why.
    Reason = "breakwater.reason",
    /// How often it was tried.
    Attempts = "breakwater.attempts",
    /// The request's id.
    RequestId = "breakwater.request_id",
    /// How long it took, in milliseconds.
    DurationMs = "breakwater.duration_ms",
    /// How many lines of the log were left out before.
    DroppedLines = "breakwater.dropped_lines",
    /// How many there were.
    Count = "breakwater.count",
}

/// What a field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportValue {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
}

impl ReportValue {
    /// Returns a value of JSON's, if it is a text or a number.
    pub(super) fn of_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Number(number) => number.as_u64().map(Self::Number),
            Value::Bool(flag) => Some(Self::Flag(*flag)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl From<&str> for ReportValue {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<u64> for ReportValue {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for ReportValue {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// The fields of a report, in their order.
pub(super) type ReportFields = [(ReportField, ReportValue)];

/// Returns fields as an object. Of two of one name the later counts.
pub(super) fn object(fields: &ReportFields, texts: ReportTexts<'_>) -> Map<String, Value> {
    let value = |value: &ReportValue| match value {
        ReportValue::Text(text) => texts.line(text, VALUE_MAX).into(),
        ReportValue::Number(number) => (*number).into(),
        ReportValue::Flag(flag) => (*flag).into(),
    };
    let members = fields.iter().take(FIELDS_MAX);
    members.map(|(name, it)| (name.as_str().to_string(), value(it))).collect()
}

/// Returns fields as tags, whose values are texts.
pub(super) fn tags(fields: &ReportFields, texts: ReportTexts<'_>) -> Map<String, Value> {
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    };
    object(fields, texts).into_iter().map(|(name, value)| (name, text(value).into())).collect()
}
