//! `POST /_breakwater/maintenance`.

use breakwater_core::site::operator::SiteOrder;
use breakwater_platform::clock;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, whole_site};
use crate::reply::refuse;

/// Closes the site, or some of its paths.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    match body::read(asker.request, |body| SiteOrder::parse_maintenance(body, clock::now())).await {
        Ok(order) => whole_site::follow(asker.env, order, asker.by).await,
        Err(problem) => refuse(problem, &[]),
    }
}
