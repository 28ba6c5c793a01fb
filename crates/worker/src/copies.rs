//! Copies in the colo's cache. What may be kept and served is for `core::freshness` to say.
//!
//! A copy stands under a key of ours, decoded, with the upstream's fields packed into one, so that
//! the cache acts on none of them. Where answers vary, the plain key holds a signpost that names
//! the fields, and the copies stand under keys that hold those fields' values.

use breakwater_core::copy::{CopyKey, Signpost, StoredCopy};
use breakwater_core::degrade::{AtHand, Forwarded};
use breakwater_core::fields::Fields;
use breakwater_core::freshness::{self, Keep, Validators};
use breakwater_core::time::{Millis, Timestamp};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::address::Address;
use crate::platform::{self, CACHE, Cache};
use crate::{clock, edge, standing};

/// A copy that was found.
pub(crate) struct Copy {
    pub(crate) stored: StoredCopy,
    /// The upstream's fields, as [`Fields`] reads them.
    pub(crate) fields: String,
    /// Its body.
    pub(crate) response: Response,
}

impl Copy {
    pub(crate) fn at_hand(&self, stale_if_error: Option<Millis>, now: Timestamp) -> AtHand {
        AtHand {
            reuse: self.stored.reuse(now),
            is_usable_on_error: self.stored.usable_on_error(stale_if_error, now).is_some(),
        }
    }

    /// What a request with these fields may be sent with, so that the upstream need not send the copy.
    pub(crate) fn validators(&self, request: Fields<'_>) -> Option<Validators<'_>> {
        Validators::for_request(request, Fields::new(&self.fields))
    }
}

/// The plain key of a URL.
pub(crate) fn key_of(address: Address<'_>) -> CopyKey {
    let Address { scheme, host, path, path_and_query } = address;
    CopyKey::new(standing::epoch(path), scheme, host, path_and_query)
}

/// Finds the copy for a request with these fields; else says what there is instead. A cache that
/// fails is a cache without copies.
pub(crate) async fn find(plain: &CopyKey, request: Fields<'_>) -> Result<Copy, Forwarded> {
    let Some(mut found) = look_up(plain).await else { return Err(Forwarded::UriMiss) };
    if let Some(signpost) = Signpost::parse(&platform::signpost_of(&found)) {
        let values = freshness::variant_of(&signpost.fields, request);
        let key = plain.variant(signpost.number, &values).ok_or(Forwarded::VaryMiss)?;
        found = look_up(&key).await.ok_or(Forwarded::VaryMiss)?;
    }
    let text = platform::copy_of(&found).map_err(|_| Forwarded::UriMiss)?;
    let (about, fields) = text.split_once('\n').unwrap_or((&text, ""));
    let stored = StoredCopy::parse(about).ok_or(Forwarded::UriMiss)?;
    Ok(Copy { stored, fields: fields.to_owned(), response: found })
}

/// Keeps an answer with these fields. `request` are the fields of the request that it answers.
pub(crate) async fn keep(
    plain: &CopyKey,
    request: Fields<'_>,
    keep: &Keep,
    fields: &str,
    body: &JsValue,
) -> Result<(), JsValue> {
    let seconds = keep.kept_for.as_secs_ceil() as f64;
    let mut key = Some(plain.clone());
    if !keep.vary.is_empty() {
        let there = look_up(plain).await;
        let there = there.and_then(|found| Signpost::parse(&platform::signpost_of(&found)));
        let signpost = Signpost::renewed(there, &keep.vary, edge::draw());
        let stored = platform::stored_signpost(&signpost.to_string(), seconds)?;
        CACHE.with(Cache::clone).put(plain.as_str(), &stored).await?;
        key = plain.variant(signpost.number, &freshness::variant_of(&keep.vary, request));
    }
    if let Some(key) = key {
        let copy = platform::stored_copy(&keep.stored.to_string(), fields, body, seconds)?;
        CACHE.with(Cache::clone).put(key.as_str(), &copy).await?;
    }
    Ok(())
}

/// Ends the copies of what an unsafe request changed, by either scheme: of its own URL, and of those of
/// the site that its answer names.
pub(crate) async fn invalidate(url: &str, location: &str, content_location: &str) {
    let address = Address::of(url);
    let others = platform::other_targets(url, location, content_location);
    for target in [address.path_and_query].into_iter().chain(others.lines()) {
        let path = target.split('?').next().unwrap_or(target);
        for scheme in ["https", "http"] {
            let key = CopyKey::new(standing::epoch(path), scheme, address.host, target);
            edge::forget_copy(&key);
            if let Err(error) = CACHE.with(Cache::clone).delete(key.as_str()).await {
                worker::console_warn!("the colo's cache deletes nothing: {error:?}");
            }
        }
    }
}

/// Whether an answer is to be kept now, where the upstream is asked each time.
pub(crate) fn is_due(key: &CopyKey, answer: Fields<'_>) -> bool {
    let validator = answer.get("etag").or(answer.get("last-modified"));
    edge::copy_is_due(key, validator.unwrap_or_default(), clock::now())
}

async fn look_up(key: &CopyKey) -> Option<Response> {
    CACHE.with(Cache::clone).match_(key.as_str()).await.ok()?.dyn_into().ok()
}
