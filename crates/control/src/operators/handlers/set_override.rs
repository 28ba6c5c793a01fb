//! `POST /_breakwater/upstreams/{upstream}/override`.

use breakwater_core::base::id::CircuitId;
use breakwater_core::site::operator::Order;
use breakwater_platform::site;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, circuits};
use crate::reply::refuse;

/// Sets or lifts an override of the circuits of the upstream with this index.
pub(crate) async fn handle(
    asker: &OperatorRequest<'_>,
    upstream: usize,
) -> Result<JsValue, JsValue> {
    let parse = |body: &[u8]| Order::parse_override(body, site(), upstream);
    match body::read(asker.request, parse).await {
        Ok((order, meant)) => {
            let meant = meant.into_iter().map(CircuitId::new).collect();
            circuits::follow(asker.env, order, meant, asker.by.clone()).await
        }
        Err(problem) => refuse(problem, &[]),
    }
}
