//! `POST /_breakwater/incidents/{incident}/note`.

use breakwater_core::watch::incident::IncidentChange;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Writes something down for other operators.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, id: &str) -> Result<JsValue, JsValue> {
    watch::change_incident(asker, id, IncidentChange::parse_note).await
}
