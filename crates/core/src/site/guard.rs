//! The guard refuses requests before any other part sees them: those that are too large, whose path
//! could be read in two ways, or that an upstream has sent back to the site.

use core::fmt;

/// Longest URL, in bytes: RFC 9110 §4.1 asks for 8,000 octets at least, and what an upstream cannot
/// take would be its error, which other visitors would see.
pub const URL_MAX: usize = 8 * 1024;
/// Most bytes that a request's fields may have, names and values together: what Apache and nginx
/// take by default, twice over.
pub const FIELDS_MAX: usize = 32 * 1024;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// 400: the path holds a NUL (`%00`) or a control character, at which programs cut or refuse
    /// it.
    ControlCharacter,
    /// 400: the path holds an escaped slash where the route takes none.
    EscapedSlash,
    /// 414: the URL's length, in bytes.
    UrlTooLong(usize),
    /// 431 (RFC 6585 §5): the fields' length, in bytes.
    FieldsTooLarge(usize),
    /// 508 (RFC 5842 §7.2): `Via` says that it has been here, so that an upstream leads back to the
    /// site.
    Loop,
}

impl Refused {
    /// The status and its phrase.
    pub const fn status(self) -> (u16, &'static str) {
        match self {
            Self::ControlCharacter | Self::EscapedSlash => (400, "Bad Request"),
            Self::UrlTooLong(_) => (414, "URI Too Long"),
            Self::FieldsTooLarge(_) => (431, "Request Header Fields Too Large"),
            Self::Loop => (508, "Loop Detected"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlCharacter => {
                f.write_str("the path holds `%00` or a control character, expected neither")
            }
            Self::EscapedSlash => f.write_str(
                "the path holds `%2F` or `%5C`, expected a slash that separates segments",
            ),
            Self::UrlTooLong(bytes) => {
                write!(f, "the URL has {bytes} bytes, expected at most {URL_MAX}")
            }
            Self::FieldsTooLarge(bytes) => {
                write!(f, "the header fields have {bytes} bytes, expected at most {FIELDS_MAX}")
            }
            Self::Loop => {
                f.write_str("the request has been here before: an upstream leads back to the site")
            }
        }
    }
}

/// Lets a request pass, by the sizes of its URL and its fields, its `Via`, and our name there.
///
/// # Errors
/// [`Refused`], the first reason not to.
pub fn check(url: usize, fields: usize, via: Option<&str>, pseudonym: &str) -> Result<(), Refused> {
    if url > URL_MAX {
        return Err(Refused::UrlTooLong(url));
    }
    if fields > FIELDS_MAX {
        return Err(Refused::FieldsTooLarge(fields));
    }
    // Members are `version received-by comment?` (RFC 9110 §7.6.3).
    let is_us = |member: &str| member.split_ascii_whitespace().nth(1) == Some(pseudonym);
    if via.is_some_and(|via| via.split(',').any(is_us)) {
        return Err(Refused::Loop);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bounded_inclusively() {
        assert_eq!(check(URL_MAX, FIELDS_MAX, None, "x"), Ok(()));
        assert_eq!(check(URL_MAX + 1, 0, None, "x"), Err(Refused::UrlTooLong(8_193)));
        assert_eq!(check(0, FIELDS_MAX + 1, None, "x"), Err(Refused::FieldsTooLarge(32_769)));
    }

    #[test]
    fn a_request_that_was_here_is_refused_and_other_proxies_are_not() {
        let us = "breakwater-shop.example";
        for via in ["1.1 breakwater-shop.example", "1.0 fred, 1.1 breakwater-shop.example (x)"] {
            assert_eq!(check(0, 0, Some(via), us), Err(Refused::Loop), "{via}");
        }
        for via in [
            "",
            "1.1 breakwater-other.example",
            "1.1 fred, HTTP/1.1 GWA",
            "breakwater-shop.example",
        ] {
            assert_eq!(check(0, 0, Some(via), us), Ok(()), "{via}");
        }
    }
}
