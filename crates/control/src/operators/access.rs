//! Cloudflare Access: the token that it puts into requests, and the keys of the team.

use std::cell::RefCell;

use breakwater_core::site::access::{
    ACCESS_FIELD, ACCESS_KEYS_BYTES_MAX, ACCESS_KEYS_WITHIN, AccessKeys, AccessRules, AccessToken,
    AccessTokenError, FoundKey,
};
use breakwater_core::site::operator::OperatorIdentity;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::clock;
use breakwater_platform::log;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::Request;

use crate::faults;
use crate::requests::{OwnRequest, send};
use crate::watch_rules::rules;

#[wasm_bindgen(raw_module = "./access.ts")]
extern "C" {
    /// Comes to whether a signature of this text is that of the key.
    #[wasm_bindgen(catch, js_name = isSignedBy)]
    async fn is_signed_by(
        jwk: &str,
        signed: &str,
        signature: &Uint8Array,
    ) -> Result<JsValue, JsValue>;
}

thread_local! {
    static KEYS: RefCell<AccessKeys> = RefCell::default();
}

/// The operator whom Access has let pass, if the site file says how they come by it and the request
/// has its token.
pub(super) async fn identity(
    request: &Request,
    env: &JsValue,
) -> Result<Option<Result<OperatorIdentity, AccessTokenError>>, JsValue> {
    let Some(rules) = &rules().access else { return Ok(None) };
    let Some(token) = request.headers().get(ACCESS_FIELD)? else { return Ok(None) };
    Ok(Some(verified(&token, rules, env).await))
}

async fn verified(
    token: &str,
    rules: &AccessRules,
    env: &JsValue,
) -> Result<OperatorIdentity, AccessTokenError> {
    let token = AccessToken::read(token, rules, clock::now())?;
    let jwk = key(token.key_id(), rules, env).await?;
    let signature = Uint8Array::from(token.signature());
    let is_right = match is_signed_by(&jwk, token.signed(), &signature).await {
        Ok(is_right) => is_right.as_bool() == Some(true),
        Err(error) => {
            log::error(
                LogEvent::AccessFailed,
                &[],
                format_args!("a key of Access cannot be used: {error:?}"),
            );
            false
        }
    };
    let (email, rank) = token.verified(is_right)?;
    Ok(OperatorIdentity::of_access(email, rank))
}

/// The key of this id.
async fn key(id: &str, rules: &AccessRules, env: &JsValue) -> Result<String, AccessTokenError> {
    let mut found = KEYS.with_borrow_mut(|keys| keys.find(id, clock::now()));
    if found == FoundKey::Fetch {
        fetch(rules, env).await;
        found = KEYS.with_borrow(|keys| keys.find_fetched(id, clock::now()));
    }
    match found {
        FoundKey::Known(jwk) => Ok(jwk),
        FoundKey::Unknown => Err(AccessTokenError::UnknownKey),
        FoundKey::Fetch | FoundKey::Unavailable => Err(AccessTokenError::KeysUnknown),
    }
}

async fn fetch(rules: &AccessRules, env: &JsValue) {
    let url = [&faults::access(env, rules.issuer()), AccessRules::KEYS_PATH].concat();
    let asked = OwnRequest {
        is_own: false,
        url: &url,
        method: "GET",
        fields: "",
        body: None,
        follows_redirects: false,
        body_max: ACCESS_KEYS_BYTES_MAX as u32,
        size_max: ACCESS_KEYS_BYTES_MAX as u32,
    };
    let error = match send(&JsValue::UNDEFINED, asked, ACCESS_KEYS_WITHIN).await {
        Ok(answer) => {
            let body = answer.body().to_vec();
            match KEYS.with_borrow_mut(|keys| keys.handle_fetched(&body, clock::now())) {
                Ok(()) => return,
                Err(error) => format!("status {}: {error}", answer.status()),
            }
        }
        Err(error) => format!("{error:?}"),
    };
    log::error(
        LogEvent::AccessFailed,
        &[],
        format_args!("the keys of Access are not known: {error}"),
    );
}
