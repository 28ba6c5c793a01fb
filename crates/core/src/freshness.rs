//! Which answers may be kept as copies, and what a copy says about itself.
//!
//! The rules follow RFC 9111 and RFC 5861, and are stricter where a visitor could see what
//! belongs to another: nothing is kept of a request that carried `Cookie` or `Authorization`,
//! nor of an answer that sets a cookie or varies by one. An origin that demands revalidation
//! (`no-cache`, `must-revalidate`, `proxy-revalidate`, `s-maxage`) forbids stale copies
//! (RFC 9111 §4.2.4), and stale copies are all that is kept here.

use core::fmt;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::time::Millis;

/// Fields that `Vary` may name in one answer; more variants than that are not worth keeping.
const VARY_MAX: usize = 8;

/// What decides on the visitor's side whether an answer may be kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestFacts<'a> {
    /// The method; only `GET` is kept.
    pub method: &'a str,
    /// Whether it carries `Cookie`.
    pub has_cookie: bool,
    /// Whether it carries `Authorization`.
    pub has_authorization: bool,
    /// Whether it asks for a part (`Range`).
    pub has_range: bool,
    /// Whether the route is marked `private`.
    pub is_private_route: bool,
}

/// What decides on the upstream's side.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResponseFacts<'a> {
    /// The status; only 200 is kept.
    pub status: u16,
    /// The field `Cache-Control`, its lines joined by commas.
    pub cache_control: Option<&'a str>,
    /// The field `Vary`, its lines joined by commas.
    pub vary: Option<&'a str>,
    /// Whether it sets a cookie.
    pub sets_cookie: bool,
    /// The field `Age`.
    pub age: Option<&'a str>,
    /// The field `Content-Type`.
    pub content_type: Option<&'a str>,
}

/// A copy that may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// How long it is fresh, counted from its making.
    pub fresh_for: Millis,
    /// How old it was when it arrived.
    pub age: Millis,
    /// The request fields that it varies by, in lower case, without `accept-encoding`: copies
    /// are kept decoded.
    pub vary: Vec<String>,
}

/// Why an answer is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// Not a plain `GET` for the whole.
    Method,
    /// The request carried `Cookie` or `Authorization`.
    Personal,
    /// The route is private.
    PrivateRoute,
    /// Not a 200.
    Status,
    /// The answer forbids it: `no-store` or `private`.
    Forbidden,
    /// The answer may not be used when stale.
    MustRevalidate,
    /// The answer sets a cookie.
    SetsCookie,
    /// It varies by everything, by who asks, or by too much.
    Varies,
    /// It is a stream of events, which has no end.
    EventStream,
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "not a plain GET",
            Self::Personal => "the request carried Cookie or Authorization",
            Self::PrivateRoute => "the route is private",
            Self::Status => "not a 200",
            Self::Forbidden => "no-store or private",
            Self::MustRevalidate => "it may not be used when stale",
            Self::SetsCookie => "it sets a cookie",
            Self::EventStream => "it is a stream of events",
            Self::Varies => "it varies by everything, by who asks, or by too many fields",
        })
    }
}

/// Whether an answer may be kept, and how.
///
/// # Errors
/// [`NotKept`], the first reason not to.
pub fn keep(request: RequestFacts<'_>, response: ResponseFacts<'_>) -> Result<Keep, NotKept> {
    if request.method != "GET" || request.has_range {
        return Err(NotKept::Method);
    }
    if request.has_cookie || request.has_authorization {
        return Err(NotKept::Personal);
    }
    if request.is_private_route {
        return Err(NotKept::PrivateRoute);
    }
    if response.status != 200 {
        return Err(NotKept::Status);
    }
    if response.sets_cookie {
        return Err(NotKept::SetsCookie);
    }
    let media_type = response.content_type.unwrap_or_default().split(';').next();
    if media_type.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream")) {
        return Err(NotKept::EventStream);
    }
    let control = CacheControl::parse(response.cache_control.unwrap_or_default());
    if control.forbids_keeping {
        return Err(NotKept::Forbidden);
    }
    if control.forbids_stale {
        return Err(NotKept::MustRevalidate);
    }
    Ok(Keep {
        fresh_for: control.max_age.unwrap_or(Millis::ZERO),
        age: response.age.and_then(delta_seconds).unwrap_or(Millis::ZERO),
        vary: varies_by(response.vary.unwrap_or_default())?,
    })
}

/// Whether a visitor may be given a copy. Cookies do not matter: no copy was made with one.
pub fn may_serve(request: RequestFacts<'_>) -> bool {
    matches!(request.method, "GET" | "HEAD")
        && !request.has_authorization
        && !request.has_range
        && !request.is_private_route
}

/// The directives of an answer's `Cache-Control` that matter here (RFC 9111 §5.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct CacheControl {
    forbids_keeping: bool,
    forbids_stale: bool,
    max_age: Option<Millis>,
}

impl CacheControl {
    fn parse(field: &str) -> Self {
        let mut control = Self::default();
        for directive in field.split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let is = |other: &str| name.trim().eq_ignore_ascii_case(other);
            if is("no-store") || is("private") {
                control.forbids_keeping = true;
            } else if is("no-cache")
                || is("must-revalidate")
                || is("proxy-revalidate")
                || is("s-maxage")
            {
                control.forbids_stale = true;
            } else if is("max-age") {
                // Where it is said twice, or not a number, the answer counts as stale
                // (RFC 9111 §4.2.1).
                let said_before = control.max_age.is_some();
                let value = delta_seconds(value).filter(|_| !said_before);
                control.max_age = Some(value.unwrap_or(Millis::ZERO));
            }
        }
        control
    }
}

/// Seconds as RFC 9111 §1.2.2 has them; larger ones than can be held are the largest.
fn delta_seconds(text: &str) -> Option<Millis> {
    let text = text.trim().trim_matches('"');
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| Millis::from_secs(text.parse().unwrap_or(u64::from(u32::MAX))))
}

fn varies_by(field: &str) -> Result<Vec<String>, NotKept> {
    let mut names: Vec<String> = Vec::new();
    for name in field.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let name = name.to_ascii_lowercase().to_string();
        match name.as_str() {
            "*" | "cookie" | "authorization" => return Err(NotKept::Varies),
            "accept-encoding" => {}
            _ if names.contains(&name) => {}
            _ => names.push(name),
        }
    }
    names.sort_unstable();
    if names.len() > VARY_MAX { Err(NotKept::Varies) } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: RequestFacts<'_> = RequestFacts {
        method: "GET",
        has_cookie: false,
        has_authorization: false,
        has_range: false,
        is_private_route: false,
    };

    fn ok(cache_control: &'static str) -> ResponseFacts<'static> {
        ResponseFacts { status: 200, cache_control: Some(cache_control), ..Default::default() }
    }

    #[test]
    fn a_public_page_is_kept_with_its_lifetime_and_age() {
        let response = ResponseFacts { age: Some("7"), ..ok("public, MAX-AGE=60") };
        let kept = keep(GET, response).unwrap();
        assert_eq!((kept.fresh_for, kept.age), (Millis::from_secs(60), Millis::from_secs(7)));
    }

    #[test]
    fn nothing_personal_is_kept() {
        let page = ok("public, max-age=60");
        let cookie = RequestFacts { has_cookie: true, ..GET };
        let token = RequestFacts { has_authorization: true, ..GET };
        assert_eq!(keep(cookie, page), Err(NotKept::Personal));
        assert_eq!(keep(token, page), Err(NotKept::Personal));
        assert_eq!(
            keep(GET, ResponseFacts { sets_cookie: true, ..page }),
            Err(NotKept::SetsCookie)
        );
        for vary in ["Cookie", "accept, COOKIE", "*", "Authorization"] {
            let response = ResponseFacts { vary: Some(vary), ..page };
            assert_eq!(keep(GET, response), Err(NotKept::Varies), "{vary}");
        }
        let private = RequestFacts { is_private_route: true, ..GET };
        assert_eq!(keep(private, page), Err(NotKept::PrivateRoute));
    }

    #[test]
    fn a_stream_of_events_is_not_kept() {
        for content_type in ["text/event-stream", "Text/Event-Stream; charset=utf-8"] {
            let response = ResponseFacts { content_type: Some(content_type), ..ok("max-age=9") };
            assert_eq!(keep(GET, response), Err(NotKept::EventStream));
        }
    }

    #[test]
    fn what_may_not_be_used_when_stale_is_not_kept() {
        for field in ["no-cache", "max-age=9, must-revalidate", "proxy-revalidate", "s-maxage=9"] {
            assert_eq!(keep(GET, ok(field)), Err(NotKept::MustRevalidate), "{field}");
        }
        for field in ["no-store", "private", "private=\"x\", max-age=9", "max-age=9, No-Store"] {
            assert_eq!(keep(GET, ok(field)), Err(NotKept::Forbidden), "{field}");
        }
    }

    #[test]
    fn a_lifetime_that_is_unclear_is_none() {
        for field in ["max-age=soon", "max-age=60, max-age=90", "max-age=-1", "max-age"] {
            assert_eq!(keep(GET, ok(field)).unwrap().fresh_for, Millis::ZERO, "{field}");
        }
    }

    #[test]
    fn variants_are_named_once_in_order_and_without_the_encoding() {
        let vary = Some("Accept-Language, accept-encoding,, Accept, accept");
        let kept = keep(GET, ResponseFacts { vary, ..ok("max-age=1") }).unwrap();
        assert_eq!(kept.vary, ["accept", "accept-language"]);
    }

    #[test]
    fn a_visitor_with_cookies_gets_a_copy_and_one_with_a_token_does_not() {
        assert!(may_serve(RequestFacts { has_cookie: true, ..GET }));
        assert!(may_serve(RequestFacts { method: "HEAD", ..GET }));
        assert!(!may_serve(RequestFacts { has_authorization: true, ..GET }));
        assert!(!may_serve(RequestFacts { method: "POST", ..GET }));
        assert!(!may_serve(RequestFacts { is_private_route: true, ..GET }));
    }
}
