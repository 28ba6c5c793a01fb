//! The log entry of a request.

use std::time::Instant;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use breakwater_core::base::trace::TraceParent;
use tracing::{debug, warn};

/// A request that is in progress.
pub(crate) struct Access {
    start: Instant,
    method: Method,
    /// The path without the query, which may hold secrets.
    path: String,
    trace: Option<(String, String)>,
}

impl Access {
    pub(crate) fn begin(request: &Request<Body>) -> Self {
        let field = request.headers().get("traceparent").and_then(|field| field.to_str().ok());
        Self {
            start: Instant::now(),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            trace: field
                .and_then(TraceParent::parse)
                .map(|parent| (parent.trace_id.to_owned(), parent.span_id.to_owned())),
        }
    }

    /// Logs the request: as a warning if the answer is a server error, and for debugging otherwise.
    pub(crate) fn end(self, status: StatusCode) {
        let Self { start, method, path, trace } = self;
        let (trace_id, span_id) = trace.unzip();
        let (trace_id, span_id) = (trace_id.as_deref(), span_id.as_deref());
        let (status, took_ms) = (status.as_u16(), start.elapsed().as_millis() as u64);
        let method = method.as_str();
        if status >= 500 {
            warn!(
                event = "http.request",
                trace_id,
                span_id,
                http.request.method = method,
                url.path = path,
                http.response.status_code = status,
                took_ms,
                "{method} {path} {status}"
            );
        } else {
            debug!(
                event = "http.request",
                trace_id,
                span_id,
                http.request.method = method,
                url.path = path,
                http.response.status_code = status,
                took_ms,
                "{method} {path} {status}"
            );
        }
    }
}
