//! Problems, as clients are told of them.

use serde::Serialize;

/// A problem (RFC 9457). Its type is `about:blank`, so the title is the status' phrase.
#[derive(Clone, Debug, Serialize)]
pub struct ProblemDetails {
    /// The status' phrase.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What went wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The upstream that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// When to ask again, in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// The request's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The id of the trace, by which the request is found in logs and traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

impl ProblemDetails {
    /// The media type of a problem.
    pub const CONTENT_TYPE: &str = "application/problem+json";

    /// A problem of which there is no more to say.
    pub fn new(status: u16, title: &str, detail: String) -> Self {
        Self {
            title: title.into(),
            status,
            detail: Some(detail),
            upstream: None,
            retry_after: None,
            request_id: None,
            trace_id: None,
        }
    }

    /// The body of the answer.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
