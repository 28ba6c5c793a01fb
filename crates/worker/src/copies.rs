//! Copies in the colo's cache. What may be kept and served is for `core::freshness` to say.
//!
//! A copy stands under a key of ours, its body as it came, with the upstream's fields packed into
//! one, so that the cache acts on none of them, and decodes nothing. Where answers vary, the plain
//! key holds a signpost that names the fields, and the copies stand under keys that hold those
//! fields' values. When a URL's content was changed stands beside them, once for all of its copies.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::cache_status::Forwarded;
use breakwater_core::cache::copy::{CHANGED_FOR, CopyKey, Signpost};
use breakwater_core::cache::freshness::{self, Keep, Validators};
use breakwater_core::cache::kind::{self, Kind};
use breakwater_core::cache::stored::{Changed, StoredCopy};
use breakwater_core::site::degrade::AtHand;
use futures::future;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::address::Address;
use crate::platform::{self, CACHE, Cache, Caught as _};
use crate::{clock, isolate, standing};

/// A copy that was found.
pub(crate) struct Copy {
    pub(crate) stored: StoredCopy,
    /// Whether what it shows has been changed since.
    pub(crate) is_outdated: bool,
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

    /// What a request with these fields may be sent with, so that the upstream need not send the
    /// copy.
    pub(crate) fn validators(&self, request: Fields<'_>) -> Option<Validators<'_>> {
        Validators::for_request(request, Fields::new(&self.fields))
    }
}

/// The plain key of a URL, for a kind of visitors.
pub(crate) fn key_of(address: Address<'_>, kind: Kind) -> CopyKey {
    let Address { scheme, host, path, path_and_query } = address;
    CopyKey::new(standing::epoch(path), scheme, host, path_and_query, kind)
}

/// Finds the copy for a request with these fields; else says what there is instead. A cache that
/// fails is a cache without copies.
pub(crate) async fn find(plain: &CopyKey, request: Fields<'_>) -> Result<Copy, Forwarded> {
    let looking = future::join(look_up(plain.as_str()), look_up(plain.url()));
    let (Some(mut found), changed) = looking.await else { return Err(Forwarded::UriMiss) };
    let changed = changed.and_then(|found| Changed::parse(&platform::signpost_of(&found)));
    if let Some(signpost) = Signpost::parse(&platform::signpost_of(&found)) {
        let values = freshness::variant_of(&signpost.fields, request);
        let key = plain.variant(signpost.number, &values).ok_or(Forwarded::VaryMiss)?;
        found = look_up(key.as_str()).await.ok_or(Forwarded::VaryMiss)?;
    }
    let text = platform::copy_of(&found).map_err(|_| Forwarded::UriMiss)?;
    let (about, fields) = text.split_once('\n').unwrap_or((&text, ""));
    let stored = StoredCopy::parse(about).ok_or(Forwarded::UriMiss)?;
    if !freshness::may_answer(Fields::new(fields), request) {
        return Err(Forwarded::VaryMiss);
    }
    let is_outdated = stored.is_outdated(changed);
    let stored = stored.after(changed);
    Ok(Copy { stored, is_outdated, fields: fields.to_owned(), response: found })
}

/// Finds a copy that may step in where the upstream fails, though it was made for others; before
/// these the visitor's own kind, unless that was looked for.
pub(crate) async fn find_stand_in(
    address: Address<'_>,
    kind: Kind,
    request: Fields<'_>,
    has_looked: bool,
    stale_if_error: Option<Millis>,
) -> Option<Copy> {
    let mut kinds = kind.stand_ins();
    if !has_looked {
        kinds.insert(0, kind);
    }
    for other in kinds {
        let Ok(copy) = find(&key_of(address, other), request).await else { continue };
        let content_type = Fields::new(&copy.fields).get("content-type").unwrap_or_default();
        if kind::accepts(request, content_type)
            && copy.at_hand(stale_if_error, clock::now()).is_usable_on_error
        {
            return Some(copy);
        }
    }
    None
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
        let there = look_up(plain.as_str()).await;
        let there = there.and_then(|found| Signpost::parse(&platform::signpost_of(&found)));
        let signpost = Signpost::renewed(there, &keep.vary, isolate::draw());
        let stored = platform::stored_signpost(&signpost.to_string(), seconds).caught()?;
        CACHE.with(Cache::clone).put(plain.as_str(), &stored).await?;
        key = plain.variant(signpost.number, &freshness::variant_of(&keep.vary, request));
    }
    if let Some(key) = key {
        let copy =
            platform::stored_copy(&keep.stored.to_string(), fields, body, seconds).caught()?;
        CACHE.with(Cache::clone).put(key.as_str(), &copy).await?;
    }
    Ok(())
}

/// Marks the copies of what an unsafe request changed: of its own URL, and of those of the site
/// that its answer names. They are no longer current, and may still step in where the upstream
/// fails.
pub(crate) async fn invalidate(url: &str, location: &str, content_location: &str) {
    let address = Address::of(url);
    let others = platform::other_targets(url, location, content_location);
    let changed = Changed(clock::now()).to_string();
    for target in [address.path_and_query].into_iter().chain(others.lines()) {
        let path = target.split('?').next().unwrap_or(target);
        if !isolate::keeps_copies(path) {
            continue;
        }
        let key = key_of(Address { path, path_and_query: target, ..address }, Kind::default());
        isolate::forget_copy(&key);
        if let Err(error) = mark(&key, &changed).await {
            worker::console_warn!("the colo's cache takes no note of a change: {error:?}");
        }
    }
}

async fn mark(key: &CopyKey, changed: &str) -> Result<(), JsValue> {
    let mark = platform::stored_signpost(changed, CHANGED_FOR.as_secs_ceil() as f64).caught()?;
    CACHE.with(Cache::clone).put(key.url(), &mark).await?;
    Ok(())
}

/// Whether an answer is to be kept now, where the upstream is asked each time.
pub(crate) fn is_due(key: &CopyKey, answer: Fields<'_>) -> bool {
    let validator = answer.get("etag").or(answer.get("last-modified"));
    isolate::copy_is_due(key, validator.unwrap_or_default(), clock::now())
}

async fn look_up(key: &str) -> Option<Response> {
    CACHE.with(Cache::clone).match_(key).await.ok()?.dyn_into().ok()
}
