//! Examines any body in every dialect, and reads any text as a field that names a wait.

#![no_main]

#[path = "../../tests/dialects/invariants.rs"]
mod invariants;

use breakwater_core::base::http_date;
use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::outcome::{Dialect, retry_after};
use libfuzzer_sys::fuzz_target;

/// The present for every input, in milliseconds since 1970.
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fuzz_target!(|bytes: &[u8]| {
    invariants::check(bytes);
    if let Ok(text) = core::str::from_utf8(bytes) {
        http_date::parse(text, NOW);
        retry_after(text, NOW);
        Dialect::Removebg.named_wait(429, |_| Some(text), NOW);
    }
});
