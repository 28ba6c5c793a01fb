//! Whether a WebSocket may be opened for the page that asks for it.

use super::ForgedWrite;
use crate::base::origin::origin_of;

/// Refuses to open a WebSocket for another site's page. A browser sends what it keeps for this site
/// along with the handshake of any page, asks for no preflight, and lets the page read all that
/// comes (RFC 6455 §10.2); but it names the page's origin (§4.1). Programs name none. `url` is the
/// request's, as the platform writes it.
///
/// # Errors
/// [`ForgedWrite::OtherOrigin`] if it is such a page.
pub fn check_handshake<'a>(url: &'a str, origin: Option<&'a str>) -> Result<(), ForgedWrite<'a>> {
    let Some(origin) = origin else { return Ok(()) };
    // The platform writes URLs as browsers write `Origin`, without the scheme's own port (RFC 6454
    // §6.2).
    let expected = origin_of(url);
    if origin == expected { Ok(()) } else { Err(ForgedWrite::OtherOrigin { origin, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_the_site_or_a_program_opens_a_socket() {
        let url = "https://shop.example/_breakwater/live";
        assert_eq!(check_handshake(url, None), Ok(()));
        assert_eq!(check_handshake(url, Some("https://shop.example")), Ok(()));
        for origin in ["null", "https://evil.example", "wss://shop.example", "http://shop.example"]
        {
            let expected = "https://shop.example";
            let refused = Err(ForgedWrite::OtherOrigin { origin, expected });
            assert_eq!(check_handshake(url, Some(origin)), refused);
        }
    }

    #[test]
    fn the_port_belongs_to_the_origin() {
        let url = "http://localhost:8787/_breakwater/live";
        assert_eq!(check_handshake(url, Some("http://localhost:8787")), Ok(()));
        assert!(check_handshake(url, Some("http://localhost")).is_err());
    }
}
