//! `POST /_breakwater/subscribers/find`.

use breakwater_core::site::operator::parse_subscriber;
use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, watch};
use crate::reply::refuse;

/// Shows the subscriber of an address.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let contact = match body::read(asker.request, parse_subscriber).await {
        Ok(contact) => contact,
        Err(problem) => return refuse(problem, &[]),
    };
    let shown = contact.masked();
    let found = MonitorClient::of(asker.env).find_subscriber(contact).await;
    watch::show_one("subscriber", &shown, found)
}
