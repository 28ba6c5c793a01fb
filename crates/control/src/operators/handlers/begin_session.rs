//! `POST /_breakwater/session`.

use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, login};

/// Exchanges a token for a session.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    login::begin(asker.request, asker.env.as_ref()).await
}
