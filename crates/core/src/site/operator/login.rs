//! How a token comes in that is to be exchanged for a session.

mod limit;
mod page;

use core::fmt;

use alloc::string::String;

use serde::{Deserialize, Serialize};

pub use limit::{LOGIN_FAILURES_MAX, LoginLimit};
pub use page::{CONSOLE_PATH, LOGIN_PATH, LoginProblem, login_policy, render_login};

use super::browser::check_origin;
use super::token::bearer;
use super::{ForgedWrite, OperatorProof, OperatorSession, SessionHash, check_write};
use crate::base::client::Client;
use crate::base::percent::decoded_form;

/// Where the token of a login is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginWay {
    /// In the field `Authorization`, as programs send it.
    Field,
    /// In a JSON body, as a script of the console sends it.
    Json,
    /// In a form, as the login page sends it without a script.
    Form,
}

impl LoginWay {
    /// The way of a request with these fields `Authorization` and `Content-Type`.
    pub fn of(authorization: Option<&str>, content_type: Option<&str>) -> Self {
        if authorization.and_then(bearer).is_some() {
            return Self::Field;
        }
        let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
        if media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::Form
        } else {
            Self::Json
        }
    }

    /// Refuses a login that a page of another site may have sent: its browser would then be one
    /// that does what the other site's operator may. The fields are those of [`check_write`].
    ///
    /// # Errors
    /// [`ForgedWrite`] says which condition is not met.
    pub fn check<'a>(
        self,
        url: &'a str,
        origin: Option<&'a str>,
        confirmation: Option<&str>,
    ) -> Result<(), ForgedWrite<'a>> {
        match self {
            Self::Field => check_write(&OperatorProof::Token, url, origin, confirmation),
            Self::Json => {
                check_origin(url, origin)?;
                check_write(&OperatorProof::Token, url, origin, confirmation)
            }
            // A form can set no field.
            Self::Form => check_origin(url, origin),
        }
    }

    /// The token. An empty one is no one's.
    ///
    /// # Errors
    /// [`LoginError`] if there is none.
    pub fn token(self, authorization: Option<&str>, body: &[u8]) -> Result<String, LoginError> {
        match self {
            Self::Field => {
                let token = authorization.and_then(bearer).ok_or(LoginError::NoJson)?;
                Ok(token.into())
            }
            Self::Json => {
                let read: LoginBody =
                    serde_json::from_slice(body).map_err(|_| LoginError::NoJson)?;
                Ok(read.token)
            }
            Self::Form => of_form(body).ok_or(LoginError::NoForm),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginBody {
    token: String,
}

/// A login, as the site's object is asked about it. It holds neither the token nor the cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginAttempt {
    /// From where it comes.
    pub client: Client,
    /// The session that begins, if the token was right.
    pub begins: Option<(SessionHash, OperatorSession)>,
    /// The session that the browser had.
    pub before: Option<SessionHash>,
}

/// The value of `token` in a form, once (url.spec.whatwg.org/#urlencoded-parsing).
fn of_form(body: &[u8]) -> Option<String> {
    let mut tokens = body.split(|byte| *byte == b'&').filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        (&pair[..at] == b"token").then(|| decoded_form(&pair[at + 1..]))
    });
    let token = tokens.next()?;
    if tokens.next().is_some() { None } else { String::from_utf8(token).ok() }
}

/// There is no token where one should be. The error shows nothing of what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// The body is another.
    NoJson,
    /// The form is another.
    NoForm,
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoJson => {
                "the body has no token, expected `{\"token\": \"…\"}`, a form with `token`, or \
                 `Authorization: Bearer`"
            }
            Self::NoForm => "the form has no token, expected one `token`",
        })
    }
}

impl core::error::Error for LoginError {}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::site::operator::{API, Operation};

    const URL: &str = "https://shop.example/_breakwater/session";
    const OWN: Option<&str> = Some("https://shop.example");

    #[test]
    fn the_way_is_that_of_the_fields() {
        for (authorization, content_type, way) in [
            (Some("Bearer a"), None, LoginWay::Field),
            (Some("bearer a"), Some("application/json"), LoginWay::Field),
            (Some("Basic a"), Some("application/json"), LoginWay::Json),
            (None, Some("application/JSON; charset=utf-8"), LoginWay::Json),
            (None, None, LoginWay::Json),
            (None, Some("application/x-www-form-urlencoded"), LoginWay::Form),
            (None, Some("Application/X-WWW-Form-Urlencoded;charset=utf-8"), LoginWay::Form),
        ] {
            assert_eq!(LoginWay::of(authorization, content_type), way);
        }
    }

    #[test]
    fn another_sites_page_logs_no_browser_in() {
        for way in [LoginWay::Field, LoginWay::Json, LoginWay::Form] {
            for origin in ["https://evil.example", "null", "http://shop.example"] {
                assert!(way.check(URL, Some(origin), Some("1")).is_err(), "{way:?} {origin}");
            }
            assert_eq!(way.check(URL, OWN, Some("1")), Ok(()));
        }
        assert_eq!(LoginWay::Field.check(URL, None, None), Ok(()), "a program");
        assert!(LoginWay::Json.check(URL, None, Some("1")).is_err());
        assert!(LoginWay::Json.check(URL, OWN, None).is_err());
        assert!(LoginWay::Form.check(URL, None, None).is_err());
        assert_eq!(LoginWay::Form.check(URL, OWN, None), Ok(()), "a form sets no field");
    }

    #[test]
    fn a_token_is_read_as_it_was_sent() {
        for (way, body, token) in [
            (LoginWay::Json, r#"{"token":"a b+%41"}"#, "a b+%41"),
            (LoginWay::Form, "token=a+b%2B%25%e2%82%ac%", "a b+%€%"),
            (LoginWay::Form, "x=1&token=%4&y", "%4"),
            (LoginWay::Form, "token=", ""),
        ] {
            assert_eq!(way.token(None, body.as_bytes()).as_deref(), Ok(token), "{body}");
        }
        assert_eq!(LoginWay::Field.token(Some("Bearer a"), b"").as_deref(), Ok("a"));
    }

    #[test]
    fn without_a_token_there_is_no_login() {
        for body in ["", "{}", "[]", r#"{"token":1}"#, r#"{"token":"a","x":1}"#, "token=a"] {
            assert_eq!(LoginWay::Json.token(None, body.as_bytes()), Err(LoginError::NoJson));
        }
        for body in ["", "token", "a=token", "token=a&token=b", "token=%ff", "Token=a"] {
            assert_eq!(LoginWay::Form.token(None, body.as_bytes()), Err(LoginError::NoForm));
        }
    }

    #[test]
    fn the_body_of_a_login_has_the_member_that_is_read() {
        let operation = Operation::BeginSession;
        let login = API.iter().find(|endpoint| endpoint.operation == operation).unwrap();
        let members: Vec<&str> = login.body.iter().map(|member| member.name).collect();
        assert_eq!(members, ["token"]);
    }
}
