//! A transaction: one request, and the calls that were made for it.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::event::{TAG_MAX, trace_context};
use super::field::{self, ReportField, ReportValue};
use super::ids::{EventId, SentryTrace};
use super::item::Reporting;
use super::text::ReportTexts;
use crate::base::rfc3339::Rfc3339;
use crate::base::time::Timestamp;

/// The largest number of spans of a transaction. Sentry takes 1,000; a request makes fewer calls
/// than this one says.
pub const SPANS_MAX: usize = 32;
/// The longest description of a span, in bytes.
const DESCRIPTION_MAX: usize = 200;

/// What is done in a span (develop.sentry.dev/sdk/telemetry/traces/span-operations).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanOp {
    /// A visitor's request is answered.
    HttpServer,
    /// An upstream is called, for the first time or again.
    HttpClient,
    /// The cache is asked.
    CacheGet,
    /// The cache is given a response.
    CachePut,
    /// A Durable Object is called.
    Rpc,
    /// A schedule's work is done.
    Cron,
}

impl SpanOp {
    /// All operations.
    pub const ALL: [Self; 6] =
        [Self::HttpServer, Self::HttpClient, Self::CacheGet, Self::CachePut, Self::Rpc, Self::Cron];

    /// Returns the operation's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HttpServer => "http.server",
            Self::HttpClient => "http.client",
            Self::CacheGet => "cache.get",
            Self::CachePut => "cache.put",
            Self::Rpc => "rpc",
            Self::Cron => "cron",
        }
    }
}

/// How a span ended (develop.sentry.dev/sdk/telemetry/traces/span-properties, "status").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanStatus {
    /// As it should.
    Ok,
    /// After its time limit.
    DeadlineExceeded,
    /// Who asked was not known.
    Unauthenticated,
    /// Who asked may not.
    PermissionDenied,
    /// What was asked for is not there.
    NotFound,
    /// It was asked too often.
    ResourceExhausted,
    /// What was asked for was wrong.
    InvalidArgument,
    /// It cannot do that.
    Unimplemented,
    /// It is not there.
    Unavailable,
    /// It failed.
    InternalError,
    /// Who asked left.
    Cancelled,
    /// It is there already.
    AlreadyExists,
    /// None of these.
    UnknownError,
}

impl SpanStatus {
    /// Returns the status's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::ResourceExhausted => "resource_exhausted",
            Self::InvalidArgument => "invalid_argument",
            Self::Unimplemented => "unimplemented",
            Self::Unavailable => "unavailable",
            Self::InternalError => "internal_error",
            Self::Cancelled => "cancelled",
            Self::AlreadyExists => "already_exists",
            Self::UnknownError => "unknown_error",
        }
    }

    /// Returns what it means that there was no answer, of which a word says why.
    pub fn of_missing(why: &str) -> Self {
        match why {
            "timed_out" => Self::DeadlineExceeded,
            "visitor_left" | "visitor_stalled" => Self::Cancelled,
            _ => Self::Unavailable,
        }
    }

    /// Returns what a status of HTTP means.
    pub const fn of_http(status: u16) -> Self {
        match status {
            100..=399 => Self::Ok,
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            409 => Self::AlreadyExists,
            429 => Self::ResourceExhausted,
            499 => Self::Cancelled,
            400..=498 => Self::InvalidArgument,
            501 => Self::Unimplemented,
            503 => Self::Unavailable,
            504 => Self::DeadlineExceeded,
            500..=599 => Self::InternalError,
            _ => Self::UnknownError,
        }
    }
}

/// A call that was made for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentrySpan {
    /// The span, which is not zero.
    pub id: u64,
    /// The span that it is part of. It is `None` if that is the transaction.
    pub parent: Option<u64>,
    /// What is done.
    pub op: SpanOp,
    /// What is asked, such as `GET web`: of the site file, never a path or a query of a visitor's.
    pub description: String,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// How it ended.
    pub status: SpanStatus,
    /// What is known of it.
    pub data: Vec<(ReportField, ReportValue)>,
}

impl SentrySpan {
    fn payload(&self, trace: &SentryTrace, texts: ReportTexts<'_>) -> Value {
        json!({
            "trace_id": format!("{:032x}", trace.trace_id),
            "span_id": format!("{:016x}", self.id),
            "parent_span_id": format!("{:016x}", self.parent.unwrap_or(trace.span_id)),
            "op": self.op.as_str(),
            "description": texts.line(&self.description, DESCRIPTION_MAX),
            "start_timestamp": Rfc3339(self.start),
            "timestamp": Rfc3339(self.end.max(self.start)),
            "status": self.status.as_str(),
            "origin": "auto.breakwater",
            "data": field::object(&self.data, texts),
        })
    }
}

/// A request that was answered, or another work that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentryTransaction {
    /// The id of its event.
    pub id: EventId,
    /// The route's pattern.
    pub route: String,
    /// The trace; its span is the transaction's own.
    pub trace: SentryTrace,
    /// What was done.
    pub op: SpanOp,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// How it ended.
    pub status: SpanStatus,
    /// What is known of it. Sentry searches by it.
    pub tags: Vec<(ReportField, ReportValue)>,
    /// The calls, in the order in which they began.
    pub spans: Vec<SentrySpan>,
}

impl SentryTransaction {
    /// Returns how many spans count as lost if it is not sent: its own and itself
    /// (develop.sentry.dev/sdk/telemetry/client-reports, "Span Outcomes").
    pub(super) fn span_count(&self) -> u32 {
        self.spans.len().min(SPANS_MAX) as u32 + 1
    }

    pub(super) fn payload(&self, reporting: Reporting<'_>) -> Value {
        let texts = reporting.texts();
        let spans = self.spans.iter().take(SPANS_MAX);
        let spans: Vec<Value> = spans.map(|span| span.payload(&self.trace, texts)).collect();
        let mut transaction = reporting.common();
        let mut put = |name: &str, value: Value| {
            transaction.insert(name.into(), value);
        };
        put("event_id", self.id.to_string().into());
        put("type", "transaction".into());
        put("transaction", texts.line(&self.route, TAG_MAX).into());
        // Of any other source Sentry replaces parts of the name that look like ids.
        put("transaction_info", json!({ "source": "route" }));
        put("start_timestamp", json!(Rfc3339(self.start)));
        // Sentry's crate takes the end as RFC 3339 only.
        put("timestamp", json!(Rfc3339(self.end.max(self.start))));
        put("tags", field::tags(&self.tags, texts).into());
        put("contexts", json!({ "trace": self.trace_context(texts) }));
        put("spans", spans.into());
        transaction.into()
    }

    fn trace_context(&self, texts: ReportTexts<'_>) -> Map<String, Value> {
        let mut context = trace_context(&self.trace);
        context.insert("op".into(), self.op.as_str().into());
        context.insert("status".into(), self.status.as_str().into());
        context.insert("origin".into(), "auto.breakwater".into());
        context.insert("data".into(), field::object(&self.tags, texts).into());
        context
    }
}
