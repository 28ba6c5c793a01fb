//! `POST /_breakwater/incidents`.

use breakwater_core::site::operator::Event;
use breakwater_core::watch::incident::IncidentOpening;
use breakwater_platform::clock;
use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, history, watch};
use crate::reply::{refuse, send_text};

/// Opens an incident by hand.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let now = clock::now();
    let parse = |body: &[u8]| IncidentOpening::parse(body, now);
    let opening = match body::read_incident(asker.request, parse).await {
        Ok(opening) => opening,
        Err(problem) => return refuse(problem, &[]),
    };
    let title = opening.title.clone();
    match MonitorClient::of(asker.env).open_incident(opening, asker.by.clone()).await {
        Ok((id, shown)) => {
            history::record_for(asker, Event::of_opening(id, title, asker.by.clone(), now)).await;
            send_text(200, "application/json", &shown.0, &[])
        }
        Err(error) => watch::refuse_failed_incident(&error),
    }
}
