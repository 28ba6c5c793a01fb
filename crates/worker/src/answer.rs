//! The answer as the visitor gets it: the upstream's, or ours, with what Breakwater adds.

use breakwater_core::site::wire::{AddressRewrite, Label};
use wasm_bindgen::JsValue;
use web_sys::Response;

use crate::platform::{self, Caught as _};

/// An upstream's answer, labelled, with its own body or with this one; as it is if its status is
/// none that an answer can be made with. What it says of the upstream's own address leads the `way`
/// to the site.
pub(crate) fn passed_on(
    response: &Response,
    body: Option<&JsValue>,
    way: AddressRewrite<'_>,
    label: Label<'_>,
) -> Result<Response, JsValue> {
    let lines = label.to_lines(Some(way));
    platform::pass_on(response, body.unwrap_or(&JsValue::UNDEFINED), &lines).caught()
}

/// An answer of ours: `fields` as `breakwater_core::base::fields` reads them.
pub(crate) fn made(
    status: u16,
    fields: &str,
    body: &JsValue,
    label: Label<'_>,
) -> Result<Response, JsValue> {
    platform::answer(status, fields, body, &label.to_lines(None), None).caught()
}

/// An answer of a stored response, in the coding that its fields name. `beside`: the upstream's
/// answer that validated it, whose cookies are the visitor's, with the way from there to the site.
pub(crate) fn of_copy(
    status: u16,
    fields: &str,
    body: &JsValue,
    label: Label<'_>,
    beside: Option<(&Response, AddressRewrite<'_>)>,
) -> Result<Response, JsValue> {
    let (answer, way) = beside.unzip();
    platform::answer(status, fields, body, &label.to_lines(way), answer).caught()
}
