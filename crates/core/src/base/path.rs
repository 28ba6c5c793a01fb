//! Paths in the form that routes match on: one spelling for all ways to write the same path.
//!
//! The spelling that a route matches also matters for what is sent. [`resolve`] decides whether the
//! upstream gets the path in the visitor's spelling or in this one.
//!
//! [`resolve`]: crate::site::config::Site::resolve

use alloc::borrow::Cow;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// How `%2F` and `%5C` in a path are treated. They are not separators (RFC 3986 §2.2), but many
/// servers decode them before they look up the path. The counterpart in Envoy is
/// `path_with_escaped_slashes_action`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscapedSlashes {
    /// They are kept if the decoded path leads to the same route, and refused otherwise: a server
    /// that decodes them would serve a path that another route guards.
    #[default]
    Auto,
    /// They are sent unchanged.
    Keep,
    /// A path that contains one is refused.
    Refuse,
    /// They are treated as slashes, both for matching and in the path that is sent.
    Decode,
}

/// Returns the path in the form that routes match on (RFC 3986 §6.2.2, and without duplicate
/// slashes).
///
/// The path must have no query. Escaped unreserved characters are decoded, and the digits of other
/// escapes become upper case. `.` and `..` are resolved and never climb above the root. A `%` that
/// does not begin an escape becomes `%25`. `%2F` stays, since it is not a separator, and so does
/// the case of letters. The result begins with `/`, and normalising it again changes nothing. A
/// path that is already normalised is borrowed.
///
/// ```
/// use breakwater_core::base::path::normalise;
///
/// assert_eq!(normalise("/%61pi//v1/%2e%2E/me"), "/api/me");
/// assert_eq!(normalise("/a%2fb"), "/a%2Fb");
/// ```
pub fn normalise(path: &str) -> Cow<'_, str> {
    if is_normalised(path) { Cow::Borrowed(path) } else { Cow::Owned(rewritten(path)) }
}

/// Returns whether [`normalise`] leaves the path as it is.
pub fn is_normalised(path: &str) -> bool {
    let Some(relative) = path.strip_prefix('/') else {
        return false;
    };
    // Only the last segment may be empty, in a path that ends in a slash.
    let parents = relative.rsplit_once('/').map(|(parents, _)| parents);
    parents.is_none_or(|parents| parents.split('/').all(|segment| !segment.is_empty()))
        && relative.split('/').all(|segment| !matches!(segment, "." | "..") && is_decoded(segment))
}

/// Returns the normalised path with its escaped slashes and backslashes as slashes, or `None` if it
/// has none.
pub fn with_decoded_slashes(path: &str) -> Option<String> {
    let is_escaped = |after: &str| matches!(escape(after), Some(b'/' | b'\\'));
    if !path.split('%').skip(1).any(is_escaped) {
        return None;
    }
    let mut parts = path.split('%');
    let mut decoded = String::from(parts.next().unwrap_or_default());
    for after in parts {
        match after.split_at_checked(2) {
            Some((_, rest)) if is_escaped(after) => {
                decoded.push('/');
                decoded.push_str(rest);
            }
            Some(_) | None => {
                decoded.push('%');
                decoded.push_str(after);
            }
        }
    }
    Some(normalise(&decoded).into_owned())
}

/// Returns whether the path contains a control character or an escaped NUL.
pub fn has_control_character(path: &str) -> bool {
    path.bytes().any(|byte| byte.is_ascii_control())
        || path.split('%').skip(1).any(|after| escape(after) == Some(0))
}

/// Returns the first character that does not occur in a path from a browser or from `URL.pathname`.
pub(crate) fn illegal_character(path: &str) -> Option<char> {
    path.chars().find(|&c| {
        !c.is_ascii_graphic()
            || matches!(c, '"' | '#' | '<' | '>' | '?' | '\\' | '^' | '`' | '{' | '}')
    })
}

fn is_decoded(segment: &str) -> bool {
    segment.split('%').skip(1).all(|after| match escape(after) {
        Some(byte) => !is_unreserved(byte) && !has_lower_case(after),
        None => false,
    })
}

fn rewritten(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 1);
    let mut is_directory = false;
    for segment in path.split('/') {
        let parent = out.len();
        out.push('/');
        push_decoded(&mut out, segment);
        let dropped_to = match out.get(parent + 1..) {
            Some("" | ".") => Some(parent),
            Some("..") => Some(out.get(..parent).and_then(|kept| kept.rfind('/')).unwrap_or(0)),
            _ => None,
        };
        is_directory = dropped_to.is_some();
        if let Some(length) = dropped_to {
            out.truncate(length);
        }
    }
    if is_directory {
        out.push('/');
    }
    out
}

fn push_decoded(out: &mut String, segment: &str) {
    let mut parts = segment.split('%');
    out.push_str(parts.next().unwrap_or_default());
    for after in parts {
        match (escape(after), after.split_at_checked(2)) {
            (Some(byte), Some((_, rest))) if is_unreserved(byte) => {
                out.push(char::from(byte));
                out.push_str(rest);
            }
            (Some(_), Some((digits, rest))) => {
                out.push('%');
                out.extend(digits.chars().map(|digit| digit.to_ascii_uppercase()));
                out.push_str(rest);
            }
            // A bare `%` could form an escape with the characters that are decoded after it.
            _ => {
                out.push_str("%25");
                out.push_str(after);
            }
        }
    }
}

/// Returns the byte that the two digits after a `%` stand for.
fn escape(after: &str) -> Option<u8> {
    let [high, low, ..] = after.as_bytes() else {
        return None;
    };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

fn has_lower_case(after: &str) -> bool {
    after.bytes().take(2).any(|byte| byte.is_ascii_lowercase())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Returns whether the text is a normalised path, with or without a query.
pub(crate) fn is_target(text: &str) -> bool {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    illegal_character(path).is_none()
        && is_normalised(path)
        && query.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        assert_eq!(normalise(path), expected, "{path}");
    }

    #[test]
    fn a_normalised_path_is_borrowed() {
        for path in ["/", "/a", "/a/", "/a/b.c/..d/.e", "/a%2Fb", "/%C3%A9", "/Ab~c_-", "/é", "/*"]
        {
            assert!(matches!(normalise(path), Cow::Borrowed(same) if same == path), "{path}");
        }
    }

    #[test]
    fn slashes_are_merged() {
        check("//", "/");
        check("//a///b//", "/a/b/");
        check("/a//../b", "/b");
    }

    #[test]
    fn dot_segments_are_resolved_and_stay_below_the_root() {
        check("/a/./b/../c", "/a/c");
        check("/../../a", "/a");
        check("/a/..", "/");
        check("/a/b/..", "/a/");
        check("/a/.", "/a/");
        check("/..", "/");
        check("/a/%2e%2E/b", "/b");
        check("/a/.%2e/b/%2E/c", "/b/c");
        check("/a/...", "/a/...");
    }

    #[test]
    fn unreserved_characters_are_decoded_and_others_are_not() {
        check("/%61%63count/%7Eme", "/account/~me");
        check("/a%2fb%3f%25", "/a%2Fb%3F%25");
        check("/%c3%a9", "/%C3%A9");
        check("/Api", "/Api");
    }

    #[test]
    fn nothing_is_decoded_twice() {
        check("/%252e%252e/a", "/%252e%252e/a");
        check("/%%32%65/a", "/%252e/a");
        check("/%2%65", "/%252e");
        check("/%", "/%25");
        check("/%zz%4", "/%25zz%254");
        check("/%é", "/%25é");
    }

    #[test]
    fn escaped_slashes_separate_where_they_are_decoded() {
        let decoded = |path| with_decoded_slashes(path);
        for path in ["/", "/a/b", "/a%25b", "/a%252fb", "/a%", "/a%2", "/a\\b", "/é%"] {
            assert_eq!(decoded(path), None, "{path}");
        }
        for (path, expected) in [
            ("/a%2fb", "/a/b"),
            ("/a%5Cb%2F", "/a/b/"),
            ("/a/..%2f..%2Fb", "/b"),
            ("/a%2f%2e%2e%5cb", "/b"),
            ("/a%2fb/../c", "/a/c"),
            ("/%%2f", "/%25/"),
        ] {
            assert_eq!(decoded(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn control_characters_are_seen_and_escaped_ones_but_nul_are_data() {
        for path in ["/a%00b", "/%00", "/a\0", "/a\tb", "/a\u{7f}"] {
            assert!(has_control_character(path), "{path:?}");
        }
        for path in ["/", "/a%0Ab", "/%2500", "/a%0", "/é"] {
            assert!(!has_control_character(path), "{path:?}");
        }
    }

    #[test]
    fn anything_becomes_an_absolute_path() {
        check("", "/");
        check("*", "/*");
        check("a/b", "/a/b");
        check("..", "/");
    }

    #[test]
    fn normalising_twice_changes_nothing_more() {
        const PARTS: [&str; 18] = [
            "/", "/", "//", ".", "..", "%2e", "%2E", "%2f", "%", "%2", "%25", "%61", "6", "e", "a",
            "é", "*", "%C3",
        ];
        // This is a linear congruential generator with the constants of Knuth's MMIX. Its high bits
        // select the parts.
        let mut state: u64 = 7;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        for _ in 0..20_000 {
            let mut path = String::new();
            for _ in 0..next(12) {
                path.push_str(PARTS[next(PARTS.len())]);
            }
            let once = normalise(&path);
            assert!(once.starts_with('/') && !once.contains("//"), "{path} -> {once}");
            assert!(once.split('/').all(|part| part != "." && part != ".."), "{path} -> {once}");
            assert!(is_normalised(&once), "{path} -> {once}");
            assert_eq!(rewritten(&once), once, "{path}");
            assert_eq!(is_normalised(&path), once == path, "{path} -> {once}");
        }
    }
}
