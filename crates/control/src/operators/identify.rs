//! Who sends a request: by a token, else by a session, else by Cloudflare Access.

use std::cell::RefCell;

use breakwater_core::site::access::AccessTokenError;
use breakwater_core::site::operator::{
    Access, OperatorIdentity, OperatorSession, OperatorTokens, SessionCache, SessionHash,
    SessionTicket, bearer, session_cookie,
};
use breakwater_platform::bindings::variable;
use breakwater_platform::clock;
use breakwater_platform::object::AskError;
use breakwater_platform::site_object::SiteClient;
use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::Env;

use super::access;
use super::whole_site::refuse_failed;

thread_local! {
    static SESSIONS: RefCell<SessionCache> = RefCell::default();
}

/// Who sends a request.
pub(super) enum Requester {
    /// An operator.
    Operator(OperatorIdentity),
    /// No operator; and what is wrong with the token of Access, if there is one.
    Stranger(Option<AccessTokenError>),
    /// Perhaps an operator: whether their session lasts cannot be asked.
    Unknown(AskError),
}

/// Says who sends a request. A token that is shown counts alone, so that one that is wrong is not
/// hidden by what a browser adds.
pub(super) async fn identify(
    request: &Request,
    env: &JsValue,
    for_what: Access,
) -> Result<Requester, JsValue> {
    let tokens = tokens(env);
    let authorization = request.headers().get("authorization")?;
    if let Some(given) = authorization.as_deref().and_then(bearer) {
        let rank = tokens.rank_of(given);
        return Ok(rank.map_or(Requester::Stranger(None), |rank| {
            Requester::Operator(OperatorIdentity::of_token(rank))
        }));
    }
    let mut unasked = None;
    if let Some(ticket) = ticket(request, &tokens)? {
        match look_up(env.unchecked_ref(), ticket.hash(), for_what).await {
            Ok(Some(session)) => {
                return Ok(Requester::Operator(session.identity(ticket.hash().clone())));
            }
            Ok(None) => {}
            Err(error) => unasked = Some(error),
        }
    }
    Ok(match (access::identity(request, env).await?, unasked) {
        (Some(Ok(identity)), _) => Requester::Operator(identity),
        (_, Some(error)) => Requester::Unknown(error),
        (Some(Err(error)), None) => Requester::Stranger(Some(error)),
        (None, None) => Requester::Stranger(None),
    })
}

/// Answers a request whose session could not be asked about.
pub(super) fn refuse_unknown(error: &AskError) -> Result<JsValue, JsValue> {
    const WHAT: &str = "whether the session lasts is not known, and a token needs no session";
    refuse_failed(WHAT, error)
}

/// The tokens of this deployment.
pub(super) fn tokens(env: &JsValue) -> OperatorTokens {
    OperatorTokens::among(|name| variable(env, name))
}

/// The ticket of a session that a request shows.
pub(super) fn ticket(
    request: &Request,
    tokens: &OperatorTokens,
) -> Result<Option<SessionTicket>, JsValue> {
    let Some(cookie) = request.headers().get("cookie")? else { return Ok(None) };
    let value = session_cookie(&cookie, &request.url());
    Ok(value.and_then(|value| SessionTicket::read(value, tokens)))
}

/// Has this isolate know that a session is over.
pub(super) fn forget(hash: SessionHash) {
    SESSIONS.with_borrow_mut(|cache| cache.handle_ended(hash));
}

async fn look_up(
    env: &Env,
    hash: &SessionHash,
    for_what: Access,
) -> Result<Option<OperatorSession>, AskError> {
    let asked = clock::now();
    let known = SESSIONS.with_borrow_mut(|cache| cache.find(hash, asked).cloned());
    if known.is_some() && for_what.trusts_what_was_known() {
        return Ok(known);
    }
    let found = SiteClient::of(env).look_up_session(hash.clone()).await?;
    match &found {
        Some(session) => SESSIONS.with_borrow_mut(|cache| {
            cache.remember(hash.clone(), session.clone(), asked);
        }),
        None => forget(hash.clone()),
    }
    Ok(found)
}
