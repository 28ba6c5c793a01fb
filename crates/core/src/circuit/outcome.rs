//! How a finished call counts for its upstream.
//!
//! The status that a visitor gets and the outcome that the breaker counts are different things:
//! a 404 is a healthy upstream's answer, and a 429 may be one visitor's limit.
//!
//! # Classes
//! [`Dialect::examine`] finds the [`Cause`] of how a call ended, and [`Cause::outcome`] is the one
//! table that says how it counts. Faults are failures. Limits of the site's own key open the
//! circuit without counting. Faults that only an operator can mend, or that one visitor caused,
//! count nowhere. An upstream that refused a request is as healthy as one that served it.
//!
//! # Bodies
//! Some APIs name the cause in the body. [`Dialect::wants_body`] says when, so that no other body
//! is read, and [`BODY_MAX`] bytes are enough. If a body was not read or makes no sense, the status
//! alone is judged.

mod auth;
mod body;
mod cause;
mod gemini;
mod line;
mod postgrest;
mod status;
mod storage;
mod unanswered;
mod upstash;
mod wait;

pub use body::{BODY_MAX, BODY_WAIT, Body};
pub use cause::Cause;
pub use status::{is_gateway, is_passing};
pub use unanswered::{
    AT_ONCE_MAX, BODYLESS_METHODS, IN_TRANSIT_MAX, Unanswered, Upload, carries_body,
};
pub use wait::retry_after;

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};
use crate::circuit::policy::Count;

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
    /// How the call counts.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Millis,
    /// The time after which the upstream said to come back. With a failure it only lengthens the
    /// opening of a circuit that trips anyway.
    pub retry_after: Option<Millis>,
}

/// A finished call with the reason why it counts as it does, which operators can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The call as the breaker records it.
    pub completion: Completion,
    /// The cause as operators see it.
    pub cause: Cause,
}

/// How a call ended, as the transport saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an HTTP answer.
    Answered {
        /// The status code.
        status: u16,
        /// The time to wait that the header named, as [`Dialect::named_wait`] reads it.
        retry_after: Option<Millis>,
    },
    /// Without an answer in time.
    TimedOut,
    /// Without a connection, or with one that broke before the answer.
    Disconnected,
    /// Because the visitor went away, or the request's body broke off.
    VisitorLeft,
    /// Because the visitor sent the request's body too slowly.
    VisitorStalled,
    /// The connection broke while the request's body was going out.
    BrokeWhileSending,
    /// Before it was made: the platform refused to send the request, or we failed at it.
    NotSent,
    /// With an interim answer (1xx), which the platform took for the answer.
    Interim,
}

impl Ended {
    /// The end of a call with an answer of this status, if that can be passed on. A status outside
    /// of the known classes counts as a server's failure (RFC 9110 §15), and the platform can make
    /// no answer of it. Nor can it of an interim status, which the upstream may rightly send
    /// (§15.2): the platform is to blame for taking it for the answer.
    pub const fn with_status(status: u16, retry_after: Option<Millis>) -> Self {
        match status {
            101 | 200..=599 => Self::Answered { status, retry_after },
            100..=199 => Self::Interim,
            _ => Self::Disconnected,
        }
    }

    /// Whether there is an answer that can be passed on.
    pub const fn has_answer(self) -> bool {
        matches!(self, Self::Answered { .. })
    }

    /// The status of the answer, if there is one.
    pub const fn status(self) -> Option<u16> {
        if let Self::Answered { status, .. } = self { Some(status) } else { None }
    }

    /// Why there is no answer, as one word; empty if there is one.
    pub const fn missing_because(self) -> &'static str {
        match self {
            Self::Answered { .. } => "",
            Self::TimedOut => "timed_out",
            Self::Disconnected => "disconnected",
            Self::VisitorLeft => "visitor_left",
            Self::VisitorStalled => "visitor_stalled",
            Self::BrokeWhileSending => "broke_while_sending",
            Self::NotSent => "not_sent",
            Self::Interim => "interim",
        }
    }
}

/// The API whose habits an upstream has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Any web server, called on behalf of visitors.
    #[default]
    Http,
    /// Google's Gemini API.
    Gemini,
    /// The API of remove.bg, which is judged by status and header alone.
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
    /// All dialects.
    pub const ALL: [Self; 7] = [
        Self::Http,
        Self::Gemini,
        Self::Removebg,
        Self::SupabasePostgrest,
        Self::SupabaseStorage,
        Self::SupabaseAuth,
        Self::Upstash,
    ];

    /// Whether the API is called with the site's own key, so that its limits are the site's.
    const fn is_called_with_our_key(self) -> bool {
        !matches!(self, Self::Http)
    }

    /// Whether an answer can only be judged by its body. `path` is that of the request to the
    /// upstream, without its query. The body of a success is read on few paths only, since other
    /// successes are downloads that must stream.
    ///
    /// ```
    /// use breakwater_core::circuit::outcome::Dialect;
    ///
    /// assert!(Dialect::SupabaseStorage.wants_body(200, "/storage/v1/health"));
    /// assert!(!Dialect::SupabaseStorage.wants_body(200, "/storage/v1/object/public/a.png"));
    /// assert!(!Dialect::Http.wants_body(503, "/"));
    /// ```
    pub fn wants_body(self, status: u16, path: &str) -> bool {
        match self {
            Self::Http | Self::Removebg => false,
            Self::Gemini => gemini::wants_body(status),
            Self::SupabasePostgrest => postgrest::wants_body(status),
            Self::SupabaseStorage => storage::wants_body(status, path),
            Self::SupabaseAuth => auth::wants_body(status),
            Self::Upstash => upstash::wants_body(status, path),
        }
    }

    /// The time to wait that an answer names in its header, from `now` on. `field` gives the value
    /// of a header field by its name in lower case; it is asked only where the status is one that
    /// waiting may mend.
    ///
    /// It is `Retry-After` (RFC 9110 §10.2.3), or else, from remove.bg, `X-RateLimit-Reset` in
    /// Unix seconds (as remove.bg's own Ruby client reads it).
    pub fn named_wait<F: AsRef<str>>(
        self,
        status: u16,
        mut field: impl FnMut(&'static str) -> Option<F>,
        now: Timestamp,
    ) -> Option<Millis> {
        if !matches!(status, 402 | 429 | 503) {
            return None;
        }
        let named = field("retry-after").and_then(|text| retry_after(text.as_ref(), now));
        if named.is_none() && self == Self::Removebg {
            return field("x-ratelimit-reset")
                .and_then(|text| wait::until_reset(text.as_ref(), now));
        }
        named
    }

    /// Judges the end of a call whose answer's body was not read.
    pub fn judge(self, count: Count, ended: Ended, took: Millis) -> Completion {
        self.examine(count, ended, Body::UNREAD, took).completion
    }

    /// Judges the end of a call. The breaker's policy says whether the call was slow.
    ///
    /// 429 is ignored in `http`: one visitor's limit must not close the site for all. Behind our
    /// own key it throttles us, 402 says that the quota is used up, and 401 or 403 that the key
    /// is wrong, which no waiting mends.
    ///
    /// ```
    /// use breakwater_core::circuit::outcome::{Body, Cause, Dialect, Ended, Outcome};
    /// use breakwater_core::circuit::policy::Count;
    /// use breakwater_core::base::time::Millis;
    ///
    /// let ended = Ended::Answered { status: 200, retry_after: None };
    /// let body = Body::whole(br#"{"healthy":false}"#);
    /// let storage = Dialect::SupabaseStorage;
    /// let judged = storage.examine(Count::Gateway, ended, body, Millis::new(80));
    /// assert_eq!(judged.cause, Cause::Unhealthy);
    /// assert_eq!(judged.completion.outcome, Outcome::Failure);
    /// ```
    pub fn examine(self, count: Count, ended: Ended, body: Body<'_>, took: Millis) -> Judgement {
        let (cause, named) = match ended {
            Ended::TimedOut => (Cause::TimedOut, None),
            Ended::Disconnected => (Cause::Disconnected, None),
            Ended::VisitorLeft => (Cause::VisitorLeft, None),
            Ended::VisitorStalled => (Cause::VisitorStalled, None),
            Ended::BrokeWhileSending => (Cause::BrokeWhileSending, None),
            Ended::NotSent => (Cause::NotSent, None),
            Ended::Interim => (Cause::Interim, None),
            Ended::Answered { status, retry_after } => {
                let found = self.read(status, body).unwrap_or_else(|| BodyFinding {
                    cause: self.cause_of_status(status),
                    wait: None,
                });
                (found.cause, found.wait.or(retry_after))
            }
        };
        let retry_after = named.filter(|_| cause.may_name_a_wait());
        let completion = Completion { outcome: cause.outcome(count), took, retry_after };
        Judgement { completion, cause }
    }

    /// The findings in the body; without any the status alone is judged.
    fn read(self, status: u16, body: Body<'_>) -> Option<BodyFinding> {
        match self {
            Self::Http | Self::Removebg => None,
            Self::Gemini => gemini::read(status, body),
            Self::SupabasePostgrest => postgrest::read(status, body).map(BodyFinding::from),
            Self::SupabaseStorage => storage::read(status, body).map(BodyFinding::from),
            Self::SupabaseAuth => auth::read(status, body).map(BodyFinding::from),
            Self::Upstash => upstash::read(body).map(BodyFinding::from),
        }
    }
}

/// The findings in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BodyFinding {
    cause: Cause,
    /// The time to wait that the body names; it goes before the header's.
    wait: Option<Millis>,
}

impl From<Cause> for BodyFinding {
    fn from(cause: Cause) -> Self {
        Self { cause, wait: None }
    }
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
    fn a_call_without_an_answer_is_a_failure_only_where_the_upstream_brought_it_about() {
        for (ended, cause, outcome) in [
            (Ended::TimedOut, Cause::TimedOut, Outcome::Failure),
            (Ended::Disconnected, Cause::Disconnected, Outcome::Failure),
            (Ended::VisitorLeft, Cause::VisitorLeft, Outcome::Ignored),
            (Ended::VisitorStalled, Cause::VisitorStalled, Outcome::Ignored),
            (Ended::BrokeWhileSending, Cause::BrokeWhileSending, Outcome::Ignored),
            (Ended::NotSent, Cause::NotSent, Outcome::Ignored),
            (Ended::Interim, Cause::Interim, Outcome::Ignored),
        ] {
            let call = Dialect::Http.examine(Count::Gateway, ended, Body::UNREAD, Millis::ZERO);
            assert_eq!((call.cause, call.completion.outcome), (cause, outcome));
        }
    }

    #[test]
    fn the_header_is_read_only_where_waiting_may_help() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let fields = |name: &str| match name {
            "x-ratelimit-reset" => Some("1700000060"),
            _ => None,
        };
        let minute = Some(Millis::from_secs(60));
        assert_eq!(Dialect::Removebg.named_wait(429, fields, now), minute);
        assert_eq!(Dialect::Removebg.named_wait(429, |_| Some("5"), now), Some(Millis::new(5_000)));
        assert_eq!(Dialect::Gemini.named_wait(429, fields, now), None);
        assert_eq!(Dialect::Removebg.named_wait(200, |_| -> Option<&str> { panic!() }, now), None);
    }

    #[test]
    fn nothing_is_read_of_a_download_that_succeeds() {
        for dialect in Dialect::ALL {
            for status in [200, 204, 302] {
                assert!(!dialect.wants_body(status, "/a/b.png"), "{dialect:?} {status}");
            }
        }
        assert!(Dialect::SupabaseAuth.wants_body(429, "/auth/v1/otp"));
        assert!(!Dialect::Http.wants_body(503, "/"));
    }

    #[test]
    fn what_no_answer_can_have_as_its_status_is_none() {
        for status in [101, 200, 304, 404, 599] {
            let ended = Ended::with_status(status, None);
            assert_eq!(ended, Ended::Answered { status, retry_after: None });
        }
        for status in [0, 99, 600, 999, u16::MAX] {
            let ended = Ended::with_status(status, None);
            assert_eq!((ended, ended.has_answer()), (Ended::Disconnected, false), "{status}");
        }
        for status in [100, 102, 103, 199] {
            let ended = Ended::with_status(status, None);
            assert_eq!((ended, ended.has_answer()), (Ended::Interim, false), "{status}");
        }
    }
}
