//! Removes our own secret from what a service answers: a message about a wrong key may repeat the
//! key, and it must not reach readers of the health document.

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// What stands in the secret's place.
const REDACTED: &[u8] = b"***";

/// A body without the secret that it was asked with, however JSON writes it.
///
/// ```
/// use breakwater_core::watch::dependency::redacted;
///
/// let body = br#"{"message": "no such key: k/1"}"#;
/// assert_eq!(&*redacted(body, Some("k/1")), br#"{"message": "no such key: ***"}"#);
/// ```
pub fn redacted<'a>(body: &'a [u8], secret: Option<&str>) -> Cow<'a, [u8]> {
    let Some(secret) = secret.filter(|secret| !secret.is_empty()) else {
        return Cow::Borrowed(body);
    };
    // JSON may escape a slash (RFC 8259 §7), and base64 has some.
    let escaped = secret.replace('/', "\\/");
    let first = replaced(body, secret.as_bytes());
    match replaced(&first, escaped.as_bytes()) {
        Cow::Borrowed(_) => first,
        Cow::Owned(second) => Cow::Owned(second),
    }
}

fn replaced<'a>(body: &'a [u8], secret: &[u8]) -> Cow<'a, [u8]> {
    let mut out = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.windows(secret.len()).position(|part| part == secret) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(REDACTED);
        rest = from.get(secret.len()..).unwrap_or_default();
    }
    if out.is_empty() && rest.len() == body.len() {
        return Cow::Borrowed(body);
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str, secret: &str) -> alloc::string::String {
        let redacted = redacted(body.as_bytes(), Some(secret));
        alloc::string::String::from_utf8(redacted.into_owned()).expect("text")
    }

    #[test]
    fn a_secret_is_gone_wherever_it_stands() {
        assert_eq!(text("key key", "key"), "*** ***");
        assert_eq!(text("a ke key k", "key"), "a ke *** k");
        assert_eq!(
            text(r#"{"a":"ab\/c+d=","b":"ab/c+d="}"#, "ab/c+d="),
            r#"{"a":"***","b":"***"}"#
        );
        assert_eq!(text("key", "a longer key"), "key");
    }

    #[test]
    fn what_holds_none_stays_as_it_is() {
        for secret in [None, Some(""), Some("absent")] {
            assert!(matches!(redacted(b"body", secret), Cow::Borrowed(b"body")), "{secret:?}");
        }
    }
}
