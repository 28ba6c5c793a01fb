//! The cookie in which a browser keeps its session.
//!
//! Browsers take a name that begins with `__Host-` only from the host itself, over https, and for
//! all of its paths (draft-ietf-httpbis-rfc6265bis §4.1.3.2), so that neither a sibling host nor a
//! network sets it. A server on the same machine has no https, and another name.

use alloc::format;
use alloc::string::String;

use super::SESSION_LIFE;

/// The names of the cookie: over https, and on the same machine. No upstream gets either, and no
/// upstream sets either.
pub const SESSION_COOKIES: [&str; 2] = ["__Host-breakwater-session", "breakwater-session"];

/// What all cookies of sessions have. A page of another site makes no browser send it, and a script
/// of this one cannot read it.
const ATTRIBUTES: &str = "Path=/; HttpOnly; SameSite=Strict";

fn is_secure(url: &str) -> bool {
    url.starts_with("https://")
}

fn name(url: &str) -> &'static str {
    let [secure, local] = SESSION_COOKIES;
    if is_secure(url) { secure } else { local }
}

/// The value of the cookie, in the field `Cookie` of a request for `url`. If it is there twice, one
/// of them is not ours, and neither counts. Around a name there are spaces and tabs at most: with
/// other white space, as Unicode has it, a browser would not have minded `__Host-`.
pub fn session_cookie<'a>(cookie: &'a str, url: &str) -> Option<&'a str> {
    let name = name(url);
    let mut values = cookie.split(';').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let trimmed = |text: &'a str| text.trim_matches([' ', '\t']);
        (trimmed(key) == name).then(|| trimmed(value))
    });
    let value = values.next()?;
    if values.next().is_some() { None } else { Some(value) }
}

/// The field `Set-Cookie` that gives a browser its session.
pub fn set_session_cookie(url: &str, value: &str) -> String {
    written(url, value, SESSION_LIFE.get() / 1000)
}

/// The field `Set-Cookie` that takes the cookie away, if the field `Cookie` of a request for `url`
/// has it, or what looks like it.
pub fn clear_session_cookie(cookie: &str, url: &str) -> Option<String> {
    cookie.contains(name(url)).then(|| written(url, "", 0))
}

fn written(url: &str, value: &str, seconds: u64) -> String {
    let secure = if is_secure(url) { "; Secure" } else { "" };
    format!("{}={value}; Max-Age={seconds}; {ATTRIBUTES}{secure}", name(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://shop.example/_breakwater/session";
    const LOCAL: &str = "http://localhost:8787/_breakwater/session";

    #[test]
    fn the_cookie_has_its_attributes() {
        assert_eq!(
            set_session_cookie(URL, "v"),
            "__Host-breakwater-session=v; Max-Age=28800; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            clear_session_cookie("a=b; __Host-breakwater-session=v", URL).unwrap(),
            "__Host-breakwater-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(clear_session_cookie("a=b", URL), None);
        assert_eq!(
            set_session_cookie(LOCAL, "v"),
            "breakwater-session=v; Max-Age=28800; Path=/; HttpOnly; SameSite=Strict"
        );
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        for (field, value) in [
            ("__Host-breakwater-session=v", Some("v")),
            ("a=b; __Host-breakwater-session=v; c=d", Some("v")),
            ("a=b;\t__Host-breakwater-session = v ", Some("v")),
            ("__Host-breakwater-session=", Some("")),
            ("__Host-breakwater-session=a=b", Some("a=b")),
            ("", None),
            ("__Host-breakwater-session", None),
            ("a=__Host-breakwater-session=v", None),
            ("breakwater-session=v", None),
            ("__host-breakwater-session=v", None),
            ("__Secure-breakwater-session=v", None),
            ("\u{2000}__Host-breakwater-session=v", None),
            ("\u{a0}__Host-breakwater-session=v", None),
            ("$Version=1,__Host-breakwater-session=v", None),
        ] {
            assert_eq!(session_cookie(field, URL), value, "{field}");
        }
        assert_eq!(session_cookie("__Host-breakwater-session=v", LOCAL), None);
        assert_eq!(session_cookie("breakwater-session=v", LOCAL), Some("v"));
    }

    #[test]
    fn of_two_cookies_neither_counts() {
        let field = "__Host-breakwater-session=a; __Host-breakwater-session=b";
        assert_eq!(session_cookie(field, URL), None);
    }
}
