//! Why a call counts as it does.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::circuit::policy::Count;

/// Why a call counts as it does, in terms that an operator can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The upstream answered, and not with an error.
    Answered,
    /// It refused what was asked, or the application failed at it; other requests may do well.
    Caller,
    /// There was no connection, or it broke before the answer.
    Disconnected,
    /// There was no answer in time.
    TimedOut,
    /// 502 or 504, or what the platform in front of it answers instead: it cannot be reached.
    Gateway,
    /// 503.
    Unavailable,
    /// It says that it has more to do than it can.
    Overload,
    /// It says that something it needs is down.
    Outage,
    /// Its own health check says that it is not well, whatever the status.
    Unhealthy,
    /// Its owner or its platform has paused it.
    Paused,
    /// Another server error; the policy's `count` says whether it is a failure.
    ServerError,
    /// We ask more often than our key allows.
    RateLimit,
    /// Our quota for the period is used up.
    Quota,
    /// Our quota is zero: no waiting renews it.
    NoQuota,
    /// Our credits are used up, or a bill is due.
    Payment,
    /// The key, the token or a grant is not good enough.
    Credentials,
    /// A setting, a region or the billing is not as the upstream demands.
    Setup,
    /// One visitor asks more often than is allowed.
    VisitorLimit,
    /// The visitor went away, or the request's body broke off.
    VisitorLeft,
    /// The visitor sent the request's body too slowly.
    VisitorStalled,
    /// The connection broke while the request's body was going out: the upstream may have answered
    /// early and closed it (RFC 9112 §9.6).
    BrokeWhileSending,
    /// The platform refused to send the request, or we failed at it.
    NotSent,
    /// The platform took an interim answer for the answer, which it then did not read.
    Interim,
    /// The database cancelled a statement that took too long. The statement may be a heavy one
    /// or the database a sick one; the call cannot tell which.
    StatementTimeout,
}

impl Cause {
    /// How it counts.
    pub const fn outcome(self, count: Count) -> Outcome {
        match self {
            Self::Answered | Self::Caller => Outcome::Success,
            Self::Disconnected
            | Self::TimedOut
            | Self::Gateway
            | Self::Unavailable
            | Self::Overload
            | Self::Outage
            | Self::Unhealthy
            | Self::Paused => Outcome::Failure,
            Self::ServerError => match count {
                Count::Gateway => Outcome::Success,
                Count::ServerErrors => Outcome::Failure,
            },
            Self::RateLimit => Outcome::Throttled,
            Self::Quota | Self::NoQuota | Self::Payment => Outcome::Exhausted,
            Self::Credentials
            | Self::Setup
            | Self::VisitorLimit
            | Self::VisitorLeft
            | Self::VisitorStalled
            | Self::BrokeWhileSending
            | Self::NotSent
            | Self::Interim
            | Self::StatementTimeout => Outcome::Ignored,
        }
    }

    /// Whether operators are to be told, since time alone does not mend it, or not today.
    pub const fn needs_operator(self) -> bool {
        matches!(
            self,
            Self::Quota
                | Self::NoQuota
                | Self::Payment
                | Self::Credentials
                | Self::Setup
                | Self::Paused
        )
    }

    /// Whether a time to wait that came along means anything. It does not for a quota of zero.
    pub(super) const fn may_name_a_wait(self) -> bool {
        matches!(
            self,
            Self::Unavailable
                | Self::Overload
                | Self::Outage
                | Self::RateLimit
                | Self::Quota
                | Self::Payment
        )
    }

    /// Its name, as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Caller => "caller",
            Self::Disconnected => "disconnected",
            Self::TimedOut => "timed_out",
            Self::Gateway => "gateway",
            Self::Unavailable => "unavailable",
            Self::Overload => "overload",
            Self::Outage => "outage",
            Self::Unhealthy => "unhealthy",
            Self::Paused => "paused",
            Self::ServerError => "server_error",
            Self::RateLimit => "rate_limit",
            Self::Quota => "quota",
            Self::NoQuota => "no_quota",
            Self::Payment => "payment",
            Self::Credentials => "credentials",
            Self::Setup => "setup",
            Self::VisitorLimit => "visitor_limit",
            Self::VisitorLeft => "visitor_left",
            Self::VisitorStalled => "visitor_stalled",
            Self::BrokeWhileSending => "broke_while_sending",
            Self::NotSent => "not_sent",
            Self::Interim => "interim",
            Self::StatementTimeout => "statement_timeout",
        }
    }
}

/// For operators, in words.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "the upstream answered",
            Self::Caller => "the upstream refused the request",
            Self::Disconnected => "the upstream could not be reached",
            Self::TimedOut => "the upstream did not answer in time",
            Self::Gateway => "a gateway could not reach the upstream",
            Self::Unavailable => "the upstream says that it is unavailable",
            Self::Overload => "the upstream says that it is overloaded",
            Self::Outage => "the upstream says that something it needs is down",
            Self::Unhealthy => "the upstream's own health check fails",
            Self::Paused => "the upstream has been paused",
            Self::ServerError => "the upstream failed at the request",
            Self::RateLimit => "our rate limit is reached",
            Self::Quota => "our quota for the period is used up",
            Self::NoQuota => "we have no quota at all",
            Self::Payment => "our credits are used up, or a bill is due",
            Self::Credentials => "the upstream refuses our key, our token or our rights",
            Self::Setup => "the upstream demands another setting, region or billing",
            Self::VisitorLimit => "a visitor's rate limit is reached",
            Self::VisitorLeft => "the visitor left",
            Self::VisitorStalled => "the visitor sent too slowly",
            Self::BrokeWhileSending => "the connection broke while the request was being sent",
            Self::NotSent => "the request could not be sent",
            Self::Interim => "the platform took an interim answer for the answer",
            Self::StatementTimeout => "the database cancelled a statement that took too long",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Cause; 24] = [
        Cause::Answered,
        Cause::Caller,
        Cause::Disconnected,
        Cause::TimedOut,
        Cause::Gateway,
        Cause::Unavailable,
        Cause::Overload,
        Cause::Outage,
        Cause::Unhealthy,
        Cause::Paused,
        Cause::ServerError,
        Cause::RateLimit,
        Cause::Quota,
        Cause::NoQuota,
        Cause::Payment,
        Cause::Credentials,
        Cause::Setup,
        Cause::VisitorLimit,
        Cause::VisitorLeft,
        Cause::VisitorStalled,
        Cause::BrokeWhileSending,
        Cause::NotSent,
        Cause::Interim,
        Cause::StatementTimeout,
    ];

    #[test]
    fn the_stored_name_is_the_name() {
        for cause in ALL {
            let stored = serde_json::to_value(cause).unwrap();
            assert_eq!(stored, cause.as_str());
            assert_eq!(serde_json::from_value::<Cause>(stored).unwrap(), cause);
        }
    }

    #[test]
    fn what_opens_the_circuit_for_a_time_may_name_it_unless_no_time_helps() {
        for cause in ALL {
            let opens =
                matches!(cause.outcome(Count::Gateway), Outcome::Throttled | Outcome::Exhausted);
            if opens {
                assert_eq!(cause.may_name_a_wait(), cause != Cause::NoQuota, "{cause:?}");
            }
        }
    }

    #[test]
    fn what_counts_nowhere_for_a_reason_of_ours_is_told_to_operators() {
        for cause in [Cause::Credentials, Cause::Setup] {
            assert_eq!(cause.outcome(Count::ServerErrors), Outcome::Ignored);
            assert!(cause.needs_operator());
        }
        for cause in [Cause::VisitorLeft, Cause::VisitorLimit, Cause::StatementTimeout] {
            assert_eq!(cause.outcome(Count::ServerErrors), Outcome::Ignored);
            assert!(!cause.needs_operator());
        }
    }

    #[test]
    fn operators_are_told_in_words() {
        assert_eq!(alloc::format!("{}", Cause::Quota), "our quota for the period is used up");
        assert_eq!(alloc::format!("{}", Cause::Gateway), "a gateway could not reach the upstream");
    }
}
