//! What operators order for the whole site, and what they see of it.

use breakwater_core::operator::{Event, Operator, OrderError, SiteOrder};
use wasm_bindgen::JsValue;
use web_sys::Request;
use worker::Env;

use super::orders::body;
use super::{refuse, respond};
use crate::api::{Events, Followed, MaintenanceView, Problem, SnapshotsView};
use crate::site_link::{self, Asked};
use crate::{clock, edge};

/// Has copies forgotten.
pub(super) async fn purge(env: &Env, request: &Request) -> Result<JsValue, JsValue> {
    give(env, request, SiteOrder::parse_purge).await
}

/// Closes the site, or a part of it.
pub(super) async fn maintenance(env: &Env, request: &Request) -> Result<JsValue, JsValue> {
    give(env, request, |body| SiteOrder::parse_maintenance(body, clock::now())).await
}

/// Opens it again.
pub(super) async fn lift_maintenance(env: &Env, request: &Request) -> Result<JsValue, JsValue> {
    give(env, request, SiteOrder::parse_lift_maintenance).await
}

async fn give(
    env: &Env,
    request: &Request,
    read: impl FnOnce(&[u8]) -> Result<SiteOrder, OrderError>,
) -> Result<JsValue, JsValue> {
    let body = match body(request).await {
        Ok(body) => body,
        Err(problem) => return refuse(problem, &[]),
    };
    let order = match read(&body) {
        Ok(order) => order,
        Err(error) => return refuse(Problem::new(400, "Bad Request", error.to_string()), &[]),
    };
    let asked = Asked::Order { order, by: Operator::Token };
    match site_link::ask::<Followed>(env, &asked).await {
        Ok(followed) => respond(200, &followed),
        Err(error) => refuse_failed(&format!(
            "it is not known whether this was done, and sending it again is safe: {error}"
        )),
    }
}

/// When the site is worked on.
pub(super) async fn show_maintenance(env: &Env) -> Result<JsValue, JsValue> {
    match site_link::ask(env, &Asked::Standing).await {
        Ok(standing) => respond(200, &MaintenanceView::of(edge::site(), &standing, clock::now())),
        Err(error) => refuse_failed(&format!("the standing orders are not known: {error}")),
    }
}

/// What operators did.
pub(super) async fn events(env: &Env) -> Result<JsValue, JsValue> {
    match site_link::ask::<Vec<Event>>(env, &Asked::Events).await {
        Ok(events) => respond(200, &Events { events }),
        Err(error) => refuse_failed(&format!("the history is not known: {error}")),
    }
}

/// What is kept for when nothing else is left.
pub(super) async fn snapshots(env: &Env) -> Result<JsValue, JsValue> {
    match site_link::ask::<SnapshotsView>(env, &Asked::Snapshots).await {
        Ok(view) => respond(200, &view),
        Err(error) => refuse_failed(&format!("the snapshots are not known: {error}")),
    }
}

/// Keeps an order to circuits in the site's history too. The circuits have their own: should this
/// fail, nothing is lost.
pub(super) async fn record(env: &Env, event: Event) {
    if let Err(error) = site_link::ask::<()>(env, &Asked::Record(event)).await {
        worker::console_warn!("not in the site's history: {error}");
    }
}

fn refuse_failed(detail: &str) -> Result<JsValue, JsValue> {
    refuse(Problem::new(502, "Bad Gateway", detail.into()), &[])
}
