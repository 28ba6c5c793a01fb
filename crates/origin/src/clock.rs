//! The only reader of the machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use breakwater_core::base::time::{Millis, Timestamp};

/// The current time. A clock before 1970 reads as 1970.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Converts a span into core's milliseconds, rounded down.
pub(crate) fn millis(span: std::time::Duration) -> Millis {
    Millis::new(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}
