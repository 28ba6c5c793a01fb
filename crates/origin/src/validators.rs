//! Validators and conditional requests (RFC 9110 §13).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest as _, Sha256};

/// The shop's content was last edited on 2025-10-01 at 08:00 UTC.
const MODIFIED: Duration = Duration::from_secs(1_759_305_600);
/// A tag consists of 8 bytes of a digest; collisions among a few dozen resources do not occur.
const TAG_BYTES: usize = 8;

/// The validators that tell versions of a resource apart.
#[derive(Clone, Debug)]
pub(crate) struct Validators {
    etag: String,
}

impl Validators {
    /// Creates validators for content that reads the same whenever `version` is the same, though
    /// its bytes differ.
    pub(crate) fn weak(version: &str) -> Self {
        Self { etag: format!("W/{}", tag(version.as_bytes())) }
    }

    /// Creates validators for exactly these bytes.
    pub(crate) fn strong(bytes: &[u8]) -> Self {
        Self { etag: tag(bytes) }
    }

    /// Whether the client's version is current, so that the answer is 304.
    pub(crate) fn unchanged(&self, request: &HeaderMap) -> bool {
        let mut tags = request.get_all(header::IF_NONE_MATCH).iter().peekable();
        if tags.peek().is_some() {
            // If-Modified-Since is ignored beside If-None-Match (RFC 9110 §13.1.3).
            return tags.filter_map(|tags| tags.to_str().ok()).any(|tags| self.is_among(tags));
        }
        let since = request.get(header::IF_MODIFIED_SINCE).and_then(|since| since.to_str().ok());
        since
            .and_then(|since| httpdate::parse_http_date(since).ok())
            .is_some_and(|since| since >= modified())
    }

    /// Whether `If-Range` allows a range: only of the very bytes of which the client has a part.
    pub(crate) fn allow_range(&self, request: &HeaderMap) -> bool {
        let weak = self.etag.starts_with("W/");
        request.get(header::IF_RANGE).is_none_or(|tag| !weak && tag == self.etag.as_str())
    }

    /// Adds `ETag` and `Last-Modified`.
    pub(crate) fn apply(&self, response: &mut HeaderMap) {
        if let Ok(etag) = HeaderValue::from_str(&self.etag) {
            response.insert(header::ETAG, etag);
        }
        if let Ok(modified) = HeaderValue::from_str(&httpdate::fmt_http_date(modified())) {
            response.insert(header::LAST_MODIFIED, modified);
        }
    }

    fn is_among(&self, tags: &str) -> bool {
        let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        // Other servers' tags may hold commas; ours do not, so no piece of theirs equals one of
        // ours.
        tags.split(',').map(str::trim).any(|tag| tag == "*" || opaque(tag) == opaque(&self.etag))
    }
}

fn modified() -> SystemTime {
    UNIX_EPOCH + MODIFIED
}

fn tag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest[..TAG_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(header::HeaderName, &str)], unchanged: bool) {
        let validators = Validators { etag: "W/\"v1\"".to_owned() };
        let mut request = HeaderMap::new();
        for (name, value) in headers {
            request.append(name, HeaderValue::from_str(value).unwrap());
        }
        assert_eq!(validators.unchanged(&request), unchanged, "{headers:?}");
    }

    #[test]
    fn conditions_follow_rfc_9110() {
        let (tag, since) = (header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE);
        check(&[], false);
        check(&[(tag.clone(), "W/\"v1\"")], true);
        check(&[(tag.clone(), "\"v1\"")], true);
        check(&[(tag.clone(), "\"v0\", \"v1\"")], true);
        check(&[(tag.clone(), "\"v0\""), (tag.clone(), "\"v1\"")], true);
        check(&[(tag.clone(), "*")], true);
        check(&[(tag.clone(), "\"v0\"")], false);
        check(&[(since.clone(), "Wed, 01 Oct 2025 08:00:00 GMT")], true);
        check(&[(since.clone(), "Wed, 01 Oct 2025 07:59:59 GMT")], false);
        check(&[(since.clone(), "lately")], false);
        check(&[(tag, "\"v0\""), (since, "Wed, 01 Oct 2025 08:00:00 GMT")], false);
    }
}
