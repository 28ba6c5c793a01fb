//! The only reader of the platform's clock, which stands still between I/O.

use breakwater_core::time::Timestamp;

/// Now, in whole milliseconds.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(js_sys::Date::now() as u64)
}
