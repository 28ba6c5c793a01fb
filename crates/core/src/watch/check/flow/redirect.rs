//! Where a redirect leads.

use alloc::format;
use alloc::string::String;

use crate::base::origin::origin_of;

/// The longest URL that a redirect may lead to, in bytes.
const URL_MAX: usize = 2048;

/// A URL in its parts: `https://shop.example`, `/cart`, and `?a=1` with what stands behind.
pub(super) struct UrlParts<'a> {
    /// The scheme and the authority.
    pub(super) origin: &'a str,
    /// The path, which may be empty.
    pub(super) path: &'a str,
}

impl<'a> UrlParts<'a> {
    pub(super) fn of(url: &'a str) -> Self {
        let (origin, target) = url.split_at(origin_of(url).len());
        let (path, _) = target.split_at(target.find(['?', '#']).unwrap_or(target.len()));
        Self { origin, path }
    }

    pub(super) fn authority(&self) -> &'a str {
        self.origin.split_once("://").map_or("", |(_, authority)| authority)
    }
}

/// The URL that `location` leads to from `url`, if it is one of the same origin (RFC 3986 §5.2).
/// Dots in its path are left to the one who sends the request.
///
/// ```
/// use breakwater_core::watch::check::redirected;
///
/// let from = |location| redirected("https://shop.example/login/form?a=1", location);
/// assert_eq!(from("/cart#top").as_deref(), Some("https://shop.example/cart"));
/// assert_eq!(from("done").as_deref(), Some("https://shop.example/login/done"));
/// assert_eq!(from("https://evil.example/"), None);
/// ```
pub fn redirected(url: &str, location: &str) -> Option<String> {
    let location = location.trim();
    let location = location.split('#').next().unwrap_or_default();
    // A URL parser takes a backslash for a slash, so one could hide another host.
    if location.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let UrlParts { origin, path } = UrlParts::of(url);
    let (scheme, _) = origin.split_once("://")?;
    let next = if let Some(behind) = location.strip_prefix("//") {
        of_same_origin(&format!("{scheme}://{behind}"), origin)?
    } else if has_scheme(location) {
        of_same_origin(location, origin)?
    } else if location.starts_with('/') {
        format!("{origin}{location}")
    } else if location.is_empty() || location.starts_with('?') {
        let path = if path.is_empty() { "/" } else { path };
        format!("{origin}{path}{location}")
    } else {
        let parents = path.rsplit_once('/').map_or("", |(parents, _)| parents);
        format!("{origin}{parents}/{location}")
    };
    (next.len() <= URL_MAX).then_some(next)
}

/// The URL with the origin as it was written before, if its origin is the same.
fn of_same_origin(url: &str, origin: &str) -> Option<String> {
    let found = UrlParts::of(url).origin;
    let is_same = bare(found) == bare(origin);
    let behind = url.get(found.len()..)?;
    let slash = if behind.starts_with('/') { "" } else { "/" };
    is_same.then(|| format!("{origin}{slash}{behind}"))
}

/// An origin in lower case, without the port that its scheme has anyway.
fn bare(origin: &str) -> String {
    let lower = origin.to_ascii_lowercase();
    let port = if lower.starts_with("https://") { ":443" } else { ":80" };
    lower.strip_suffix(port).map(String::from).unwrap_or(lower)
}

/// Whether it begins with a scheme (RFC 3986 §3.1).
fn has_scheme(location: &str) -> bool {
    location.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::redirected;

    #[track_caller]
    fn check(location: &str, expected: Option<&str>) {
        let found = redirected("https://shop.example/a/b?q", location);
        assert_eq!(found.as_deref(), expected, "{location}");
    }

    #[test]
    fn a_redirect_of_the_same_origin_is_followed() {
        check("/c?d=https://e.example/", Some("https://shop.example/c?d=https://e.example/"));
        check("c", Some("https://shop.example/a/c"));
        check("?x", Some("https://shop.example/a/b?x"));
        check("", Some("https://shop.example/a/b"));
        check("HTTPS://Shop.Example:443/c", Some("https://shop.example/c"));
        check("//shop.example", Some("https://shop.example/"));
        check("https://shop.example?x", Some("https://shop.example/?x"));
        check("a:b/c", None);
        check("./a:b", Some("https://shop.example/a/./a:b"));
    }

    #[test]
    fn one_that_leads_elsewhere_is_not() {
        for location in [
            "https://evil.example/",
            "http://shop.example/",
            "//evil.example/",
            "/\\evil.example/",
            "\\\\evil.example/",
            "https://shop.example@evil.example/",
            "https://shop.example:8443/",
            "https://shop.example.evil.example/",
            "https:evil.example",
            "https:///evil.example",
            "javascript:alert(1)",
            "/a b",
            "/\t/evil.example",
        ] {
            check(location, None);
        }
        check(&alloc::format!("/{}", "x".repeat(2100)), None);
    }
}
