//! The platform's functions that no crate binds as they are needed here.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Sends a request, the fields of `init` on top of its own.
    #[wasm_bindgen(js_name = fetch)]
    pub(crate) fn fetch(request: &web_sys::Request, init: &web_sys::RequestInit) -> Promise;

    /// What keeps an event alive after its answer.
    #[derive(Clone)]
    pub type ExecutionContext;
    #[wasm_bindgen(method, js_name = waitUntil)]
    pub(crate) fn wait_until(this: &ExecutionContext, work: &Promise);

    /// The colo's cache.
    #[derive(Clone)]
    pub(crate) type Cache;
    #[wasm_bindgen(thread_local_v2, js_namespace = caches, js_name = default)]
    pub(crate) static CACHE: Cache;
    #[wasm_bindgen(method, catch, js_name = match)]
    pub(crate) async fn match_(this: &Cache, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn put(
        this: &Cache,
        key: &str,
        response: &web_sys::Response,
    ) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(raw_module = "./body.js")]
extern "C" {
    /// Reads a body whole up to so many bytes. Resolves to `{whole}` with a `Uint8Array`, or to
    /// `{stream}` if it is longer; rejects if it broke off.
    #[wasm_bindgen(catch, js_name = readUpTo)]
    pub(crate) async fn read_up_to(
        response: &web_sys::Response,
        limit: u32,
    ) -> Result<JsValue, JsValue>;
}

/// A property of an object, `undefined` if it has none.
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A variable or secret of the Worker, if it is set and not empty.
pub(crate) fn variable(env: &JsValue, name: &str) -> Option<String> {
    property(env, name).as_string().filter(|value| !value.is_empty())
}
