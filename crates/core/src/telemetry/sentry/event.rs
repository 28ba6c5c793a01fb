//! An event: something that went wrong, or that operators should know of.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::exception::{EXCEPTIONS_MAX, SentryException};
use super::field::{self, ReportField, ReportValue, VALUE_MAX};
use super::ids::{EventId, SentryTrace};
use super::item::Reporting;
use super::scrub::ScrubbedRequest;
use super::settings::ReportClass;
use crate::base::rfc3339::Rfc3339;
use crate::base::time::Timestamp;

/// The longest message, in bytes. Sentry takes 8192 characters; what Breakwater has to say is
/// shorter, and it is kept in memory meanwhile.
pub const MESSAGE_MAX: usize = 2048;
/// The longest value of a tag, in bytes.
pub const TAG_MAX: usize = VALUE_MAX;
/// The largest number of breadcrumbs of an event. The latest are sent.
pub const BREADCRUMBS_MAX: usize = 20;
/// The longest message of a breadcrumb, in bytes.
const BREADCRUMB_MESSAGE_MAX: usize = 400;
/// The largest number of parts of a fingerprint.
const FINGERPRINT_MAX: usize = 8;

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SentryLevel {
    /// A module broke.
    Fatal,
    /// Something failed.
    #[default]
    Error,
    /// Something may fail.
    Warning,
    /// Something is worth knowing.
    Info,
}

impl SentryLevel {
    /// All levels.
    pub const ALL: [Self; 4] = [Self::Fatal, Self::Error, Self::Warning, Self::Info];

    /// Returns the level's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// Something that happened before the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentryBreadcrumb {
    /// When.
    pub at: Timestamp,
    /// What kind of thing it was, such as `upstream`.
    pub category: &'static str,
    /// How bad it was.
    pub level: SentryLevel,
    /// What happened.
    pub message: String,
    /// What else is known of it.
    pub data: Vec<(ReportField, ReportValue)>,
}

/// An event. Nothing in it says who the visitor was: at most `user` is an id that means nothing
/// outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentryEvent {
    /// The id.
    pub id: EventId,
    /// When it happened. It is `None` if that is not known, as in a module that was found dead; the
    /// time of the report then stands for it.
    pub at: Option<Timestamp>,
    /// What it is about.
    pub class: ReportClass,
    /// How bad it is.
    pub level: SentryLevel,
    /// What is said, where there is no exception.
    pub message: Option<String>,
    /// What went wrong. What caused it stands before it.
    pub exceptions: Vec<SentryException>,
    /// What happened before, the earliest first.
    pub breadcrumbs: Vec<SentryBreadcrumb>,
    /// What events can be searched by.
    pub tags: Vec<(ReportField, ReportValue)>,
    /// What else is known.
    pub context: Vec<(ReportField, ReportValue)>,
    /// What events of one issue have in common.
    pub fingerprint: Vec<String>,
    /// The route's pattern.
    pub route: Option<String>,
    /// The trace that it happened in.
    pub trace: Option<SentryTrace>,
    /// What the visitor asked for.
    pub request: Option<ScrubbedRequest>,
    /// A random number that stands for the visitor. It is never derived from an address or a name.
    pub user: Option<u128>,
}

impl SentryEvent {
    /// Returns an event that says nothing yet.
    pub const fn new(id: EventId, class: ReportClass, level: SentryLevel) -> Self {
        Self {
            id,
            at: None,
            class,
            level,
            message: None,
            exceptions: Vec::new(),
            breadcrumbs: Vec::new(),
            tags: Vec::new(),
            context: Vec::new(),
            fingerprint: Vec::new(),
            route: None,
            trace: None,
            request: None,
            user: None,
        }
    }

    pub(super) fn payload(&self, reporting: Reporting<'_>, now: Timestamp) -> Value {
        let texts = reporting.texts();
        let mut event = reporting.common();
        let mut put = |name: &str, value: Value| {
            event.insert(name.into(), value);
        };
        put("event_id", self.id.to_string().into());
        put("timestamp", json!(Rfc3339(self.at.unwrap_or(now))));
        put("level", self.level.as_str().into());
        put("logger", "breakwater".into());
        if let Some(message) = &self.message {
            put("message", texts.text(message, MESSAGE_MAX).into());
        }
        if !self.exceptions.is_empty() {
            let exceptions = self.exceptions.iter().take(EXCEPTIONS_MAX);
            put("exception", values(exceptions.map(|exception| exception.payload(texts))));
        }
        if !self.breadcrumbs.is_empty() {
            let left_out = self.breadcrumbs.len().saturating_sub(BREADCRUMBS_MAX);
            let breadcrumbs = self.breadcrumbs.iter().skip(left_out);
            put("breadcrumbs", values(breadcrumbs.map(|crumb| crumb.payload(reporting))));
        }
        put("tags", field::tags(&self.tags, texts).into());
        put("contexts", self.contexts(reporting).into());
        if !self.fingerprint.is_empty() {
            let parts = self.fingerprint.iter().take(FINGERPRINT_MAX);
            let parts: Vec<Value> = parts.map(|part| texts.line(part, TAG_MAX).into()).collect();
            put("fingerprint", parts.into());
        }
        if let Some(route) = &self.route {
            put("transaction", texts.line(route, TAG_MAX).into());
        }
        if let Some(request) = &self.request {
            put("request", request.payload(texts));
        }
        if let Some(user) = self.user {
            put("user", json!({ "id": alloc::format!("{user:032x}") }));
        }
        event.into()
    }

    fn contexts(&self, reporting: Reporting<'_>) -> Map<String, Value> {
        let mut contexts = Map::new();
        if let Some(trace) = &self.trace {
            contexts.insert("trace".into(), trace_context(trace).into());
        }
        if !self.context.is_empty() {
            let known = field::object(&self.context, reporting.texts());
            contexts.insert("breakwater".into(), known.into());
        }
        contexts
    }
}

impl SentryBreadcrumb {
    fn payload(&self, reporting: Reporting<'_>) -> Value {
        let texts = reporting.texts();
        json!({
            "timestamp": Rfc3339(self.at),
            "category": self.category,
            "level": self.level.as_str(),
            "message": texts.text(&self.message, BREADCRUMB_MESSAGE_MAX),
            "data": field::object(&self.data, texts),
        })
    }
}

/// Sentry's own crate reads lists only in an object, under `values`.
fn values(values: impl Iterator<Item = Value>) -> Value {
    json!({ "values": values.collect::<Vec<_>>() })
}

/// Returns the context that ties a report to its trace.
pub(super) fn trace_context(trace: &SentryTrace) -> Map<String, Value> {
    let mut context = Map::new();
    context.insert("trace_id".into(), alloc::format!("{:032x}", trace.trace_id).into());
    context.insert("span_id".into(), alloc::format!("{:016x}", trace.span_id).into());
    if let Some(parent) = trace.parent_span_id {
        context.insert("parent_span_id".into(), alloc::format!("{parent:016x}").into());
    }
    context
}
