//! The state of a breaker as callers and operators see it.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};

/// The state that callers and operators see. A closed circuit lets calls pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Calls pass and are judged.
    #[default]
    Closed,
    /// Calls are rejected until a deadline.
    Open,
    /// A few calls pass as probes.
    HalfOpen,
    /// An operator has every call rejected.
    ForcedOpen,
    /// An operator has every call admitted, and none judged.
    ForcedClosed,
    /// Every call is admitted, counted and judged, and none is rejected.
    MetricsOnly,
}

impl State {
    /// The token in headers, stored forms and vectors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::ForcedOpen => "forced_open",
            Self::ForcedClosed => "forced_closed",
            Self::MetricsOnly => "metrics_only",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An operator's override, which holds whatever the breaker counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Override {
    /// Reject every call.
    ForcedOpen,
    /// Admit every call, and judge none.
    ForcedClosed,
    /// Admit every call, and only count and judge.
    MetricsOnly,
}

impl Override {
    /// The state that names it.
    pub const fn state(self) -> State {
        match self {
            Self::ForcedOpen => State::ForcedOpen,
            Self::ForcedClosed => State::ForcedClosed,
            Self::MetricsOnly => State::MetricsOnly,
        }
    }
}

/// Why a call was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The circuit is open.
    Open {
        /// The time from now until the circuit admits a probe.
        retry_after: Millis,
    },
    /// An operator holds the circuit open.
    ForcedOpen,
    /// The circuit is half open, and all its probes are in flight.
    Probing,
    /// The circuit has just closed, and this call is not in the share that passes yet.
    Ramping,
    /// The bulkhead is full: it allows no more calls in flight.
    Full,
}

impl Rejected {
    /// When to ask again, where that is known.
    pub const fn retry_after(self) -> Option<Millis> {
        match self {
            Self::Open { retry_after } => Some(retry_after),
            Self::ForcedOpen | Self::Probing | Self::Ramping | Self::Full => None,
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { retry_after } => write!(f, "circuit open for another {retry_after}"),
            Self::ForcedOpen => f.write_str("circuit held open by an operator"),
            Self::Probing => f.write_str("circuit half open and all its probes are out"),
            Self::Ramping => f.write_str("circuit just closed and admits a growing share"),
            Self::Full => f.write_str("too many calls in flight"),
        }
    }
}

impl core::error::Error for Rejected {}

/// A change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The state before.
    pub from: State,
    /// The state since.
    pub to: State,
    /// Why it changed.
    pub reason: Reason,
    /// When it changed, by the caller's clock.
    pub at: Timestamp,
}

/// The reason of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Too many failures in a row.
    ConsecutiveFailures,
    /// Too large a share of failures.
    FailureRate,
    /// Too large a share of slow calls.
    SlowCallRate,
    /// The upstream named a time to come back.
    Throttled,
    /// Our quota is used up.
    Exhausted,
    /// The deadline of the opening has passed.
    DeadlinePassed,
    /// Enough probes succeeded.
    ProbesSucceeded,
    /// Too many probes failed.
    ProbesFailed,
    /// An operator set or lifted an override, or the policy's mode changed.
    Operator,
    /// The fleet's coordinator said so.
    Fleet,
}

impl Reason {
    /// Returns the reason as one word, as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConsecutiveFailures => "consecutive_failures",
            Self::FailureRate => "failure_rate",
            Self::SlowCallRate => "slow_call_rate",
            Self::Throttled => "throttled",
            Self::Exhausted => "exhausted",
            Self::DeadlinePassed => "deadline_passed",
            Self::ProbesSucceeded => "probes_succeeded",
            Self::ProbesFailed => "probes_failed",
            Self::Operator => "operator",
            Self::Fleet => "fleet",
        }
    }
}
