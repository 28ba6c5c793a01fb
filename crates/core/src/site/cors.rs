//! What scripts of other origins may read of Breakwater's own answers (Fetch standard, "CORS
//! protocol").
//!
//! Unless fields of the answer allow it, a browser tells such a script only that the request
//! failed, and hides the status and `Retry-After`. Breakwater's own answers hold no secrets, so
//! every origin may read them without credentials. For a request with credentials a browser
//! requires that the answer names the origin. Breakwater does so for origins that the upstream has
//! allowed with credentials before; [`Granted`] remembers them.
//!
//! Preflights are stricter: a positive answer lets a request follow, and that request may reach an
//! upstream that works again. So Breakwater only repeats what the upstream itself answered to the
//! very same question: of the same origin, for the same URL, method and fields.

mod granted;

use alloc::string::String;

use crate::base::fields::{self, Fields};

pub use granted::{Granted, Script};

/// Longest `Origin`, in bytes, that is taken for one: a scheme, the longest host name (RFC 1035
/// §2.3.4), and a port.
pub const ORIGIN_MAX: usize = 300;

/// The fields of Breakwater's own that a script may read besides those which it always may.
pub const EXPOSED: &str = "Breakwater, Cache-Status, Retry-After, Server-Timing, X-Request-Id";

/// The fields with which a script of any origin can read a refusal.
pub const READABLE: [(&str, &str); 3] = [
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", EXPOSED),
    ("vary", "Origin"),
];

/// What the answer to a preflight depends on.
pub const PREFLIGHT_VARIES_BY: &str =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// What a browser asks before a request of a script that could change something (Fetch standard,
/// "CORS-preflight fetch").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preflight<'a> {
    /// The method that the request will have.
    pub method: &'a str,
    /// The fields that it will carry, as the browser lists them; empty if it names none.
    pub fields: &'a str,
}

impl<'a> Preflight<'a> {
    /// The question that a request with these fields asks, if it asks one.
    pub fn of(method: &str, request: Fields<'a>) -> Option<Self> {
        if method != "OPTIONS" {
            return None;
        }
        let method = request.get("access-control-request-method")?;
        let fields = request.get("access-control-request-headers").unwrap_or_default();
        Some(Self { method, fields })
    }
}

/// The origin of the script that makes a request, by its `Origin`; `None` if it is the site's own,
/// or none at all. `site` is the scheme and host that the visitor used.
pub fn foreign<'a>(origin: &'a str, site: &str) -> Option<&'a str> {
    let is_foreign =
        !origin.is_empty() && origin.len() <= ORIGIN_MAX && !origin.eq_ignore_ascii_case(site);
    is_foreign.then_some(origin)
}

/// Whether a script of this origin may read an answer: the "CORS check" of the Fetch standard. A
/// script of another origin whose request carries cookies has asked for credentials, and then `*`
/// does not do.
pub fn may_read(origin: &str, has_cookie: bool, answer: Fields<'_>) -> bool {
    match answer.get("access-control-allow-origin") {
        Some("*") => !has_cookie,
        Some(allowed) => allowed == origin && (!has_cookie || lets_credentials_in(answer)),
        None => false,
    }
}

/// Lets a script of this origin read an answer of Breakwater's: with credentials if the upstream
/// has let it in with them.
pub fn let_read(lines: &mut String, origin: &str, with_credentials: bool) {
    let allowed = if with_credentials { origin } else { "*" };
    fields::push(lines, "access-control-allow-origin", allowed);
    if with_credentials {
        fields::push(lines, "access-control-allow-credentials", "true");
    }
    fields::push(lines, "access-control-expose-headers", EXPOSED);
}

/// The Fetch standard compares it byte for byte.
fn lets_credentials_in(answer: Fields<'_>) -> bool {
    answer.get("access-control-allow-credentials") == Some("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "https://app.example";

    #[test]
    fn a_script_of_the_site_itself_is_no_foreigner() {
        let site = "https://shop.example";
        assert_eq!(foreign("https://SHOP.example", site), None);
        assert_eq!(foreign("", site), None);
        assert_eq!(foreign(&"x".repeat(ORIGIN_MAX + 1), site), None);
        for origin in ["http://shop.example", "https://shop.example:8443", APP, "null"] {
            assert_eq!(foreign(origin, site), Some(origin));
        }
    }

    #[test]
    fn an_answer_is_read_as_the_standard_says() {
        #[track_caller]
        fn check(answer: &str, without: bool, with: bool) {
            let answer = Fields::new(answer);
            assert_eq!(
                (may_read(APP, false, answer), may_read(APP, true, answer)),
                (without, with)
            );
        }
        check("", false, false);
        check("access-control-allow-origin:*", true, false);
        check("access-control-allow-origin:*\naccess-control-allow-credentials:true", true, false);
        check("access-control-allow-origin:https://app.example", true, false);
        let named = "access-control-allow-origin:https://app.example\n";
        check(&[named, "access-control-allow-credentials:true"].concat(), true, true);
        check(&[named, "access-control-allow-credentials:TRUE"].concat(), true, false);
        check("access-control-allow-origin:https://app.example/", false, false);
        check("access-control-allow-origin:https://App.example", false, false);
        check("access-control-allow-origin:https://app.example, *", false, false);
    }

    #[test]
    fn what_is_let_read_may_be_read() {
        for with_credentials in [false, true] {
            let mut lines = String::new();
            let_read(&mut lines, APP, with_credentials);
            assert!(may_read(APP, false, Fields::new(&lines)));
            assert_eq!(may_read(APP, true, Fields::new(&lines)), with_credentials);
        }
    }

    #[test]
    fn a_preflight_asks_with_options_for_a_method() {
        let asked = "access-control-request-method:PUT\naccess-control-request-headers:a,b";
        let expected = Preflight { method: "PUT", fields: "a,b" };
        assert_eq!(Preflight::of("OPTIONS", Fields::new(asked)), Some(expected));
        assert_eq!(Preflight::of("GET", Fields::new(asked)), None);
        assert_eq!(Preflight::of("OPTIONS", Fields::new("origin:null")), None);
    }
}
