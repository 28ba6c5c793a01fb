//! Cookies of an upstream, rewritten so that visitors' browsers accept them (RFC 6265 §5.2, §5.3).

use alloc::string::String;

use super::AddressMapping;

/// Returns the value of a `Set-Cookie` in the form in which the site may set it, or `None` if it
/// stays as it is.
///
/// A browser refuses a cookie whose `Domain` is neither the site's host nor a parent of it. A
/// `Domain` that is the upstream's host, or a parent of that, means the upstream itself, and
/// visitors know the upstream as the site. The attribute is removed, which makes the cookie belong
/// to the site's host alone. nginx's `proxy_cookie_domain` has the same effect. A `Path` below the
/// upstream's base path loses that base path, as with nginx's `proxy_cookie_path`.
pub(super) fn rewritten(cookie: &str, way: AddressMapping<'_>) -> Option<String> {
    // If an attribute occurs several times, the last one counts (RFC 6265 §5.3).
    let last = |name| cookie.split(';').skip(1).filter_map(|part| attribute(part, name)).last();
    let is_upstreams = last("domain").is_some_and(|domain| is_upstreams(domain, way));
    let path = last("path").and_then(|path| below_base(path, way.base));
    if !is_upstreams && path.is_none() {
        return None;
    }
    let mut parts = cookie.split(';');
    let mut text = String::from(parts.next()?);
    for part in parts {
        if is_upstreams && attribute(part, "domain").is_some() {
            continue;
        }
        text.push(';');
        match path {
            Some(path) if attribute(part, "path").is_some() => {
                text.push_str(" Path=");
                text.push_str(path);
            }
            Some(_) | None => text.push_str(part),
        }
    }
    Some(text)
}

/// Returns the value of the attribute in `part` if it has this name.
fn attribute<'a>(part: &'a str, name: &str) -> Option<&'a str> {
    let (other, value) = part.split_once('=').unwrap_or((part, ""));
    other.trim().eq_ignore_ascii_case(name).then_some(value.trim())
}

fn is_upstreams(domain: &str, way: AddressMapping<'_>) -> bool {
    // A leading dot has no meaning (RFC 6265 §5.2.3), and a port is not part of a domain.
    let domain = host(domain.strip_prefix('.').unwrap_or(domain));
    !domain.is_empty()
        && domain_matches(host(way.authority), domain)
        && !domain_matches(host(way.site_authority()), domain)
}

/// Returns whether a host is the domain or below it (RFC 6265 §5.1.3). An IP address is below no
/// domain.
fn domain_matches(host: &str, domain: &str) -> bool {
    if host.eq_ignore_ascii_case(domain) {
        return true;
    }
    let is_address = host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let Some((above, end)) =
        host.len().checked_sub(domain.len()).and_then(|at| host.split_at_checked(at))
    else {
        return false;
    };
    !is_address && above.ends_with('.') && end.eq_ignore_ascii_case(domain)
}

/// Returns an authority without its port.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        Some(_) | None => authority,
    }
}

/// Returns a path below the base path with the base path removed.
fn below_base<'a>(path: &'a str, base: &str) -> Option<&'a str> {
    if base.is_empty() {
        return None;
    }
    match path.strip_prefix(base)? {
        "" => Some("/"),
        below if below.starts_with('/') => Some(below),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cookie: &str, origin: &str, site: &str, expected: Option<&str>) {
        let way = AddressMapping::new(origin, site).unwrap();
        assert_eq!(rewritten(cookie, way).as_deref(), expected, "{cookie}");
    }

    #[track_caller]
    fn at_shop(cookie: &str, expected: Option<&str>) {
        check(cookie, "https://web.fly.internal", "https://shop.example", expected);
    }

    #[test]
    fn a_domain_of_the_upstreams_goes() {
        at_shop("a=b; Domain=web.fly.internal; Path=/", Some("a=b; Path=/"));
        at_shop("a=b;domain=.WEB.fly.internal", Some("a=b"));
        at_shop("a=b; DOMAIN = fly.internal ;Secure", Some("a=b;Secure"));
        at_shop("a=b; Domain=internal; HttpOnly", Some("a=b; HttpOnly"));
        at_shop("a=b; Domain=web.fly.internal:8443", Some("a=b"));
        at_shop("a=b; Domain=x.example; Domain=web.fly.internal", Some("a=b"));
        at_shop(" ; Domain=web.fly.internal", Some(" "));
        let port = "http://127.0.0.1:3000";
        check("a=b; Domain=127.0.0.1", port, "http://shop.example:8787", Some("a=b"));
        check("a=b; Domain=[::1]", "http://[::1]:3000", "http://shop.example", Some("a=b"));
    }

    #[test]
    fn any_other_domain_stays() {
        for cookie in [
            "a=b",
            "a=b; Path=/",
            "a=b; Domain=",
            "a=b; Domain",
            "a=b; Domain=shop.example",
            "a=b; Domain=.example",
            "a=b; Domain=pay.example",
            "a=b; Domain=eb.fly.internal",
            "a=b; Domain=x.web.fly.internal",
            "a=b; Domain=web.fly.internal; Domain=shop.example",
            "a=Domain=web.fly.internal",
            "a=b; XDomain=web.fly.internal",
            "Domain=web.fly.internal",
            "a=b; Domain=é",
            "",
            ";",
        ] {
            at_shop(cookie, None);
        }
        let above = "https://web.shop.example";
        check("a=b; Domain=shop.example", above, "https://www.shop.example", None);
        check("a=b; Domain=web.shop.example", above, "https://shop.example", Some("a=b"));
        let address = "http://10.0.0.1";
        check("a=b; Domain=0.0.1", address, "https://shop.example", None);
    }

    #[test]
    fn a_path_below_the_base_is_the_same_without_it() {
        let (origin, site) = ("https://web.internal/shop", "https://shop.example");
        check("a=b; Path=/shop", origin, site, Some("a=b; Path=/"));
        check("a=b; path=/shop/; Secure", origin, site, Some("a=b; Path=/; Secure"));
        check("a=b;Path=/shop/cart", origin, site, Some("a=b; Path=/cart"));
        let both = "a=b; Path=/shop/cart; Domain=web.internal";
        check(both, origin, site, Some("a=b; Path=/cart"));
        for cookie in ["a=b; Path=/shopping", "a=b; Path=/", "a=b; Path=shop", "a=b; Path"] {
            check(cookie, origin, site, None);
        }
    }
}
