//! Reads any bytes as the stored form of a breaker.

#![no_main]

#[path = "../../tests/stored_form/mod.rs"]
mod stored_form;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = stored_form::live(bytes);
});
