//! `GET /_breakwater/objectives`.

use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Shows what is left of the error budgets, how fast they burn, and what fires.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    watch::show(MonitorClient::of(asker.env).show_objectives().await)
}
