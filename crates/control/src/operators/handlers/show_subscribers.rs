//! `GET /_breakwater/subscribers`.

use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Shows those who are told of the public status.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    watch::show(MonitorClient::of(asker.env).show_subscribers().await)
}
