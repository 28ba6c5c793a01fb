//! The operators' API under `/_breakwater/`: who is one, and what stands where.

mod orders;
pub(crate) mod site;
mod view;

use breakwater_core::base::json;
use breakwater_core::site::guard::Refused;
use breakwater_core::site::needs::ADMIN_TOKEN;
use breakwater_core::site::operator::{Endpoint, Unanswerable, check_scheme, check_write};
use serde::Serialize;
use subtle::ConstantTimeEq;
use wasm_bindgen::prelude::*;
use web_sys::{Headers, Request, Response, ResponseInit};

use crate::api::Problem;
use crate::platform::variable;
use crate::site_link::Asked;
use crate::{cors, isolate};

/// Answers a request to the operators' paths, with or without a valid token. `path` is normalised.
pub(crate) async fn answer(
    path: String,
    request: Request,
    env: JsValue,
) -> Result<JsValue, JsValue> {
    let headers = request.headers();
    if let Some(refusal) = refusal(&request, &env)? {
        return Ok(refusal);
    }
    let (url, method) = (request.url(), request.method());
    let endpoint = match Endpoint::find(isolate::site(), &method, &path) {
        Ok(endpoint) => endpoint,
        Err(error) => return refuse_unanswerable(error),
    };
    if endpoint.is_write() {
        let (origin, confirmation) = (headers.get("origin")?, headers.get("breakwater-request")?);
        if let Err(error) = check_write(&url, origin.as_deref(), confirmation.as_deref()) {
            return refuse(Problem::new(403, "Forbidden", error.to_string()), &[]);
        }
    }
    let env = env.unchecked_ref();
    match endpoint {
        Endpoint::ShowUpstreams => respond(200, &view::upstreams(env).await),
        Endpoint::ShowBypass => view::bypass(env).await,
        Endpoint::Override { upstream } => orders::set_override(env, &request, upstream).await,
        Endpoint::Bypass => orders::bypass(env, &request).await,
        Endpoint::LiftBypass => orders::lift_bypass(env, &request).await,
        Endpoint::ShowSnapshots => site::show(env, Asked::ShowSnapshots).await,
        Endpoint::Purge => site::give(env, &request, Asked::Purge).await,
        Endpoint::ShowMaintenance => site::show(env, Asked::ShowMaintenance).await,
        Endpoint::Maintenance => site::give(env, &request, Asked::Maintenance).await,
        Endpoint::LiftMaintenance => site::give(env, &request, Asked::LiftMaintenance).await,
        Endpoint::ShowEvents => site::show(env, Asked::ShowEvents).await,
    }
}

/// The answer to a request for what is the operators', unless it is an operator's own.
pub(crate) fn refusal(request: &Request, env: &JsValue) -> Result<Option<JsValue>, JsValue> {
    // Before the token is looked at: whether one that was sent in clear is right is told to no one.
    if let Err(error) = check_scheme(&request.url()) {
        return refuse(Problem::new(403, "Forbidden", error.to_string()), &[]).map(Some);
    }
    let authorization = request.headers().get("authorization")?;
    if is_operator(authorization.as_deref(), variable(env, ADMIN_TOKEN).as_deref()) {
        return Ok(None);
    }
    let detail = "send `Authorization: Bearer` with the operators' token".into();
    let fields = [("www-authenticate", "Bearer realm=\"breakwater\"")];
    refuse(Problem::new(401, "Unauthorized", detail), &fields).map(Some)
}

/// Answers a method that is not taken; `allow` are those that are.
pub(crate) fn refuse_method(allow: &str) -> Result<JsValue, JsValue> {
    let detail = format!("expected one of {allow}");
    refuse(Problem::new(405, "Method Not Allowed", detail), &[("allow", allow)])
}

/// Compares in constant time. Without a token nobody is an operator.
fn is_operator(authorization: Option<&str>, token: Option<&str>) -> bool {
    let (Some(authorization), Some(token)) = (authorization, token) else { return false };
    let Some((scheme, given)) = authorization.split_once(' ') else { return false };
    scheme.eq_ignore_ascii_case("bearer")
        && bool::from(given.trim().as_bytes().ct_eq(token.as_bytes()))
}

/// Answers a visitor whose request goes nowhere.
pub(crate) fn refuse_visitor(refused: Refused) -> Result<JsValue, JsValue> {
    let (status, title) = refused.status();
    refuse(Problem::new(status, title, refused.to_string()), &cors::READABLE)
}

fn refuse_unanswerable(error: Unanswerable<'_>) -> Result<JsValue, JsValue> {
    let detail = error.to_string();
    match error {
        Unanswerable::Path { .. } | Unanswerable::Upstream { .. } => {
            refuse(Problem::new(404, "Not Found", detail), &[])
        }
        Unanswerable::Method { allow, .. } => {
            refuse(Problem::new(405, "Method Not Allowed", detail), &[("allow", allow)])
        }
    }
}

fn respond<T: Serialize>(status: u16, value: &T) -> Result<JsValue, JsValue> {
    send(status, "application/json", value, &[])
}

fn refuse(problem: Problem, fields: &[(&str, &str)]) -> Result<JsValue, JsValue> {
    send(problem.status, Problem::CONTENT_TYPE, &problem, fields)
}

fn send<T: Serialize>(
    status: u16,
    content_type: &str,
    value: &T,
    fields: &[(&str, &str)],
) -> Result<JsValue, JsValue> {
    // Every shape here has keys that are texts, which is all that could fail.
    let body = serde_json::to_string(value).unwrap_or_default();
    send_text(status, content_type, &json::indented(&body), fields)
}

fn send_text(
    status: u16,
    content_type: &str,
    body: &str,
    fields: &[(&str, &str)],
) -> Result<JsValue, JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", content_type)?;
    headers.set("cache-control", "no-store")?;
    for (name, value) in fields {
        headers.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    Ok(Response::new_with_opt_str_and_init(Some(body), &init)?.into())
}
