//! The key of a snapshot: its path in one spelling, and the name of its object.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

use crate::base::path;

/// Longest path with its query, in bytes. An object's name may have 1,024 (R2, "Limits").
pub const PATH_MAX: usize = 512;
/// Objects under names of another form are not found again.
const VERSION: &str = "1";

/// Parameters that say where a visitor came from, and that mean nothing to the upstream: a link in
/// a newsletter leads to the same page as any other.
const TRACKING: [&str; 10] = [
    "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "mc_cid", "mc_eid", "ttclid",
    "igshid",
];
/// The beginning of further names of such parameters.
const TRACKING_PREFIX: &str = "utm_";

/// The path of a snapshot for what a visitor or a link asks for: normalised, with its query, but
/// without parameters that only track. `None` where it is too long to be kept.
///
/// ```
/// use breakwater_core::cache::snapshot::key::spelling;
///
/// assert_eq!(spelling("/%61//b?utm_source=x").as_deref(), Some("/a/b"));
/// assert_eq!(spelling("/a?page=2&gclid=x").as_deref(), Some("/a?page=2"));
/// ```
pub fn spelling(path_and_query: &str) -> Option<String> {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let mut spelling = path::normalise(path).into_owned();
    let mut separator = '?';
    for parameter in query.split('&').filter(|parameter| !is_tracking(parameter)) {
        spelling.push(separator);
        spelling.push_str(parameter);
        separator = '&';
    }
    let is_legal = spelling.len() <= PATH_MAX && spelling.bytes().all(|b| b.is_ascii_graphic());
    is_legal.then_some(spelling)
}

fn is_tracking(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default();
    name.is_empty() || TRACKING.contains(&name) || name.starts_with(TRACKING_PREFIX)
}

/// A snapshot's path without its query: what patterns match.
pub fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}

/// The name of a path's object in the bucket.
pub fn object(path: &str) -> String {
    format!("{VERSION}{path}")
}

/// The name of the manifest's object. No path's begins like it.
pub const MANIFEST: &str = "manifest.json";

/// The path, in its spelling, that a reference on a page leads to, if it leads to the same host:
/// `https://host/a`, `//host/a`, `/a`, `a`, `?b`. `base` is the page's own path with its query.
pub fn resolve(reference: &str, base: &str, host: &str) -> Option<String> {
    let reference = reference.trim_matches(|c: char| c.is_ascii_whitespace());
    let reference = reference.split('#').next().filter(|rest| !rest.is_empty())?;
    let authority = strip_scheme(reference, "https:")
        .or_else(|| strip_scheme(reference, "http:"))
        .unwrap_or(reference)
        .strip_prefix("//");
    if let Some(authority) = authority {
        let end = authority.find(['/', '?']).unwrap_or(authority.len());
        let (named, rest) = authority.split_at(end);
        let is_same = named.eq_ignore_ascii_case(host);
        return if is_same { spelling(&with_slash(rest)) } else { None };
    }
    let page = without_query(base);
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let target: Cow<'_, str> = if reference.starts_with('/') {
        reference.into()
    } else if reference.starts_with('?') {
        format!("{page}{reference}").into()
    } else if has_scheme(reference) {
        return None;
    } else {
        format!("{folder}/{reference}").into()
    };
    spelling(&target)
}

fn strip_scheme<'a>(reference: &'a str, scheme: &str) -> Option<&'a str> {
    let (named, rest) = reference.split_at_checked(scheme.len())?;
    named.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// `data:`, `mailto:`: letters, then a colon, before any slash.
fn has_scheme(reference: &str) -> bool {
    let before = reference.split(['/', '?']).next().unwrap_or_default();
    before.contains(':')
}

fn with_slash(rest: &str) -> Cow<'_, str> {
    if rest.starts_with('/') { rest.into() } else { format!("/{rest}").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn spelt(text: &str, expected: &str) {
        assert_eq!(spelling(text).as_deref(), Some(expected), "{text}");
        assert_eq!(spelling(expected).as_deref(), Some(expected), "a spelling stays");
    }

    #[test]
    fn what_leads_to_the_same_page_is_spelt_alike() {
        spelt("", "/");
        spelt("/", "/");
        spelt("/a/../b", "/b");
        spelt("/a?", "/a");
        spelt("/a?b=1&c=2", "/a?b=1&c=2");
        spelt("/a?utm_source=x&b=1&fbclid=y", "/a?b=1");
        spelt("/a?gclid=x", "/a");
        spelt("/a?&&", "/a");
        spelt("/a?utmost=1", "/a?utmost=1");
        spelt("/a?b?c", "/a?b?c");
    }

    #[test]
    fn what_is_too_long_or_no_text_of_a_url_is_not_kept() {
        let longest = alloc::format!("/{}", "a".repeat(PATH_MAX - 1));
        assert_eq!(spelling(&longest).as_ref(), Some(&longest));
        assert_eq!(spelling(&(longest + "a")), None);
        for text in ["/a b", "/é", "/a?b=\n", "/a\u{7f}"] {
            assert_eq!(spelling(text), None, "{text}");
        }
    }

    #[test]
    fn no_page_has_the_name_of_the_manifest() {
        assert_eq!(object("/products/1?a=b"), "1/products/1?a=b");
        assert!(!MANIFEST.starts_with(VERSION));
    }

    #[track_caller]
    fn resolved(reference: &str, expected: Option<&str>) {
        let found = resolve(reference, "/products/7?x=1", "shop.example");
        assert_eq!(found.as_deref(), expected, "{reference}");
    }

    #[test]
    fn references_are_resolved_as_a_browser_does() {
        resolved("/a.css", Some("/a.css"));
        resolved(" /a.css?v=2#x\n", Some("/a.css?v=2"));
        resolved("a.css", Some("/products/a.css"));
        resolved("../a.css", Some("/a.css"));
        resolved("../../../a.css", Some("/a.css"));
        resolved("?page=2", Some("/products/7?page=2"));
        resolved("https://shop.example/a", Some("/a"));
        resolved("HTTP://Shop.Example/a", Some("/a"));
        resolved("//shop.example", Some("/"));
        resolved("//shop.example?a=1", Some("/?a=1"));
        resolved("a/b:c", Some("/products/a/b:c"));
    }

    #[test]
    fn what_leads_elsewhere_is_none() {
        for reference in [
            "",
            "#top",
            "https://evil.example/a",
            "//cdn.example/a",
            "https://shop.example.evil.example/a",
            "https://shop.example:8443/a",
            "https://user@shop.example/a",
            "data:text/css,a",
            "mailto:a@shop.example",
            "javascript:alert(1)",
        ] {
            resolved(reference, None);
        }
    }
}
