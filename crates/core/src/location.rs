//! `Location` as visitors may follow it.

use alloc::string::String;

use crate::fields::{self, Fields};

/// The address that a visitor is sent to: where an upstream sends them to itself, which they may not
/// be able to reach, the same on the site. `None` if it stays as it is. `origin` is the upstream's,
/// with its base path if it has one, and `site` the scheme and host that the visitor used; nothing of
/// the request but these decides.
///
/// ```
/// use breakwater_core::location::rewritten;
///
/// let origin = "https://web.internal/shop";
/// let at = |location| rewritten(location, origin, "https://shop.example");
/// assert_eq!(at("https://web.internal/shop/cart?a=1").as_deref(), Some("https://shop.example/cart?a=1"));
/// assert_eq!(at("https://pay.example/"), None);
/// ```
pub fn rewritten(location: &str, origin: &str, site: &str) -> Option<String> {
    let (scheme, rest) = origin.split_once("://")?;
    let (authority, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let location = location.trim();
    let after_scheme = match location.split_once("://") {
        // The upstream's own scheme, or the other one: a service behind a proxy often knows no better.
        Some((said, rest)) if is_web(said) && is_web(scheme) => rest,
        Some(_) => return None,
        None => location.strip_prefix("//")?,
    };
    let end = after_scheme.find(['/', '?', '#']).unwrap_or(after_scheme.len());
    let (host, path) = after_scheme.split_at(end);
    if !without_default_port(host).eq_ignore_ascii_case(without_default_port(authority)) {
        return None;
    }
    let path = match path.strip_prefix(base) {
        Some(below)
            if base.is_empty() || below.is_empty() || below.starts_with(['/', '?', '#']) =>
        {
            below
        }
        // Out of the base, so not a part of the site.
        _ => return None,
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some([site, slash, path].concat())
}

/// The fields of an answer with its `Location` [`rewritten`]; `None` if they stay as they are.
pub fn relocated(answer: Fields<'_>, origin: &str, site: &str) -> Option<String> {
    let location = rewritten(answer.get("location")?, origin, site)?;
    let mut lines = String::new();
    for (name, value) in answer.iter() {
        let value = if name == "location" { location.as_str() } else { value };
        fields::push(&mut lines, name, value);
    }
    Some(lines)
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

fn without_default_port(authority: &str) -> &str {
    authority.strip_suffix(":443").or(authority.strip_suffix(":80")).unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://shop.example";

    #[track_caller]
    fn check(location: &str, origin: &str, expected: Option<&str>) {
        assert_eq!(rewritten(location, origin, SITE).as_deref(), expected, "{location}");
    }

    #[test]
    fn an_upstreams_own_address_becomes_the_sites() {
        let origin = "https://web.internal";
        check("https://web.internal/a?b=1#c", origin, Some("https://shop.example/a?b=1#c"));
        check("http://WEB.internal/a", origin, Some("https://shop.example/a"));
        check("https://web.internal:443", origin, Some("https://shop.example/"));
        check("//web.internal?x", origin, Some("https://shop.example/?x"));
        check("http://127.0.0.1:3000/a", "http://127.0.0.1:3000", Some("https://shop.example/a"));
    }

    #[test]
    fn any_other_address_stays() {
        let origin = "https://web.internal";
        for location in [
            "/a",
            "a",
            "?a",
            "",
            "https://pay.example/",
            "https://web.internal.evil.example/",
            "https://web.internal@evil.example/",
            "https://evil.example/https://web.internal/",
            "https://web.internal:8443/",
            "ftp://web.internal/",
            "mailto:a@web.internal",
            "javascript://web.internal/%0aalert(1)",
            "//evil.example",
            "https:/web.internal",
        ] {
            check(location, origin, None);
        }
    }

    #[test]
    fn a_base_path_is_taken_off_and_what_is_outside_stays() {
        let origin = "https://web.internal/shop";
        check("https://web.internal/shop/a", origin, Some("https://shop.example/a"));
        check("https://web.internal/shop", origin, Some("https://shop.example/"));
        check("https://web.internal/shopping", origin, None);
        check("https://web.internal/", origin, None);
    }
}
