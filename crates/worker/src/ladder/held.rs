//! The body of a stored response, of which a visitor may want a part, or all of it decoded.

use breakwater_core::cache::stored::{Part, Served};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::platform::{self, Caught as _};

/// What of a stored response's body goes out.
pub(super) async fn body_of(copy: &Response, served: &Served) -> Result<JsValue, JsValue> {
    match (served.part, served.decode) {
        (Part::Nothing, _) => Ok(JsValue::NULL),
        (Part::Slice(start, end), _) => platform::slice(copy, start as f64, end as f64).caught(),
        (Part::Whole, None) => Ok(copy.body().into()),
        (Part::Whole, Some(coding)) => platform::decoded(copy, coding.as_str()).await,
    }
}
