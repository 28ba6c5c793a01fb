//! `DELETE /_breakwater/bypass`.

use breakwater_core::site::operator::Order;
use wasm_bindgen::JsValue;

use crate::operators::{Asker, body, circuits};
use crate::reply::refuse;

/// Ends the bypass.
pub(crate) async fn handle(asker: &Asker<'_>) -> Result<JsValue, JsValue> {
    match body::read(asker.request, Order::parse_lift).await {
        Ok(order) => circuits::follow(asker.env, order, circuits::all(), asker.by).await,
        Err(problem) => refuse(problem, &[]),
    }
}
