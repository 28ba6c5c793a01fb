//! Which answers may be stored, and what a stored response is good for.
//!
//! The rules follow RFC 9111, RFC 5861 (stale answers) and RFC 9213 (`CDN-Cache-Control`, and its
//! forerunner `Surrogate-Control`), and are stricter where a visitor could see a response that
//! belongs to another visitor. An answer is not stored if its request carried `Cookie`,
//! `Authorization`, or a field that is part of no key. Neither is an answer that sets a cookie, or
//! is of another type than its path promises. One that varies by cookies was made for a request
//! without any, and serves such requests alone (§4.1). The `Cache-Control` of a request is not
//! followed (it is advice, §5.2.1), because visitors must not be able to force calls to the
//! upstream. Nothing is guessed: an answer that names no lifetime has none.
//!
//! A route stores responses for one of two purposes. With `cache = true` they answer in the
//! upstream's place while they are fresh, as in any shared cache. With `stale_if_error` alone the
//! upstream is asked as long as it is well, and its last good answer is served when it is not. An
//! answer that may not be used when stale is then not stored.
//!
//! The crate `http-cache-semantics` was considered. It follows RFC 7234, supports neither targeted
//! fields nor a `stale-if-error` that the route sets, needs `std` with its `SystemTime`, and brings
//! `http` along. It would save the three hundred lines of `directives`, `lifetime` and
//! `validation`; the stricter rules would still have to be written here.

mod coding;
mod deception;
mod dictionary;
mod directives;
mod invalidation;
mod lifetime;
mod not_storable;
mod unkeyed;
mod validation;
mod vary;

use alloc::string::String;
use alloc::vec::Vec;

use self::directives::Directives;
use self::lifetime::Lifetime;
use crate::base::fields::{self, Fields};
use crate::base::time::{Millis, Timestamp};
use crate::cache::meta::{OnError, StoredMeta};
use crate::cache::rules::StoreRules;
use crate::cache::status_class::StatusClass;

pub use coding::{Coding, is_as_labelled, may_answer, weakened};
pub(crate) use coding::{forbids_changes, is_plain};
pub use invalidation::invalidates;
pub use not_storable::NotStorable;
pub use unkeyed::Shed;
pub(crate) use validation::range_applies;
pub use validation::{Validators, freshened, is_not_modified};
pub(crate) use vary::COOKIE;
pub use vary::variant_of;

/// What decides on the visitor's side.
#[derive(Clone, Copy, Debug, Default)]
pub struct CacheRequest<'a> {
    /// The method; of `GET` alone there are stored responses.
    pub method: &'a str,
    /// The path, as it was requested.
    pub path: &'a str,
    /// All fields.
    pub fields: Fields<'a>,
    /// Whether something else reaches the upstream that no key holds: a body, or that fields are
    /// taken away.
    pub has_unkeyed: bool,
    /// When the upstream was asked.
    pub requested_at: Timestamp,
    /// The status of the stored response that was there already, if there was one.
    pub stored_status: Option<u16>,
    /// How many purges by tag were known when the upstream was asked.
    pub tag_purges: u64,
}

/// What decides on the upstream's side.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResponseHead<'a> {
    /// The status.
    pub status: u16,
    /// All fields.
    pub fields: Fields<'a>,
}

/// How an answer is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storable {
    /// When it was made, and what it is good for.
    pub stored: StoredMeta,
    /// The request fields that it varies by, in lower case.
    pub vary: Vec<String>,
    /// How long the store is to keep it.
    pub stored_for: Millis,
}

/// How long, in milliseconds, a stored response that can be validated stays in the store after it
/// can no longer be used without validation.
const VALIDATED_WITHIN: Millis = Millis::from_secs(24 * 3600);

/// Whether an answer that came at `now` may be stored, and how.
///
/// # Errors
/// [`NotStorable`], the first reason not to.
pub fn storable(
    rules: StoreRules<'_>,
    asked: CacheRequest<'_>,
    answered: ResponseHead<'_>,
    now: Timestamp,
) -> Result<Storable, NotStorable> {
    if !rules.stores() {
        return Err(NotStorable::Route);
    }
    if asked.method != "GET" || asked.fields.has("range") {
        return Err(NotStorable::Method);
    }
    if asked.fields.has("cookie") || asked.fields.has("authorization") {
        return Err(NotStorable::Personal);
    }
    let directives = Directives::of(answered.fields);
    let mut lifetime = Lifetime::of(&directives, answered.fields, asked.requested_at, now);
    let end = StatusClass::of(answered.status).ok_or(NotStorable::Status)?;
    if !end.is_kept(rules, lifetime.is_explicit)
        || (directives.must_understand && !end.is_understood())
    {
        return Err(NotStorable::Status);
    }
    if end.is_error() {
        if asked.stored_status.and_then(StatusClass::of).is_some_and(|beside| !beside.is_error()) {
            return Err(NotStorable::Displaces);
        }
        lifetime = lifetime.at_most(rules.negative_ttl.unwrap_or_default(), now);
    }
    check_answer(asked.path, &directives, answered.fields)?;
    let vary = vary::varies_by(answered.fields)?;
    if asked.has_unkeyed || unkeyed::carries_unkeyed(asked.fields, &vary, rules.unkeyed) {
        return Err(NotStorable::Unkeyed);
    }
    let stored = stored(&directives, lifetime, answered.status, asked);
    let mut stored_for = stored.usable_for(rules);
    if rules.caches && !end.is_error() && Validators::of(answered.fields).is_some() {
        stored_for = stored_for.max(VALIDATED_WITHIN);
    }
    if stored_for == Millis::ZERO {
        let forbids = stored.on_error == OnError::Never && !end.is_error();
        return Err(if forbids { NotStorable::NeverStale } else { NotStorable::NoLifetime });
    }
    Ok(Storable { stored, vary, stored_for })
}

/// A visitor's fields as a route asks an upstream with them for a stored response, if they are to
/// change: a cache does not tell where each visitor came from.
pub fn asked_with(rules: StoreRules<'_>, request: Fields<'_>) -> Option<Shed> {
    if rules.caches && rules.stores() { unkeyed::shed(request, rules.unkeyed) } else { None }
}

/// The fields that Breakwater asks with for everybody, where a visitor's own make no stored
/// response: if this answer to that visitor would have been stored, had it been asked for so.
/// Whatever else a visitor sends may have asked for something else, and is not repeated.
pub fn anonymous(
    rules: StoreRules<'_>,
    asked: CacheRequest<'_>,
    answered: ResponseHead<'_>,
    now: Timestamp,
) -> Option<String> {
    match storable(rules, asked, answered, now) {
        Err(NotStorable::Personal | NotStorable::Unkeyed) if !asked.has_unkeyed => {}
        Err(_) | Ok(_) => return None,
    }
    let lines = asked_for_all(rules, asked, answered)?;
    let asked = CacheRequest { fields: Fields::new(&lines), ..asked };
    storable(rules, asked, answered, now).is_ok().then_some(lines)
}

/// The fields that ask for all visitors of a kind what this one asked, if the request is one that a
/// browser sends, and no token is part of it.
pub fn asked_for_all(
    rules: StoreRules<'_>,
    asked: CacheRequest<'_>,
    answered: ResponseHead<'_>,
) -> Option<String> {
    let vary = vary::varies_by(answered.fields).ok()?;
    let is_of_a_browser = asked.method == "GET"
        && !asked.fields.has("range")
        && !asked.has_unkeyed
        && !asked.fields.has("authorization")
        && unkeyed::is_of_a_browser(asked.fields, &vary, rules.unkeyed);
    is_of_a_browser.then(|| unkeyed::anonymous(asked.fields, &vary, rules.unkeyed))
}

/// Whether what the upstream answered holds for all visitors of a kind: nothing in the request may
/// have shaped it that is part of no key.
pub fn holds_for_all(
    rules: StoreRules<'_>,
    asked: CacheRequest<'_>,
    answered: ResponseHead<'_>,
) -> bool {
    let is_whole = asked.method == "GET" && !asked.fields.has("range");
    let is_personal = asked.fields.has("cookie") || asked.fields.has("authorization");
    let Ok(vary) = vary::varies_by(answered.fields) else { return false };
    is_whole
        && !is_personal
        && !asked.has_unkeyed
        && !unkeyed::carries_unkeyed(asked.fields, &vary, rules.unkeyed)
}

/// The same for renewing a stored response with these fields.
pub fn renewing(rules: StoreRules<'_>, request: Fields<'_>, copy: Fields<'_>) -> Option<String> {
    let vary = vary::varies_by(copy).ok()?;
    Some(unkeyed::anonymous(request, &vary, rules.unkeyed))
}

/// Whether an answer with these fields would be stored if the request had carried nothing personal:
/// then it is read whole.
///
/// # Errors
/// [`NotStorable`], the first reason of the answer's own not to store it.
pub fn is_public(
    rules: StoreRules<'_>,
    path: &str,
    answered: ResponseHead<'_>,
    now: Timestamp,
) -> Result<(), NotStorable> {
    let asked = CacheRequest { method: "GET", path, requested_at: now, ..CacheRequest::default() };
    storable(rules, asked, answered, now).map(|_| ())
}

/// The fields of an answer that its stored response has. Its body was read and has this many bytes.
pub fn stored_fields(answer: Fields<'_>, length: usize) -> String {
    validation::kept(answer, length)
}

/// Whether a visitor may be given a stored response. Cookies do not matter here: no stored response
/// was made with one, and one that varies by them is not found for who sends any.
pub fn may_serve(rules: StoreRules<'_>, method: &str, has_authorization: bool) -> bool {
    rules.stores() && matches!(method, "GET" | "HEAD") && !has_authorization
}

fn check_answer(
    path: &str,
    directives: &Directives,
    answer: Fields<'_>,
) -> Result<(), NotStorable> {
    if answer.has("set-cookie") {
        return Err(NotStorable::SetsCookie);
    }
    // A status that must be understood, and is, goes before `no-store` (RFC 9111 §5.2.2.3).
    if directives.private || (directives.no_store && !directives.must_understand) {
        return Err(NotStorable::Forbidden);
    }
    if !coding::is_for_all(answer) {
        return Err(NotStorable::Coding);
    }
    if !answer.iter().all(|(_, value)| fields::is_exact(value)) {
        return Err(NotStorable::Bytes);
    }
    let content_type = answer.get("content-type");
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    if media_type.trim().eq_ignore_ascii_case("text/event-stream") {
        return Err(NotStorable::EventStream);
    }
    if deception::is_suspect(path, content_type) {
        return Err(NotStorable::Suspect);
    }
    Ok(())
}

fn stored(
    directives: &Directives,
    lifetime: Lifetime,
    status: u16,
    asked: CacheRequest<'_>,
) -> StoredMeta {
    let forbids_stale = directives.forbids_stale() || StatusClass::says_error(status);
    let on_error = if forbids_stale { OnError::Never } else { directives.on_error() };
    let while_revalidate = directives.stale_while_revalidate.filter(|_| !forbids_stale);
    StoredMeta {
        generated_at: lifetime.generated_at,
        fresh_for: if directives.no_cache { Millis::ZERO } else { lifetime.fresh_for },
        on_error,
        while_revalidate: while_revalidate.unwrap_or(Millis::ZERO),
        status,
        requested_at: asked.requested_at,
        tag_purges: asked.tag_purges,
    }
}

#[cfg(test)]
mod tests;
