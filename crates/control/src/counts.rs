//! What this isolate has counted, which the data plane holds.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::Env;

#[wasm_bindgen(raw_module = "./counts.ts")]
extern "C" {
    #[wasm_bindgen(js_name = sendCounts)]
    fn send_counts(env: &JsValue) -> Promise;
}

/// Has the data plane send what it has counted to the coordinators, and waits until that was done
/// or has failed.
pub(crate) async fn send(env: &Env) {
    // It never rejects: the entry reports what went wrong.
    let _ = JsFuture::from(send_counts(env.as_ref())).await;
}
