//! `POST /_breakwater/incidents/{incident}/edit`.

use breakwater_core::watch::incident::IncidentChange;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Replaces a text of an incident.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, id: &str) -> Result<JsValue, JsValue> {
    watch::change_incident(asker, id, IncidentChange::parse_edit).await
}
