//! The platform's functions that no crate binds as they are needed here.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Sends a request of ours, the fields of `init` on top of its own.
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
    /// Reads a body whole, up to so many bytes and for so many milliseconds. Resolves to `{whole}`
    /// with a `Uint8Array`, else to `{stream}`; rejects if it broke off.
    #[wasm_bindgen(catch, js_name = readUpTo)]
    pub(crate) async fn read_up_to(
        response: &web_sys::Response,
        limit: u32,
        patience: u32,
    ) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(raw_module = "./body.js")]
extern "C" {
    /// The same for the body of a request.
    #[wasm_bindgen(catch, js_name = readUpTo)]
    pub(crate) async fn read_request_up_to(
        request: &web_sys::Request,
        limit: u32,
        patience: u32,
    ) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(raw_module = "./exchange.js")]
extern "C" {
    /// Method, URL, `traceparent`, and whether it has `Cookie`, `Authorization`, `Range`, `Upgrade`
    /// and anything that no copy's key holds, each a digit; on four lines.
    pub(crate) fn read(request: &web_sys::Request) -> String;

    /// Sends a visitor's request to this URL, with what a proxy drops and sets.
    #[wasm_bindgen(catch)]
    pub(crate) fn send(
        request: &web_sys::Request,
        url: &str,
        host: &str,
        scheme: &str,
        request_id: &str,
        traceparent: &str,
        signal: &web_sys::AbortSignal,
    ) -> Result<Promise, JsValue>;

    /// An upstream's answer with these fields.
    #[wasm_bindgen(js_name = passOn)]
    pub(crate) fn pass_on(
        response: &web_sys::Response,
        breakwater: &str,
        request_id: &str,
        timing: &str,
    ) -> web_sys::Response;

    /// Sets these fields of an answer.
    pub(crate) fn label(
        headers: &web_sys::Headers,
        breakwater: &str,
        request_id: &str,
        timing: &str,
    );
}

/// A property of an object, `undefined` if it has none.
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A variable or secret of the Worker, if it is set and not empty.
pub(crate) fn variable(env: &JsValue, name: &str) -> Option<String> {
    property(env, name).as_string().filter(|value| !value.is_empty())
}
