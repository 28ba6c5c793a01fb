//! `POST /_breakwater/heartbeats/{heartbeat}/{code}`.

use breakwater_core::site::operator::HeartbeatReport;
use breakwater_core::watch::check::Check;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, heartbeats};

/// Takes the code with which a job has ended.
pub(crate) async fn handle(
    asker: &OperatorRequest<'_>,
    check: &Check,
    code: u32,
) -> Result<JsValue, JsValue> {
    let written = body::read_report(asker.request).await;
    heartbeats::take(asker, check, HeartbeatReport::of_exit(code, &written)).await
}
