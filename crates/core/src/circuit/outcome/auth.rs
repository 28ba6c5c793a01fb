//! What Supabase Auth says in a body: `{code, error_code, msg}`, or since its version of 2024
//! `{code, message}` (supabase/auth, `internal/api/errors.go`; the codes are listed under
//! supabase.com/docs/guides/auth/debugging/error-codes).
//!
//! Sessions end and passwords are wrong all day, so a refusal with a code is the visitor's affair.
//! A refusal without a code comes from the gateway, and means that it refuses our key.

use super::Cause;
use super::body::{Body, BodyFacts, Key, Scalar};

pub(super) const fn wants_body(status: u16) -> bool {
    matches!(status, 401 | 403 | 429)
}

pub(super) fn read(status: u16, body: Body<'_>) -> Option<Cause> {
    let said: AuthFacts = body.facts()?;
    match (status, said.code) {
        // What asks for an administrator is called by us, not by a visitor.
        (401 | 403, Some(Code::NotAdmin)) => Some(Cause::Credentials),
        (401 | 403, Some(_)) => Some(Cause::Caller),
        // The limit of one address or of one telephone: the others may go on.
        (429, Some(Code::SendLimit)) => Some(Cause::VisitorLimit),
        _ => None,
    }
}

#[derive(Default)]
struct AuthFacts {
    code: Option<Code>,
}

enum Code {
    NotAdmin,
    SendLimit,
    Other,
}

impl BodyFacts for AuthFacts {
    fn take(&mut self, path: &[Key], value: Scalar<'_>) {
        // In the older form `code` is the status as a number.
        if let ([Key::ErrorCode | Key::Code], Scalar::Text(code)) = (path, value) {
            self.code = Some(match code {
                "not_admin" => Code::NotAdmin,
                "over_email_send_rate_limit" | "over_sms_send_rate_limit" => Code::SendLimit,
                _ => Code::Other,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_with_a_code_is_the_visitors() {
        let said = |status, body: &str| read(status, Body::whole(body.as_bytes()));
        assert_eq!(said(403, r#"{"code":403,"error_code":"bad_jwt"}"#), Some(Cause::Caller));
        assert_eq!(said(401, r#"{"code":"no_authorization"}"#), Some(Cause::Caller));
        assert_eq!(said(403, r#"{"code":"not_admin"}"#), Some(Cause::Credentials));
        assert_eq!(said(401, r#"{"message":"Invalid API key"}"#), None);
        assert_eq!(said(422, r#"{"code":"weak_password"}"#), None);
    }
}
