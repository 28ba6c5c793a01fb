//! `GET /_breakwater/budget`.

use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Shows what is left of the budget, and what it has held back.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    watch::show(MonitorClient::of(asker.env).show_budget().await)
}
