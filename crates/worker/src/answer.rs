//! The answer as the visitor gets it: the upstream's, or ours, with what Breakwater adds.

use std::fmt::Write as _;

use breakwater_core::breaker::State;
use breakwater_core::degrade::Source;
use breakwater_core::time::Millis;
use web_sys::{Headers, Response};

use crate::platform;

/// What Breakwater says about an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label<'a> {
    pub(crate) upstream: &'a str,
    pub(crate) circuit: State,
    pub(crate) source: Source,
    pub(crate) request_id: &'a str,
    /// From the request's arrival until now.
    pub(crate) total: Millis,
    /// What of it was spent waiting for the upstream, if it was asked.
    pub(crate) origin: Option<Millis>,
}

impl Label<'_> {
    /// The field `Breakwater`: a dictionary of tokens (RFC 9651 §3.2).
    fn breakwater(&self) -> String {
        let (circuit, source) = (self.circuit.as_str(), self.source.as_str());
        let upstream = self.upstream;
        ["upstream=", upstream, ", circuit=", circuit, ", source=", source].concat()
    }

    /// The field `Server-Timing` (w3.org/TR/server-timing), in milliseconds.
    fn server_timing(&self) -> String {
        let mut text = String::with_capacity(48);
        let origin = self.origin.unwrap_or(Millis::ZERO);
        // Writing to a string cannot fail.
        let _ = write!(text, "breakwater;dur={}", self.total.get().saturating_sub(origin.get()));
        if self.origin.is_some() {
            let _ = write!(text, ", origin;dur={}", origin.get());
        }
        text
    }
}

/// The upstream's answer, labelled. Its body passes as the platform's stream.
pub(crate) fn passed_on(response: &Response, label: Label<'_>) -> Response {
    platform::pass_on(response, &label.breakwater(), label.request_id, &label.server_timing())
}

/// Adds the fields that every answer carries, and drops those of another connection.
pub(crate) fn add_label(headers: &Headers, label: Label<'_>) {
    platform::label(headers, &label.breakwater(), label.request_id, &label.server_timing());
}
