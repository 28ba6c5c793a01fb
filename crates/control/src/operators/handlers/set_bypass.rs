//! `POST /_breakwater/bypass`.

use breakwater_core::site::operator::Order;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, circuits};
use crate::reply::refuse;

/// Lets everything pass.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    match body::read(asker.request, Order::parse_bypass).await {
        Ok(order) => circuits::follow(asker.env, order, circuits::all(), asker.by.clone()).await,
        Err(problem) => refuse(problem, &[]),
    }
}
