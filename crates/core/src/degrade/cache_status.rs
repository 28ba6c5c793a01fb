//! What the field `Cache-Status` (RFC 9211) says of us.

use core::fmt;

use super::Trouble;
use crate::copy::CopyAge;

/// Why a request was sent on, where a copy might have answered (RFC 9211 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarded {
    /// There is no copy.
    UriMiss,
    /// There are copies, none of them for such a request.
    VaryMiss,
    /// The copy was stale.
    Stale,
}

/// Our member of the list, without the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheStatus {
    /// A copy answered, as a cache does.
    Hit(CopyAge),
    /// A copy answered because the upstream did not do well.
    Instead(Trouble, CopyAge),
    /// The upstream confirmed the copy, which answered.
    Confirmed(CopyAge),
    /// The upstream answered, with this status; whether that became a copy.
    Forwarded(Forwarded, u16, bool),
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Breakwater; ")?;
        match self {
            Self::Hit(age) => write!(f, "hit; ttl={}", age.ttl_seconds()),
            Self::Instead(trouble, age) => {
                match trouble {
                    Trouble::Rejected(_) => f.write_str("hit; detail=circuit_open"),
                    Trouble::Status(status) => write!(f, "fwd=stale; fwd-status={status}"),
                    Trouble::TimedOut => f.write_str("fwd=stale; detail=timeout"),
                    Trouble::Disconnected => f.write_str("fwd=stale; detail=unreachable"),
                    Trouble::Impatient => f.write_str("hit; detail=patience"),
                    Trouble::BrokeWhileSending | Trouble::Unfinished | Trouble::Stalled => {
                        f.write_str("hit; detail=request-body")
                    }
                }?;
                write!(f, "; ttl={}", age.ttl_seconds())
            }
            Self::Confirmed(age) => {
                write!(f, "fwd=stale; fwd-status=304; stored; ttl={}", age.ttl_seconds())
            }
            Self::Forwarded(why, status, is_stored) => {
                let why = match why {
                    Forwarded::UriMiss => "uri-miss",
                    Forwarded::VaryMiss => "vary-miss",
                    Forwarded::Stale => "stale",
                };
                write!(f, "fwd={why}; fwd-status={status}")?;
                if *is_stored { f.write_str("; stored") } else { Ok(()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Millis;
    use alloc::string::ToString;

    #[test]
    fn each_way_to_an_answer_is_told() {
        let age = CopyAge { age: Millis::from_secs(90), fresh_for: Millis::from_secs(60) };
        for (status, expected) in [
            (CacheStatus::Hit(age), "Breakwater; hit; ttl=-30"),
            (
                CacheStatus::Instead(Trouble::Status(503), age),
                "Breakwater; fwd=stale; fwd-status=503; ttl=-30",
            ),
            (
                CacheStatus::Instead(Trouble::Impatient, age),
                "Breakwater; hit; detail=patience; ttl=-30",
            ),
            (CacheStatus::Confirmed(age), "Breakwater; fwd=stale; fwd-status=304; stored; ttl=-30"),
            (
                CacheStatus::Forwarded(Forwarded::UriMiss, 200, true),
                "Breakwater; fwd=uri-miss; fwd-status=200; stored",
            ),
            (
                CacheStatus::Forwarded(Forwarded::VaryMiss, 404, false),
                "Breakwater; fwd=vary-miss; fwd-status=404",
            ),
        ] {
            assert_eq!(status.to_string(), expected);
        }
    }
}
