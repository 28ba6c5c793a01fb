//! `POST /_breakwater/incidents/{incident}/resolve`.

use breakwater_core::watch::incident::IncidentChange;
use breakwater_platform::clock;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Ends an incident.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, id: &str) -> Result<JsValue, JsValue> {
    let parse = |body: &[u8]| IncidentChange::parse_resolve(body, clock::now());
    watch::change_incident(asker, id, parse).await
}
