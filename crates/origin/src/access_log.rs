//! The log entry of a request.

use std::time::Instant;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
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
            trace: field.and_then(trace),
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

/// The trace and span identifiers of a `traceparent` (w3.org/TR/trace-context).
fn trace(field: &str) -> Option<(String, String)> {
    let mut parts = field.split('-').skip(1);
    let (trace, span) = (parts.next()?, parts.next()?);
    let is_id = |text: &str, length: usize| {
        text.len() == length
            && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && text.bytes().any(|b| b != b'0')
    };
    (is_id(trace, 32) && is_id(span, 16)).then(|| (trace.to_owned(), span.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_trace_is_one() {
        let (id, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let found = trace(&format!("00-{id}-{span}-01"));
        assert_eq!(found, Some((id.to_owned(), span.to_owned())));
        for field in [
            "",
            "00",
            &format!("00-{id}"),
            &format!("00-{}-{span}-01", id.to_uppercase()),
            &format!("00-{}-{span}-01", "0".repeat(32)),
            &format!("00-{id}-{}-01", "0".repeat(16)),
            &format!("00-{id}x-{span}-01"),
        ] {
            assert_eq!(trace(field), None, "{field}");
        }
    }
}
