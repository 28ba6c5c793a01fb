//! `GET /_breakwater/configuration`.

use breakwater_core::site::compiled::SitePart;
use breakwater_platform::site::site_part;
use wasm_bindgen::JsValue;

use crate::reply::send_text;

/// Shows what the site file says.
pub(crate) fn handle() -> Result<JsValue, JsValue> {
    send_text(200, "application/json", &site_part(SitePart::Configuration), &[])
}
