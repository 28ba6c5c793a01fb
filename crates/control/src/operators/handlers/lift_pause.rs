//! `DELETE /_breakwater/checks/{check}/pause`.

use breakwater_core::site::operator::CheckOrder;
use breakwater_core::watch::check::Check;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, watch};
use crate::reply::refuse;

/// Has a check made again.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, check: &Check) -> Result<JsValue, JsValue> {
    match body::read(asker.request, CheckOrder::parse_lift_pause).await {
        Ok(order) => watch::follow(asker, check, &order).await,
        Err(problem) => refuse(problem, &[]),
    }
}
