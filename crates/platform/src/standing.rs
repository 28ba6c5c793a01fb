//! What operators have ordered for the whole site, as far as this module knows, and how it learns:
//! from the colo's cache, or from the site's object, behind the answers that it gives.

use std::cell::RefCell;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::standing::{
    KEPT_FOR, LEARN_WITHIN, Next, SiteState, SiteStateCache, TRUST_WITHIN,
};
use breakwater_core::telemetry::log::LogEvent;
use wasm_bindgen::prelude::*;
use worker::Env;

use crate::bindings::ExecutionContext;
use crate::log;
use crate::site_object::SiteClient;
use crate::timer::{sleep, within};
use crate::{clock, colo};

/// Under this name the colo's cache keeps it.
const NAME: &str = "standing";

thread_local! {
    static CACHE: RefCell<SiteStateCache> = RefCell::default();
}

fn with<T>(work: impl FnOnce(&mut SiteStateCache) -> T) -> T {
    CACHE.with_borrow_mut(work)
}

/// Hands what is known to `work`.
pub fn with_known<T>(work: impl FnOnce(&SiteState) -> T) -> T {
    with(|cache| work(cache.standing()))
}

/// Learns behind the answer, if it is time.
pub fn learn_if_due(env: &JsValue, ctx: &ExecutionContext, now: Timestamp) {
    if with(|cache| cache.begins_to_learn(now)) {
        let env: Env = env.clone().unchecked_into();
        ctx.in_background(async move {
            learn_within(&env, LEARN_WITHIN).await;
        });
    }
}

/// Learns, if it is time, before the caller goes on.
pub async fn learn_first_if_due(env: &JsValue) {
    if with(|cache| cache.begins_to_learn(clock::now())) {
        learn_within(env.unchecked_ref(), TRUST_WITHIN).await;
    }
}

/// Whether what is known suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Whether a copy may be served by it.
    pub is_known: bool,
    /// Whether the site's object answered, if this visitor asked it.
    pub was_answered: Option<bool>,
}

impl Trust {
    /// Without a question to the object.
    const fn unasked(is_known: bool) -> Self {
        Self { is_known, was_answered: None }
    }
}

/// Whether a copy may be served by what is known. One visitor of those who come while it is too old
/// for that learns first, and what cannot be learned leaves what was known; the others look into
/// the colo's cache, and then wait a moment for what that visitor learns.
pub async fn trust(env: &JsValue) -> Trust {
    if with(|cache| cache.learns_first(clock::now())) {
        let was_answered = learn_within(env.unchecked_ref(), TRUST_WITHIN).await;
        return Trust { is_known: true, was_answered };
    }
    if with(|cache| cache.suffices(clock::now())) {
        return Trust::unasked(true);
    }
    let kept = colo::read(&key()).await;
    if with(|cache| cache.handle_looked(kept, clock::now())) {
        return Trust::unasked(true);
    }
    // Each visitor has a timer of its own, since none can await what another's request does.
    while let Some(wait) = with(|cache| cache.looks_again_in(clock::now())) {
        sleep(wait).await;
    }
    Trust::unasked(with(|cache| cache.suffices(clock::now())))
}

/// Whether what is known suffices to serve a copy.
pub fn is_trusted(now: Timestamp) -> bool {
    with(|cache| cache.is_trusted(now))
}

/// Learns. Returns whether the site's object answered, if it was asked.
async fn learn_within(env: &Env, limit: Millis) -> Option<bool> {
    let learned = within(Box::pin(learn(env)), limit).await;
    learned.unwrap_or_else(|| {
        log::error(
            LogEvent::OrdersUnknown,
            &[],
            format_args!("standing orders are not known within {limit}"),
        );
        with(|cache| cache.handle_lost(clock::now()));
        Some(false)
    })
}

async fn learn(env: &Env) -> Option<bool> {
    let kept = colo::read(&key()).await;
    if with(|cache| cache.handle_kept(kept, clock::now())) == Next::Done {
        return None;
    }
    let asked = clock::now();
    match SiteClient::of(env).standing().await {
        Ok(standing) => {
            let kept = with(|cache| cache.handle_reply(standing, asked));
            colo::put(&key(), &kept, KEPT_FOR).await;
            Some(true)
        }
        Err(error) => {
            log::error(
                LogEvent::OrdersUnknown,
                &[],
                format_args!("standing orders are not known: {error}"),
            );
            with(|cache| cache.handle_lost(clock::now()));
            Some(false)
        }
    }
}

fn key() -> String {
    [colo::KEY_PREFIX, "/", NAME].concat()
}
