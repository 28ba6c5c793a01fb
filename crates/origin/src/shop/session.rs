//! The sessions of visitors. There are no accounts: a session is known by its name alone, and any
//! password opens it.

use std::convert::Infallible;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use super::caching::Caching;
use super::json_body::JsonBody;
use crate::problem::Problem;

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

/// What a visitor logs in with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    name: String,
    password: String,
}

/// `POST /api/session`: sets the cookies of a session, and names the bearer token that does the
/// same.
pub(super) async fn log_in(JsonBody(login): JsonBody<Login>) -> Result<Response, Problem> {
    let refused = || Problem::new(StatusCode::UNAUTHORIZED, "name a session and a password");
    let Login { name, password } = login.ok_or_else(refused)?;
    if !is_name(&name) || password.is_empty() {
        return Err(refused());
    }
    let cookies = AppendHeaders([
        (header::SET_COOKIE, format!("session={name}; Path=/; HttpOnly; SameSite=Lax")),
        (header::SET_COOKIE, "welcomed=yes; Path=/".to_owned()),
    ]);
    let session = (StatusCode::CREATED, cookies, Json(json!({ "session": name, "token": name })));
    Ok(Caching::PRIVATE.apply(session.into_response()))
}

/// `DELETE /api/session`: ends a session, which needs its cookie.
pub(super) async fn log_out(Session(session): Session) -> Result<Response, Problem> {
    session.ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "there is no session to end"))?;
    let over = [(header::SET_COOKIE, "session=; Path=/; Max-Age=0")];
    Ok(Caching::PRIVATE.apply((StatusCode::NO_CONTENT, over).into_response()))
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
