//! Codings of bodies (RFC 9110 §8.4). A response is stored in the coding in which it came, as
//! Varnish does with gzip: so it stays small, and its validators and digests remain true. It is
//! decoded for visitors who do not accept that coding.

use alloc::string::String;

use crate::base::fields::{Fields, members};

/// A coding that can be undone for a visitor who does not accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
}

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

impl Coding {
    /// The name as fields have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    /// What a `Content-Encoding` says, if it is one coding that can be undone. The platform knows
    /// these in lower case only, and knows neither `x-gzip` nor lists.
    fn parse(field: &str) -> Option<Self> {
        let field = field.trim();
        [Self::Gzip, Self::Brotli].into_iter().find(|one| one.as_str() == field)
    }

    /// The coding of an answer's body, if there is anything to undo: nothing at all is the same in
    /// any coding.
    pub(crate) fn of(answer: Fields<'_>) -> Option<Self> {
        let coding = Self::parse(answer.get("content-encoding")?)?;
        (answer.get("content-length") != Some("0")).then_some(coding)
    }

    /// Whether a visitor accepts it (RFC 9110 §12.5.3). One who does not say so gets it decoded:
    /// the standard would allow any coding then, but such clients are seldom able to undo one.
    pub(crate) fn is_accepted_by(self, request: Fields<'_>) -> bool {
        let (mut named, mut any) = (None, None);
        for member in members(request.get("accept-encoding").unwrap_or_default()) {
            let (name, parameters) = member.split_once(';').unwrap_or((member, ""));
            let said = match name.trim() {
                "*" => &mut any,
                name if name.eq_ignore_ascii_case(self.as_str()) => &mut named,
                _ => continue,
            };
            *said = said.or(Some(!has_no_weight(parameters)));
        }
        named.or(any).unwrap_or(false)
    }

    /// Whether a body that begins like this can be in this coding. Brotli has no mark to know it
    /// by.
    const fn may_begin(self, begin: &[u8]) -> bool {
        match (self, begin) {
            (Self::Brotli, _) | (Self::Gzip, [] | [0x1f, 0x8b, ..]) => true,
            (Self::Gzip, _) => false,
        }
    }
}

/// Whether parameters name a weight of zero: then what they follow is refused (RFC 9110 §12.4.2).
fn has_no_weight(parameters: &str) -> bool {
    parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        let value = value.trim();
        name.trim().eq_ignore_ascii_case("q")
            && value.starts_with('0')
            && value.bytes().all(|byte| matches!(byte, b'0' | b'.'))
    })
}

/// Whether the body of an answer with these fields may be what they say if it begins like this.
/// Some servers label what they have not encoded: that can be passed on, but not be decoded for
/// others.
pub fn is_as_labelled(answer: Fields<'_>, begin: &[u8]) -> bool {
    Coding::of(answer).is_none_or(|coding| coding.may_begin(begin))
}

/// Whether a stored response with these fields may answer such a request: a visitor who does not
/// accept its coding gets it decoded, unless its origin forbids that by `no-transform` (RFC 9111
/// §5.2.2.6).
pub fn may_answer(copy: Fields<'_>, request: Fields<'_>) -> bool {
    let decodes = Coding::of(copy).is_some_and(|coding| !coding.is_accepted_by(request));
    !decodes || !forbids_changes(copy)
}

/// Whether an answer forbids that its body is changed on the way.
pub(crate) fn forbids_changes(answer: Fields<'_>) -> bool {
    let mut directives = members(answer.get("cache-control").unwrap_or_default());
    directives.any(|one| {
        let name = one.split_once('=').map_or(one, |(name, _)| name);
        name.trim_end().eq_ignore_ascii_case("no-transform")
    })
}

/// An entity tag for other bytes that mean the same (RFC 9110 §8.8.1).
pub fn weakened(etag: &str) -> String {
    let is_strong = etag.starts_with('"');
    [if is_strong { "W/" } else { "" }, etag].concat()
}

/// Whether a body with this `Content-Encoding` is plain once the platform has read it.
pub(crate) fn is_plain(coding: &str) -> bool {
    let coding = coding.trim();
    Coding::parse(coding).is_some() || coding.is_empty() || coding.eq_ignore_ascii_case("identity")
}

/// Whether an answer's body is for any visitor, decoded if need be. If it cannot be decoded, the
/// upstream must not have chosen its coding by `Accept-Encoding`, whether it says so or not: no
/// visitor asks for a coding that no standard knows.
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
    fn a_coding_is_accepted_where_a_visitor_says_so_and_does_not_weigh_it_with_nothing() {
        let accepts = |value: &str| {
            let lines = alloc::format!("accept-encoding:{value}");
            Coding::Gzip.is_accepted_by(Fields::new(&lines))
        };
        for value in
            ["gzip", "GZIP", "br, gzip;q=0.1", "*", "*;q=0, gzip", "gzip ; Q=1.0", "br,gzip"]
        {
            assert!(accepts(value), "{value}");
        }
        for value in ["", "br", "identity", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "x-gzip"] {
            assert!(!accepts(value), "{value}");
        }
        assert!(!Coding::Gzip.is_accepted_by(Fields::new("accept:*/*")));
    }

    #[test]
    fn a_copy_that_may_not_be_changed_is_for_those_who_accept_its_coding() {
        let of = |copy: &str, request: &str| may_answer(Fields::new(copy), Fields::new(request));
        let fixed = "content-encoding:gzip\ncache-control:max-age=9, No-Transform";
        assert!(of(fixed, "accept-encoding:gzip"));
        assert!(!of(fixed, "accept-encoding:br") && !of(fixed, ""));
        assert!(of("content-encoding:gzip\ncache-control:max-age=9", ""));
        assert!(of("cache-control:no-transform", ""));
        assert!(of("content-encoding:gzip\ncontent-length:0\ncache-control:no-transform", ""));
    }

    #[test]
    fn plain_bytes_that_are_labelled_gzip_are_told() {
        let of = |lines: &str, begin: &[u8]| is_as_labelled(Fields::new(lines), begin);
        assert!(of("content-encoding:gzip", &[0x1f, 0x8b, 8]) && of("content-encoding:gzip", b""));
        assert!(!of("content-encoding:gzip", b"{}") && !of("content-encoding:gzip", &[0x1f]));
        assert!(of("content-encoding:br", b"{}") && of("", b"{}"));
    }

    #[test]
    fn a_strong_tag_becomes_a_weak_one() {
        assert_eq!(weakened("\"a\""), "W/\"a\"");
        assert_eq!(weakened("W/\"a\""), "W/\"a\"");
        assert_eq!(weakened("none"), "none");
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
