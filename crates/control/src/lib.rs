//! The control plane: Durable Objects, the round of each minute, the operators' API and the site's
//! health. Thin: it maps the decisions of `breakwater-core` to effects, and compares no threshold
//! itself.
//!
//! It is instantiated by the first event that needs it, in a memory of its own, and no visitor's
//! request waits on it.

mod api;
mod dependency_do;
mod faults;
mod health;
mod join_all;
mod monitor_do;
mod operators;
mod permits;
mod probe_do;
mod random;
mod reply;
mod requests;
mod scheduled;
mod site_do;
pub mod status_pages;
mod upstream_do;
mod watch_rules;

use breakwater_core::site::resolve::Owner;
use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::Env;

use breakwater_platform::address::Address;
use breakwater_platform::site;

/// Answers a request to one of Breakwater's own paths.
///
/// # Errors
/// What the platform throws.
#[wasm_bindgen]
pub async fn answer(request: Request, env: JsValue) -> Result<JsValue, JsValue> {
    faults::break_if_asked(&env);
    let url = request.url();
    let path = Address::of(&url).path;
    match site().resolve(path) {
        Ok(resolved) => match resolved.owner {
            Owner::Operators => {
                let path = resolved.path.into_owned();
                operators::answer(path, request, env).await
            }
            Owner::Health(endpoint) => health::answer(endpoint, request, env).await,
            // The data plane and the way around it resolve as this does, so none of these comes.
            Owner::Route(_) => Err(JsValue::from_str("no path of Breakwater's own")),
        },
        Err(refused) => Err(JsValue::from_str(&refused.to_string())),
    }
}

/// Makes the round of each minute.
#[wasm_bindgen]
pub async fn scheduled(env: Env) {
    scheduled::run(&env).await;
}
