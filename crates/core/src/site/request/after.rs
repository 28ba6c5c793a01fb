//! The phase AFTER: what a finished call means for stored responses.

use alloc::string::String;

use crate::base::fields::Fields;
use crate::base::time::{Millis, Timestamp};
use crate::cache::copy::{CopyKey, REFRESH_EVERY};
use crate::cache::freshness::{self, Answered, Asked, Keep, NotKept};
use crate::cache::rules::CopyRules;
use crate::cache::stored::StoredCopy;
use crate::circuit::breaker::State;
use crate::site::degrade::{Trouble, Whom};

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
    pub key: &'a CopyKey,
}

/// The stored response that a call was to validate.
#[derive(Clone, Copy, Debug)]
pub struct Validating<'a, S> {
    /// The stored response, for the shell.
    pub response: S,
    /// What it says about itself.
    pub stored: StoredCopy,
    /// Its fields.
    pub fields: Fields<'a>,
}

/// A call that brought an answer.
#[derive(Clone, Copy, Debug)]
pub struct Finished<'a, B, S> {
    /// What the route wants of stored responses.
    pub rules: CopyRules<'a>,
    /// The request.
    pub asked: Asked<'a>,
    /// The answer. Only its status is needed where the body passes.
    pub answered: Answered<'a>,
    /// The upstream that gave the answer.
    pub whom: Whom,
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
        keep: Keep,
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
    },
    /// Nothing.
    Nothing,
}

/// A stored response by the word of the 304 that has validated it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validated<S> {
    /// The stored response as it was found. Its body is still the one that answers.
    pub response: S,
    /// What it says about itself now.
    pub stored: StoredCopy,
    /// Its fields now.
    pub fields: String,
    /// How it is stored again; `None` if the 304 forbids that.
    pub keep: Option<Keep>,
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
    let is_good = Trouble::of_status(answered.status).is_none();
    let (Whom::Origin, Some(body)) = (whom, body) else { return After::Nothing };
    let is_wanted = || match asker {
        Asker::Visitor => rules.caches || may_store_again(),
        // No visitor waits for an error, so that none is stored in advance.
        Asker::Breakwater => is_good,
    };
    match freshness::keep(rules, asked, answered, now) {
        Ok(keep)
            if body.is_as_labelled && has_key(body.key, &keep, asked.fields) && is_wanted() =>
        {
            let fields = freshness::kept_fields(answered.fields, body.length);
            After::Store { body: body.body, keep, fields }
        }
        Err(NotKept::Personal | NotKept::Unkeyed) if asker == Asker::Visitor && is_good => {
            let fields = freshness::anonymous(rules, asked, answered, now);
            fields.map_or(After::Nothing, |fields| After::Refresh { fields })
        }
        Ok(_) | Err(_) => After::Nothing,
    }
}

fn validated<S>(
    rules: CopyRules<'_>,
    asked: Asked<'_>,
    update: Fields<'_>,
    validating: Validating<'_, S>,
    now: Timestamp,
) -> Validated<S> {
    let Validating { response, stored, fields } = validating;
    let fields = freshness::freshened(fields, update);
    let answered = Answered { status: stored.status, fields: Fields::new(&fields) };
    let keep = freshness::keep(rules, asked, answered, now).ok();
    let stored = keep.as_ref().map_or(stored, |keep| keep.stored);
    Validated { response, stored, fields, keep }
}

/// Whether the answer's variant has a key that is short enough, whatever number the vary marker
/// will have.
fn has_key(key: &CopyKey, keep: &Keep, request: Fields<'_>) -> bool {
    keep.vary.is_empty()
        || key.variant(u32::MAX, &freshness::variant_of(&keep.vary, request)).is_some()
}

/// Whether an answer is read to its end before its first byte goes out: it could be stored if a
/// visitor without cookies had asked, so that it is to be whole. Other answers may stream for long.
pub fn reads_whole(
    rules: CopyRules<'_>,
    path: &str,
    answered: Answered<'_>,
    now: Timestamp,
) -> bool {
    // A part that breaks off is cut from the stored response instead.
    let status = if answered.status == 206 { 200 } else { answered.status };
    freshness::is_public(rules, path, Answered { status, ..answered }, now)
}

/// Whether the keeper of snapshots is told of a page that a visitor got: everybody may see it.
pub fn is_noted<B, S>(finished: &Finished<'_, B, S>) -> bool {
    finished.whom == Whom::Origin
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
