//! `GET /_breakwater/checks/{check}`.

use breakwater_core::watch::check::Check;
use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, watch};

/// Shows one check.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, check: &Check) -> Result<JsValue, JsValue> {
    watch::show_check(asker, check).await
}
