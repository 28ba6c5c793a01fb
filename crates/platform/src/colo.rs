//! JSON that the isolates of one colo leave each other in the colo's cache.

use breakwater_core::base::json;
use breakwater_core::base::time::Millis;
use breakwater_core::telemetry::log::LogEvent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::bindings::{self, CACHE, Cache};
use crate::log;

/// The prefix of every key. Entries under keys of another form are not found again.
pub const KEY_PREFIX: &str = "https://fleet.invalid/1";

/// Reads an entry. One that cannot be read counts as absent: it only saves asking an object.
pub async fn read<T: DeserializeOwned>(key: &str) -> Option<T> {
    let found = CACHE.with(Cache::clone).match_(key).await.ok()?;
    let response: Response = found.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    json::read(&text.as_string()?).ok()
}

/// Stores an entry for this long. A cache that refuses it is reported.
pub async fn put<T: Serialize>(key: &str, value: &T, lasts: Millis) {
    if let Err(error) = try_to_put(key, value, lasts).await {
        log::warn(
            LogEvent::CacheFailed,
            &[],
            format_args!("the colo's cache keeps nothing for {key}: {error:?}"),
        );
    }
}

async fn try_to_put<T: Serialize>(key: &str, value: &T, lasts: Millis) -> Result<(), JsValue> {
    let json = serde_json::to_string(value).map_err(|error| error.to_string())?;
    // The cache counts in whole seconds; the entries themselves say when they are over.
    let control = format!("public, max-age={}", lasts.as_secs_ceil());
    let entry = bindings::response(200, [("cache-control", &*control)], Some(&json))?;
    CACHE.with(Cache::clone).put(key, &entry).await?;
    Ok(())
}
