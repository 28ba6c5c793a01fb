//! The body of a copy, of which a visitor may want a part.

use breakwater_core::copy::Part;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::platform;

/// The body of a copy.
pub(super) enum Held {
    Stored(Response),
    Whole(Uint8Array),
}

impl Held {
    pub(super) async fn part(self, part: Part) -> Result<JsValue, JsValue> {
        Ok(match (part, self) {
            (Part::Nothing, _) => JsValue::NULL,
            (Part::Whole, Self::Stored(response)) => response.body().into(),
            (Part::Whole, Self::Whole(whole)) => whole.into(),
            (Part::Slice(start, end), Self::Stored(response)) => {
                platform::slice(&response, start as f64, end as f64).await?
            }
            // Both are at most its length, which a `u32` holds.
            (Part::Slice(start, end), Self::Whole(whole)) => {
                whole.subarray(start as u32, end as u32).into()
            }
        })
    }
}
