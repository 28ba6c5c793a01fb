//! The sessions of visitors. There are no accounts: a session is known by its name alone.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// A session name has at most 64 bytes.
const MAX_NAME_BYTES: usize = 64;

/// The session in the cookie `session`, if the name is valid.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Session(pub(super) Option<String>);

impl Session {
    fn from_headers(headers: &HeaderMap) -> Self {
        let name = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .find_map(|cookie| cookie.trim().strip_prefix("session="));
        Self(name.filter(|name| is_name(name)).map(str::to_owned))
    }
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::from_headers(&parts.headers))
    }
}

/// The name in `Authorization: Bearer NAME`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, name) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let name = name.trim();
    (scheme.eq_ignore_ascii_case("bearer") && is_name(name)).then(|| name.to_owned())
}

/// A name consists of letters, digits, `-`, `_` and `.`, since pages show it unescaped.
fn is_name(name: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn session_is_read_from_among_other_cookies() {
        #[track_caller]
        fn check(cookies: &str, expected: Option<&str>) {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(cookies).unwrap());
            assert_eq!(Session::from_headers(&headers).0.as_deref(), expected, "{cookies}");
        }
        check("session=ann", Some("ann"));
        check("a=b; session=ann; c=d", Some("ann"));
        check("mysession=ann", None);
        check("session=", None);
        check("session=<script>", None);
    }
}
