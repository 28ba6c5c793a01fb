//! `POST /_breakwater/maintenance`.

use breakwater_core::site::operator::SiteOrder;
use breakwater_platform::clock;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, body, whole_site};
use crate::reply::refuse;
use crate::watch_rules::rules;

/// Closes the site, or some of its paths.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let parse = |body: &[u8]| SiteOrder::parse_maintenance(body, rules(), clock::now());
    match body::read(asker.request, parse).await {
        Ok(order) => whole_site::follow(asker.env, order, asker.by.clone()).await,
        Err(problem) => refuse(problem, &[]),
    }
}
