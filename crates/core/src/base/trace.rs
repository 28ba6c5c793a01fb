//! The trace context that is sent on with a request (w3.org/TR/trace-context, version 00).

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Serialize};

/// The flag by which a caller says that it records the trace (§3.2.3.3.1). It is the only flag of
/// version 00: all others are sent as zero, whatever they were (§3.2.3.3.2).
const SAMPLED: u8 = 1;
/// The digits of the flags, with which the field ends (§3.2.2).
const FLAGS_DIGITS: usize = 2;
/// The most members that `tracestate` may have (§3.3.1.1).
const MEMBERS_MAX: usize = 32;

/// Where a trace comes from. A trace has one source: if two parties began one each for the same
/// request, no tool could join them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TraceSource {
    /// Breakwater continues the visitor's trace, or begins one.
    #[default]
    Breakwater,
    /// The platform records the trace, and Breakwater takes part in it. Without one of the
    /// platform's, this is as [`Breakwater`](Self::Breakwater).
    Platform,
    /// There is none: what visitors send passes as it came.
    Off,
}

impl TraceSource {
    /// The name in the site file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breakwater => "breakwater",
            Self::Platform => "platform",
            Self::Off => "off",
        }
    }
}

/// What came with a request. A text is empty where there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IncomingTrace<'a> {
    /// The visitor's field `traceparent`.
    pub traceparent: &'a str,
    /// The visitor's field `tracestate`.
    pub tracestate: &'a str,
    /// The platform's active span, in the form of a `traceparent`.
    pub platform: &'a str,
}

/// A well-formed `traceparent`.
///
/// ```
/// use breakwater_core::base::trace::TraceParent;
///
/// let field = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let parent = TraceParent::parse(field).ok_or("malformed")?;
/// assert_eq!(parent.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert!(parent.is_sampled);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent<'a> {
    /// The trace, 32 hexadecimal digits.
    pub trace_id: &'a str,
    /// The caller's span, 16 hexadecimal digits.
    pub span_id: &'a str,
    /// Whether the caller records the trace.
    pub is_sampled: bool,
}

impl<'a> TraceParent<'a> {
    /// Reads a field. A later version may have more parts, behind those of version 00 (§4.3).
    pub fn parse(field: &'a str) -> Option<Self> {
        let mut parts = field.split('-');
        let (version, trace_id) = (parts.next()?, parts.next()?);
        let (span_id, flags) = (parts.next()?, parts.next()?);
        let is_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_named = |text: &str| text.bytes().any(|b| b != b'0');
        let well_formed = is_hex(version, 2)
            && version != "ff"
            && (version != "00" || parts.next().is_none())
            && is_hex(trace_id, 32)
            && is_named(trace_id)
            && is_hex(span_id, 16)
            && is_named(span_id)
            && is_hex(flags, 2);
        let flags = u8::from_str_radix(flags, 16).ok()?;
        well_formed.then_some(Self { trace_id, span_id, is_sampled: flags & SAMPLED != 0 })
    }
}

/// The identifiers by which one request can be found in logs and traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The request id, 32 hexadecimal digits. It is always generated here, since an id from outside
    /// could name another request.
    pub request_id: String,
    /// The `traceparent` for the upstream. It holds the visitor's trace, the platform's, or a new
    /// one with the request id, and our span. It is empty if the visitor's fields pass as they are.
    pub traceparent: String,
    /// Whether the visitor's `tracestate` must not go on: it belongs to a trace that does not, or
    /// it has more members than it may have.
    pub drops_tracestate: bool,
    /// What the caller has decided, if this continues a caller's trace.
    pub head: Option<TraceHead>,
}

/// The part of a trace that was there before this one's span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceHead {
    /// The caller's span, which is not zero.
    pub span_id: u64,
    /// Whether the caller records the trace.
    pub is_sampled: bool,
}

impl Trace {
    /// Returns a trace with these random numbers. It continues the trace that `source` names if
    /// that is well-formed. The sampling flag is that trace's: a new one does not set it.
    pub fn new(source: TraceSource, incoming: IncomingTrace<'_>, id: u128, span: u64) -> Self {
        // Zeros are no id (§3.2.2.3, §3.2.2.4).
        let request_id = format!("{:032x}", id.max(1));
        if source == TraceSource::Off {
            let traceparent = String::new();
            return Self { request_id, traceparent, drops_tracestate: false, head: None };
        }
        let visitors = TraceParent::parse(incoming.traceparent);
        let platforms = match source {
            TraceSource::Platform => TraceParent::parse(incoming.platform),
            TraceSource::Breakwater | TraceSource::Off => None,
        };
        let parent = platforms.or(visitors);
        let trace_id = parent.map_or(request_id.as_str(), |parent| parent.trace_id);
        let head = parent.and_then(TraceHead::of);
        let flags = if head.is_some_and(|head| head.is_sampled) { SAMPLED } else { 0 };
        let traceparent = format!("00-{trace_id}-{:016x}-{flags:02x}", span.max(1));
        let goes_on = visitors.is_some_and(|visitors| visitors.trace_id == trace_id)
            && has_room(incoming.tracestate);
        let drops_tracestate = !incoming.tracestate.is_empty() && !goes_on;
        Self { request_id, traceparent, drops_tracestate, head }
    }

    /// Says to the upstream that this trace is recorded here (§3.2.3.3.1), so that what the
    /// upstream does for it is recorded too.
    pub fn set_sampled(&mut self) {
        if let Some(before) = self.traceparent.len().checked_sub(FLAGS_DIGITS) {
            self.traceparent.truncate(before);
            self.traceparent.push_str("01");
        }
    }

    /// The trace's id, if there is a trace.
    pub fn trace_id(&self) -> Option<&str> {
        self.traceparent.split('-').nth(1)
    }

    /// The id of our span, if there is a trace.
    pub fn span_id(&self) -> Option<&str> {
        self.traceparent.split('-').nth(2)
    }

    /// Whether the trace is recorded.
    pub fn is_sampled(&self) -> bool {
        TraceParent::parse(&self.traceparent).is_some_and(|own| own.is_sampled)
    }
}

impl TraceHead {
    fn of(parent: TraceParent<'_>) -> Option<Self> {
        let span_id = u64::from_str_radix(parent.span_id, 16).ok()?;
        Some(Self { span_id, is_sampled: parent.is_sampled })
    }
}

/// Whether a `tracestate` has no more members than it may have. An empty one counts for none
/// (§3.3.1.1).
fn has_room(tracestate: &str) -> bool {
    tracestate.split(',').filter(|member| !member.trim().is_empty()).count() <= MEMBERS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const OTHER: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "00f067aa0ba902b7";
    const OURS: &str = "00-00000000000000000000000000000abc-000000000000001f-00";

    fn trace(source: TraceSource, incoming: IncomingTrace<'_>) -> Trace {
        Trace::new(source, incoming, 0xabc, 0x1f)
    }

    fn traceparent(field: &str) -> String {
        let incoming = IncomingTrace { traceparent: field, ..IncomingTrace::default() };
        trace(TraceSource::Breakwater, incoming).traceparent
    }

    #[test]
    fn a_visitors_trace_goes_on_under_our_span() {
        let field = format!("00-{TRACE}-{SPAN}-01");
        assert_eq!(traceparent(&field), format!("00-{TRACE}-000000000000001f-01"));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        for field in [
            format!("01-{TRACE}-{SPAN}-01"),
            format!("01-{TRACE}-{SPAN}-01-more"),
            format!("cc-{TRACE}-{SPAN}-01-"),
            format!("fe-{TRACE}-{SPAN}-01-a-b"),
        ] {
            assert_eq!(traceparent(&field), format!("00-{TRACE}-000000000000001f-01"), "{field}");
        }
        for field in [format!("01-{TRACE}-{SPAN}-01more"), format!("01-{TRACE}-{SPAN}-0")] {
            assert_eq!(traceparent(&field), OURS, "{field}");
        }
    }

    #[test]
    fn of_the_flags_only_sampled_goes_on() {
        for (flags, sent) in [("00", "00"), ("01", "01"), ("02", "00"), ("03", "01"), ("ff", "01")]
        {
            let field = format!("00-{TRACE}-{SPAN}-{flags}");
            assert_eq!(traceparent(&field), format!("00-{TRACE}-000000000000001f-{sent}"));
        }
    }

    #[test]
    fn a_malformed_trace_is_replaced() {
        let zeros = "0".repeat(32);
        for field in [
            String::new(),
            "00".into(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("00-{zeros}-{SPAN}-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{SPAN}-1\u{e9}"),
            format!("00-{TRACE}-{SPAN}-+1"),
            format!("00-{TRACE}-{SPAN}-01, 00-{TRACE}-{SPAN}-01"),
        ] {
            assert_eq!(traceparent(&field), OURS, "{field}");
        }
    }

    #[test]
    fn a_state_goes_on_with_its_trace_alone() {
        let good = format!("00-{TRACE}-{SPAN}-01");
        let members = |count: usize| {
            let members: Vec<_> = (0..count).map(|member| format!("m{member}=1")).collect();
            members.join(",")
        };
        for (traceparent, tracestate, drops) in [
            (good.as_str(), "", false),
            (&good, "vendor=1", false),
            (&good, &members(32), false),
            (&good, &format!("{}, ,", members(32)), false),
            (&good, &members(33), true),
            ("", "vendor=1", true),
            ("00-bad", "vendor=1", true),
            ("00-bad", "", false),
        ] {
            let incoming = IncomingTrace { traceparent, tracestate, platform: "" };
            let made = trace(TraceSource::Breakwater, incoming);
            assert_eq!(made.drops_tracestate, drops, "{traceparent} {tracestate}");
        }
    }

    #[test]
    fn the_platforms_trace_counts_only_where_it_is_the_source() {
        let (visitors, platform) =
            (format!("00-{TRACE}-{SPAN}-00"), format!("00-{OTHER}-{SPAN}-01"));
        let incoming =
            IncomingTrace { traceparent: &visitors, tracestate: "a=1", platform: &platform };
        let made = trace(TraceSource::Platform, incoming);
        assert_eq!(made.traceparent, format!("00-{OTHER}-000000000000001f-01"));
        assert!(made.is_sampled() && made.drops_tracestate);
        assert_eq!((made.trace_id(), made.span_id()), (Some(OTHER), Some("000000000000001f")));
        let made = trace(TraceSource::Breakwater, incoming);
        assert_eq!(made.traceparent, format!("00-{TRACE}-000000000000001f-00"));
        assert!(!made.is_sampled() && !made.drops_tracestate);
        // The platform records nothing.
        let made = trace(TraceSource::Platform, IncomingTrace { platform: "", ..incoming });
        assert_eq!(made.trace_id(), Some(TRACE));
    }

    #[test]
    fn without_a_source_visitors_fields_pass_as_they_came() {
        let platform = format!("00-{OTHER}-{SPAN}-01");
        let incoming =
            IncomingTrace { traceparent: "00-bad", tracestate: "a=1", platform: &platform };
        let made = trace(TraceSource::Off, incoming);
        assert_eq!((made.traceparent.as_str(), made.drops_tracestate), ("", false));
        assert_eq!((made.trace_id(), made.span_id(), made.is_sampled()), (None, None, false));
        assert_eq!(made.request_id, "00000000000000000000000000000abc");
    }

    #[test]
    fn the_head_is_that_of_the_trace_which_goes_on() {
        let (visitors, platform) =
            (format!("00-{TRACE}-{SPAN}-00"), format!("00-{OTHER}-000000000000000a-01"));
        let incoming =
            IncomingTrace { traceparent: &visitors, tracestate: "", platform: &platform };
        let head = |source| trace(source, incoming).head;
        let of_visitor = TraceHead { span_id: 0x00f0_67aa_0ba9_02b7, is_sampled: false };
        assert_eq!(head(TraceSource::Breakwater), Some(of_visitor));
        let of_platform = TraceHead { span_id: 10, is_sampled: true };
        assert_eq!(head(TraceSource::Platform), Some(of_platform));
        assert_eq!(head(TraceSource::Off), None);
        assert_eq!(trace(TraceSource::Breakwater, IncomingTrace::default()).head, None);
    }

    #[test]
    fn a_trace_that_is_recorded_here_says_so_to_the_upstream() {
        let mut made = trace(TraceSource::Breakwater, IncomingTrace::default());
        assert!(!made.is_sampled());
        made.set_sampled();
        assert!(made.is_sampled() && made.traceparent.ends_with("-000000000000001f-01"));
        let mut none = trace(TraceSource::Off, IncomingTrace::default());
        none.set_sampled();
        assert_eq!(none.traceparent, "");
    }

    #[test]
    fn zeros_are_no_id() {
        let made = Trace::new(TraceSource::Breakwater, IncomingTrace::default(), 0, 0);
        assert!(TraceParent::parse(&made.traceparent).is_some(), "{}", made.traceparent);
    }

    proptest! {
        #[test]
        fn what_is_sent_is_well_formed_whatever_came(
            field in ".{0,80}", platform in "[0-9a-f-]{0,60}", state in ".{0,80}",
            id in any::<u128>(), span in any::<u64>(),
        ) {
            for source in [TraceSource::Breakwater, TraceSource::Platform] {
                let incoming = IncomingTrace {
                    traceparent: &field, tracestate: &state, platform: &platform,
                };
                let made = Trace::new(source, incoming, id, span);
                let read = TraceParent::parse(&made.traceparent);
                prop_assert!(read.is_some() && made.traceparent.len() == 55);
                prop_assert_eq!(read.map(|read| read.trace_id), made.trace_id());
            }
        }
    }
}
