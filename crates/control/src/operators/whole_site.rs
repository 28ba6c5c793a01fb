//! What operators order for the whole site, and what they see of it.

use breakwater_core::site::operator::{Event, SiteOrder};
use breakwater_platform::clock;
use breakwater_platform::objects::Reply;
use breakwater_platform::problem::Problem;
use breakwater_platform::site_link::{self, Asked};
use wasm_bindgen::JsValue;
use web_sys::Request;
use worker::Env;

use super::orders::body;
use crate::reply::{refuse, send_text};

/// Has copies forgotten, or the site closed or opened.
pub(super) async fn give(env: &Env, request: &Request, asked: Asked) -> Result<JsValue, JsValue> {
    let body = match body(request).await {
        Ok(body) => body,
        Err(problem) => return refuse(problem, &[]),
    };
    // Read here, so that what is no order troubles nobody; the object reads it again.
    let read = read(asked, &body);
    if let Err(error) = read {
        return refuse(Problem::new(400, "Bad Request", error.to_string()), &[]);
    }
    let said = String::from_utf8_lossy(&body);
    match site_link::ask(env, asked, &said).await {
        Ok(Reply { status: 200, text }) => send_text(200, "application/json", &text, &[]),
        Ok(Reply { status: 409, text }) => refuse(Problem::new(409, "Conflict", text), &[]),
        Ok(Reply { text, .. }) => refuse_failed(NOT_KNOWN, &text),
        Err(error) => refuse_failed(NOT_KNOWN, &error.to_string()),
    }
}

const NOT_KNOWN: &str = "it is not known whether this was done, and sending it again is safe";

/// Reads an order.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(
    asked: Asked,
    body: &[u8],
) -> Result<Option<SiteOrder>, breakwater_core::site::operator::OrderError> {
    Ok(Some(match asked {
        Asked::Purge => SiteOrder::parse_purge(body)?,
        Asked::Maintenance => SiteOrder::parse_maintenance(body, clock::now())?,
        Asked::LiftMaintenance => SiteOrder::parse_lift_maintenance(body)?,
        Asked::ShowMaintenance
        | Asked::Record
        | Asked::ShowEvents
        | Asked::Standing
        | Asked::See
        | Asked::Round
        | Asked::ShowSnapshots
        | Asked::Coverage => return Ok(None),
    }))
}

/// What the object shows of the site.
pub(super) async fn show(env: &Env, asked: Asked) -> Result<JsValue, JsValue> {
    match site_link::ask(env, asked, "").await {
        Ok(Reply { status: 200, text }) => send_text(200, "application/json", &text, &[]),
        Ok(Reply { text, .. }) => refuse_failed("the site's object failed", &text),
        Err(error) => refuse_failed("the site's object failed", &error.to_string()),
    }
}

/// Keeps an order to circuits in the site's history too. The circuits have their own: should this
/// fail, nothing is lost.
pub(super) async fn record(env: &Env, event: &Event) {
    let recorded = match serde_json::to_string(event) {
        Ok(event) => site_link::ask(env, Asked::Record, &event).await,
        Err(error) => Err(error.into()),
    };
    let error = match recorded {
        Ok(Reply { status: 200, .. }) => return,
        Ok(Reply { text, .. }) => text,
        Err(error) => error.to_string(),
    };
    worker::console_warn!("not in the site's history: {error}");
}

fn refuse_failed(what: &str, why: &str) -> Result<JsValue, JsValue> {
    refuse(Problem::new(502, "Bad Gateway", format!("{what}: {why}")), &[])
}
