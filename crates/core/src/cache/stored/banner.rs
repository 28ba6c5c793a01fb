//! The banner that tells a visitor that a page is a stored response: which pages can carry one, and
//! which fields no longer hold for a page that does.

use crate::base::fields::Fields;
use crate::cache::freshness;

/// Fields of a page that do not hold for it with a banner: its length, the bytes that validators
/// and digests name, and the parts of it that could be asked for.
pub const VOID_WITH_BANNER: [&str; 8] = [
    "accept-ranges",
    "content-digest",
    "content-length",
    "content-md5",
    "digest",
    "etag",
    "last-modified",
    "repr-digest",
];

/// Whether an answer made from a stored response with this status may carry a banner: a page whose
/// origin does not forbid that it is changed (RFC 9111 §5.2.2.6).
pub fn carries_banner(status: u16, fields: Fields<'_>) -> bool {
    let media_type = fields.get("content-type").unwrap_or_default().split(';').next();
    status == 200
        && media_type.unwrap_or_default().trim().eq_ignore_ascii_case("text/html")
        && !freshness::forbids_changes(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_carries_a_banner_unless_its_maker_forbids_changes() {
        let of = |lines| carries_banner(200, Fields::new(lines));
        assert!(of("content-type:text/html") && of("content-type:Text/HTML ; charset=utf-8"));
        assert!(!of("content-type:text/htmlx") && !of("content-type:text/plain") && !of(""));
        assert!(!of("content-type:text/html\ncache-control:max-age=9, no-transform"));
        assert!(!carries_banner(404, Fields::new("content-type:text/html")));
    }
}
