//! What Google's Gemini API says in a body: `{error: {code, status, message, details[]}}`, in an
//! array if it was to be streamed.
//!
//! The API sends no `Retry-After`; the time to wait stands in the detail `RetryInfo`. The time is
//! taken as it stands, even for a quota per day, and where none is named, none is assumed. The
//! documentation says that such a quota renews at midnight Pacific time
//! (ai.google.dev/gemini-api/docs/rate-limits), but answers have been seen that named 36 s
//! (diegosouzapw/OmniRoute#9504) and midnight UTC
//! (dev.to/nils44344/gemini-api-429-resourceexhausted-why-your-limit-is-0-68o). Asking once per
//! `open_for` costs little; a wrong guess costs a day.
//!
//! The quota that is exceeded is named in one of two details: in the `quotaId` of `QuotaFailure`,
//! or, where the platform in front of the API refuses, in the `metadata` of `ErrorInfo`
//! (google.rpc, `error_details.proto`). Only the message says that prepaid credits are spent
//! (dyad-sh/dyad#3626).

use super::body::{Body, BodyFacts, Key, Scalar};
use super::{BodyFinding, Cause, wait};
use crate::base::time::Millis;

pub(super) const fn wants_body(status: u16) -> bool {
    matches!(status, 400 | 429)
}

pub(super) fn read(status: u16, body: Body<'_>) -> Option<BodyFinding> {
    let error: GeminiFacts = body.facts()?;
    let cause = match status {
        400 | 429 if error.has_no_credits => Cause::Payment,
        // Not 401: a wrong key is an invalid argument here.
        400 if error.key_is_refused => Cause::Credentials,
        400 if error.fails_precondition => Cause::Setup,
        429 if error.has_no_quota => Cause::NoQuota,
        429 if error.is_daily => Cause::Quota,
        429 => Cause::RateLimit,
        _ => return None,
    };
    // No waiting fills an account: a delay that comes along is the same for every 429.
    let wait = error.retry_delay.filter(|_| !error.has_no_credits);
    Some(BodyFinding { cause, wait })
}

#[derive(Default)]
struct GeminiFacts {
    key_is_refused: bool,
    /// The region is not served, or billing is off.
    fails_precondition: bool,
    /// What was paid in advance is spent.
    has_no_credits: bool,
    /// The limit is zero: the project's tier does not have the model.
    has_no_quota: bool,
    is_daily: bool,
    retry_delay: Option<Millis>,
}

impl BodyFacts for GeminiFacts {
    fn take(&mut self, path: &[Key], value: Scalar<'_>) {
        use Key::{Code, Details, Item, Message, Metadata, QuotaId, QuotaLimit, QuotaLimitValue};
        use Key::{QuotaValue, Reason, RetryDelay, Status, Violations};
        let ([Key::Error, path @ ..], Scalar::Text(text)) = (path, value) else {
            return;
        };
        match path {
            // The newer interface says it in lower case in `code`.
            [Status | Code] => {
                self.fails_precondition |= text.eq_ignore_ascii_case("FAILED_PRECONDITION");
                self.is_daily |= text == "quota_exceeded";
            }
            [Message] => {
                self.has_no_quota |= names_a_limit_of_zero(text);
                self.has_no_credits |= says_that_credits_are_spent(text);
            }
            [Details, Item, Reason] => self.key_is_refused |= text.starts_with("API_KEY_"),
            [Details, Item, RetryDelay] => {
                self.retry_delay = self.retry_delay.max(wait::protobuf_duration(text));
            }
            [Details, Item, Violations, Item, QuotaId] | [Details, Item, Metadata, QuotaLimit] => {
                self.is_daily |= text.contains("PerDay");
            }
            [Details, Item, Violations, Item, QuotaValue]
            | [Details, Item, Metadata, QuotaLimitValue] => self.has_no_quota |= text == "0",
            _ => {}
        }
    }
}

/// Whether the message says `limit: 0`, as it does in a line per quota.
fn names_a_limit_of_zero(message: &str) -> bool {
    message.split("limit: 0").skip(1).any(|rest| {
        // The message may end there, and then, at the latest, the number does.
        !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')
    })
}

/// Whether the message says `prepayment credits are depleted`.
fn says_that_credits_are_spent(message: &str) -> bool {
    const SPENT: &[u8] = b"credits are depleted";
    message.as_bytes().windows(SPENT.len()).any(|part| part.eq_ignore_ascii_case(SPENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_limit_of_exactly_zero_is_none() {
        assert!(names_a_limit_of_zero("exceeded, limit: 0, model: a"));
        assert!(names_a_limit_of_zero("exceeded, limit: 5, model: a\nexceeded, limit: 0"));
        for message in ["", "limit: 10", "limit: 05", "limit: 0.5", "limit:0", "limit: 20, model"] {
            assert!(!names_a_limit_of_zero(message), "{message}");
        }
    }

    #[test]
    fn the_longest_delay_counts() {
        let body = br#"{"error":{"details":[
            {"retryDelay":"3s"},{"retryDelay":"45.837906927s"},{"retryDelay":"soon"}]}}"#;
        let wait = Some(Millis::new(45_838));
        assert_eq!(
            read(429, Body::whole(body)),
            Some(BodyFinding { cause: Cause::RateLimit, wait })
        );
    }

    #[test]
    fn what_names_a_quota_outside_an_error_is_none() {
        let body = br#"{"candidates":[{"message":"limit: 0"}],"message":"limit: 0"}"#;
        let cause = read(429, Body::whole(body)).map(|found| found.cause);
        assert_eq!(cause, Some(Cause::RateLimit));
    }

    #[test]
    fn no_quota_is_named_by_a_message_or_by_a_value_whatever_comes_beside() {
        let cause = |error: &str| {
            let body = alloc::format!(r#"{{"error":{error}}}"#);
            read(429, Body::whole(body.as_bytes())).map(|found| found.cause)
        };
        let value = r#"{"details":[{"violations":[{"quotaValue":"0"},{"quotaValue":"50"}]}]}"#;
        assert_eq!(cause(value), Some(Cause::NoQuota));
        let message_then_value = r#"{"message":"exceeded, limit: 0",
            "details":[{"violations":[{"quotaId":"PerDay","quotaValue":"50"}]}]}"#;
        assert_eq!(cause(message_then_value), Some(Cause::NoQuota));
        let daily_then_minutely = r#"{"code":"quota_exceeded",
            "details":[{"violations":[{"quotaId":"RequestsPerMinute","quotaValue":"5"}]}]}"#;
        assert_eq!(cause(daily_then_minutely), Some(Cause::Quota));
    }

    #[test]
    fn no_delay_goes_with_credits_that_are_spent() {
        let body = br#"{"error":{"message":"Your Prepayment Credits are depleted.",
            "details":[{"retryDelay":"3s"}]}}"#;
        for status in [400, 429] {
            let spent = Some(BodyFinding { cause: Cause::Payment, wait: None });
            assert_eq!(read(status, Body::whole(body)), spent);
        }
        assert!(!says_that_credits_are_spent("credits"));
    }

    #[test]
    fn a_failed_precondition_said_once_stands() {
        let body = br#"{"error":{"status":"FAILED_PRECONDITION","code":"other"}}"#;
        let found = read(400, Body::whole(body)).map(|found| found.cause);
        assert_eq!(found, Some(Cause::Setup));
    }
}
