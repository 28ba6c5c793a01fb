//! The request id and the W3C trace context (w3.org/TR/trace-context, version 00).

use crate::edge;

/// The names under which one request can be found again.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    /// 32 hexadecimal digits. Always ours: one from outside could name anything.
    pub(crate) request_id: String,
    /// For the upstream: the visitor's trace, or a new one under the request id.
    pub(crate) traceparent: String,
}

impl Trace {
    pub(crate) fn new(from_visitor: Option<&str>) -> Self {
        let (id, span) = edge::draw_ids();
        let request_id = format!("{id:032x}");
        let traceparent = match from_visitor.and_then(trace_and_flags) {
            Some((trace, flags)) => format!("00-{trace}-{span:016x}-{flags}"),
            None => format!("00-{request_id}-{span:016x}-00"),
        };
        Self { request_id, traceparent }
    }
}

/// The trace and the flags of a well-formed `traceparent`.
fn trace_and_flags(field: &str) -> Option<(&str, &str)> {
    let mut parts = field.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let (span, flags) = (parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_named = |text: &str| text.bytes().any(|b| b != b'0');
    let well_formed = is_hex(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && is_hex(trace, 32)
        && is_named(trace)
        && is_hex(span, 16)
        && is_named(span)
        && is_hex(flags, 2);
    well_formed.then_some((trace, flags))
}
