//! What the monitor's object does and shows, as an answer.

use breakwater_core::site::operator::{CheckOrder, Event, OrderError};
use breakwater_core::watch::check::Check;
use breakwater_core::watch::incident::IncidentChange;
use breakwater_platform::clock;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::object::{AskError, Json};
use breakwater_platform::problem::ProblemDetails;
use wasm_bindgen::prelude::*;

use super::whole_site::{NOT_KNOWN, refuse_failed};
use super::{OperatorRequest, body, history};
use crate::reply::{refuse, send_text};

const FAILED: &str = "the monitor's object failed";
/// An incident that follows twice has each word twice.
const NOT_KNOWN_OF_INCIDENT: &str = "it is not known whether this was done, and sending it again \
     may do it twice: see `GET /_breakwater/incidents`";

/// Answers with what the monitor's object shows.
pub(super) fn show(shown: Result<Json, AskError>) -> Result<JsValue, JsValue> {
    match shown {
        Ok(shown) => send_text(200, "application/json", &shown.0, &[]),
        Err(error) => refuse_failed(FAILED, &error),
    }
}

/// Answers with what the monitor's object shows of an incident.
pub(super) fn show_incident(
    id: &str,
    shown: Result<Option<Json>, AskError>,
) -> Result<JsValue, JsValue> {
    show_one("incident", id, shown)
}

/// Answers with what the monitor's object shows of one thing, if there is one of this name.
pub(super) fn show_one(
    what: &str,
    name: &str,
    shown: Result<Option<Json>, AskError>,
) -> Result<JsValue, JsValue> {
    match shown {
        Ok(Some(shown)) => send_text(200, "application/json", &shown.0, &[]),
        Ok(None) => refuse_unknown(what, name),
        Err(error) => refuse_failed(FAILED, &error),
    }
}

/// Has a check follow an order, and answers with the check.
pub(super) async fn follow(
    asker: &OperatorRequest<'_>,
    check: &Check,
    order: &CheckOrder,
) -> Result<JsValue, JsValue> {
    let (monitor, now) = (MonitorClient::of(asker.env), clock::now());
    match monitor.pause_check(check.name.clone(), order.paused_until(now)).await {
        Ok(true) => {
            let event = Event::of_check_order(order, check.name.clone(), asker.by.clone(), now);
            history::record(asker.env, &event).await;
            show_check(asker, check).await
        }
        Ok(false) => refuse_unknown("check", &check.name),
        Err(error) => refuse_failed(NOT_KNOWN, &error),
    }
}

/// Answers with a check.
pub(super) async fn show_check(
    asker: &OperatorRequest<'_>,
    check: &Check,
) -> Result<JsValue, JsValue> {
    match MonitorClient::of(asker.env).show_check(check.name.clone()).await {
        Ok(Some(shown)) => send_text(200, "application/json", &shown.0, &[]),
        Ok(None) => refuse_unknown("check", &check.name),
        Err(error) => refuse_failed(FAILED, &error),
    }
}

/// Has an incident follow what the body says, and answers with the incident.
pub(super) async fn change_incident(
    asker: &OperatorRequest<'_>,
    id: &str,
    parse: impl FnOnce(&[u8]) -> Result<IncidentChange, OrderError>,
) -> Result<JsValue, JsValue> {
    let change = match body::read_incident(asker.request, parse).await {
        Ok(change) => change,
        Err(problem) => return refuse(problem, &[]),
    };
    let event = Event::of_change(&change, id.into(), asker.by.clone(), clock::now());
    match MonitorClient::of(asker.env).change_incident(id.into(), change, asker.by.clone()).await {
        Ok(Some(Ok(shown))) => {
            if let Some(event) = event {
                history::record_for(asker, event).await;
            }
            send_text(200, "application/json", &shown.0, &[])
        }
        Ok(Some(Err(error))) => {
            refuse(ProblemDetails::new(409, "Conflict", error.to_string()), &[])
        }
        Ok(None) => refuse_unknown("incident", id),
        Err(error) => refuse_failed_incident(&error),
    }
}

/// Answers that it is not known what became of an order to an incident.
pub(super) fn refuse_failed_incident(error: &AskError) -> Result<JsValue, JsValue> {
    refuse_failed(NOT_KNOWN_OF_INCIDENT, error)
}

/// Answers that there is no such thing. The object may be of another version of the site file.
pub(super) fn refuse_unknown(what: &str, name: &str) -> Result<JsValue, JsValue> {
    refuse(ProblemDetails::new(404, "Not Found", format!("no {what} `{name}`")), &[])
}
