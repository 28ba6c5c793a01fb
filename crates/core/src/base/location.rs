//! Addresses of an upstream in its answers, rewritten so that they lead visitors to the site.
//!
//! An upstream that does not know the site's address names its own. Visitors may not be able to
//! reach that address, and if they can, they bypass Breakwater.

mod cookie;
mod link;
mod refresh;

use alloc::string::String;

use crate::base::fields::{self, Fields};

/// Fields of answers that may name the upstream's address, beside `Set-Cookie`, which may come more
/// than once.
pub const ADDRESS_FIELDS: [&str; 4] = ["location", "content-location", "refresh", "link"];

/// Returns the address on the site for a `Location` that names the upstream itself, which the
/// visitor may not be able to reach. Returns `None` if the address stays as it is. `origin` is the
/// upstream's origin, with its base path if it has one. `site` is the scheme and host that the
/// visitor used. The result depends on nothing else in the request.
///
/// ```
/// use breakwater_core::base::location::rewritten;
///
/// let origin = "https://web.internal/shop";
/// let at = |location| rewritten(location, origin, "https://shop.example");
/// assert_eq!(at("https://web.internal/shop/cart?a=1").as_deref(), Some("https://shop.example/cart?a=1"));
/// assert_eq!(at("https://pay.example/"), None);
/// ```
pub fn rewritten(location: &str, origin: &str, site: &str) -> Option<String> {
    AddressMapping::new(origin, site)?.rewritten(location)
}

/// Returns the fields of an answer with every address of the upstream replaced by the site's, or
/// `None` if all fields stay as they are. The fields are `Location`, `Content-Location`, `Refresh`,
/// the targets of `Link`, and `Domain` and `Path` of cookies, which browsers would otherwise not
/// use for the site. `origin` and `site` are those of [`rewritten`].
pub fn readdressed(answer: Fields<'_>, origin: &str, site: &str) -> Option<String> {
    let way = AddressMapping::new(origin, site)?;
    let (mut lines, mut is_changed) = (String::new(), false);
    for (name, value) in answer.iter() {
        let new = match name {
            "location" | "content-location" => way.rewritten(value),
            "refresh" => refresh::rewritten(value, |url| way.rewritten(url)),
            "link" => link::rewritten(value, |url| way.rewritten(url)),
            "set-cookie" => cookie::rewritten(value, way),
            _ => None,
        };
        is_changed |= new.is_some();
        fields::push(&mut lines, name, new.as_deref().unwrap_or(value));
    }
    is_changed.then_some(lines)
}

/// Returns whether a `Location` leads a visitor of this URL to the very same URL. It may be
/// absolute, or relative to the scheme, to the host or to the path; one of another form, such as
/// `./a`, leads elsewhere as far as this tells. Fragments never reach a server.
///
/// ```
/// use breakwater_core::base::location::leads_back;
///
/// assert!(leads_back("/a?b#c", "https://shop.example/a?b"));
/// assert!(!leads_back("https://www.shop.example/a?b", "https://shop.example/a?b"));
/// ```
pub fn leads_back(location: &str, url: &str) -> bool {
    let without_fragment = |text: &'_ str| text.find('#').unwrap_or(text.len());
    let location = location.trim();
    let (location, url) = (&location[..without_fragment(location)], &url[..without_fragment(url)]);
    let (Some((scheme, authority, target)), false) = (split(url), location.is_empty()) else {
        return false;
    };
    let (is_same_scheme, rest) = match location.split_once("://") {
        Some((other, rest)) => (other.eq_ignore_ascii_case(scheme), rest),
        None => match location.strip_prefix("//") {
            Some(rest) => (true, rest),
            None if location.starts_with('/') => return location == target,
            None if location.starts_with('?') => {
                let path = target.find('?').map_or(target, |at| &target[..at]);
                return target.strip_prefix(path) == Some(location);
            }
            None => return false,
        },
    };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let is_same_host =
        without_default_port(host).eq_ignore_ascii_case(without_default_port(authority));
    // A URL without a path is one of `/`.
    let is_same_target =
        path == target || (!path.starts_with('/') && target.strip_prefix('/') == Some(path));
    is_same_scheme && is_same_host && is_same_target
}

/// Scheme, authority, and path with query of a URL.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Some((scheme, authority, target))
}

/// The mapping from an upstream's addresses to the site's.
#[derive(Clone, Copy, Debug)]
struct AddressMapping<'a> {
    scheme: &'a str,
    authority: &'a str,
    /// The upstream's base path, without a trailing slash.
    base: &'a str,
    site: &'a str,
}

impl<'a> AddressMapping<'a> {
    fn new(origin: &'a str, site: &'a str) -> Option<Self> {
        let (scheme, rest) = origin.split_once("://")?;
        let (authority, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Some(Self { scheme, authority, base, site })
    }

    fn site_authority(self) -> &'a str {
        self.site.split_once("://").map_or(self.site, |(_, authority)| authority)
    }

    fn rewritten(self, location: &str) -> Option<String> {
        let location = location.trim();
        let after_scheme = match location.split_once("://") {
            // The address may have the upstream's own scheme or the other one: a service behind a
            // proxy often does not know which scheme the outside uses.
            Some((said, rest)) if is_web(said) && is_web(self.scheme) => rest,
            Some(_) => return None,
            None => location.strip_prefix("//")?,
        };
        let end = after_scheme.find(['/', '?', '#']).unwrap_or(after_scheme.len());
        let (host, path) = after_scheme.split_at(end);
        let authority = without_default_port(self.authority);
        if !without_default_port(host).eq_ignore_ascii_case(authority) {
            return None;
        }
        let path = match path.strip_prefix(self.base) {
            Some(below)
                if self.base.is_empty()
                    || below.is_empty()
                    || below.starts_with(['/', '?', '#']) =>
            {
                below
            }
            // The path is outside the base path, so it is not part of the site.
            _ => return None,
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some([self.site, slash, path].concat())
    }
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
    fn a_location_leads_back_if_it_names_the_same_url() {
        let url = "https://shop.example/a?b=1";
        for location in [
            url,
            "https://SHOP.example:443/a?b=1",
            "//shop.example/a?b=1#top",
            "/a?b=1",
            "?b=1",
            " /a?b=1 ",
        ] {
            assert!(leads_back(location, url), "{location}");
        }
        for location in [
            "",
            "#top",
            "http://shop.example/a?b=1",
            "https://www.shop.example/a?b=1",
            "https://shop.example:8443/a?b=1",
            "/a",
            "/a/?b=1",
            "?b=2",
            "a?b=1",
            "https://shop.example",
        ] {
            assert!(!leads_back(location, url), "{location}");
        }
        assert!(leads_back("https://shop.example", "https://shop.example/"));
        assert!(leads_back("https://shop.example?a", "https://shop.example/?a"));
    }

    #[test]
    fn a_base_path_is_taken_off_and_what_is_outside_stays() {
        let origin = "https://web.internal/shop";
        check("https://web.internal/shop/a", origin, Some("https://shop.example/a"));
        check("https://web.internal/shop", origin, Some("https://shop.example/"));
        check("https://web.internal/shopping", origin, None);
        check("https://web.internal/", origin, None);
    }

    #[test]
    fn every_field_that_names_the_upstream_leads_to_the_site() {
        let answer = "content-type:text/html\nlocation:https://web.internal/a\n\
            content-location:https://web.internal/b\nrefresh:5; url=https://web.internal/c\n\
            link:<https://web.internal/d>; rel=next\nset-cookie:a=b; Domain=web.internal\n\
            set-cookie:c=d\nx-up:https://web.internal/";
        let lines = readdressed(Fields::new(answer), "https://web.internal", SITE).unwrap();
        assert_eq!(
            lines,
            "content-type:text/html\nlocation:https://shop.example/a\n\
             content-location:https://shop.example/b\nrefresh:5; url=https://shop.example/c\n\
             link:<https://shop.example/d>; rel=next\nset-cookie:a=b\n\
             set-cookie:c=d\nx-up:https://web.internal/"
        );
        let own = "location:/a\nset-cookie:c=d\nlink:</x>; rel=next\nrefresh:5";
        assert_eq!(readdressed(Fields::new(own), "https://web.internal", SITE), None);
    }
}
