//! The answer to a visitor whose request goes nowhere.

use breakwater_core::base::json;
use breakwater_core::site::cors::READABLE;
use breakwater_core::site::guard::Refused;
use breakwater_platform::bindings::response;
use breakwater_platform::problem::ProblemDetails;
use wasm_bindgen::JsValue;

use crate::isolate;

/// Answers with what is wrong with the request.
pub(crate) fn answer(refused: Refused) -> Result<JsValue, JsValue> {
    let (status, title) = refused.status();
    isolate::count_refused(status);
    let problem = ProblemDetails::new(status, title, refused.to_string());
    let fields = [("content-type", ProblemDetails::CONTENT_TYPE), ("cache-control", "no-store")];
    let fields = fields.into_iter().chain(READABLE);
    Ok(response(status, fields, Some(&json::indented(&problem.to_json())))?.into())
}
