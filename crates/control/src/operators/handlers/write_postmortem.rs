//! `POST /_breakwater/incidents/{incident}/postmortem`.

use breakwater_core::watch::incident::IncidentChange;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Writes down what was found out about an incident.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, id: &str) -> Result<JsValue, JsValue> {
    watch::change_incident(asker, id, IncidentChange::parse_postmortem).await
}
