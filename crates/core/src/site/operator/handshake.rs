//! Whether a WebSocket may be opened for the page that asks for it.

use super::browser::check_origin;
use super::{ForgedWrite, OperatorProof};

/// Refuses to open a WebSocket for another site's page. A browser sends what it keeps for this site
/// along with the handshake of any page, asks for no preflight, and lets the page read all that
/// comes (RFC 6455 §10.2); but it names the page's origin (§4.1). Programs name none. `url` is the
/// request's, as the platform writes it.
///
/// # Errors
/// [`ForgedWrite`] if it is such a page, or a browser that does not say which page asks.
pub fn check_handshake<'a>(
    proof: &OperatorProof,
    url: &'a str,
    origin: Option<&'a str>,
) -> Result<(), ForgedWrite<'a>> {
    if origin.is_none() && !proof.is_sent_by_browsers() {
        return Ok(());
    }
    check_origin(url, origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_the_site_or_a_program_opens_a_socket() {
        let url = "https://shop.example/_breakwater/live";
        assert_eq!(check_handshake(&OperatorProof::Token, url, None), Ok(()));
        assert!(check_handshake(&OperatorProof::Access, url, None).is_err());
        assert_eq!(
            check_handshake(&OperatorProof::Token, url, Some("https://shop.example")),
            Ok(())
        );
        for origin in ["null", "https://evil.example", "wss://shop.example", "http://shop.example"]
        {
            let expected = "https://shop.example";
            let refused = Err(ForgedWrite::OtherOrigin { origin, expected });
            assert_eq!(check_handshake(&OperatorProof::Token, url, Some(origin)), refused);
        }
    }

    #[test]
    fn the_port_belongs_to_the_origin() {
        let url = "http://localhost:8787/_breakwater/live";
        assert_eq!(
            check_handshake(&OperatorProof::Token, url, Some("http://localhost:8787")),
            Ok(())
        );
        assert!(check_handshake(&OperatorProof::Token, url, Some("http://localhost")).is_err());
    }
}
