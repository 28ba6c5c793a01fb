//! `GET /_breakwater/sessions`.

use breakwater_platform::site_object::SiteClient;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, whole_site};

/// Shows the sessions that last.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    whole_site::show(SiteClient::of(asker.env).show_sessions().await)
}
