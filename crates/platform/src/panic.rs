//! Panics.

use std::panic;

use js_sys::Function;
use wasm_bindgen::prelude::*;

/// Tells a function of the entry of every panic, before the instance traps.
#[wasm_bindgen]
pub fn on_panic(tell: Function) {
    panic::set_hook(Box::new(move |info| {
        // The instance is lost already. If its last words are lost too, nothing can be done.
        let _ = tell.call1(&JsValue::NULL, &JsValue::from_str(&info.to_string()));
    }));
}
