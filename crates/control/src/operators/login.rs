//! How operators log in and out.

use breakwater_core::base::client::Client;
use breakwater_core::site::operator::{
    BODY_MAX, CONSOLE_PATH, LoginAttempt, LoginProblem, LoginWay, OperatorSession, SessionTicket,
    clear_session_cookie, login_policy, render_login, set_session_cookie,
};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::log;
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::site_object::SiteClient;
use breakwater_platform::{clock, site};
use wasm_bindgen::prelude::*;
use web_sys::Request;

use super::{body, identify, refuse_method};
use crate::api::IdentityView;
use crate::random;
use crate::reply::{refuse, send, send_text};

/// Shows the login page.
pub(super) fn show(request: &Request) -> Result<JsValue, JsValue> {
    match request.method().as_str() {
        "GET" | "HEAD" => page(200, None, &[]),
        _ => refuse_method("GET, HEAD"),
    }
}

/// Exchanges a token for a session.
pub(super) async fn begin(request: &Request, env: &JsValue) -> Result<JsValue, JsValue> {
    let (url, headers) = (request.url(), request.headers());
    let authorization = headers.get("authorization")?;
    let way = LoginWay::of(authorization.as_deref(), headers.get("content-type")?.as_deref());
    let (origin, confirmation) = (headers.get("origin")?, headers.get("breakwater-request")?);
    if let Err(error) = way.check(&url, origin.as_deref(), confirmation.as_deref()) {
        return refuse(ProblemDetails::new(403, "Forbidden", error.to_string()), &[]);
    }
    let body = match way {
        LoginWay::Field => Vec::new(),
        LoginWay::Json | LoginWay::Form => match body::whole(request, BODY_MAX).await {
            Ok(body) => body,
            Err(problem) => return refuse(problem, &[]),
        },
    };
    let given = match way.token(authorization.as_deref(), &body) {
        Ok(given) => given,
        Err(error) => return refuse_login(way, LoginProblem::NoToken, error.to_string()),
    };
    let (tokens, random, now) = (identify::tokens(env), random::secret()?, clock::now());
    let rank = tokens.rank_of(&given);
    let ticket = rank.and_then(|rank| SessionTicket::issue(&random, rank, &tokens));
    let user_agent = headers.get("user-agent")?.unwrap_or_default();
    let begun = ticket.map(|(ticket, cookie)| {
        let session = OperatorSession::new(ticket.rank(), &user_agent, now);
        (ticket.hash().clone(), session, cookie)
    });
    let before = identify::ticket(request, &tokens)?.map(|ticket| ticket.hash().clone());
    let attempt = LoginAttempt {
        client: Client::of(&headers.get("cf-connecting-ip")?.unwrap_or_default()),
        begins: begun.as_ref().map(|(hash, session, _)| (hash.clone(), session.clone())),
        before: before.clone(),
    };
    let problem = match (SiteClient::of(env.unchecked_ref()).begin_session(attempt).await, begun) {
        (Ok(Ok(())), Some((hash, session, cookie))) => {
            before.into_iter().for_each(identify::forget);
            let cookie = set_session_cookie(&url, &cookie);
            return answer_login(way, &IdentityView::of(session.identity(hash)), &cookie);
        }
        (Ok(Ok(())), None) => LoginProblem::WrongToken,
        (Ok(Err(problem)), _) => problem,
        (Err(error), _) => {
            log::error(
                LogEvent::SessionFailed,
                &[],
                format_args!("no session could be kept: {error}"),
            );
            LoginProblem::Failed
        }
    };
    refuse_login(way, problem, problem.to_string())
}

/// The field `Set-Cookie` that takes a session's cookie away, if the request has one.
pub(super) fn cleared_cookie(request: &Request) -> Result<Option<String>, JsValue> {
    let cookie = request.headers().get("cookie")?;
    Ok(cookie.and_then(|cookie| clear_session_cookie(&cookie, &request.url())))
}

fn answer_login(way: LoginWay, who: &IdentityView, cookie: &str) -> Result<JsValue, JsValue> {
    let cookie = ("set-cookie", cookie);
    match way {
        LoginWay::Field | LoginWay::Json => send(200, "application/json", who, &[cookie]),
        LoginWay::Form => {
            let fields = [cookie, ("location", CONSOLE_PATH)];
            send_text(303, "text/plain; charset=utf-8", "", &fields)
        }
    }
}

fn refuse_login(way: LoginWay, problem: LoginProblem, detail: String) -> Result<JsValue, JsValue> {
    let (status, phrase) = problem.status();
    let wait = problem.retry_after();
    let shown_wait = wait.map(|wait| wait.to_string());
    let fields: Vec<_> = [
        (status == 401).then_some(("www-authenticate", "Bearer realm=\"breakwater\"")),
        shown_wait.as_deref().map(|wait| ("retry-after", wait)),
    ]
    .into_iter()
    .flatten()
    .collect();
    match way {
        LoginWay::Form => page(status, Some(problem), &fields),
        LoginWay::Field | LoginWay::Json => {
            let mut told = ProblemDetails::new(status, phrase, detail);
            told.retry_after = wait;
            refuse(told, &fields)
        }
    }
}

fn page(
    status: u16,
    problem: Option<LoginProblem>,
    fields: &[(&str, &str)],
) -> Result<JsValue, JsValue> {
    let policy = login_policy();
    let fields: Vec<_> = fields
        .iter()
        .copied()
        .chain([("content-security-policy", &*policy), ("content-language", "en")])
        .collect();
    send_text(status, "text/html; charset=utf-8", &render_login(&site().name, problem), &fields)
}
