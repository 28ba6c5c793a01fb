//! The only reader of the platform's clock, which stands still between I/O.

use breakwater_core::base::time::Timestamp;
use js_sys::Date;
use wasm_bindgen::JsValue;
use worker::durable::ScheduledTime;

/// Now, in whole milliseconds.
pub fn now() -> Timestamp {
    Timestamp::from_millis(Date::now() as u64)
}

/// A point in time for an alarm. Given a bare number, workers-rs takes it for an offset.
pub fn alarm_time(at: Timestamp) -> ScheduledTime {
    ScheduledTime::new(Date::new(&JsValue::from_f64(at.as_millis() as f64)))
}
