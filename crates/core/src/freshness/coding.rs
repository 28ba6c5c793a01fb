//! Codings of bodies (RFC 9110 §8.4). Copies are kept decoded, so that any visitor can read them:
//! what the platform does not undo would reach visitors who never said that they accept it.

/// The codings that the platform undoes when it reads a body. It knows them in lower case only, and
/// knows neither `x-gzip` nor lists.
const DECODED: &[&str] = &["gzip", "br"];

/// Whether the platform undoes this `Content-Encoding`.
pub(super) fn is_undone(coding: &str) -> bool {
    DECODED.contains(&coding.trim())
}

/// Whether a body with this `Content-Encoding` is plain once it was read.
pub(crate) fn is_plain(coding: &str) -> bool {
    let coding = coding.trim();
    is_undone(coding) || coding.is_empty() || coding.eq_ignore_ascii_case("identity")
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
}
