//! The value of the field `Cache-Status` (RFC 9211): how Breakwater's cache handled a request.

use core::fmt;

use crate::cache::freshness::NotStorable;
use crate::cache::meta::StoredAge;

/// Why a request was sent on, where a stored response might have answered (RFC 9211 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarded {
    /// The cache was not to answer: the route asks the upstream each time, and its stored responses
    /// only step in.
    Bypass,
    /// The method is not one that stored responses answer.
    Method,
    /// There is no stored response.
    UriMiss,
    /// There are stored responses, none of them for such a request.
    VaryMiss,
    /// The stored response was stale.
    Stale,
}

/// Why a stored response answered though the upstream was to be asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// The circuit is open, so that the upstream was not called.
    CircuitOpen,
    /// The upstream answered with this status.
    Status(u16),
    /// The upstream did not answer in time.
    Timeout,
    /// The upstream could not be reached.
    Unreachable,
    /// The upstream has not answered within the route's patience.
    Patience,
    /// Its calls take longer than the route's patience, so that it was not waited for.
    Suspect,
    /// It is well again since a short while, and stored responses are validated little by little.
    SlowStart,
    /// The request's body did not reach the upstream whole.
    RequestBody,
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CircuitOpen => f.write_str("hit; detail=circuit_open"),
            Self::Status(status) => write!(f, "fwd=stale; fwd-status={status}"),
            Self::Timeout => f.write_str("fwd=stale; detail=timeout"),
            Self::Unreachable => f.write_str("fwd=stale; detail=unreachable"),
            Self::Patience => f.write_str("hit; detail=patience"),
            Self::Suspect => f.write_str("hit; detail=suspect"),
            Self::SlowStart => f.write_str("hit; detail=slow-start"),
            Self::RequestBody => f.write_str("hit; detail=request-body"),
        }
    }
}

/// Our member of the list, without the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheStatus {
    /// A stored response answered, as a cache does.
    Hit(StoredAge),
    /// A stored response answered because the upstream did not do well.
    Instead(Instead, StoredAge),
    /// The upstream validated the stored response, which answered.
    Validated(StoredAge),
    /// The upstream answered, with this status. That became a stored response, or did not for this
    /// reason.
    Forwarded(Forwarded, u16, Result<(), NotStorable>),
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Breakwater; ")?;
        match self {
            Self::Hit(age) => write!(f, "hit; ttl={}", age.ttl_seconds()),
            Self::Instead(why, age) => write!(f, "{why}; ttl={}", age.ttl_seconds()),
            Self::Validated(age) => {
                write!(f, "fwd=stale; fwd-status=304; stored; ttl={}", age.ttl_seconds())
            }
            Self::Forwarded(why, status, stored) => {
                let why = match why {
                    Forwarded::Bypass => "bypass",
                    Forwarded::Method => "method",
                    Forwarded::UriMiss => "uri-miss",
                    Forwarded::VaryMiss => "vary-miss",
                    Forwarded::Stale => "stale",
                };
                write!(f, "fwd={why}; fwd-status={status}")?;
                match stored {
                    Ok(()) => f.write_str("; stored"),
                    Err(why) => write!(f, "; detail={}", why.token()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Millis;
    use alloc::string::ToString;

    #[test]
    fn each_way_to_an_answer_is_told() {
        let age = StoredAge { age: Millis::from_secs(90), fresh_for: Millis::from_secs(60) };
        for (status, expected) in [
            (CacheStatus::Hit(age), "Breakwater; hit; ttl=-30"),
            (
                CacheStatus::Instead(Instead::Status(503), age),
                "Breakwater; fwd=stale; fwd-status=503; ttl=-30",
            ),
            (
                CacheStatus::Instead(Instead::Patience, age),
                "Breakwater; hit; detail=patience; ttl=-30",
            ),
            (
                CacheStatus::Instead(Instead::Suspect, age),
                "Breakwater; hit; detail=suspect; ttl=-30",
            ),
            (
                CacheStatus::Instead(Instead::SlowStart, age),
                "Breakwater; hit; detail=slow-start; ttl=-30",
            ),
            (CacheStatus::Validated(age), "Breakwater; fwd=stale; fwd-status=304; stored; ttl=-30"),
            (
                CacheStatus::Forwarded(Forwarded::UriMiss, 200, Ok(())),
                "Breakwater; fwd=uri-miss; fwd-status=200; stored",
            ),
            (
                CacheStatus::Forwarded(Forwarded::VaryMiss, 404, Err(NotStorable::Status)),
                "Breakwater; fwd=vary-miss; fwd-status=404; detail=status",
            ),
            (
                CacheStatus::Forwarded(Forwarded::Bypass, 200, Err(NotStorable::NeverStale)),
                "Breakwater; fwd=bypass; fwd-status=200; detail=never-stale",
            ),
            (
                CacheStatus::Forwarded(Forwarded::Method, 303, Err(NotStorable::Method)),
                "Breakwater; fwd=method; fwd-status=303; detail=method",
            ),
        ] {
            assert_eq!(status.to_string(), expected);
        }
    }
}
