//! Answers to operators' requests.

use breakwater_core::base::json;
use breakwater_core::site::operator::ANSWER_FIELDS;
use breakwater_platform::bindings::response;
use breakwater_platform::problem::ProblemDetails;
use serde::Serialize;
use wasm_bindgen::JsValue;

pub(crate) fn respond<T: Serialize>(status: u16, value: &T) -> Result<JsValue, JsValue> {
    send(status, "application/json", value, &[])
}

pub(crate) fn refuse(problem: ProblemDetails, fields: &[(&str, &str)]) -> Result<JsValue, JsValue> {
    send(problem.status, ProblemDetails::CONTENT_TYPE, &problem, fields)
}

pub(crate) fn send<T: Serialize>(
    status: u16,
    content_type: &str,
    value: &T,
    fields: &[(&str, &str)],
) -> Result<JsValue, JsValue> {
    // Every shape here has keys that are texts, which is all that could fail.
    let body = serde_json::to_string(value).unwrap_or_default();
    send_text(status, content_type, &json::indented(&body), fields)
}

pub(crate) fn send_text(
    status: u16,
    content_type: &str,
    body: &str,
    fields: &[(&str, &str)],
) -> Result<JsValue, JsValue> {
    let usual = ANSWER_FIELDS.into_iter().chain([("content-type", content_type)]);
    Ok(response(status, usual.chain(fields.iter().copied()), Some(body))?.into())
}
