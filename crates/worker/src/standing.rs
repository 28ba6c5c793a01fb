//! What operators have ordered for the whole site, as visitors are concerned.

use breakwater_core::base::path;
use breakwater_core::site::standing::SiteState;
use breakwater_core::watch::maintenance::PASS_FIELD;
use breakwater_platform::standing::with_known;
use subtle::ConstantTimeEq;
use wasm_bindgen::JsValue;
use web_sys::Request;

use crate::{isolate, platform};

pub(crate) use breakwater_platform::standing::{is_trusted, learn_if_due, trust};

/// The epoch of a path's copies.
pub(crate) fn epoch(requested: &str) -> u64 {
    with_known(|standing| standing.epoch(&path::normalise(requested)))
}

/// Does something with the orders that are known. It must not come back to this module.
pub(crate) fn with_orders<T>(work: impl FnOnce(&SiteState) -> T) -> T {
    with_known(work)
}

/// Whether a visitor shows the secret that lets operators see the real site.
pub(crate) fn may_pass(request: &Request, env: &JsValue) -> bool {
    let secret = isolate::site().maintenance.secret.as_ref();
    let secret = secret.and_then(|name| platform::variable(env, name));
    let shown = request.headers().get(PASS_FIELD).ok().flatten();
    match (secret, shown) {
        (Some(secret), Some(shown)) => bool::from(shown.as_bytes().ct_eq(secret.as_bytes())),
        (Some(_), None) | (None, _) => false,
    }
}
