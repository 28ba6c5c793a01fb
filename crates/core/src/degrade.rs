//! The ladder: what a visitor gets when the upstream does not answer well.
//!
//! origin → stale copy of this colo → the upstream's own answer, if it gave one → the fallback.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::breaker::Rejected;
use crate::outcome::Ended;
use crate::time::Millis;

/// What `Retry-After` says when no circuit names a time.
const RETRY_AFTER_DEFAULT: Millis = Millis::from_secs(5);

/// Where an answer came from: the token `source` of the field `Breakwater`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The upstream that the route names.
    Origin,
    /// A copy that is no longer, or not yet known to be, what the upstream would say.
    Stale,
    /// Breakwater itself.
    Fallback,
}

impl Source {
    /// The token in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Stale => "stale",
            Self::Fallback => "fallback",
        }
    }
}

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
}

impl Trouble {
    /// Whether how a call ended is reason to try the lower rungs: 500, 502, 503, 504, a time-out
    /// or a lost connection (the errors of RFC 5861 §4).
    pub const fn of(ended: Ended) -> Option<Self> {
        match ended {
            Ended::Answered { status: status @ (500 | 502 | 503 | 504), .. } => {
                Some(Self::Status(status))
            }
            Ended::TimedOut => Some(Self::TimedOut),
            Ended::Disconnected => Some(Self::Disconnected),
            Ended::Answered { .. } | Ended::VisitorLeft => None,
        }
    }

    /// The parameters of `Cache-Status` (RFC 9211) that say why a stale copy was used.
    pub const fn cache_status(self) -> CacheStatus {
        CacheStatus(self)
    }

    /// What to tell visitors in `Retry-After`.
    pub fn retry_after(self) -> Millis {
        match self {
            Self::Rejected(rejected) => rejected.retry_after().unwrap_or(RETRY_AFTER_DEFAULT),
            Self::Status(_) | Self::TimedOut | Self::Disconnected | Self::Impatient => {
                RETRY_AFTER_DEFAULT
            }
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
            Self::Impatient => f.write_str("the upstream takes long to answer"),
        }
    }
}

/// Written as the parameters that follow the cache's name.
#[derive(Clone, Copy, Debug)]
pub struct CacheStatus(Trouble);

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Trouble::Rejected(_) => f.write_str("hit; detail=circuit_open"),
            Trouble::Status(status) => write!(f, "fwd=stale; fwd-status={status}"),
            Trouble::TimedOut => f.write_str("fwd=stale; detail=timeout"),
            Trouble::Disconnected => f.write_str("fwd=stale; detail=unreachable"),
            Trouble::Impatient => f.write_str("hit; detail=patience"),
        }
    }
}

/// What a route's fallback looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// The page for visitors who accept HTML, problem JSON for the rest.
    #[default]
    Auto,
    /// The page.
    Page,
    /// Problem JSON (RFC 9457).
    Problem,
    /// A redirect to the status page.
    Redirect,
}

/// The form that one visitor's fallback takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An HTML page, 503.
    Page,
    /// `application/problem+json`, 503.
    Problem,
    /// 302 to the status page.
    Redirect,
}

impl Fallback {
    /// The form for a visitor with this `Accept`. An explicit choice of the route wins.
    pub fn form(self, accept: Option<&str>) -> Form {
        match self {
            Self::Page => Form::Page,
            Self::Problem => Form::Problem,
            Self::Redirect => Form::Redirect,
            Self::Auto if accept.is_some_and(accepts_html) => Form::Page,
            Self::Auto => Form::Problem,
        }
    }
}

/// Whether HTML is named in `Accept` (RFC 9110 §12.5.1) and not ruled out. A bare `*/*`, as from
/// command lines and `fetch`, does not ask for a page.
fn accepts_html(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let is_html = kind.eq_ignore_ascii_case("text/html")
            || kind.eq_ignore_ascii_case("application/xhtml+xml");
        let is_refused = parts.any(|p| {
            p.strip_prefix("q=")
                .or(p.strip_prefix("Q="))
                .is_some_and(|q| q.bytes().all(|b| matches!(b, b'0' | b'.')))
        });
        is_html && !is_refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_rungs_are_for_errors_of_the_upstream_only() {
        for status in [500, 502, 503, 504] {
            let ended = Ended::Answered { status, retry_after: None };
            assert_eq!(Trouble::of(ended), Some(Trouble::Status(status)));
        }
        for status in [200, 304, 404, 429, 501, 505] {
            assert_eq!(Trouble::of(Ended::Answered { status, retry_after: None }), None);
        }
        assert_eq!(Trouble::of(Ended::VisitorLeft), None);
    }

    #[test]
    fn browsers_get_the_page_and_the_rest_a_problem() {
        let chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(Fallback::Auto.form(Some(chromium)), Form::Page);
        for accept in ["*/*", "application/json", "text/html;q=0", "text/html; q=0.0, */*"] {
            assert_eq!(Fallback::Auto.form(Some(accept)), Form::Problem, "{accept}");
        }
        assert_eq!(Fallback::Auto.form(None), Form::Problem);
        assert_eq!(Fallback::Problem.form(Some(chromium)), Form::Problem);
        assert_eq!(Fallback::Page.form(None), Form::Page);
    }

    #[test]
    fn retry_after_is_never_less_than_a_second() {
        let rejected = Trouble::Rejected(Rejected::Open { retry_after: Millis::new(3) });
        assert_eq!(rejected.retry_after(), Millis::from_secs(1));
        assert_eq!(alloc::string::ToString::to_string(&rejected), "circuit open for another 1s");
        assert_eq!(Trouble::TimedOut.retry_after(), RETRY_AFTER_DEFAULT);
    }
}
