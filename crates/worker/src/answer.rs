//! The answer as the visitor gets it: the upstream's, or ours, with what Breakwater adds.

use std::fmt::Write as _;

use breakwater_core::breaker::State;
use breakwater_core::degrade::Source;
use breakwater_core::time::Millis;
use wasm_bindgen::prelude::*;
use web_sys::{Headers, Response};

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

/// The upstream's answer, labelled. Its body passes as the platform's stream.
pub(crate) fn passed_on(response: &Response, label: Label<'_>) -> Result<Response, JsValue> {
    // A WebSocket's answer carries the socket and cannot be made anew.
    if response.status() == 101 {
        return Ok(Clone::clone(response));
    }
    // A fetched response has immutable headers; one made from it has not.
    let body = response.body();
    let init = response.unchecked_ref();
    let answer = Response::new_with_opt_readable_stream_and_init(body.as_ref(), init)?;
    let headers = answer.headers();
    drop_hop_by_hop(&headers)?;
    add_label(&headers, label)?;
    Ok(answer)
}

/// Removes the fields that concern the connection to the upstream only (RFC 9110 §7.6.1). The
/// platform has taken out `Connection` and `Transfer-Encoding` by now.
pub(crate) fn drop_hop_by_hop(headers: &Headers) -> Result<(), JsValue> {
    for name in ["keep-alive", "proxy-connection", "proxy-authenticate"] {
        headers.delete(name)?;
    }
    Ok(())
}

/// Adds the fields that every answer carries.
pub(crate) fn add_label(headers: &Headers, label: Label<'_>) -> Result<(), JsValue> {
    let mut text = String::with_capacity(96);
    let (circuit, source) = (label.circuit.as_str(), label.source.as_str());
    let _ = write!(text, "upstream={}, circuit={circuit}, source={source}", label.upstream);
    headers.set("breakwater", &text)?;
    headers.set("x-request-id", label.request_id)?;

    text.clear();
    let origin = label.origin.unwrap_or(Millis::ZERO);
    let own = label.total.get().saturating_sub(origin.get());
    let _ = write!(text, "breakwater;dur={own}");
    if label.origin.is_some() {
        let _ = write!(text, ", origin;dur={}", origin.get());
    }
    headers.append("server-timing", &text)
}
