//! The operators' API under `/_breakwater/`: who is one, and what stands where.

mod body;
mod circuits;
mod handlers;
mod whole_site;

use breakwater_core::site::needs::ADMIN_TOKEN;
use breakwater_core::site::operator::{
    Access, FoundEndpoint, Operation, Operator, Unanswerable, check_scheme, check_write, find,
};
use breakwater_platform::bindings::variable;
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::site;
use subtle::ConstantTimeEq;
use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::Env;

use crate::reply::refuse;

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
    let found = match find(site(), &method, &path) {
        Ok(found) => found,
        Err(error) => return refuse_unanswerable(error),
    };
    if found.endpoint.access == Access::Write {
        let (origin, confirmation) = (headers.get("origin")?, headers.get("breakwater-request")?);
        if let Err(error) = check_write(&url, origin.as_deref(), confirmation.as_deref()) {
            return refuse(ProblemDetails::new(403, "Forbidden", error.to_string()), &[]);
        }
    }
    let asker =
        OperatorRequest { env: env.unchecked_ref(), request: &request, by: Operator::Token };
    handle(found, &asker).await
}

/// A request whose sender is an operator.
struct OperatorRequest<'a> {
    env: &'a Env,
    request: &'a Request,
    by: Operator,
}

async fn handle(found: FoundEndpoint, asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    match found.endpoint.operation {
        Operation::ShowUpstreams => handlers::show_upstreams::handle(asker).await,
        Operation::SetOverride => match found.upstream {
            Some(upstream) => handlers::set_override::handle(asker, upstream).await,
            None => Err(JsValue::from_str("an override without an upstream in its path")),
        },
        Operation::ShowBypass => handlers::show_bypass::handle(asker).await,
        Operation::SetBypass => handlers::set_bypass::handle(asker).await,
        Operation::LiftBypass => handlers::lift_bypass::handle(asker).await,
        Operation::ShowSnapshots => handlers::show_snapshots::handle(asker).await,
        Operation::Purge => handlers::purge::handle(asker).await,
        Operation::ShowMaintenance => handlers::show_maintenance::handle(asker).await,
        Operation::OrderMaintenance => handlers::order_maintenance::handle(asker).await,
        Operation::LiftMaintenance => handlers::lift_maintenance::handle(asker).await,
        Operation::ShowEvents => handlers::show_events::handle(asker).await,
    }
}

/// The answer to a request for what is the operators', unless it is an operator's own.
pub(crate) fn refusal(request: &Request, env: &JsValue) -> Result<Option<JsValue>, JsValue> {
    // Before the token is looked at: whether one that was sent in clear is right is told to no one.
    if let Err(error) = check_scheme(&request.url()) {
        return refuse(ProblemDetails::new(403, "Forbidden", error.to_string()), &[]).map(Some);
    }
    let authorization = request.headers().get("authorization")?;
    if is_operator(authorization.as_deref(), variable(env, ADMIN_TOKEN).as_deref()) {
        return Ok(None);
    }
    let detail = "send `Authorization: Bearer` with the operators' token".into();
    let fields = [("www-authenticate", "Bearer realm=\"breakwater\"")];
    refuse(ProblemDetails::new(401, "Unauthorized", detail), &fields).map(Some)
}

/// Answers a method that is not taken; `allow` are those that are.
pub(crate) fn refuse_method(allow: &str) -> Result<JsValue, JsValue> {
    let detail = format!("expected one of {allow}");
    refuse(ProblemDetails::new(405, "Method Not Allowed", detail), &[("allow", allow)])
}

/// Whether a request carries the operators' token, compared in constant time. Where the site has no
/// token, no request is an operator's.
fn is_operator(authorization: Option<&str>, token: Option<&str>) -> bool {
    let (Some(authorization), Some(token)) = (authorization, token) else { return false };
    let Some((scheme, given)) = authorization.split_once(' ') else { return false };
    scheme.eq_ignore_ascii_case("bearer")
        && bool::from(given.trim().as_bytes().ct_eq(token.as_bytes()))
}

fn refuse_unanswerable(error: Unanswerable<'_>) -> Result<JsValue, JsValue> {
    let detail = error.to_string();
    match error {
        Unanswerable::Path { .. } | Unanswerable::Upstream { .. } => {
            refuse(ProblemDetails::new(404, "Not Found", detail), &[])
        }
        Unanswerable::Method { allow, .. } => {
            refuse(ProblemDetails::new(405, "Method Not Allowed", detail), &[("allow", &*allow)])
        }
    }
}
