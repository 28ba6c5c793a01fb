//! What the site's object does and shows, as an answer.

use breakwater_core::base::time::Millis;
use breakwater_core::site::operator::{Operator, SiteOrder};
use breakwater_platform::object::{AskError, Json};
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::site_object::SiteClient;
use wasm_bindgen::prelude::*;
use worker::Env;

use crate::reply::{refuse, send_text};

/// What is told of a write without a reply that changes nothing more if it is made twice.
pub(super) const NOT_KNOWN: &str =
    "it is not known whether this was done, and sending it again is safe";

/// Has the site's object follow an order.
pub(super) async fn follow(env: &Env, order: SiteOrder, by: Operator) -> Result<JsValue, JsValue> {
    match SiteClient::of(env).follow(order, by).await {
        Ok(Ok(done)) => send_text(200, "application/json", &done.0, &[]),
        Ok(Err(error)) => refuse(ProblemDetails::new(409, "Conflict", error.to_string()), &[]),
        Err(error) => refuse_failed(NOT_KNOWN, &error),
    }
}

/// Answers with what the site's object shows.
pub(super) fn show(shown: Result<Json, AskError>) -> Result<JsValue, JsValue> {
    match shown {
        Ok(shown) => send_text(200, "application/json", &shown.0, &[]),
        Err(error) => refuse_failed("the site's object failed", &error),
    }
}

/// Answers that there was too much of it, and when to come again.
pub(super) fn refuse_for_now(what: &str, wait: Millis) -> Result<JsValue, JsValue> {
    let seconds = wait.as_secs_ceil();
    let detail = format!("{what}, expected the next one in {seconds}s");
    let mut problem = ProblemDetails::new(429, "Too Many Requests", detail);
    problem.retry_after = Some(seconds);
    refuse(problem, &[("retry-after", &seconds.to_string())])
}

/// Answers that an object could not be asked.
pub(super) fn refuse_failed(what: &str, why: &AskError) -> Result<JsValue, JsValue> {
    refuse(ProblemDetails::new(502, "Bad Gateway", format!("{what}: {why}")), &[])
}
