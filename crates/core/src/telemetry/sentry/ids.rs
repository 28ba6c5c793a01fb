//! The ids of events, and the place of a report in its trace.

use core::fmt;

use sha2::{Digest as _, Sha256};

use crate::base::trace::TraceParent;

/// The id of an event or of a check-in. Its text has 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId(u128);

impl EventId {
    /// The id of zeros. A check-in with it updates the latest that is in progress
    /// (develop.sentry.dev/sdk/telemetry/check-ins).
    pub const ZERO: Self = Self(0);

    /// Returns the id of this random number.
    pub const fn of_random(random: u128) -> Self {
        Self(random)
    }

    /// Returns the id of a panic: the beginning of the SHA-256 of its place and its message. A
    /// module that panicked can be asked for neither randomness nor the time, and two reports of
    /// one panic are one event.
    pub fn of_panic(message: &str, place: &str) -> Self {
        let mut sha = Sha256::new();
        for part in [place, message] {
            // With their lengths, so that no two pairs are the same bytes.
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part.as_bytes());
        }
        let digest = sha.finalize();
        Self(digest.iter().take(16).fold(0, |id, byte| id << 8 | u128::from(*byte)))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Where a report belongs: a span of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentryTrace {
    /// The trace, which is not zero.
    pub trace_id: u128,
    /// The span, which is not zero.
    pub span_id: u64,
    /// The span that this one is part of.
    pub parent_span_id: Option<u64>,
}

impl SentryTrace {
    /// Reads the trace and the span of a `traceparent`, such as the one that goes to the upstream:
    /// its span is ours.
    ///
    /// ```
    /// use breakwater_core::telemetry::sentry::SentryTrace;
    ///
    /// let field = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let trace = SentryTrace::parse(field).expect("a trace");
    /// assert_eq!(trace.span_id, 0x00f0_67aa_0ba9_02b7);
    /// ```
    pub fn parse(traceparent: &str) -> Option<Self> {
        let parent = TraceParent::parse(traceparent)?;
        let trace_id = hex(parent.trace_id, 32)?;
        let span_id = u64::try_from(hex(parent.span_id, 16)?).ok()?;
        Some(Self { trace_id, span_id, parent_span_id: None })
    }
}

/// Reads a number of this many lower-case hexadecimal digits, which is not zero.
pub(super) fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_hex =
        text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    u128::from_str_radix(text, 16).ok().filter(|number| is_hex && *number != 0)
}
