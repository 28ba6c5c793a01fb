//! What operators have ordered for the whole site, as far as this isolate knows, and how it learns:
//! from the colo's cache, or from the site's object, behind the answers that it gives.

use std::cell::RefCell;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::base::{json, path};
use breakwater_core::site::closed::{self, Closed};
use breakwater_core::site::standing::{
    KEPT_FOR, Knowledge, LEARN_WITHIN, Next, Standing, TRUST_WITHIN,
};
use breakwater_core::watch::maintenance::PASS_FIELD;
use subtle::ConstantTimeEq;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Request;
use worker::Env;

use crate::platform::{self, ExecutionContext};
use crate::site_link::{self, Asked};
use crate::{attempts, clock, colo, edge};

/// Under this name the colo's cache keeps it.
const NAME: &str = "standing";

thread_local! {
    static KNOWLEDGE: RefCell<Knowledge> = RefCell::default();
}

fn with<T>(work: impl FnOnce(&mut Knowledge) -> T) -> T {
    KNOWLEDGE.with_borrow_mut(work)
}

/// Learns behind the answer, if it is time.
pub(crate) fn learn_if_due(env: &JsValue, ctx: &ExecutionContext, now: Timestamp) {
    if with(|knowledge| knowledge.begins_to_learn(now)) {
        let env: Env = env.clone().unchecked_into();
        ctx.wait_until(&future_to_promise(async move {
            learn_within(&env, LEARN_WITHIN).await;
            Ok(JsValue::UNDEFINED)
        }));
    }
}

/// Learns, if it is time, before whoever can wait is answered.
pub(crate) async fn learn_first_if_due(env: &JsValue) {
    if with(|knowledge| knowledge.begins_to_learn(clock::now())) {
        learn_within(env.unchecked_ref(), TRUST_WITHIN).await;
    }
}

/// Whether a copy may be served by what is known. One visitor of those who come while it is too old
/// for that learns first, and what cannot be learned leaves what was known; the others look into
/// the colo's cache, and wait for no object.
pub(crate) async fn trust(env: &JsValue) -> bool {
    if with(|knowledge| knowledge.learns_first(clock::now())) {
        learn_within(env.unchecked_ref(), TRUST_WITHIN).await;
        return true;
    }
    if with(|knowledge| knowledge.suffices(clock::now())) {
        return true;
    }
    let kept = colo::look_up(NAME).await;
    with(|knowledge| knowledge.handle_looked(kept, clock::now()))
}

async fn learn_within(env: &Env, limit: Millis) {
    if attempts::within(Box::pin(learn(env)), limit).await.is_none() {
        worker::console_error!("standing orders are not known within {limit}");
        with(|knowledge| knowledge.handle_lost(clock::now()));
    }
}

/// Whether what is known suffices to serve a copy.
pub(crate) fn is_trusted(now: Timestamp) -> bool {
    with(|knowledge| knowledge.is_trusted(now))
}

async fn learn(env: &Env) {
    let kept = colo::look_up(NAME).await;
    if with(|knowledge| knowledge.handle_kept(kept, clock::now())) == Next::Done {
        return;
    }
    let asked = clock::now();
    let said = match site_link::ask(env, Asked::Standing, "").await {
        Ok(reply) if reply.status == 200 => {
            json::read::<Standing>(&reply.text).map_err(|error| error.to_string())
        }
        Ok(reply) => Err(reply.text),
        Err(error) => Err(error.to_string()),
    };
    match said {
        Ok(standing) => {
            let kept = with(|knowledge| knowledge.handle_reply(standing, asked));
            colo::keep_for(NAME, &kept, KEPT_FOR).await;
        }
        Err(error) => {
            worker::console_error!("standing orders are not known: {error}");
            with(|knowledge| knowledge.handle_lost(clock::now()));
        }
    }
}

/// The epoch of a path's copies.
pub(crate) fn epoch(requested: &str) -> u64 {
    with(|knowledge| knowledge.standing().epoch(&path::normalise(requested)))
}

/// Does something with the orders that are known. It must not come back to this module.
pub(crate) fn with_orders<T>(work: impl FnOnce(&Standing) -> T) -> T {
    with(|knowledge| work(knowledge.standing()))
}

/// Tells until when the whole site is closed, if it is.
pub(crate) fn tell_closed(now: Timestamp, tell: impl FnOnce(Option<Closed<'_>>)) {
    let file = &edge::site().maintenance;
    with(|knowledge| tell(closed::site_closed(file, knowledge.standing(), now)));
}

/// Whether a visitor shows the secret that lets operators see the real site.
pub(crate) fn may_pass(request: &Request, env: &JsValue) -> bool {
    let secret = edge::site().maintenance.secret.as_ref();
    let secret = secret.and_then(|name| platform::variable(env, name));
    let shown = request.headers().get(PASS_FIELD).ok().flatten();
    match (secret, shown) {
        (Some(secret), Some(shown)) => bool::from(shown.as_bytes().ct_eq(secret.as_bytes())),
        (Some(_), None) | (None, _) => false,
    }
}
