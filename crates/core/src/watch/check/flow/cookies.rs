//! The cookies of one run of a flow (RFC 6265 §5), as far as a run of seconds needs them.
//!
//! Each cookie goes back to the host that set it and to no other: `Domain` is read only to refuse a
//! cookie of another host, so no session reaches a neighbour. `Path` is honoured. A cookie that is
//! over when it arrives is removed, which is how a log-out works; one that ends later outlives the
//! run. `Secure` changes nothing, since all requests are secure or go to the machine itself.

use core::cmp::Reverse;

use alloc::string::String;
use alloc::vec::Vec;

use crate::base::http_date;
use crate::base::time::Timestamp;

/// The largest number of cookies that a run keeps. The oldest makes room.
pub const COOKIES_MAX: usize = 20;
/// The longest name and value of a cookie together, in bytes (RFC 6265 §6.1). A longer one is not
/// kept.
pub const COOKIE_MAX: usize = 4096;

/// The cookies of one run. It has no `Debug`, since their values are secrets.
#[derive(Clone, Default)]
pub struct CookieJar(Vec<Cookie>);

#[derive(Clone)]
struct Cookie {
    name: String,
    value: String,
    host: String,
    path: String,
}

impl CookieJar {
    /// Takes a `Set-Cookie` of an answer from this host and path (RFC 6265 §5.2, §5.3).
    pub fn set(&mut self, field: &str, host: &str, path: &str, now: Timestamp) {
        let (pair, attributes) = field.split_once(';').unwrap_or((field, ""));
        let Some((name, value)) = pair.split_once('=') else { return };
        let (name, value) = (name.trim(), value.trim());
        let is_sendable = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if name.is_empty()
            || name.len() + value.len() > COOKIE_MAX
            || !is_sendable(name)
            || !is_sendable(value)
        {
            return;
        }
        let attributes = Attributes::read(attributes, now);
        if !attributes.domain.is_none_or(|domain| is_within(host, domain)) {
            return;
        }
        let path = attributes.path.unwrap_or_else(|| default_path(path));
        self.0.retain(|it| (&*it.name, &*it.host, &*it.path) != (name, host, path));
        if attributes.is_over {
            return;
        }
        if self.0.len() == COOKIES_MAX {
            self.0.remove(0);
        }
        self.0.push(Cookie {
            name: name.into(),
            value: value.into(),
            host: host.into(),
            path: path.into(),
        });
    }

    /// The field `Cookie` of a request to this host and path, if there are any (RFC 6265 §5.4).
    pub fn field(&self, host: &str, path: &str) -> Option<String> {
        let mut sent: Vec<&Cookie> =
            self.0.iter().filter(|it| it.host == host && matches(&it.path, path)).collect();
        // Of two of one name, the one with the longer path comes first.
        sent.sort_by_key(|it| Reverse(it.path.len()));
        let pairs: Vec<String> =
            sent.iter().map(|it| [&it.name, "=", &it.value].concat()).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|it| (&*it.name, &*it.value))
    }
}

/// What stands behind a cookie's value.
#[derive(Default)]
struct Attributes<'a> {
    domain: Option<&'a str>,
    path: Option<&'a str>,
    is_over: bool,
}

impl<'a> Attributes<'a> {
    fn read(text: &'a str, now: Timestamp) -> Self {
        let mut read = Self::default();
        let mut max_age = None;
        for attribute in text.split(';') {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("domain") && !value.is_empty() {
                read.domain = Some(value.strip_prefix('.').unwrap_or(value));
            } else if name.eq_ignore_ascii_case("path") {
                read.path = Some(value).filter(|path| path.starts_with('/'));
            } else if name.eq_ignore_ascii_case("max-age") {
                let is_number =
                    |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                if let Some(behind) = value.strip_prefix('-') {
                    max_age = is_number(behind).then_some(true).or(max_age);
                } else if is_number(value) {
                    max_age = Some(value.bytes().all(|b| b == b'0'));
                }
            } else if name.eq_ignore_ascii_case("expires") {
                read.is_over = http_date::parse(value, now).is_some_and(|end| end <= now);
            }
        }
        // `Max-Age` has precedence (§5.3, step 3).
        read.is_over = max_age.unwrap_or(read.is_over);
        read
    }
}

/// Whether a host is the domain, or below it (§5.1.3).
fn is_within(host: &str, domain: &str) -> bool {
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let domain = domain.to_ascii_lowercase();
    host.strip_suffix(&*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The path of a cookie that names none (§5.1.4).
fn default_path(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((parents, _)) if !parents.is_empty() => parents,
        Some(_) | None => "/",
    }
}

/// Whether a request to this path gets a cookie with that one (§5.1.4).
fn matches(of_cookie: &str, path: &str) -> bool {
    path.strip_prefix(of_cookie)
        .is_some_and(|rest| rest.is_empty() || of_cookie.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn jar(fields: &[&str]) -> CookieJar {
        let mut jar = CookieJar::default();
        for field in fields {
            jar.set(field, "shop.example", "/login/form", NOW);
        }
        jar
    }

    #[track_caller]
    fn check(fields: &[&str], path: &str, sent: Option<&str>) {
        assert_eq!(jar(fields).field("shop.example", path).as_deref(), sent, "{fields:?} {path}");
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_and_path() {
        check(&["a=1"], "/login", Some("a=1"));
        check(&["a=1"], "/login/x", Some("a=1"));
        check(&["a=1"], "/loginx", None);
        check(&["a=1; Path=/"], "/cart", Some("a=1"));
        check(&["a=1; path=cart"], "/cart", None);
        check(&["a=1; Path=/; Secure; HttpOnly; SameSite=Lax"], "/", Some("a=1"));
        assert_eq!(jar(&["a=1; Path=/"]).field("api.shop.example", "/"), None);
        assert_eq!(jar(&["a=1; Path=/; Domain=shop.example"]).field("api.shop.example", "/"), None);
    }

    #[test]
    fn a_cookie_of_another_domain_is_refused() {
        check(&["a=1; Path=/; Domain=.Shop.Example"], "/", Some("a=1"));
        check(&["a=1; Path=/; Domain=example"], "/", Some("a=1"));
        check(&["a=1; Path=/; Domain=other.example"], "/", None);
        check(&["a=1; Path=/; Domain=p.example"], "/", None);
    }

    #[test]
    fn a_later_cookie_replaces_removes_or_stands_beside() {
        check(&["a=1; Path=/", "a=2; Path=/"], "/", Some("a=2"));
        check(&["a=1; Path=/", "a=2; Path=/login"], "/login", Some("a=2; a=1"));
        check(&["a=1; Path=/", "a=; Path=/; Max-Age=0"], "/", None);
        check(&["a=1; Path=/", "a=; Path=/; Max-Age=-1"], "/", None);
        let past = "a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        check(&["a=1; Path=/", past], "/", None);
        check(&[&format!("{past}; Max-Age=60")], "/", Some("a="));
        check(&["a=1; Path=/; Max-Age=x", "b=2; Path=/; Expires=soon"], "/", Some("a=1; b=2"));
    }

    #[test]
    fn what_is_no_cookie_or_too_long_is_left_out() {
        let long = format!("a={}; Path=/", "x".repeat(COOKIE_MAX));
        for field in ["", "a", "=1; Path=/", "a=\u{1}; Path=/", &*long] {
            check(&[field], "/", None);
        }
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut jar = CookieJar::default();
        for n in 0..=COOKIES_MAX {
            jar.set(&format!("c{n}=1"), "a", "/", NOW);
        }
        assert_eq!(jar.iter().count(), COOKIES_MAX);
        assert_eq!(jar.iter().next(), Some(("c1", "1")));
    }
}
