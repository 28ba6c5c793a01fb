//! What Supabase Storage says in a body: `{statusCode, code, error, message}`. Unless an error
//! sets its own, the HTTP status is 500 or 400 and the real one is the string `statusCode`
//! (supabase/storage, `src/internal/errors/storage-error.ts`).
//!
//! Its health check answers 200 whatever it finds, and says `{healthy: false}`.

use super::body::{Body, BodyFacts, Key, Scalar};
use super::{Cause, Dialect};

pub(super) fn wants_body(status: u16, path: &str) -> bool {
    match status {
        200 => path.ends_with("/health"),
        _ => matches!(status, 400..=599),
    }
}

pub(super) fn read(status: u16, body: Body<'_>) -> Option<Cause> {
    let said: StorageFacts = body.facts()?;
    if !matches!(status, 400..=599) {
        return said.is_unhealthy.then_some(Cause::Unhealthy);
    }
    if said.database_is_saturated {
        return Some(Cause::Overload);
    }
    if said.token_is_refused {
        return Some(Cause::Caller);
    }
    said.status.map(|real| Dialect::SupabaseStorage.cause_of_status(real))
}

#[derive(Default)]
struct StorageFacts {
    is_unhealthy: bool,
    /// The real status, if it is one of an error.
    status: Option<u16>,
    /// 429 `SlowDown`, in older versions `too_many_connections`: no limit of the site's own.
    database_is_saturated: bool,
    /// The visitor's token is wrong. The gateway refuses a wrong key of the site's own.
    token_is_refused: bool,
}

impl BodyFacts for StorageFacts {
    fn take(&mut self, path: &[Key], value: Scalar<'_>) {
        match (path, value) {
            ([Key::Healthy], Scalar::Bool(healthy)) => self.is_unhealthy |= !healthy,
            ([Key::StatusCode], Scalar::Text(text)) => {
                self.status = error_status(text.parse().ok());
            }
            ([Key::StatusCode], Scalar::Number(number)) => {
                self.status = error_status(u16::try_from(number).ok());
            }
            ([Key::Code | Key::Error], Scalar::Text(code)) => {
                self.database_is_saturated |= matches!(code, "SlowDown" | "too_many_connections");
                self.token_is_refused |= matches!(code, "InvalidJWT" | "ExpiredToken");
            }
            _ => {}
        }
    }
}

/// Some versions wrote 0 for a status that they did not set (supabase/storage#947).
fn error_status(status: Option<u16>) -> Option<u16> {
    status.filter(|status| matches!(status, 400..=599))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, cause: Option<Cause>) {
        assert_eq!(read(status, Body::whole(body.as_bytes())), cause, "{body}");
    }

    #[test]
    fn the_real_status_is_the_one_in_the_body() {
        check(400, r#"{"statusCode":"404"}"#, Some(Cause::Caller));
        check(400, r#"{"statusCode":"503"}"#, Some(Cause::Unavailable));
        check(400, r#"{"statusCode":503}"#, Some(Cause::Unavailable));
        check(400, r#"{"statusCode":"544"}"#, Some(Cause::Gateway));
        check(400, r#"{"statusCode":"429"}"#, Some(Cause::RateLimit));
        for none in ["0", "200", "-1", "99999", "a", ""] {
            check(400, &alloc::format!(r#"{{"statusCode":"{none}"}}"#), None);
        }
    }

    #[test]
    fn a_saturated_database_is_no_limit_of_ours() {
        check(400, r#"{"statusCode":"429","code":"SlowDown"}"#, Some(Cause::Overload));
        check(429, r#"{"error":"too_many_connections"}"#, Some(Cause::Overload));
    }

    #[test]
    fn only_an_unhealthy_health_check_makes_a_success_a_failure() {
        check(200, r#"{"healthy":false}"#, Some(Cause::Unhealthy));
        check(200, r#"{"healthy":true}"#, None);
        check(200, r#"{"healthy":"false"}"#, None);
        check(200, r#"{"statusCode":"503"}"#, None);
        check(200, r#"{"data":{"healthy":false}}"#, None);
    }

    #[test]
    fn health_that_fails_once_in_a_body_fails() {
        let body = Body::whole(br#"{"healthy":false,"healthy":true}"#);
        let judged = read(200, body);
        assert_eq!(judged, Some(Cause::Unhealthy));
    }

    #[test]
    fn a_refused_token_is_the_visitors_whatever_the_status_says() {
        let body =
            Body::whole(br#"{"statusCode":"403","code":"InvalidJWT","error":"Unauthorized"}"#);
        assert_eq!(read(400, body), Some(Cause::Caller));
        let without = Body::whole(br#"{"statusCode":"403","error":"Unauthorized"}"#);
        assert_ne!(read(400, without), Some(Cause::Caller));
    }
}
