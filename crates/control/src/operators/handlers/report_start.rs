//! `POST /_breakwater/heartbeats/{heartbeat}/start`.

use breakwater_core::site::operator::HeartbeatReport;
use breakwater_core::watch::check::Check;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, heartbeats};

/// Takes the report that a job has begun.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, check: &Check) -> Result<JsValue, JsValue> {
    heartbeats::take(asker, check, HeartbeatReport::Start).await
}
