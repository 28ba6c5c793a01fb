//! The phase AFTER: what a finished call means for stored responses.

use alloc::string::String;

use crate::base::fields::Fields;
use crate::base::time::{Millis, Timestamp};
use crate::cache::cache_status::Forwarded;
use crate::cache::freshness::{self, CacheRequest, NotStorable, ResponseHead, Storable};
use crate::cache::mark::Absence;
use crate::cache::meta::StoredMeta;
use crate::cache::rules::StoreRules;
use crate::cache::stored::{CacheKey, REFRESH_EVERY};
use crate::cache::storing::{BodyExtent, Storing, storing};
use crate::circuit::breaker::State;
use crate::site::degrade::{Target, Trouble};

/// Whose call has finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A visitor waits for the answer.
    Visitor,
    /// Breakwater asks by itself, to make or renew a stored response.
    Breakwater,
}

/// The body of an answer that was read to its end.
#[derive(Clone, Copy, Debug)]
pub struct WholeBody<'a, B> {
    /// The body, for the shell.
    pub body: &'a B,
    /// Its length in bytes, as it came.
    pub length: usize,
    /// Whether it may be in the coding that the answer's fields name.
    pub is_as_labelled: bool,
    /// The plain key under which the answer may be stored.
    pub key: &'a CacheKey,
}

/// The stored response that a call was to validate.
#[derive(Clone, Copy, Debug)]
pub struct Validating<'a, S> {
    /// The stored response, for the shell.
    pub response: S,
    /// What it says about itself.
    pub stored: StoredMeta,
    /// Its fields.
    pub fields: Fields<'a>,
}

/// A call that brought an answer.
#[derive(Clone, Copy, Debug)]
pub struct Finished<'a, B, S> {
    /// What the route wants of stored responses.
    pub rules: StoreRules<'a>,
    /// The request.
    pub asked: CacheRequest<'a>,
    /// The answer. Only its status is needed where the body passes.
    pub answered: ResponseHead<'a>,
    /// The upstream that gave the answer.
    pub whom: Target,
    /// Who asked.
    pub asker: Asker,
    /// The answer's body; `None` if it passes through without being read.
    pub body: Option<WholeBody<'a, B>>,
    /// The stored response that the request asked the upstream to validate.
    pub validating: Option<Validating<'a, S>>,
}

/// What is done about stored responses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After<'a, B, S> {
    /// The answer is stored.
    Store {
        /// Its body.
        body: &'a B,
        /// How it is stored.
        storable: Storable,
        /// The fields that are stored.
        fields: String,
    },
    /// The upstream has validated the stored response, which answers.
    Validated(Validated<S>),
    /// What the request changed is no longer current in stored responses.
    Invalidate,
    /// Breakwater asks for the page by itself with these fields: the visitor's request carried
    /// something that lets it make no stored response.
    Refresh {
        /// The fields of Breakwater's own request.
        fields: String,
        /// Why the visitor's request makes none.
        why: NotStorable,
    },
    /// Nothing, since the answer is not stored for this reason.
    NotStored(NotStorable),
}

/// A stored response by the word of the 304 that has validated it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validated<S> {
    /// The stored response as it was found. Its body is still the one that answers.
    pub response: S,
    /// What it says about itself now.
    pub stored: StoredMeta,
    /// Its fields now.
    pub fields: String,
    /// How it is stored again; `None` if the 304 forbids that.
    pub storable: Option<Storable>,
}

/// Decides once what a finished call means for stored responses; `Cache-Status` and the store both
/// go by the same decision. `may_store_again` says whether the same answer is to be stored again
/// already, and takes note that it is; it is asked only where the upstream is called each time.
pub fn after<'a, B, S>(
    finished: Finished<'a, B, S>,
    may_store_again: impl FnOnce() -> bool,
    now: Timestamp,
) -> After<'a, B, S> {
    let Finished { rules, asked, answered, whom, asker, body, validating } = finished;
    if let (304, Some(validating)) = (answered.status, validating) {
        return After::Validated(validated(rules, asked, answered.fields, validating, now));
    }
    if freshness::invalidates(asked.method, answered.status) {
        return After::Invalidate;
    }
    match whom {
        Target::Origin => {}
        Target::Backup => return After::NotStored(NotStorable::Backup),
    }
    let is_good = Trouble::of_status(answered.status).is_none();
    let extent =
        body.as_ref().map_or(BodyExtent::Passing, |body| BodyExtent::Whole(body.length as u64));
    match (storing(rules, asked, answered, extent, now), body) {
        (Ok(Storing { storable, .. }), Some(body)) => {
            let wanted = match asker {
                _ if !body.is_as_labelled => Err(NotStorable::Coding),
                _ if !has_key(body.key, &storable, asked.fields) => Err(NotStorable::LongKey),
                Asker::Visitor if !rules.caches && !may_store_again() => Err(NotStorable::Recent),
                // No visitor waits for an error, so that none is stored in advance.
                Asker::Breakwater if !is_good => Err(NotStorable::Status),
                Asker::Visitor | Asker::Breakwater => Ok(()),
            };
            if let Err(why) = wanted {
                return After::NotStored(why);
            }
            let fields = freshness::stored_fields(answered.fields, body.length);
            After::Store { body: body.body, storable, fields }
        }
        (Err(why @ (NotStorable::Personal | NotStorable::Unkeyed)), Some(_))
            if asker == Asker::Visitor && is_good =>
        {
            let fields = freshness::anonymous(rules, asked, answered, now);
            fields.map_or(After::NotStored(why), |fields| After::Refresh { fields, why })
        }
        (Err(why), _) => After::NotStored(why),
        (Ok(_), None) => After::NotStored(NotStorable::Streamed),
    }
}

/// What an upstream says of a URL at which there is nothing, and how far that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// For all visitors of a kind.
    ForAll(Absence),
    /// Perhaps for this visitor alone. Breakwater asks by itself with these fields, if there is a
    /// copy that would be withdrawn.
    Unsure(String),
}

/// Whether an answer says that there is nothing at a URL whose copies are kept.
pub fn absent(
    rules: StoreRules<'_>,
    asked: CacheRequest<'_>,
    answered: ResponseHead<'_>,
    whom: Target,
) -> Option<Absent> {
    let absence = Absence::of_status(answered.status)?;
    if !rules.stores() || whom != Target::Origin {
        return None;
    }
    if freshness::holds_for_all(rules, asked, answered) {
        return Some(Absent::ForAll(absence));
    }
    freshness::asked_for_all(rules, asked, answered).map(Absent::Unsure)
}

/// Why an answer was asked for that a route which keeps copies passes on, where no stored response
/// was looked for before (RFC 9211 §2.2).
pub fn forwarded(method: &str) -> Forwarded {
    if matches!(method, "GET" | "HEAD") { Forwarded::Bypass } else { Forwarded::Method }
}

fn validated<S>(
    rules: StoreRules<'_>,
    asked: CacheRequest<'_>,
    update: Fields<'_>,
    validating: Validating<'_, S>,
    now: Timestamp,
) -> Validated<S> {
    let Validating { response, stored, fields } = validating;
    let fields = freshness::freshened(fields, update);
    let answered = ResponseHead { status: stored.status, fields: Fields::new(&fields) };
    let storable = freshness::storable(rules, asked, answered, now).ok();
    let stored = storable.as_ref().map_or(stored, |storable| storable.stored);
    Validated { response, stored, fields, storable }
}

/// Whether the answer's variant has a key that is short enough, whatever number the vary marker
/// will have.
fn has_key(key: &CacheKey, storable: &Storable, request: Fields<'_>) -> bool {
    storable.vary.is_empty()
        || key.variant(u32::MAX, &freshness::variant_of(&storable.vary, request)).is_some()
}

/// Why an answer is not stored that was asked for while no stored response could serve the visitor:
/// the method, or else `Authorization`.
pub fn unserved(method: &str) -> NotStorable {
    match forwarded(method) {
        Forwarded::Method => NotStorable::Method,
        Forwarded::Bypass | Forwarded::UriMiss | Forwarded::VaryMiss | Forwarded::Stale => {
            NotStorable::Personal
        }
    }
}

/// Whether an answer is read to its end before its first byte goes out: it could be stored if a
/// visitor without cookies had asked, so that it is to be whole. Other answers may stream for long.
///
/// # Errors
/// [`NotStorable`], why it could not.
pub fn reads_whole(
    rules: StoreRules<'_>,
    path: &str,
    answered: ResponseHead<'_>,
    now: Timestamp,
) -> Result<(), NotStorable> {
    // A part that breaks off is cut from the stored response instead.
    let status = if answered.status == 206 { 200 } else { answered.status };
    freshness::is_public(rules, path, ResponseHead { status, ..answered }, now)
}

/// Whether the keeper of snapshots is told of a page that a visitor got: everybody may see it.
pub fn is_noted<B, S>(finished: &Finished<'_, B, S>) -> bool {
    finished.whom == Target::Origin
        && finished.body.is_some()
        && finished.answered.status == 200
        && !finished.asked.fields.has("cookie")
}

/// Whether Breakwater asks for a page by itself, beside a visitor's request that lets it store
/// nothing: the page is in demand, and the upstream is well.
pub fn may_refresh(was_asked_before: bool, circuit: State) -> bool {
    was_asked_before && circuit == State::Closed
}

/// Whether a stored response of this age need not be made again yet.
pub fn is_young(age: Millis, is_outdated: bool) -> bool {
    !is_outdated && age < REFRESH_EVERY
}

#[cfg(test)]
mod tests;
