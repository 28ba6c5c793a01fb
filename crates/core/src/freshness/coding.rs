//! Codings of bodies (RFC 9110 §8.4). Copies are kept decoded, so that any visitor can read them:
//! what the platform does not undo would reach visitors who never said that they accept it.

use crate::fields::{Fields, members};

/// The codings that the platform undoes when it reads a body. It knows them in lower case only, and
/// knows neither `x-gzip` nor lists.
const DECODED: &[&str] = &["gzip", "br"];

/// The codings in IANA's HTTP Content Coding Registry, but for `identity`.
const REGISTERED: &[&str] = &[
    "aes128gcm",
    "br",
    "compress",
    "dcb",
    "dcz",
    "deflate",
    "exi",
    "gzip",
    "pack200-gzip",
    "x-compress",
    "x-gzip",
    "zstd",
];

/// Whether the platform undoes this `Content-Encoding`.
pub(super) fn is_undone(coding: &str) -> bool {
    DECODED.contains(&coding.trim())
}

/// Whether a body with this `Content-Encoding` is plain once it was read.
pub(crate) fn is_plain(coding: &str) -> bool {
    let coding = coding.trim();
    is_undone(coding) || coding.is_empty() || coding.eq_ignore_ascii_case("identity")
}

/// Whether an answer's body, once it was read, is for any visitor. If it is not plain, the upstream must
/// not have chosen its coding by `Accept-Encoding`, whether it says so or not: what no standard knows
/// nobody asks for.
pub(super) fn is_for_all(answer: Fields<'_>) -> bool {
    let coding = answer.get("content-encoding").unwrap_or_default();
    let is_known = |member: &str| REGISTERED.iter().any(|one| member.eq_ignore_ascii_case(one));
    let is_chosen = || {
        let mut vary = members(answer.get("vary").unwrap_or_default());
        vary.any(|name| name.eq_ignore_ascii_case("accept-encoding"))
    };
    is_plain(coding) || !(members(coding).any(is_known) || is_chosen())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_platform_undoes_is_plain_and_nothing_else_is() {
        for coding in ["gzip", " br", "identity", "Identity", ""] {
            assert!(is_plain(coding), "{coding}");
        }
        for coding in ["zstd", "compress", "deflate", "dcb", "x-gzip", "GZIP", "gzip, br", "gzip,"]
        {
            assert!(!is_plain(coding), "{coding}");
        }
    }

    #[test]
    fn what_was_chosen_by_what_one_visitor_accepts_is_not_for_all() {
        let of = |lines: &str| is_for_all(Fields::new(lines));
        assert!(of("vary:accept-encoding\ncontent-encoding:gzip"));
        assert!(of("vary:accept\ncontent-encoding:own-words"));
        assert!(!of("vary:accept, Accept-Encoding\ncontent-encoding:own-words"));
        for coding in ["zstd", "ZSTD", "GZIP", "x-gzip", "own-words, dcb"] {
            assert!(!of(&alloc::format!("content-encoding:{coding}")), "{coding}");
        }
    }
}
