//! The operators' API under `/_breakwater/`: who may ask for what, and what stands where.

mod access;
pub(crate) mod body;
mod circuits;
mod console;
mod handlers;
mod heartbeats;
mod history;
mod identify;
mod login;
mod mcp;
mod tunnel;
mod watch;
mod whole_site;

use breakwater_core::site::access::{AccessTokenError, Rank};
use breakwater_core::site::operator::{
    Access, ConsolePath, FoundEndpoint, LOGIN_PATH, MCP_PATH, Operation, Operator,
    OperatorIdentity, OperatorProof, OrderReason, Role, Unanswerable, bearer, check_read,
    check_scheme, check_write, find, is_same_secret,
};
use breakwater_core::site::operator_path::TUNNEL_PATH;
use breakwater_platform::bindings::variable;
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::site;
use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::Env;

use self::identify::Requester;
use crate::reply::refuse;
use crate::watch_rules::rules;

/// Answers a request to the operators' paths, of an operator or not. `path` is normalised.
pub(crate) async fn answer(
    path: String,
    request: Request,
    env: JsValue,
) -> Result<JsValue, JsValue> {
    if let Some(refusal) = refusal_of_scheme(&request)? {
        return Ok(refusal);
    }
    if path == LOGIN_PATH {
        return login::show(&request);
    }
    if path == TUNNEL_PATH {
        return tunnel::answer(&request, &env).await;
    }
    if let Some(path) = ConsolePath::of(&path) {
        return console::answer(path, &request);
    }
    let method = request.method();
    let found = find(site(), rules(), &method, &path);
    // What is told to strangers depends on the path alone, and not on which checks there are.
    let role = found.as_ref().map_or_else(|_| Role::at(&path), |found| found.endpoint.role);
    // A tool may change something, whatever the request's method is.
    let access = match &found {
        _ if path == MCP_PATH => Access::Write,
        Ok(found) => found.endpoint.access,
        Err(_) => Access::Read,
    };
    let identity = match role {
        Role::Anyone => return login::begin(&request, &env).await,
        Role::Heartbeat => {
            let token = found.as_ref().ok().and_then(FoundEndpoint::report_token);
            if !token.map_or(Ok(false), |token| shows(&request, &env, token.as_str()))? {
                return refuse_stranger(&request, role, None);
            }
            // Nothing that a job reports says who reports it.
            OperatorIdentity::of_token(Rank::Viewer)
        }
        Role::Operator(_) if shows_own_secret(&found, &request, &env)? => {
            OperatorIdentity::of_purge_token()
        }
        Role::Operator(_) => match identify::identify(&request, &env, access).await? {
            Requester::Operator(identity) => identity,
            Requester::Stranger(why) => return refuse_stranger(&request, role, why),
            Requester::Unknown(error) => return identify::refuse_unknown(&error),
        },
    };
    if path == MCP_PATH {
        return match refusal_of(&identity, &request, access, role)? {
            Some(refusal) => Ok(refusal),
            None => mcp::answer(&request, env.unchecked_ref(), identity).await,
        };
    }
    let found = match found {
        Ok(found) => found,
        Err(error) => return refuse_unanswerable(error),
    };
    if let Some(refusal) = refusal_of(&identity, &request, access, role)? {
        return Ok(refusal);
    }
    let OperatorIdentity { rank, by, proof } = identity;
    let env = env.unchecked_ref();
    let asker = OperatorRequest { env, request: &request, rank, by, proof, reason: None };
    handle(found, &asker).await
}

/// A request whose sender may ask for it.
struct OperatorRequest<'a> {
    env: &'a Env,
    request: &'a Request,
    rank: Rank,
    by: Operator,
    proof: OperatorProof,
    /// Why, if that does not stand in the body.
    reason: Option<&'a OrderReason>,
}

/// The answer to a request of an operator who may not ask for it, or did not mean it.
fn refusal_of(
    identity: &OperatorIdentity,
    request: &Request,
    access: Access,
    role: Role,
) -> Result<Option<JsValue>, JsValue> {
    let headers = request.headers();
    let forged = match access {
        Access::Read => {
            let site = headers.get("sec-fetch-site")?;
            check_read(&identity.proof, site.as_deref()).map_err(|error| error.to_string())
        }
        Access::Write | Access::Session => {
            let (url, origin) = (request.url(), headers.get("origin")?);
            let confirmation = headers.get("breakwater-request")?;
            check_write(&identity.proof, &url, origin.as_deref(), confirmation.as_deref())
                .map_err(|error| error.to_string())
        }
    };
    let checked = forged.and_then(|()| match role {
        Role::Operator(needed) => identity.check_rank(needed).map_err(|error| error.to_string()),
        Role::Anyone | Role::Heartbeat => Ok(()),
    });
    match checked {
        Ok(()) => Ok(None),
        Err(error) => refuse(ProblemDetails::new(403, "Forbidden", error), &[]).map(Some),
    }
}

async fn handle(
    FoundEndpoint { endpoint, named }: FoundEndpoint<'_>,
    asker: &OperatorRequest<'_>,
) -> Result<JsValue, JsValue> {
    match endpoint.operation {
        Operation::ShowUpstreams => handlers::show_upstreams::handle(asker).await,
        Operation::ShowHistory => {
            handlers::show_history::handle(asker, there(named.upstream)?).await
        }
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
        Operation::ShowConfiguration => handlers::show_configuration::handle(),
        Operation::Listen => handlers::listen::handle(asker).await,
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
        Operation::ShowSession => handlers::show_session::handle(asker),
        Operation::BeginSession => handlers::begin_session::handle(asker).await,
        Operation::EndSession => handlers::end_session::handle(asker).await,
        Operation::ShowSessions => handlers::show_sessions::handle(asker).await,
        Operation::RevokeSession => {
            handlers::revoke_session::handle(asker, there(named.session)?).await
        }
        Operation::ShowBudget => handlers::show_budget::handle(asker).await,
        Operation::ShowObjectives => handlers::show_objectives::handle(asker).await,
        Operation::ShowMetrics => handlers::show_metrics::handle(asker).await,
        Operation::ShowAlerts => handlers::show_alerts::handle(asker).await,
        Operation::TestChannel => handlers::test_channel::handle(asker).await,
        Operation::ResendAlert => handlers::resend_alert::handle(asker).await,
        Operation::ShowSubscribers => handlers::show_subscribers::handle(asker).await,
        Operation::FindSubscriber => handlers::find_subscriber::handle(asker).await,
        Operation::ForgetSubscriber => {
            handlers::forget_subscriber::handle(asker, there(named.subscriber)?).await
        }
    }
}

/// What the path of an operation names. The tests of core hold the table to it.
fn there<T>(named: Option<T>) -> Result<T, JsValue> {
    named.ok_or_else(|| JsValue::from_str("an operation without what its path names"))
}

/// The answer to a request for what operators see, unless it is an operator's own.
pub(crate) async fn refusal(request: &Request, env: &JsValue) -> Result<Option<JsValue>, JsValue> {
    if let Some(refusal) = refusal_of_scheme(request)? {
        return Ok(Some(refusal));
    }
    let role = Role::Operator(Rank::Viewer);
    match identify::identify(request, env, Access::Read).await? {
        Requester::Operator(identity) => refusal_of(&identity, request, Access::Read, role),
        Requester::Stranger(why) => refuse_stranger(request, role, why).map(Some),
        Requester::Unknown(error) => identify::refuse_unknown(&error).map(Some),
    }
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

/// Answers a request whose sender proves nothing. `why` says what is wrong with the proof of
/// Access, if there was one. The cookie of a session that is over is taken away.
fn refuse_stranger(
    request: &Request,
    role: Role,
    why: Option<AccessTokenError>,
) -> Result<JsValue, JsValue> {
    let told = role.asks_for();
    let detail = why.map_or_else(|| told.into(), |why| format!("{told}; of Access's token: {why}"));
    let cleared = login::cleared_cookie(request)?;
    let fields = [("www-authenticate", "Bearer realm=\"breakwater\"")];
    let cookie = cleared.as_deref().map(|cookie| ("set-cookie", cookie));
    let fields: Vec<_> = fields.into_iter().chain(cookie).collect();
    refuse(ProblemDetails::new(401, "Unauthorized", detail), &fields)
}

/// Answers a method that is not taken; `allow` are those that are.
pub(crate) fn refuse_method(allow: &str) -> Result<JsValue, JsValue> {
    let detail = format!("expected one of {allow}");
    refuse(ProblemDetails::new(405, "Method Not Allowed", detail), &[("allow", allow)])
}

/// Whether a request shows the secret of this name. A secret that is not set is shown by no
/// request.
fn shows(request: &Request, env: &JsValue, secret: &str) -> Result<bool, JsValue> {
    let authorization = request.headers().get("authorization")?;
    let (Some(authorization), Some(token)) = (authorization, variable(env, secret)) else {
        return Ok(false);
    };
    Ok(bearer(&authorization).is_some_and(|given| is_same_secret(given, &token)))
}

/// Whether a request shows the secret of the one operation that it asks for.
fn shows_own_secret(
    found: &Result<FoundEndpoint<'_>, Unanswerable<'_>>,
    request: &Request,
    env: &JsValue,
) -> Result<bool, JsValue> {
    let secret = found.as_ref().ok().and_then(|found| found.endpoint.operation.own_secret());
    secret.map_or(Ok(false), |secret| shows(request, env, secret))
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
