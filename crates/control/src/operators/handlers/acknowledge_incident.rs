//! `POST /_breakwater/incidents/{incident}/acknowledge`.

use breakwater_core::watch::incident::IncidentChange;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Takes an incident on.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, id: &str) -> Result<JsValue, JsValue> {
    watch::change_incident(asker, id, IncidentChange::parse_acknowledge).await
}
