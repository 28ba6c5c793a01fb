//! `GET /_breakwater/checks`.

use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Shows the checks.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    watch::show(MonitorClient::of(asker.env).show_checks().await)
}
