//! Stored responses in the colo's cache. Core's `freshness` decides which responses may be stored
//! and served.
//!
//! A stored response stands under a key of ours, its body as it came, with the upstream's fields
//! packed into one, so that the cache acts on none of them, and decodes nothing. Where answers
//! vary, the plain key holds a vary marker that names the fields, and the stored responses stand
//! under keys that hold those fields' values. When a URL's content was changed stands beside them,
//! once for all of its stored responses.

use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::Timestamp;
use breakwater_core::cache::cache_status::Forwarded;
use breakwater_core::cache::freshness::{self, Storable, Validators};
use breakwater_core::cache::kind::{self, VisitorKind};
use breakwater_core::cache::mark::{Absence, UrlMark};
use breakwater_core::cache::meta::StoredMeta;
use breakwater_core::cache::rules::StoreRules;
use breakwater_core::cache::stored::{CHANGED_FOR, CacheKey, Variance};
use breakwater_core::site::degrade::{AtHand, LOOKUP_TIMEOUT};
use breakwater_core::site::request::Validating;
use breakwater_core::telemetry::log::LogEvent;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::exchange::milliseconds;
use crate::platform::{self, CACHE, Cache, Caught as _, FoundEntry};
use crate::{clock, isolate, standing};
use breakwater_platform::address::Address;
use breakwater_platform::log;

/// A stored response that was found.
pub(crate) struct StoredResponse {
    pub(crate) stored: StoredMeta,
    /// Whether what it shows has been changed since.
    pub(crate) is_outdated: bool,
    /// The upstream's fields, as [`Fields`] reads them.
    pub(crate) fields: String,
    /// Its body.
    pub(crate) response: Response,
}

impl StoredResponse {
    /// The same for the ladder.
    pub(crate) fn at_hand(self, rules: StoreRules<'_>, now: Timestamp) -> AtHand<Rc<Self>> {
        AtHand {
            reuse: self.stored.reuse(now),
            is_usable_on_error: self.stored.usable_on_error(rules, now).is_some(),
            response: Rc::new(self),
        }
    }

    /// The same for a call that validates it.
    pub(crate) fn validating(self: &Rc<Self>) -> Validating<'_, Rc<Self>> {
        let fields = Fields::new(&self.fields);
        Validating { response: Rc::clone(self), stored: self.stored, fields }
    }

    /// What a request with these fields may be sent with, so that the upstream need not send the
    /// stored response.
    pub(crate) fn validators(&self, request: Fields<'_>) -> Option<Validators<'_>> {
        Validators::for_request(request, Fields::new(&self.fields))
    }
}

/// The plain key of a URL, for a kind of visitors.
pub(crate) fn key_of(address: Address<'_>, kind: VisitorKind) -> CacheKey {
    let Address { scheme, host, path, path_and_query } = address;
    CacheKey::new(standing::epoch(path), scheme, host, path_and_query, kind)
}

/// Finds the stored response for a request with these fields; else says what there is instead. A
/// cache that fails, or hangs, is a cache without stored responses.
pub(crate) async fn find(
    plain: &CacheKey,
    request: Fields<'_>,
) -> Result<StoredResponse, Forwarded> {
    let until = clock::now() + LOOKUP_TIMEOUT;
    let found = look_up(plain.as_str(), plain.url(), until).await;
    let mut found = found.ok_or(Forwarded::UriMiss)?;
    let mark = UrlMark::parse(&found.changed()).unwrap_or_default();
    if let Some(signpost) = Variance::parse(&found.signpost()) {
        let values = freshness::variant_of(&signpost.fields, request);
        let key = plain.variant(signpost.number, &values).ok_or(Forwarded::VaryMiss)?;
        found = look_up(key.as_str(), "", until).await.ok_or(Forwarded::VaryMiss)?;
    }
    let text = found.copy();
    let (about, fields) = text.split_once('\n').unwrap_or((&text, ""));
    let stored = StoredMeta::parse(about).ok_or(Forwarded::UriMiss)?;
    if !freshness::may_answer(Fields::new(fields), request) {
        return Err(Forwarded::VaryMiss);
    }
    if stored.is_withdrawn(mark) || standing::is_purged(stored, Fields::new(fields)) {
        return Err(Forwarded::UriMiss);
    }
    let is_outdated = stored.is_outdated(mark);
    let stored = stored.after(mark);
    let (fields, response) = (fields.to_owned(), found.response());
    Ok(StoredResponse { stored, is_outdated, fields, response })
}

/// Finds a stored response that may step in where the upstream fails, though it was made for other
/// kinds of visitors. `includes_own_kind` has the visitor's own kind looked for before these.
pub(crate) async fn find_stand_in(
    address: Address<'_>,
    kind: VisitorKind,
    request: Fields<'_>,
    includes_own_kind: bool,
    rules: StoreRules<'_>,
) -> Option<StoredResponse> {
    let mut kinds = kind.stand_ins();
    if includes_own_kind {
        kinds.insert(0, kind);
    }
    for other in kinds {
        let Ok(copy) = find(&key_of(address, other), request).await else { continue };
        let content_type = Fields::new(&copy.fields).get("content-type").unwrap_or_default();
        if kind::accepts(request, content_type)
            && copy.stored.usable_on_error(rules, clock::now()).is_some()
        {
            return Some(copy);
        }
    }
    None
}

/// Keeps an answer with these fields. `request` are the fields of the request that it answers.
pub(crate) async fn keep(
    plain: &CacheKey,
    request: Fields<'_>,
    storable: &Storable,
    fields: &str,
    body: &JsValue,
) -> Result<(), JsValue> {
    let seconds = storable.stored_for.as_secs_ceil() as f64;
    let mut key = Some(plain.clone());
    if !storable.vary.is_empty() {
        let there = look_up(plain.as_str(), "", clock::now() + LOOKUP_TIMEOUT).await;
        let there = there.and_then(|found| Variance::parse(&found.signpost()));
        let signpost = Variance::renewed(there, &storable.vary, isolate::draw());
        let stored = platform::stored_signpost(&signpost.to_string(), seconds).caught()?;
        CACHE.with(Cache::clone).put(plain.as_str(), &stored).await?;
        key = plain.variant(signpost.number, &freshness::variant_of(&storable.vary, request));
    }
    if let Some(key) = key {
        let copy =
            platform::stored_copy(&storable.stored.to_string(), fields, body, seconds).caught()?;
        CACHE.with(Cache::clone).put(key.as_str(), &copy).await?;
    }
    Ok(())
}

/// Marks the stored responses of what an unsafe request changed: of its own URL, and of those of
/// the site that its answer names. They are no longer current, and may still step in where the
/// upstream fails.
pub(crate) async fn invalidate(url: &str, location: &str, content_location: &str) {
    let address = Address::of(url);
    let others = platform::other_targets(url, location, content_location);
    for target in [address.path_and_query].into_iter().chain(others.lines()) {
        let path = target.split('?').next().unwrap_or(target);
        if !isolate::keeps_copies(path) {
            continue;
        }
        let key =
            key_of(Address { path, path_and_query: target, ..address }, VisitorKind::default());
        isolate::forget_copy(&key);
        // What was withdrawn stays withdrawn.
        write_mark(&key, read_mark(&key).await.with_change(clock::now())).await;
    }
}

/// Takes note that the upstream says of a URL that there is nothing, if that withdraws what is
/// stored, and returns whether it does.
pub(crate) async fn note_absence(
    key: &CacheKey,
    absence: Absence,
    stored: Option<&StoredResponse>,
) -> bool {
    let (mark, now) = (read_mark(key).await, clock::now());
    let good = stored.filter(|copy| Absence::of_status(copy.stored.status).is_none());
    let marked = mark.with_absence(absence, good.map(|copy| copy.stored.requested_at), now);
    let Some(marked) = marked else { return false };
    write_mark(key, marked).await;
    marked.hides(now)
}

/// Whether what was asked for then was withdrawn since, as far as the colo knows.
pub(crate) async fn is_withdrawn(address: Address<'_>, requested_at: Timestamp) -> bool {
    read_mark(&key_of(address, VisitorKind::default())).await.hides(requested_at)
}

async fn read_mark(key: &CacheKey) -> UrlMark {
    let found = look_up(key.url(), "", clock::now() + LOOKUP_TIMEOUT).await;
    found.and_then(|found| UrlMark::parse(&found.signpost())).unwrap_or_default()
}

/// A cache that fails takes no note, and the log says so.
async fn write_mark(key: &CacheKey, mark: UrlMark) {
    let seconds = CHANGED_FOR.as_secs_ceil() as f64;
    let written = match platform::stored_signpost(&mark.to_string(), seconds).caught() {
        Ok(mark) => CACHE.with(Cache::clone).put(key.url(), &mark).await.map(|_| ()),
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        log::warn(
            LogEvent::CacheFailed,
            &[],
            format_args!("the colo's cache takes no note of a change: {error:?}"),
        );
    }
}

/// Takes note that an answer is stored now and returns true, if that is due where the upstream is
/// asked each time.
pub(crate) fn try_take_store(key: &CacheKey, answer: Fields<'_>) -> bool {
    let validator = answer.get("etag").or(answer.get("last-modified"));
    isolate::try_take_store(key, validator.unwrap_or_default(), clock::now())
}

/// Looks up both keys at once, until then at most.
async fn look_up(key: &str, other: &str, until: Timestamp) -> Option<FoundEntry> {
    let limit = milliseconds(until.since(clock::now()));
    let found = platform::look_up(key, other, limit).await.ok()?;
    (!found.is_undefined()).then(|| found.unchecked_into())
}
