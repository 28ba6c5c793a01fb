//! `GET /_breakwater/configuration`.

use wasm_bindgen::JsValue;

use crate::reply::send_text;

/// What the site file says, which the build has written down.
const CONFIGURATION: &str = include_str!(env!("BREAKWATER_CONFIGURATION_JSON"));

/// Shows what the site file says.
pub(crate) fn handle() -> Result<JsValue, JsValue> {
    send_text(200, "application/json", CONFIGURATION, &[])
}
