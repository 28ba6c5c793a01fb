//! Conditional requests (RFC 9110 §13, RFC 9111 §4.3): those that Breakwater makes, and those that
//! visitors make of a stored response.

use alloc::string::String;

use crate::base::fields::{self, Fields, members};
use crate::base::http_date;
use crate::base::time::Timestamp;

/// Fields of an answer that are not stored: they concern one connection (RFC 9110 §7.6.1, RFC 9111
/// §3.1), one exchange, or one visitor.
const NOT_KEPT: &[&str] = &[
    "age",
    "breakwater",
    "cf-cache-status",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "server-timing",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-request-id",
];

/// Fields of a stored response that a 304 does not change (RFC 9111 §3.2): they describe the body
/// that it does not have, or which one it speaks of.
const NOT_FRESHENED: &[&str] = &[
    "content-digest",
    "content-encoding",
    "content-length",
    "content-md5",
    "content-range",
    "digest",
    "etag",
    "repr-digest",
];

/// The fields of an answer that its stored response has. Its body was read as it came, and has this
/// many bytes.
pub(super) fn kept(answer: Fields<'_>, length: usize) -> String {
    let mut lines = String::new();
    let listed = answer.get("connection").unwrap_or_default();
    for (name, value) in answer.iter() {
        let is_listed = members(listed).any(|other| other.eq_ignore_ascii_case(name));
        if !is_listed && name != "content-length" && !NOT_KEPT.contains(&name) {
            fields::push(&mut lines, name, value);
        }
    }
    fields::push(&mut lines, "content-length", &alloc::format!("{length}"));
    lines
}

/// The fields of a stored response that a 304 has validated. What cannot be read of the 304 changes
/// nothing.
pub fn freshened(copy: Fields<'_>, update: Fields<'_>) -> String {
    let updates = |(name, value): &(&str, &str)| {
        !NOT_KEPT.contains(name) && !NOT_FRESHENED.contains(name) && fields::is_exact(value)
    };
    let is_updated = |name: &str| update.iter().any(|field| field.0 == name && updates(&field));
    let mut lines = String::new();
    for (name, value) in copy.iter().filter(|(name, _)| !is_updated(name)) {
        fields::push(&mut lines, name, value);
    }
    for (name, value) in update.iter().filter(updates) {
        fields::push(&mut lines, name, value);
    }
    lines
}

/// What to ask an upstream, so that it need not send what the stored response has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validators<'a> {
    /// For `If-None-Match`.
    pub etag: Option<&'a str>,
    /// For `If-Modified-Since`.
    pub last_modified: Option<&'a str>,
}

impl<'a> Validators<'a> {
    /// Those of a stored response, if it has any.
    pub fn of(copy: Fields<'a>) -> Option<Self> {
        let (etag, last_modified) = (copy.get("etag"), copy.get("last-modified"));
        (etag.is_some() || last_modified.is_some()).then_some(Self { etag, last_modified })
    }

    /// Those of a stored response, if a request may be sent with them in place of its own
    /// conditions: not one that wants a part, or that speaks of a version which it has itself.
    /// Without its condition the upstream would answer it with a part of another version.
    pub fn for_request(request: Fields<'_>, copy: Fields<'a>) -> Option<Self> {
        let goes_as_it_came = GO_AS_THEY_CAME.iter().any(|name| request.has(name));
        if goes_as_it_came { None } else { Self::of(copy) }
    }
}

/// Fields that mean a part, or a version of the visitor's own (RFC 9110 §13.1, §14.2).
const GO_AS_THEY_CAME: [&str; 4] = ["range", "if-range", "if-match", "if-unmodified-since"];

/// Whether the visitor has what a stored response holds, so that 304 is the answer. `If-None-Match`
/// goes before `If-Modified-Since` (RFC 9110 §13.2.2).
pub fn is_not_modified(request: Fields<'_>, copy: Fields<'_>, now: Timestamp) -> bool {
    if let Some(listed) = request.get("if-none-match") {
        let Some(etag) = copy.get("etag") else { return listed.trim() == "*" };
        return listed.trim() == "*" || members(listed).any(|one| opaque(one) == opaque(etag));
    }
    let date = |text| http_date::parse(text, now);
    let since = request.get("if-modified-since").and_then(date);
    // RFC 9110 §13.1.3: without `Last-Modified` the time of the answer serves.
    let modified = copy.get("last-modified").or(copy.get("date")).and_then(date);
    matches!((since, modified), (Some(since), Some(modified)) if modified <= since)
}

/// Whether a range is to be taken from this stored response: `If-Range` names it by a strong
/// comparison, or is not there (RFC 9110 §13.1.5).
pub(crate) fn range_applies(request: Fields<'_>, copy: Fields<'_>) -> bool {
    match request.get("if-range") {
        None => true,
        Some(tag) if tag.starts_with('"') => copy.get("etag") == Some(tag),
        Some(date) => !date.starts_with("W/") && copy.get("last-modified") == Some(date),
    }
}

/// An entity tag without its weakness (RFC 9110 §8.8.3.2).
fn opaque(etag: &str) -> &str {
    let etag = etag.trim();
    etag.strip_prefix("W/").unwrap_or(etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[track_caller]
    fn has_it(request: &str, copy: &str) -> bool {
        is_not_modified(Fields::new(request), Fields::new(copy), NOW)
    }

    #[test]
    fn a_tag_is_compared_weakly_and_goes_before_the_date() {
        assert!(has_it(r#"if-none-match:"a", W/"b""#, r#"etag:"b""#));
        assert!(has_it(r#"if-none-match:"b""#, r#"etag:W/"b""#));
        assert!(has_it("if-none-match:*", "x:y"));
        assert!(!has_it(r#"if-none-match:"a""#, r#"etag:"b""#));
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let request = alloc::format!("if-none-match:\"a\"\nif-modified-since:{date}");
        let copy = alloc::format!("etag:\"b\"\nlast-modified:{date}");
        assert!(!has_it(&request, &copy));
    }

    #[test]
    fn a_date_not_before_the_copys_is_as_good() {
        let at = |time| alloc::format!("last-modified:Sun, 06 Nov 1994 08:49:{time} GMT");
        let since = "if-modified-since:Sun, 06 Nov 1994 08:49:37 GMT";
        assert!(has_it(since, &at("37")) && has_it(since, &at("36")));
        assert!(!has_it(since, &at("38")));
        assert!(!has_it("if-modified-since:yesterday", &at("36")));
        assert!(!has_it("x:y", &at("36")));
    }

    #[test]
    fn a_copy_keeps_what_concerns_neither_connection_nor_visitor() {
        let answer = "cache-control:max-age=1\nset-cookie:a=b\ncontent-encoding:gzip\n\
                      content-length:9\nkeep-alive:x\nage:3\nx-a:1\nconnection:x-b, close\nx-b:1";
        let lines = kept(Fields::new(answer), 20);
        assert_eq!(
            lines, "cache-control:max-age=1\ncontent-encoding:gzip\nx-a:1\ncontent-length:20",
            "in the coding that it came in"
        );
        let lines = kept(Fields::new("content-encoding:identity"), 1);
        assert_eq!(lines, "content-encoding:identity\ncontent-length:1");
    }

    #[test]
    fn a_304_changes_all_but_what_describes_the_body() {
        let copy = "a:1\nb:1\netag:\"1\"\ncontent-length:9";
        let update = "b:2\nc:2\netag:\"2\"\ncontent-length:0\nset-cookie:a=b\nrepr-digest:x";
        let lines = freshened(Fields::new(copy), Fields::new(update));
        assert_eq!(lines, "a:1\netag:\"1\"\ncontent-length:9\nb:2\nc:2");
    }

    #[test]
    fn what_a_304_says_in_bytes_that_no_text_holds_changes_nothing() {
        let lines = freshened(Fields::new("a:1\nb:1"), Fields::new("a:caf\u{fffd}\nb:2"));
        assert_eq!(lines, "a:1\nb:2");
    }

    #[test]
    fn a_request_that_names_its_own_version_or_a_part_goes_as_it_came() {
        let copy = Fields::new("etag:\"a\"\nlast-modified:x");
        let of = |request| Validators::for_request(Fields::new(request), copy);
        for request in [
            "range:bytes=5-",
            "range:bytes=5-\nif-range:\"old\"",
            "if-range:\"old\"",
            "if-match:\"old\"",
            "if-unmodified-since:Sun, 06 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(of(request), None, "{request}");
        }
        for request in ["accept:*/*", "if-none-match:\"old\"", "if-modified-since:x"] {
            assert_eq!(of(request), Validators::of(copy), "{request}");
        }
        assert_eq!(Validators::for_request(Fields::new(""), Fields::new("age:1")), None);
    }

    #[test]
    fn a_range_is_of_the_version_that_was_named() {
        let applies = |request, copy| range_applies(Fields::new(request), Fields::new(copy));
        assert!(applies("range:bytes=0-1", r#"etag:"a""#));
        assert!(applies(r#"if-range:"a""#, r#"etag:"a""#));
        assert!(!applies(r#"if-range:"a""#, r#"etag:"b""#));
        assert!(!applies(r#"if-range:W/"a""#, r#"etag:W/"a""#));
        assert!(applies(
            "if-range:Sun, 06 Nov 1994 08:49:37 GMT",
            "last-modified:Sun, 06 Nov 1994 08:49:37 GMT"
        ));
    }
}
