//! The data plane: Breakwater's glue to Cloudflare for visitors' requests. Thin: it maps the
//! decisions of `breakwater-core` to effects, and compares no threshold itself.
//!
//! The JavaScript entry (`entry/index.ts`) calls [`begin`] and [`end`] around the upstream call
//! of a visitor's request, so that no asynchronous Rust stands on the straight path; what leaves
//! that path may be asynchronous.

mod absences;
mod answer;
mod attempts;
mod colo;
mod cors;
mod examined;
mod exchange;
mod fallback;
mod faults;
mod fleet_link;
mod holding;
mod isolate;
mod ladder;
mod lent;
mod outgoing;
mod platform;
mod reading;
mod recording;
mod refresh;
mod refusal;
mod reports;
mod snapshots;
mod standing;
mod stored_responses;
mod storing;
mod straight;
mod warnings;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::location;
use breakwater_platform::clock;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Request;

pub use lent::{lend_permit, return_permit};
use platform::{Call, ExecutionContext};

/// The first half of a visitor's request: decides, and starts the upstream call. Returns its
/// promise if there is a [`ticket`], else the answer or the promise of one, or `undefined` if the
/// control plane is to answer.
///
/// # Errors
/// What the platform throws; the entry then fails open.
#[wasm_bindgen]
pub fn begin(
    request: Request,
    env: JsValue,
    ctx: ExecutionContext,
    call: Call,
) -> Result<JsValue, JsValue> {
    exchange::begin(request, env, ctx, call)
}

/// The ticket of the call that [`begin`] has just started; zero if it started none.
#[wasm_bindgen]
pub fn ticket() -> u32 {
    straight::ticket().number
}

/// The time-out of that call, in milliseconds.
#[wasm_bindgen]
pub fn time_out() -> u32 {
    straight::ticket().time_out
}

/// After how many milliseconds that call is [`overdue`]; zero if it never is.
#[wasm_bindgen]
pub fn patience() -> u32 {
    straight::ticket().patience
}

/// Between the halves, when the body of that call's request has gone out whole.
#[wasm_bindgen]
pub fn sent(ticket: u32) {
    straight::sent(ticket);
}

/// Between the halves, if the call takes that long: returns the promise of an answer, while the
/// call goes on. `settling` comes to what [`end`] would get. `undefined` for a ticket that is not
/// known.
#[wasm_bindgen]
pub fn overdue(ticket: u32, settling: Promise) -> JsValue {
    straight::overdue(ticket, settling)
}

/// The second half: judges how the call ended, and shapes the answer. `undefined` for a ticket
/// that is not known, `null` if nothing was sent. A reading of the answer's body if [`read`] is to
/// get what that comes to.
///
/// # Errors
/// What the platform throws; the entry then passes the upstream's answer on as it is, or fails open
/// if it was read.
#[wasm_bindgen]
pub fn end(ticket: u32, settled: JsValue) -> Result<JsValue, JsValue> {
    straight::end(ticket, settled)
}

/// What follows where [`end`] began to read a body: shapes the answer with the body that has
/// come, or returns the promise of one if it is `undefined`, since the visitor is not to wait for
/// it any longer, or cannot get it. `undefined` for a ticket that is not known.
///
/// # Errors
/// What the platform throws; the entry then fails open.
#[wasm_bindgen]
pub fn read(ticket: u32, read: JsValue) -> Result<JsValue, JsValue> {
    straight::read(ticket, read)
}

/// Fields of an upstream's answer, a line each, as they lead to the site: for the JavaScript half,
/// which asks only where there are any. Empty if all stay as they are.
#[wasm_bindgen]
pub fn readdressed(lines: &str, origin: &str, site: &str) -> String {
    location::readdressed(Fields::new(lines), origin, site).unwrap_or_default()
}

/// Sends what this isolate has counted to the coordinators, so that a scrape shows it.
#[wasm_bindgen]
pub fn send_counts(env: JsValue) -> Promise {
    future_to_promise(async move {
        fleet_link::send_counts(env.unchecked_ref()).await;
        Ok(JsValue::UNDEFINED)
    })
}
