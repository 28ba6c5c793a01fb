//! The operators' API under `/_breakwater/`: who may ask for what, and what stands where.

mod body;
mod circuits;
mod handlers;
mod heartbeats;
mod history;
mod mcp;
mod watch;
mod whole_site;

use breakwater_core::site::needs::ADMIN_TOKEN;
use breakwater_core::site::operator::{
    Access, FoundEndpoint, MCP_PATH, Operation, Operator, OrderReason, Role, Unanswerable,
    check_scheme, check_write, find,
};
use breakwater_platform::bindings::variable;
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::site;
use subtle::ConstantTimeEq;
use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::Env;

use crate::reply::refuse;
use crate::watch_rules::rules;

/// Answers a request to the operators' paths, with or without a valid token. `path` is normalised.
pub(crate) async fn answer(
    path: String,
    request: Request,
    env: JsValue,
) -> Result<JsValue, JsValue> {
    if let Some(refusal) = refusal_of_scheme(&request)? {
        return Ok(refusal);
    }
    let (url, method) = (request.url(), request.method());
    let found = find(site(), rules(), &method, &path);
    // What is told without the token depends on the path alone, and not on which checks there are.
    let secret = found.as_ref().map_or(ADMIN_TOKEN, |found| found.secret());
    if !shows(&request, &env, secret)? {
        return refuse_stranger(Role::at(&path));
    }
    if path == MCP_PATH {
        let env = env.unchecked_ref();
        return mcp::answer(&request, env, Operator::Token, Access::Write).await;
    }
    let found = match found {
        Ok(found) => found,
        Err(error) => return refuse_unanswerable(error),
    };
    if found.endpoint.access == Access::Write {
        let headers = request.headers();
        let (origin, confirmation) = (headers.get("origin")?, headers.get("breakwater-request")?);
        if let Err(error) = check_write(&url, origin.as_deref(), confirmation.as_deref()) {
            return refuse(ProblemDetails::new(403, "Forbidden", error.to_string()), &[]);
        }
    }
    let asker = OperatorRequest {
        env: env.unchecked_ref(),
        request: &request,
        by: Operator::Token,
        reason: None,
    };
    handle(found, &asker).await
}

/// A request whose sender may ask for it.
struct OperatorRequest<'a> {
    env: &'a Env,
    request: &'a Request,
    by: Operator,
    /// Why, if that does not stand in the body.
    reason: Option<&'a OrderReason>,
}

async fn handle(
    FoundEndpoint { endpoint, named }: FoundEndpoint<'_>,
    asker: &OperatorRequest<'_>,
) -> Result<JsValue, JsValue> {
    match endpoint.operation {
        Operation::ShowUpstreams => handlers::show_upstreams::handle(asker).await,
        Operation::SetOverride => {
            handlers::set_override::handle(asker, there(named.upstream)?).await
        }
        Operation::ShowBypass => handlers::show_bypass::handle(asker).await,
        Operation::SetBypass => handlers::set_bypass::handle(asker).await,
        Operation::LiftBypass => handlers::lift_bypass::handle(asker).await,
        Operation::ShowSnapshots => handlers::show_snapshots::handle(asker).await,
        Operation::Purge => handlers::purge::handle(asker).await,
        Operation::ShowMaintenance => handlers::show_maintenance::handle(asker).await,
        Operation::OrderMaintenance => handlers::order_maintenance::handle(asker).await,
        Operation::LiftMaintenance => handlers::lift_maintenance::handle(asker).await,
        Operation::ShowEvents => handlers::show_events::handle(asker).await,
        Operation::ShowChecks => handlers::show_checks::handle(asker).await,
        Operation::ShowCheck => handlers::show_check::handle(asker, there(named.check)?).await,
        Operation::RunCheck => handlers::run_check::handle(asker, there(named.check)?).await,
        Operation::TestCheck => handlers::test_check::handle(asker).await,
        Operation::PauseCheck => handlers::pause_check::handle(asker, there(named.check)?).await,
        Operation::LiftPause => handlers::lift_pause::handle(asker, there(named.check)?).await,
        Operation::ReportSuccess => {
            handlers::report_success::handle(asker, there(named.check)?).await
        }
        Operation::ReportStart => handlers::report_start::handle(asker, there(named.check)?).await,
        Operation::ReportFailure => {
            handlers::report_failure::handle(asker, there(named.check)?).await
        }
        Operation::ReportExit => {
            handlers::report_exit::handle(asker, there(named.check)?, there(named.code)?).await
        }
        Operation::ShowIncidents => handlers::show_incidents::handle(asker).await,
        Operation::OpenIncident => handlers::open_incident::handle(asker).await,
        Operation::ShowIncident => {
            handlers::show_incident::handle(asker, there(named.incident)?).await
        }
        Operation::UpdateIncident => {
            handlers::update_incident::handle(asker, there(named.incident)?).await
        }
        Operation::EditIncident => {
            handlers::edit_incident::handle(asker, there(named.incident)?).await
        }
        Operation::ResolveIncident => {
            handlers::resolve_incident::handle(asker, there(named.incident)?).await
        }
        Operation::ReopenIncident => {
            handlers::reopen_incident::handle(asker, there(named.incident)?).await
        }
        Operation::AcknowledgeIncident => {
            handlers::acknowledge_incident::handle(asker, there(named.incident)?).await
        }
        Operation::AddNote => handlers::add_note::handle(asker, there(named.incident)?).await,
        Operation::WritePostmortem => {
            handlers::write_postmortem::handle(asker, there(named.incident)?).await
        }
        Operation::ShowBudget => handlers::show_budget::handle(asker).await,
        Operation::ShowAlerts => handlers::show_alerts::handle(asker).await,
        Operation::TestChannel => handlers::test_channel::handle(asker).await,
        Operation::ResendAlert => handlers::resend_alert::handle(asker).await,
    }
}

/// What the path of an operation names. The tests of core hold the table to it.
fn there<T>(named: Option<T>) -> Result<T, JsValue> {
    named.ok_or_else(|| JsValue::from_str("an operation without what its path names"))
}

/// The answer to a request for what is the operators', unless it is an operator's own.
pub(crate) fn refusal(request: &Request, env: &JsValue) -> Result<Option<JsValue>, JsValue> {
    if let Some(refusal) = refusal_of_scheme(request)? {
        return Ok(Some(refusal));
    }
    if shows(request, env, ADMIN_TOKEN)? {
        return Ok(None);
    }
    refuse_stranger(Role::Operator).map(Some)
}

/// The answer to a request that came in clear. It comes before the token is looked at: whether one
/// that was sent in clear is right is told to no one.
fn refusal_of_scheme(request: &Request) -> Result<Option<JsValue>, JsValue> {
    match check_scheme(&request.url()) {
        Ok(()) => Ok(None),
        Err(error) => {
            refuse(ProblemDetails::new(403, "Forbidden", error.to_string()), &[]).map(Some)
        }
    }
}

fn refuse_stranger(role: Role) -> Result<JsValue, JsValue> {
    let fields = [("www-authenticate", "Bearer realm=\"breakwater\"")];
    refuse(ProblemDetails::new(401, "Unauthorized", role.asks_for().into()), &fields)
}

/// Answers a method that is not taken; `allow` are those that are.
pub(crate) fn refuse_method(allow: &str) -> Result<JsValue, JsValue> {
    let detail = format!("expected one of {allow}");
    refuse(ProblemDetails::new(405, "Method Not Allowed", detail), &[("allow", allow)])
}

/// Whether a request shows the secret of this name, compared in constant time. A secret that is not
/// set is shown by no request.
fn shows(request: &Request, env: &JsValue, secret: &str) -> Result<bool, JsValue> {
    let authorization = request.headers().get("authorization")?;
    let (Some(authorization), Some(token)) = (authorization, variable(env, secret)) else {
        return Ok(false);
    };
    let Some((scheme, given)) = authorization.split_once(' ') else { return Ok(false) };
    let is_right = bool::from(given.trim().as_bytes().ct_eq(token.as_bytes()));
    Ok(scheme.eq_ignore_ascii_case("bearer") && is_right)
}

fn refuse_unanswerable(error: Unanswerable<'_>) -> Result<JsValue, JsValue> {
    let detail = error.to_string();
    match error {
        Unanswerable::Path { .. } | Unanswerable::Unknown { .. } => {
            refuse(ProblemDetails::new(404, "Not Found", detail), &[])
        }
        Unanswerable::Method { allow, .. } => {
            refuse(ProblemDetails::new(405, "Method Not Allowed", detail), &[("allow", &*allow)])
        }
    }
}
