//! The answer that a visitor gets from a stored response: all of it, a part of it, or a 304 if the
//! visitor has it already.

use alloc::string::String;

use super::range::{self, Range};
use crate::base::fields::{self, Fields, members};
use crate::base::time::Timestamp;
use crate::cache::freshness::{self, Coding};
use crate::cache::meta::{StoredAge, StoredMeta};

/// What of the stored response's body goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Nothing: a `HEAD`, a 304, a 416.
    Nothing,
    /// From the first byte to before the second.
    Slice(u64, u64),
}

/// Which bytes of the stored response's body go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// Those that were stored, where the visitor accepts their coding.
    AsKept,
    /// Decoded ones in any case: something is done to them on their way.
    Changed,
}

/// An answer made from a stored response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The status.
    pub status: u16,
    /// The fields, as [`Fields`] reads them.
    pub fields: String,
    /// The body.
    pub part: Part,
    /// What the body is to be decoded from, where the visitor does not accept its coding.
    pub decode: Option<Coding>,
}

impl Served {
    /// Whether all of a good page goes out, so that a banner can be added to it.
    pub fn is_whole_page(&self) -> bool {
        (self.status, self.part) == (200, Part::Whole)
    }
}

/// Fields that name the bytes of a body (RFC 9530, and what it replaces). Where others go out, they
/// would accuse what is good.
const DIGESTS: [&str; 4] = ["content-digest", "repr-digest", "digest", "content-md5"];

/// What a stale stored response carries for an nginx that stands in front of us: it passes over
/// `Age`, and would take the response for a new one by its `Cache-Control`. It obeys this field
/// before all others (nginx.org, `proxy_cache_valid`), and keeps nothing of it to itself.
const EXPIRED: (&str, &str) = ("x-accel-expires", "0");

/// Answers a request from a stored response, by the conditions and the range that it names. `copy`
/// are the stored response's fields, `Content-Length` among them.
pub fn serve(
    stored: StoredMeta,
    copy: Fields<'_>,
    method: &str,
    request: Fields<'_>,
    bytes: Bytes,
    now: Timestamp,
) -> Served {
    let decode = Coding::of(copy)
        .filter(|coding| bytes == Bytes::Changed || !coding.is_accepted_by(request));
    let plain = decode.map(|_| decoded(copy));
    let copy = plain.as_deref().map_or(copy, Fields::new);
    let StoredAge { age, fresh_for } = stored.age(now);
    let expired = (age >= fresh_for).then_some(EXPIRED);
    let age = alloc::format!("{}", age.get() / 1000);
    let set = || [("age", &*age)].into_iter().chain(expired);
    let is_good = stored.status == 200;
    if is_good && freshness::is_not_modified(request, copy, now) {
        let describes_body =
            |name: &str| name.starts_with("content-") && name != "content-location";
        let fields = with(copy, set(), describes_body);
        return Served { status: 304, fields, part: Part::Nothing, decode: None };
    }
    let range = request
        .get("range")
        .filter(|_| is_good && method == "GET" && freshness::range_applies(request, copy));
    let length = copy.get("content-length").and_then(|length| length.parse().ok());
    if let (Some(range), Some(length)) = (range, length) {
        match range::of(range, length) {
            Range::Whole => {}
            Range::Part(start, end) => {
                let content_range = alloc::format!("bytes {start}-{}/{length}", end - 1);
                let size = alloc::format!("{}", end - start);
                let part = [("content-range", &*content_range), ("content-length", &size)];
                let fields = with(copy, set().chain(part), |_| false);
                return Served { status: 206, fields, part: Part::Slice(start, end), decode: None };
            }
            Range::Unsatisfiable => {
                let content_range = alloc::format!("bytes */{length}");
                let mut fields = String::new();
                fields::push(&mut fields, "content-range", &content_range);
                return Served { status: 416, fields, part: Part::Nothing, decode: None };
            }
        }
    }
    let has_body = method != "HEAD" && !matches!(stored.status, 204 | 304);
    let part = if has_body { Part::Whole } else { Part::Nothing };
    let fields = with(copy, set(), |_| false);
    Served { status: stored.status, fields, part, decode: decode.filter(|_| has_body) }
}

/// The fields of a stored response whose body goes out decoded. Its length is unknown, so that it
/// has no parts, and strong validators and digests name other bytes than these (RFC 9110 §8.8.1).
fn decoded(copy: Fields<'_>) -> String {
    let mut lines = String::new();
    let is_void =
        |name: &str| matches!(name, "content-encoding" | "content-length" | "accept-ranges");
    for (name, value) in copy.iter().filter(|(name, _)| !is_void(name) && !DIGESTS.contains(name)) {
        match name {
            "etag" => fields::push(&mut lines, name, &freshness::weakened(value)),
            _ => fields::push(&mut lines, name, value),
        }
    }
    let mut vary = members(copy.get("vary").unwrap_or_default());
    if !vary.any(|name| name.eq_ignore_ascii_case("accept-encoding")) {
        fields::push(&mut lines, "vary", "accept-encoding");
    }
    lines
}

/// A stored response's fields with some replaced and others left out.
fn with<'a>(
    copy: Fields<'_>,
    set: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    is_left_out: impl Fn(&str) -> bool,
) -> String {
    let mut lines = String::new();
    let is_set = |name: &str| set.clone().any(|(other, _)| other == name);
    for (name, value) in copy.iter().filter(|(name, _)| !is_set(name) && !is_left_out(name)) {
        fields::push(&mut lines, name, value);
    }
    for (name, value) in set {
        fields::push(&mut lines, name, value);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Millis;
    use crate::cache::meta::OnError;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_009_500);
    const STORED: StoredMeta = StoredMeta {
        generated_at: Timestamp::from_millis(1_800_000_000_000),
        fresh_for: Millis::from_secs(60),
        on_error: OnError::Never,
        while_revalidate: Millis::ZERO,
        status: 200,
        requested_at: Timestamp::from_millis(1_800_000_000_000),
        tag_purges: 0,
    };
    const COPY: Fields<'_> = Fields::new("content-type:text/html\netag:\"a\"\ncontent-length:10");

    #[track_caller]
    fn check(method: &str, request: &str, status: u16, part: Part) -> String {
        let served = serve(STORED, COPY, method, Fields::new(request), Bytes::AsKept, NOW);
        assert_eq!((served.status, served.part), (status, part), "{request}");
        served.fields
    }

    #[test]
    fn a_copy_is_served_with_its_age() {
        let fields = check("GET", "", 200, Part::Whole);
        assert_eq!(fields, "content-type:text/html\netag:\"a\"\ncontent-length:10\nage:9");
        assert_eq!(check("HEAD", "range:bytes=0-1", 200, Part::Nothing), fields);
    }

    #[test]
    fn whoever_has_it_is_told_so() {
        for method in ["GET", "HEAD"] {
            let fields = check(method, "if-none-match:\"a\"\nrange:bytes=0-1", 304, Part::Nothing);
            assert_eq!(fields, "etag:\"a\"\nage:9");
        }
        check("GET", "if-none-match:\"b\"", 200, Part::Whole);
    }

    #[test]
    fn a_stale_copy_tells_an_nginx_in_front_to_keep_nothing_of_it() {
        let fresh_for = |seconds| StoredMeta { fresh_for: Millis::from_secs(seconds), ..STORED };
        let copy = Fields::new("content-type:text/html\nx-accel-expires:600\ncontent-length:10");
        for (stored, request, expires) in [
            (fresh_for(10), "", "600"),
            (fresh_for(9), "", "0"),
            (fresh_for(0), "", "0"),
            (fresh_for(0), "range:bytes=2-3", "0"),
        ] {
            let served = serve(stored, copy, "GET", Fields::new(request), Bytes::AsKept, NOW);
            let fields = Fields::new(&served.fields);
            let found: alloc::vec::Vec<_> =
                fields.iter().filter(|(name, _)| *name == "x-accel-expires").collect();
            assert_eq!(found, [("x-accel-expires", expires)], "{stored:?} {request}");
        }
        let etag = Fields::new("etag:\"a\"");
        let same = Fields::new("if-none-match:\"a\"");
        let served = serve(fresh_for(0), etag, "GET", same, Bytes::AsKept, NOW);
        assert_eq!((served.status, &*served.fields), (304, "etag:\"a\"\nage:9\nx-accel-expires:0"));
    }

    #[test]
    fn a_part_is_cut_from_the_whole() {
        let fields = check("GET", "range:bytes=2-3", 206, Part::Slice(2, 4));
        let fields = Fields::new(&fields);
        assert_eq!(fields.get("content-range"), Some("bytes 2-3/10"));
        assert_eq!(fields.get("content-length"), Some("2"));
        let fields = check("GET", "range:bytes=10-", 416, Part::Nothing);
        assert_eq!(fields, "content-range:bytes */10");
        check("GET", "range:bytes=0-1\nif-range:\"b\"", 200, Part::Whole);
    }

    #[test]
    fn who_does_not_accept_the_coding_gets_other_bytes_which_no_strong_validator_names() {
        let copy = Fields::new(
            "content-encoding:gzip\netag:\"a\"\ncontent-length:10\nrepr-digest:x\nvary:foo\n\
             content-digest:x\ndigest:x\ncontent-md5:x\naccept-ranges:bytes\nx-a:1",
        );
        let of = |request| serve(STORED, copy, "GET", Fields::new(request), Bytes::AsKept, NOW);
        let plain = of("range:bytes=0-1");
        assert_eq!(
            plain.fields, "etag:W/\"a\"\nvary:foo\nx-a:1\nvary:accept-encoding\nage:9",
            "and a part of what is decoded is not cut"
        );
        assert_eq!((plain.status, plain.part), (200, Part::Whole));
        assert_eq!(plain.decode, Some(Coding::Gzip));
        let same = of("if-none-match:\"a\"");
        assert_eq!((same.status, same.decode), (304, None));
        assert_eq!(serve(STORED, copy, "HEAD", Fields::new(""), Bytes::AsKept, NOW).decode, None);
        let accepts = Fields::new("accept-encoding:gzip");
        let changed = serve(STORED, copy, "GET", accepts, Bytes::Changed, NOW);
        assert_eq!((changed.fields, changed.decode), (plain.fields, plain.decode));
        let coded = of("accept-encoding:gzip\nrange:bytes=0-1");
        assert_eq!((coded.status, coded.part, coded.decode), (206, Part::Slice(0, 2), None));
        assert!(coded.fields.contains("etag:\"a\"") && coded.fields.contains("repr-digest:x"));
    }

    #[test]
    fn conditions_and_ranges_are_of_good_answers_only() {
        let moved = StoredMeta { status: 301, ..STORED };
        let request = Fields::new("if-none-match:\"a\"\nrange:bytes=0-1");
        let served = serve(moved, COPY, "GET", request, Bytes::AsKept, NOW);
        assert_eq!((served.status, served.part), (301, Part::Whole));
    }
}
