//! `POST /_breakwater/heartbeats/{heartbeat}/fail`.

use breakwater_core::site::operator::HeartbeatReport;
use breakwater_core::watch::check::Check;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, heartbeats};

/// Takes the report that a job has failed.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, check: &Check) -> Result<JsValue, JsValue> {
    let written = body::read_report(asker.request).await;
    heartbeats::take(asker, check, HeartbeatReport::failure(None, &written)).await
}
