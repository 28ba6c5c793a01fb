//! The state in one line within the pages of others: a document for an iframe. Those who can run a
//! script on their page take `widget.js` instead (`www/status/widget.ts`).

use alloc::format;
use alloc::string::String;

use super::wording::{self, english};
use super::xml::escaped;
use super::{StatusPlace, StatusView};

/// How often the document loads itself again, in seconds: as often as the state is measured.
const REFRESH_SECS: u32 = 60;

/// Its style, whose digest [`WIDGET_CONTENT_SECURITY_POLICY`] names.
const STYLE: &str = "html{color-scheme:light dark}body{margin:0;font:14px/20px system-ui,sans-serif}\
    a{display:inline-flex;gap:8px;align-items:center;padding:4px 8px;color:inherit;\
    text-decoration:none}a:hover span,a:focus-visible span{text-decoration:underline}\
    svg{flex:none}";

/// The document's `Content-Security-Policy`. Every page may frame this document, and this alone: it
/// has no script and no form, and nothing in it can be clicked but the link to the page.
pub const WIDGET_CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-GMXM4Af0+NLWLng4M1VKgp7AGH0i1QJmhYtQeornFnI='; base-uri 'none'; form-action 'none'; frame-ancestors *";

/// `widget`: a link to the page, which says how the site is.
pub fn widget(place: &StatusPlace<'_>, view: &StatusView<'_>) -> String {
    let state = view.worst();
    let (headline, color) = (english::headline(state), wording::color(state));
    let (site, url) = (escaped(place.site_name), escaped(place.url));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <meta http-equiv=\"refresh\" content=\"{REFRESH_SECS}\">\n\
         <title>{site}: {headline}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a href=\"{url}\" target=\"_blank\" rel=\"noopener\">\
         <svg width=\"12\" height=\"12\" aria-hidden=\"true\">\
         <circle cx=\"6\" cy=\"6\" r=\"6\" fill=\"{color}\"/></svg>\
         <span>{site}: {headline}</span></a>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{STYLE, WIDGET_CONTENT_SECURITY_POLICY};
    use base64ct::{Base64, Encoding as _};
    use sha2::{Digest as _, Sha256};

    #[test]
    fn the_policy_names_the_style_that_the_document_has() {
        let digest = Base64::encode_string(&Sha256::digest(STYLE));
        let allowed = ["'sha256-", &digest, "'"].concat();
        assert!(WIDGET_CONTENT_SECURITY_POLICY.contains(&allowed), "{allowed}");
    }
}
