//! What a finished call says about its upstream.
//!
//! The status that a visitor gets and the outcome that the breaker counts are different things:
//! a 404 is a healthy upstream's answer, and a 429 may be one visitor's limit.

use serde::{Deserialize, Serialize};

use crate::policy::Count;
use crate::time::Millis;

/// How the breaker counts a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The upstream did its work.
    Success,
    /// The upstream is sick, as far as this call could tell.
    Failure,
    /// The call says nothing about the upstream; it returns its permit and counts nowhere.
    Ignored,
    /// The upstream asks us to come back later: opens until then, without counting.
    Throttled,
    /// Our quota is used up: opens until it renews, without counting.
    Exhausted,
}

/// A finished call, as the breaker records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// How it counts.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Millis,
    /// When the upstream said to come back, from now on. For a failure it only lengthens the
    /// opening of a circuit that trips anyway.
    pub retry_after: Option<Millis>,
}

/// How a call ended, as the transport saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an HTTP answer.
    Answered {
        /// The status code.
        status: u16,
        /// The field `Retry-After`, from now on.
        retry_after: Option<Millis>,
    },
    /// Without an answer in time.
    TimedOut,
    /// Without a connection, or with one that broke before the answer.
    Disconnected,
    /// Because the visitor went away.
    VisitorLeft,
}

/// Which API's habits an upstream has. The rules for the bodies of its answers come on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Any web server, called on behalf of visitors.
    #[default]
    Http,
    /// Google's Gemini API.
    Gemini,
    /// The API of remove.bg.
    Removebg,
    /// Supabase's PostgREST.
    SupabasePostgrest,
    /// Supabase Storage.
    SupabaseStorage,
    /// Supabase Auth.
    SupabaseAuth,
    /// Upstash's Redis over HTTP.
    Upstash,
}

impl Dialect {
    /// Whether it is an API that we call with our own key, so that its limits are ours.
    const fn is_called_with_our_key(self) -> bool {
        !matches!(self, Self::Http)
    }

    /// Judges how a call ended. Whether it was slow is for the breaker's policy to say.
    ///
    /// 429 is ignored in `http`: one visitor's limit must not close the site for all. Behind our
    /// own key it throttles us, 402 says that the quota is used up, and 401 or 403 that the key
    /// is wrong, which no waiting mends.
    pub const fn judge(self, count: Count, ended: Ended, took: Millis) -> Completion {
        let (outcome, retry_after) = match ended {
            Ended::TimedOut | Ended::Disconnected => (Outcome::Failure, None),
            Ended::VisitorLeft => (Outcome::Ignored, None),
            Ended::Answered { status, retry_after } => match status {
                429 if self.is_called_with_our_key() => (Outcome::Throttled, retry_after),
                402 if self.is_called_with_our_key() => (Outcome::Exhausted, retry_after),
                401 | 403 if self.is_called_with_our_key() => (Outcome::Ignored, None),
                429 => (Outcome::Ignored, None),
                503 => (Outcome::Failure, retry_after),
                502 | 504 => (Outcome::Failure, None),
                500..=599 if matches!(count, Count::ServerErrors) => (Outcome::Failure, None),
                _ => (Outcome::Success, None),
            },
        };
        Completion { outcome, took, retry_after }
    }
}

/// Reads `Retry-After` in its form of whole seconds (RFC 9110 §10.2.3).
pub fn retry_after_seconds(field: &str) -> Option<Millis> {
    let field = field.trim();
    let digits = !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| Millis::from_secs(field.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(dialect: Dialect, count: Count, status: u16) -> Outcome {
        let ended = Ended::Answered { status, retry_after: None };
        dialect.judge(count, ended, Millis::ZERO).outcome
    }

    #[test]
    fn a_gateway_error_is_a_failure_and_a_server_error_only_where_it_counts() {
        for status in [502, 503, 504] {
            assert_eq!(judged(Dialect::Http, Count::Gateway, status), Outcome::Failure);
        }
        for status in [500, 501, 599] {
            assert_eq!(judged(Dialect::Http, Count::Gateway, status), Outcome::Success);
            assert_eq!(judged(Dialect::Http, Count::ServerErrors, status), Outcome::Failure);
        }
    }

    #[test]
    fn a_visitors_limit_counts_nowhere_and_ours_throttles() {
        assert_eq!(judged(Dialect::Http, Count::ServerErrors, 429), Outcome::Ignored);
        assert_eq!(judged(Dialect::Gemini, Count::Gateway, 429), Outcome::Throttled);
        assert_eq!(judged(Dialect::Removebg, Count::Gateway, 402), Outcome::Exhausted);
        assert_eq!(judged(Dialect::Http, Count::Gateway, 402), Outcome::Success);
    }

    #[test]
    fn only_a_503_and_our_own_limits_name_a_time() {
        let after = Some(Millis::from_secs(7));
        let named = |dialect: Dialect, status| {
            let ended = Ended::Answered { status, retry_after: after };
            dialect.judge(Count::Gateway, ended, Millis::ZERO).retry_after
        };
        assert_eq!(named(Dialect::Http, 503), after);
        assert_eq!(named(Dialect::Http, 502), None);
        assert_eq!(named(Dialect::Gemini, 429), after);
    }

    #[test]
    fn retry_after_takes_whole_seconds() {
        assert_eq!(retry_after_seconds(" 120 "), Some(Millis::from_secs(120)));
        assert_eq!(retry_after_seconds("99999999999999999999"), Some(Millis::new(u64::MAX)));
        for field in ["", "-1", "1.5", "soon"] {
            assert_eq!(retry_after_seconds(field), None, "{field}");
        }
    }
}
