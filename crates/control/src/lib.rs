//! The control plane: Durable Objects, the round of each minute, the operators' API, the site's
//! health and its public status. Thin: it maps the decisions of `breakwater-core` to effects, and
//! compares no threshold itself.
//!
//! It is instantiated by the first event that needs it, in a memory of its own, and no visitor's
//! request waits on it.

mod api;

mod counts;
mod dependency_do;
mod faults;
mod health;
mod join_all;
mod monitor_do;
mod operators;
mod permits;
mod probe_do;
mod random;
mod release;
mod reply;
mod reports;
mod requests;
mod scheduled;
mod site_do;
mod status;
pub mod status_pages;
mod upstream_do;
mod watch_rules;

use breakwater_core::site::resolve::Owner;
use breakwater_core::site::wire::OwnFacts;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Request;
use worker::Env;

use breakwater_platform::address::Address;
use breakwater_platform::bindings::ExecutionContext;
use breakwater_platform::site;

/// Answers a request to one of Breakwater's own paths: at once where nothing has to be waited for,
/// or else by a promise. `facts` is of `breakwater_core::site::wire::OwnFacts`.
///
/// # Errors
/// What the platform throws.
#[wasm_bindgen]
pub fn answer(
    request: Request,
    facts: String,
    env: JsValue,
    ctx: ExecutionContext,
) -> Result<JsValue, JsValue> {
    faults::break_if_asked(&env);
    let (host, resolved) = {
        let address = Address::of(OwnFacts::parse(&facts).url);
        let host = site().host_named(address.host);
        let resolved = site().resolve(host, address.path);
        let resolved = resolved.map(|it| (it.owner, it.path.into_owned()));
        (host, resolved.map_err(|refused| JsValue::from_str(&refused.to_string()))?)
    };
    let (owner, path) = resolved;
    match owner {
        Owner::Status => status::answer(host, path, request, facts, env, &ctx),
        Owner::Operators => Ok(future_to_promise(operators::answer(path, request, env)).into()),
        Owner::Health(endpoint) => {
            Ok(future_to_promise(health::answer(endpoint, request, env)).into())
        }
        // The data plane and the way around it resolve as this does, so none of these comes.
        Owner::Route(_) => Err(JsValue::from_str("no path of Breakwater's own")),
    }
}

/// Makes the round of each minute.
#[wasm_bindgen]
pub async fn scheduled(env: Env) {
    scheduled::run(&env).await;
}

/// Reports to Sentry what both modules and the entry have handed over. Each text is of
/// `breakwater_core::telemetry::sentry::ReportFact`.
#[wasm_bindgen]
pub async fn report(facts: Vec<String>, env: JsValue) {
    reports::take(facts, env).await;
}
