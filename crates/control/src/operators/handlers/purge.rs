//! `POST /_breakwater/purge`.

use breakwater_core::site::operator::SiteOrder;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, whole_site};
use crate::reply::refuse;

/// Ends copies and snapshots.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    match body::read(asker.request, SiteOrder::parse_purge).await {
        Ok(order) => whole_site::follow(asker.env, order, asker.by.clone()).await,
        Err(problem) => refuse(problem, &[]),
    }
}
