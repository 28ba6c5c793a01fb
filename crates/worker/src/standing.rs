//! What operators have ordered for the whole site, as visitors are concerned.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::path;
use breakwater_core::cache::meta::StoredMeta;
use breakwater_core::watch::maintenance::PASS_FIELD;
use subtle::ConstantTimeEq;
use wasm_bindgen::JsValue;
use web_sys::Request;

use crate::{isolate, platform};

pub(crate) use breakwater_platform::standing::{
    Trust, is_trusted, learn_if_due, trust, with_known,
};

/// The epoch of a path's copies.
pub(crate) fn epoch(requested: &str) -> u64 {
    with_known(|standing| standing.epoch(&path::normalise(requested)))
}

/// How many purges by tag are known.
pub(crate) fn tag_purges() -> u64 {
    with_known(|standing| standing.tag_purges().count())
}

/// Whether a stored response was purged by one of its tags.
pub(crate) fn is_purged(stored: StoredMeta, fields: Fields<'_>) -> bool {
    with_known(|standing| standing.tag_purges().hide(fields, stored.tag_purges))
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
