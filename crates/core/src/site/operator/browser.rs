//! Whether the operator intended a request that their browser sent.
//!
//! A page of another site can make an operator's browser send a request, with everything that the
//! browser adds by itself. But the page cannot hide its origin, and it can set a field of its own
//! only after a preflight, which Breakwater never grants for these paths.

use core::fmt;

use super::OperatorProof;
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
    /// A browser has added the proof by itself, and does not say for which page.
    NoOrigin {
        /// What it would say on a page of this site.
        expected: &'a str,
    },
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
            Self::NoOrigin { expected } => write!(
                f,
                "`Origin` is missing, expected `{expected}`; a program shows a token instead"
            ),
        }
    }
}

impl core::error::Error for ForgedWrite<'_> {}

/// Refuses a write that may come from another site's page. `url` is the request's, as the platform
/// writes it, then the request's fields `Origin` and `Breakwater-Request`. Programs send no
/// `Origin`, and no page can make them send a request that they do not intend; but they show a
/// token, which no browser adds by itself.
///
/// # Errors
/// [`ForgedWrite`] says which of the conditions is not met.
pub fn check_write<'a>(
    proof: &OperatorProof,
    url: &'a str,
    origin: Option<&'a str>,
    confirmation: Option<&str>,
) -> Result<(), ForgedWrite<'a>> {
    if origin.is_none() && !proof.is_sent_by_browsers() {
        return Ok(());
    }
    check_origin(url, origin)?;
    if confirmation != Some(CONFIRMATION.1) {
        return Err(ForgedWrite::Unconfirmed);
    }
    Ok(())
}

/// Refuses what a page of another site may have sent, or one that does not say which.
///
/// # Errors
/// [`ForgedWrite`] says why.
pub(super) fn check_origin<'a>(
    url: &'a str,
    origin: Option<&'a str>,
) -> Result<(), ForgedWrite<'a>> {
    // The platform writes URLs as browsers write `Origin`, without the scheme's own port (RFC 6454
    // §6.2).
    let expected = origin_of(url);
    match origin {
        Some(origin) if origin == expected => Ok(()),
        Some(origin) => Err(ForgedWrite::OtherOrigin { origin, expected }),
        None => Err(ForgedWrite::NoOrigin { expected }),
    }
}

/// A read that another site's page has made a browser send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForgedRead;

impl fmt::Display for ForgedRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`Sec-Fetch-Site` cannot be `cross-site`, expected a page of this site")
    }
}

impl core::error::Error for ForgedRead {}

/// Refuses a read that another site's page has made a browser send with what it adds by itself.
/// That page could not read the answer, but it could tell how long it took. `site` is the field
/// `Sec-Fetch-Site` (w3.org/TR/fetch-metadata), which browsers of today send and no page can set.
///
/// # Errors
/// [`ForgedRead`] if it comes from there.
pub fn check_read(proof: &OperatorProof, site: Option<&str>) -> Result<(), ForgedRead> {
    let is_forged = proof.is_sent_by_browsers() && site == Some("cross-site");
    if is_forged { Err(ForgedRead) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    use crate::site::access::Rank;
    use crate::site::operator::{OperatorSession, OperatorTokens, SessionTicket};

    const TOKEN: OperatorProof = OperatorProof::Token;
    const URL: &str = "https://shop.example/_breakwater/bypass?a=https://b.example/";

    #[test]
    fn a_program_needs_neither_field() {
        assert_eq!(check_write(&TOKEN, URL, None, None), Ok(()));
    }

    /// What browsers add to requests by themselves.
    fn sent_by_browsers() -> [OperatorProof; 2] {
        let tokens = OperatorTokens::among(|_| Some("a".into()));
        let (ticket, _) = SessionTicket::issue(&[0; 32], Rank::Viewer, &tokens).unwrap();
        let session = OperatorSession::new(Rank::Viewer, "", Default::default());
        [session.identity(ticket.hash().clone()).proof, OperatorProof::Access]
    }

    #[test]
    fn what_a_browser_adds_by_itself_needs_both_in_any_case() {
        let own = Some("https://shop.example");
        for proof in sent_by_browsers() {
            assert_eq!(check_write(&proof, URL, own, Some("1")), Ok(()));
            let unconfirmed = Err(ForgedWrite::Unconfirmed);
            assert_eq!(check_write(&proof, URL, own, None), unconfirmed);
            let no_origin = Err(ForgedWrite::NoOrigin { expected: "https://shop.example" });
            for confirmation in [None, Some("1")] {
                assert_eq!(check_write(&proof, URL, None, confirmation), no_origin);
            }
            let other = Some("https://evil.example");
            assert!(check_write(&proof, URL, other, Some("1")).is_err());
        }
    }

    #[test]
    fn another_sites_page_reads_nothing_by_what_a_browser_adds() {
        for proof in sent_by_browsers() {
            for site in [None, Some("same-origin"), Some("same-site"), Some("none")] {
                assert_eq!(check_read(&proof, site), Ok(()));
            }
            assert_eq!(check_read(&proof, Some("cross-site")), Err(ForgedRead));
        }
        assert_eq!(check_read(&TOKEN, Some("cross-site")), Ok(()));
    }

    #[test]
    fn a_page_of_the_site_needs_both() {
        let own = Some("https://shop.example");
        assert_eq!(check_write(&TOKEN, URL, own, Some("1")), Ok(()));
        for confirmation in [None, Some(""), Some("0"), Some("true")] {
            assert_eq!(check_write(&TOKEN, URL, own, confirmation), Err(ForgedWrite::Unconfirmed));
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
                check_write(&TOKEN, URL, Some(origin), Some("1")),
                Err(ForgedWrite::OtherOrigin { origin, expected: "https://shop.example" }),
            );
        }
    }

    #[test]
    fn the_port_belongs_to_the_origin() {
        for url in ["http://localhost:8787/_breakwater/bypass", "http://localhost:8787"] {
            assert_eq!(check_write(&TOKEN, url, Some("http://localhost:8787"), Some("1")), Ok(()));
            assert!(check_write(&TOKEN, url, Some("http://localhost:1"), Some("1")).is_err());
        }
    }

    #[test]
    fn the_message_names_what_is_wrong() {
        assert_eq!(
            check_write(&TOKEN, URL, Some("null"), None).unwrap_err().to_string(),
            "`Origin` cannot be `null`, expected `https://shop.example`"
        );
        assert_eq!(
            check_write(&OperatorProof::Access, URL, None, None).unwrap_err().to_string(),
            "`Origin` is missing, expected `https://shop.example`; a program shows a token instead"
        );
        assert_eq!(
            ForgedWrite::Unconfirmed.to_string(),
            "`Breakwater-Request` is missing, expected `Breakwater-Request: 1` beside `Origin`"
        );
    }
}
