//! What the isolates of one colo leave for each other in the colo's cache.

use breakwater_core::base::json;
use breakwater_core::base::time::Millis;
use breakwater_core::circuit::fleet::{ColoVerdict, Note};
use futures::future;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Response, ResponseInit};

use crate::platform::{CACHE, Cache};

/// The start of all keys. Entries under keys of another form are not found again.
const KEY_PREFIX: &str = "https://fleet.invalid/1";

/// What the cache holds of a circuit. An entry that cannot be read counts as absent, since entries
/// only save asking.
pub(crate) async fn look(circuit: &str) -> (Option<ColoVerdict>, Option<Note>) {
    future::join(read(&verdict_key(circuit)), read(&note_key(circuit))).await
}

/// Shares a verdict with the colo's other isolates.
pub(crate) async fn share(circuit: &str, verdict: &ColoVerdict, lasts: Millis) {
    put(&verdict_key(circuit), verdict, lasts).await;
}

/// Tells the colo's other isolates that this one asks.
pub(crate) async fn leave(circuit: &str, note: &Note) {
    put(&note_key(circuit), note, Millis::new(note.lasts_ms)).await;
}

/// What the cache holds under a name that is no circuit's.
pub(crate) async fn look_up<T: DeserializeOwned>(name: &str) -> Option<T> {
    read(&site_key(name)).await
}

/// Keeps it.
pub(crate) async fn keep_for<T: Serialize>(name: &str, value: &T, lasts: Millis) {
    put(&site_key(name), value, lasts).await;
}

fn site_key(name: &str) -> String {
    [KEY_PREFIX, "/", name].concat()
}

fn verdict_key(circuit: &str) -> String {
    key(circuit, "kept")
}

fn note_key(circuit: &str) -> String {
    key(circuit, "note")
}

fn key(circuit: &str, what: &str) -> String {
    format!("{KEY_PREFIX}/{}/{what}", String::from(js_sys::encode_uri_component(circuit)))
}

async fn read<T: DeserializeOwned>(key: &str) -> Option<T> {
    let found = CACHE.with(Cache::clone).match_(key).await.ok()?;
    let response: Response = found.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    json::read(&text.as_string()?).ok()
}

async fn put<T: Serialize>(key: &str, value: &T, lasts: Millis) {
    if let Err(error) = try_to_put(key, value, lasts).await {
        worker::console_warn!("the colo's cache stores nothing for {key}: {error:?}");
    }
}

async fn try_to_put<T: Serialize>(key: &str, value: &T, lasts: Millis) -> Result<(), JsValue> {
    let json = serde_json::to_string(value).map_err(|error| error.to_string())?;
    let headers = Headers::new()?;
    // The cache counts in whole seconds; each entry itself says when it is over.
    headers.set("cache-control", &format!("public, max-age={}", lasts.as_secs_ceil()))?;
    let init = ResponseInit::new();
    init.set_headers(&headers);
    let entry = Response::new_with_opt_str_and_init(Some(&json), &init)?;
    CACHE.with(Cache::clone).put(key, &entry).await?;
    Ok(())
}
