//! `POST /_breakwater/incidents/{incident}/reopen`.

use breakwater_core::watch::incident::IncidentChange;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Says that an incident is not over.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, id: &str) -> Result<JsValue, JsValue> {
    watch::change_incident(asker, id, IncidentChange::parse_reopen).await
}
