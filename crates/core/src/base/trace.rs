//! The trace context that is sent on with a request (w3.org/TR/trace-context, version 00).

use alloc::format;
use alloc::string::String;

/// The identifiers by which one request can be found in logs and traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The request id, 32 hexadecimal digits. It is always generated here, since an id from outside
    /// could name another request.
    pub request_id: String,
    /// The `traceparent` for the upstream. It holds the visitor's trace, or a new one with the
    /// request id, and our span.
    pub traceparent: String,
}

impl Trace {
    /// Returns a trace with these random numbers. It continues the trace in the visitor's
    /// `traceparent` field if that is well-formed. The sampling flag is the visitor's: a new trace
    /// does not set it.
    pub fn new(from_visitor: Option<&str>, id: u128, span: u64) -> Self {
        let request_id = format!("{id:032x}");
        let traceparent = match from_visitor.and_then(trace_and_flags) {
            Some((trace, flags)) => format!("00-{trace}-{span:016x}-{flags}"),
            None => format!("00-{request_id}-{span:016x}-00"),
        };
        Self { request_id, traceparent }
    }
}

/// Returns the trace and the flags of a well-formed `traceparent`. A later version may have more
/// parts.
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

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn traceparent(field: &str) -> String {
        Trace::new(Some(field), 0xabc, 0x1f).traceparent
    }

    #[test]
    fn a_visitors_trace_goes_on_under_our_span() {
        let field = format!("00-{TRACE}-{SPAN}-01");
        assert_eq!(traceparent(&field), format!("00-{TRACE}-000000000000001f-01"));
        let later_version = format!("01-{TRACE}-{SPAN}-01-more");
        assert_eq!(traceparent(&later_version), format!("00-{TRACE}-000000000000001f-01"));
    }

    #[test]
    fn a_malformed_trace_is_replaced() {
        let ours = "00-00000000000000000000000000000abc-000000000000001f-00";
        let zeros = "0".repeat(32);
        for field in [
            String::new(),
            "00".into(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{SPAN}-1\u{e9}"),
        ] {
            assert_eq!(traceparent(&field), ours, "{field}");
        }
        assert_eq!(Trace::new(None, 0xabc, 0x1f).traceparent, ours);
    }
}
