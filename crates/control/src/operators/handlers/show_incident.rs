//! `GET /_breakwater/incidents/{incident}`.

use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Shows an incident with its timeline.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, id: &str) -> Result<JsValue, JsValue> {
    watch::show_incident(id, MonitorClient::of(asker.env).show_incident(id.into()).await)
}
