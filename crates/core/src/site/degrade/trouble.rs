//! Why an upstream's answer is not good enough.

use core::fmt;

use crate::base::time::Millis;
use crate::cache::cache_status::Instead;
use crate::circuit::breaker::Rejected;
use crate::circuit::outcome::{Ended, is_passing};

/// What `Retry-After` says when no circuit names a time.
const RETRY_AFTER_DEFAULT: Millis = Millis::from_secs(5);

/// Why the origin's answer is not good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The breaker did not admit the call.
    Rejected(Rejected),
    /// The origin answered with this status.
    Status(u16),
    /// It did not answer in time.
    TimedOut,
    /// It could not be reached.
    Disconnected,
    /// It has not answered within the route's patience; the call goes on.
    Impatient,
    /// Its calls take longer than the route's patience, so that this visitor does not wait.
    Suspect,
    /// It is well again since a short while, and stored responses are validated little by little.
    SlowStart,
    /// The connection broke while the request's body was going out.
    BrokeWhileSending,
    /// The request's body is not whole.
    Unfinished,
    /// The request's body came too slowly.
    Stalled,
}

impl Trouble {
    /// Whether how a call ended is reason to try the lower rungs: 500, 502, 503, 504, what
    /// Cloudflare answers in place of 502 and 504, a time-out or a lost connection (the errors of
    /// RFC 5861 §4).
    pub const fn of(ended: Ended) -> Option<Self> {
        match ended {
            Ended::Answered { status, .. } => Self::of_status(status),
            Ended::TimedOut => Some(Self::TimedOut),
            // The answer is lost either way, though not by the upstream's fault.
            Ended::Disconnected | Ended::Interim => Some(Self::Disconnected),
            Ended::BrokeWhileSending => Some(Self::BrokeWhileSending),
            Ended::VisitorLeft | Ended::VisitorStalled | Ended::NotSent => None,
        }
    }

    /// The same for a call that brought an answer with this status.
    pub const fn of_status(status: u16) -> Option<Self> {
        if status == 500 || is_passing(status) { Some(Self::Status(status)) } else { None }
    }

    /// What a visitor is told of a call that brought no answer.
    pub const fn told(ended: Ended) -> Self {
        match ended {
            Ended::Answered { status, .. } => Self::Status(status),
            Ended::TimedOut => Self::TimedOut,
            Ended::Disconnected | Ended::Interim | Ended::NotSent => Self::Disconnected,
            Ended::BrokeWhileSending => Self::BrokeWhileSending,
            Ended::VisitorLeft => Self::Unfinished,
            Ended::VisitorStalled => Self::Stalled,
        }
    }

    /// The status of the answer that Breakwater makes of it, and its name: 503, or what the visitor
    /// is to mend, which is 400 for a body that is not whole (RFC 9112 §8) and 408 for one that
    /// does not come (RFC 9110 §15.5.9).
    pub const fn status(self) -> (u16, &'static str) {
        match self {
            Self::Unfinished => (400, "Bad Request"),
            Self::Stalled => (408, "Request Timeout"),
            Self::Rejected(_)
            | Self::Status(_)
            | Self::TimedOut
            | Self::Disconnected
            | Self::Impatient
            | Self::Suspect
            | Self::SlowStart
            | Self::BrokeWhileSending => (503, "Service Unavailable"),
        }
    }

    /// What `Cache-Status` says where a stored response answers because of it.
    pub const fn cache_status(self) -> Instead {
        match self {
            Self::Rejected(_) => Instead::CircuitOpen,
            Self::Status(status) => Instead::Status(status),
            Self::TimedOut => Instead::Timeout,
            Self::Disconnected => Instead::Unreachable,
            Self::Impatient => Instead::Patience,
            Self::Suspect => Instead::Suspect,
            Self::SlowStart => Instead::SlowStart,
            Self::BrokeWhileSending | Self::Unfinished | Self::Stalled => Instead::RequestBody,
        }
    }

    /// Whether the visitor brought it about: no page about the site helps, and no waiting.
    pub const fn is_visitors(self) -> bool {
        matches!(self, Self::Unfinished | Self::Stalled)
    }

    /// What to tell visitors in `Retry-After`.
    pub fn retry_after(self) -> Millis {
        match self {
            Self::Rejected(rejected) => rejected.retry_after().unwrap_or(RETRY_AFTER_DEFAULT),
            Self::Status(_)
            | Self::TimedOut
            | Self::Disconnected
            | Self::Impatient
            | Self::Suspect
            | Self::SlowStart
            | Self::BrokeWhileSending
            | Self::Unfinished
            | Self::Stalled => RETRY_AFTER_DEFAULT,
        }
        .max(Millis::from_secs(1))
    }
}

/// For visitors: says what happened without naming anything inside.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // To the second: visitors have no use for more.
            Self::Rejected(Rejected::Open { retry_after }) => {
                let seconds = Millis::from_secs(retry_after.as_secs_ceil());
                Rejected::Open { retry_after: seconds }.fmt(f)
            }
            Self::Rejected(rejected) => rejected.fmt(f),
            Self::Status(status) => write!(f, "the upstream answered {status}"),
            Self::TimedOut => f.write_str("the upstream did not answer in time"),
            Self::Disconnected => f.write_str("the upstream could not be reached"),
            Self::Impatient | Self::Suspect => f.write_str("the upstream takes long to answer"),
            Self::SlowStart => f.write_str("the upstream is well again since a short while"),
            Self::BrokeWhileSending => {
                f.write_str("the upstream closed the connection while the request was being sent")
            }
            Self::Unfinished => f.write_str("the request's body is not whole"),
            Self::Stalled => f.write_str("the request's body came too slowly"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_rungs_are_for_errors_of_the_upstream_only() {
        for status in [500, 502, 503, 504, 520, 522, 526, 530] {
            let ended = Ended::Answered { status, retry_after: None };
            assert_eq!(Trouble::of(ended), Some(Trouble::Status(status)));
        }
        for status in [200, 304, 404, 429, 501, 505] {
            assert_eq!(Trouble::of(Ended::Answered { status, retry_after: None }), None);
        }
        for ended in [Ended::VisitorLeft, Ended::VisitorStalled, Ended::NotSent] {
            assert_eq!(Trouble::of(ended), None);
        }
    }

    #[test]
    fn a_visitor_who_can_mend_it_is_told_so() {
        for (ended, status) in [
            (Ended::VisitorLeft, 400),
            (Ended::VisitorStalled, 408),
            (Ended::TimedOut, 503),
            (Ended::Disconnected, 503),
            (Ended::BrokeWhileSending, 503),
        ] {
            let told = Trouble::told(ended);
            assert_eq!((told.status().0, told.is_visitors()), (status, status < 500), "{ended:?}");
        }
    }

    #[test]
    fn retry_after_is_never_less_than_a_second() {
        let rejected = Trouble::Rejected(Rejected::Open { retry_after: Millis::new(3) });
        assert_eq!(rejected.retry_after(), Millis::from_secs(1));
        assert_eq!(alloc::string::ToString::to_string(&rejected), "circuit open for another 1s");
        assert_eq!(Trouble::TimedOut.retry_after(), RETRY_AFTER_DEFAULT);
    }
}
