//! Whether the operator intended a write that their browser sent.
//!
//! A page of another site can make an operator's browser send a request, with everything that the
//! browser adds by itself. But the page cannot hide its origin, and it can set a field of its own
//! only after a preflight, which Breakwater never grants for these paths.

use core::fmt;

use crate::base::origin::origin_of;

/// The field, and the only value that counts.
const CONFIRMATION: (&str, &str) = ("Breakwater-Request", "1");

/// A write that may come from another site's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgedWrite<'a> {
    /// `Origin` names another site, or none.
    OtherOrigin {
        /// The field as it was sent.
        origin: &'a str,
        /// What it would be on a page of this site.
        expected: &'a str,
    },
    /// The field that only a page of this site can set is missing or says something else.
    Unconfirmed,
}

impl fmt::Display for ForgedWrite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherOrigin { origin, expected } => {
                write!(f, "`Origin` cannot be `{origin}`, expected `{expected}`")
            }
            Self::Unconfirmed => {
                let (name, value) = CONFIRMATION;
                write!(f, "`{name}` is missing, expected `{name}: {value}` beside `Origin`")
            }
        }
    }
}

impl core::error::Error for ForgedWrite<'_> {}

/// Refuses a write that may come from another site's page. `url` is the request's, as the platform
/// writes it, then the request's fields `Origin` and `Breakwater-Request`. Programs send no
/// `Origin`, and no page can make them send a request that they do not intend.
///
/// # Errors
/// [`ForgedWrite`] says which of the two conditions is not met.
pub fn check_write<'a>(
    url: &'a str,
    origin: Option<&'a str>,
    confirmation: Option<&str>,
) -> Result<(), ForgedWrite<'a>> {
    let Some(origin) = origin else { return Ok(()) };
    // The platform writes URLs as browsers write `Origin`, without the scheme's own port (RFC 6454
    // §6.2).
    let expected = origin_of(url);
    if origin != expected {
        return Err(ForgedWrite::OtherOrigin { origin, expected });
    }
    if confirmation != Some(CONFIRMATION.1) {
        return Err(ForgedWrite::Unconfirmed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const URL: &str = "https://shop.example/_breakwater/bypass?a=https://b.example/";

    #[test]
    fn a_program_needs_neither_field() {
        assert_eq!(check_write(URL, None, None), Ok(()));
    }

    #[test]
    fn a_page_of_the_site_needs_both() {
        let own = Some("https://shop.example");
        assert_eq!(check_write(URL, own, Some("1")), Ok(()));
        for confirmation in [None, Some(""), Some("0"), Some("true")] {
            assert_eq!(check_write(URL, own, confirmation), Err(ForgedWrite::Unconfirmed));
        }
    }

    #[test]
    fn another_site_is_refused_whatever_it_confirms() {
        for origin in [
            "null",
            "",
            "https://evil.example",
            "http://shop.example",
            "https://shop.example:8443",
            "https://shop.example.evil.example",
            "https://shop.example/",
            "https://shop.exampl",
        ] {
            assert_eq!(
                check_write(URL, Some(origin), Some("1")),
                Err(ForgedWrite::OtherOrigin { origin, expected: "https://shop.example" }),
            );
        }
    }

    #[test]
    fn the_port_belongs_to_the_origin() {
        for url in ["http://localhost:8787/_breakwater/bypass", "http://localhost:8787"] {
            assert_eq!(check_write(url, Some("http://localhost:8787"), Some("1")), Ok(()));
            assert!(check_write(url, Some("http://localhost:1"), Some("1")).is_err());
        }
    }

    #[test]
    fn the_message_names_what_is_wrong() {
        assert_eq!(
            check_write(URL, Some("null"), None).unwrap_err().to_string(),
            "`Origin` cannot be `null`, expected `https://shop.example`"
        );
        assert_eq!(
            ForgedWrite::Unconfirmed.to_string(),
            "`Breakwater-Request` is missing, expected `Breakwater-Request: 1` beside `Origin`"
        );
    }
}
