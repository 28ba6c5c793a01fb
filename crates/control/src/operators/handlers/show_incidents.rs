//! `GET /_breakwater/incidents`.

use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Shows the incidents.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    watch::show(MonitorClient::of(asker.env).show_incidents().await)
}
