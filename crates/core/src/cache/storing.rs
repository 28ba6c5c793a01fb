//! Whether an answer is stored or why not, for how long, for whom, and what it varies by.
//!
//! [`storing`] is the one decision: the phase AFTER of each request goes by it, `Cache-Status` says
//! what came of it, and `explain` asks it about a page that it has fetched. It puts what the head
//! of an answer decides ([`freshness`]) together with what the body does.

use core::cmp::Ordering;

use alloc::string::String;
use alloc::vec::Vec;

use crate::base::time::{Millis, Timestamp};
use crate::cache::freshness::{self, CacheRequest, NotStorable, ResponseHead, Storable};
use crate::cache::rules::StoreRules;
use crate::cache::stored;

/// What is known of an answer's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyExtent {
    /// It was read to its end, and has this many bytes as it came.
    Whole(u64),
    /// It passes through unread; `Content-Length` may say how long it is.
    Passing,
}

/// For which visitors a stored response is good, beyond their kind: each is stored for a kind of
/// visitors (medium, device, country; [`kind`](crate::cache::kind)) in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Visitors with cookies too: the answer says that cookies change nothing, by not varying by
    /// them.
    All,
    /// Only those who send no cookie: the answer varies by `Cookie` (RFC 9111 §4.1).
    WithoutCookies,
}

/// An answer that is stored: how, for how long it is of use, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storing {
    /// What is stored about it, and for how long the store is to keep it.
    pub storable: Storable,
    /// How long it is fresh from now on. Only a route with `cache = true` answers with it meanwhile
    /// where the upstream is well.
    pub fresh_for: Millis,
    /// How long from now on it answers where the upstream fails. It may be none on a cache that
    /// keeps an answer only to have it validated.
    pub survives_for: Millis,
    /// For whom.
    pub audience: Audience,
}

impl Storing {
    /// The request fields of which each value has a stored response of its own, in lower case and
    /// in order: those of `Vary` without `cookie`, which is what [`Audience`] says, and without
    /// `accept-encoding`, which no stored response varies by.
    pub fn varies_by(&self) -> Vec<&str> {
        let fields = self.storable.vary.iter().map(String::as_str);
        fields.filter(|name| *name != freshness::COOKIE).collect()
    }
}

/// Whether an answer that came at `now` is stored, and how. Where the shell has a say too (the same
/// answer was stored a moment ago, the cache failed), it adds its own [`NotStorable`].
///
/// # Errors
/// [`NotStorable`], the first reason not to store it.
pub fn storing(
    rules: StoreRules<'_>,
    asked: CacheRequest<'_>,
    answered: ResponseHead<'_>,
    body: BodyExtent,
    now: Timestamp,
) -> Result<Storing, NotStorable> {
    let storable = freshness::storable(rules, asked, answered, now)?;
    check_body(answered, body)?;
    let age = now.since(storable.stored.generated_at);
    let left = |span: Millis| Millis::new(span.get().saturating_sub(age.get()));
    let (fresh_for, survives_for) =
        (left(storable.stored.fresh_for), left(storable.stored.survives_for(rules)));
    let varies_by_cookie = storable.vary.iter().any(|name| name == freshness::COOKIE);
    let audience = if varies_by_cookie { Audience::WithoutCookies } else { Audience::All };
    Ok(Storing { storable, fresh_for, survives_for, audience })
}

/// Whether the body may be stored: all of it was read, and there is some.
fn check_body(answered: ResponseHead<'_>, body: BodyExtent) -> Result<(), NotStorable> {
    let is_page = matches!(answered.status, 200 | 203);
    match body {
        BodyExtent::Whole(0) if is_page => Err(NotStorable::Empty),
        BodyExtent::Whole(length) => match length.cmp(&u64::from(stored::WHOLE_MAX)) {
            Ordering::Less | Ordering::Equal => Ok(()),
            Ordering::Greater => Err(NotStorable::TooLong),
        },
        BodyExtent::Passing => match stored::room_for(answered.fields.get("content-length")) {
            Some(0) if is_page => Err(NotStorable::Empty),
            Some(_) => Err(NotStorable::Streamed),
            None => Err(NotStorable::TooLong),
        },
    }
}

#[cfg(test)]
mod tests;
