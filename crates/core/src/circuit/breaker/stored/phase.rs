//! The stored form of a phase: an object whose `state` says what else it holds.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::circuit::breaker::State;
use crate::circuit::ramp::Ramp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", try_from = "PhaseMembers")]
pub(super) enum StoredPhase {
    Closed {
        #[serde(skip_serializing_if = "Option::is_none")]
        ramp: Option<Ramp>,
    },
    Open {
        until: Timestamp,
    },
    HalfOpen {
        calls: u32,
        failures: u32,
        slow_calls: u32,
    },
    ForcedOpen,
    ForcedClosed,
    MetricsOnly {
        chosen: bool,
        would_open: bool,
    },
}

/// All that the object may hold. serde's reader of tagged enums keeps every member until it knows
/// the tag, and takes four times the code for it.
#[derive(Deserialize)]
struct PhaseMembers {
    state: State,
    ramp: Option<Ramp>,
    until: Option<Timestamp>,
    calls: Option<u32>,
    failures: Option<u32>,
    slow_calls: Option<u32>,
    chosen: Option<bool>,
    would_open: Option<bool>,
}

impl TryFrom<PhaseMembers> for StoredPhase {
    type Error = MemberMissing;

    fn try_from(read: PhaseMembers) -> Result<Self, MemberMissing> {
        let PhaseMembers { state, ramp, until, calls, failures, slow_calls, chosen, would_open } =
            read;
        let phase = match state {
            State::Closed => Some(Self::Closed { ramp }),
            State::Open => until.map(|until| Self::Open { until }),
            State::HalfOpen => match (calls, failures, slow_calls) {
                (Some(calls), Some(failures), Some(slow_calls)) => {
                    Some(Self::HalfOpen { calls, failures, slow_calls })
                }
                _ => None,
            },
            State::ForcedOpen => Some(Self::ForcedOpen),
            State::ForcedClosed => Some(Self::ForcedClosed),
            State::MetricsOnly => match (chosen, would_open) {
                (Some(chosen), Some(would_open)) => Some(Self::MetricsOnly { chosen, would_open }),
                _ => None,
            },
        };
        phase.ok_or(MemberMissing { state })
    }
}

/// The object does not hold all that its state needs.
struct MemberMissing {
    state: State,
}

impl fmt::Display for MemberMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stored phase `{}` lacks a member", self.state)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::base::json;
    use crate::base::time::Millis;

    #[test]
    fn every_phase_reads_back_as_it_was_written() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let ramp = Ramp::ending_in(Millis::new(5), Millis::new(9), now);
        for (phase, stored) in [
            (StoredPhase::Closed { ramp: None }, r#"{"state":"closed"}"#),
            (
                StoredPhase::Closed { ramp: Some(ramp) },
                r#"{"state":"closed","ramp":{"since":1699999999996,"credit_bp":0}}"#,
            ),
            (StoredPhase::Open { until: now }, r#"{"state":"open","until":1700000000000}"#),
            (
                StoredPhase::HalfOpen { calls: 3, failures: 2, slow_calls: 1 },
                r#"{"state":"half_open","calls":3,"failures":2,"slow_calls":1}"#,
            ),
            (StoredPhase::ForcedOpen, r#"{"state":"forced_open"}"#),
            (StoredPhase::ForcedClosed, r#"{"state":"forced_closed"}"#),
            (
                StoredPhase::MetricsOnly { chosen: true, would_open: false },
                r#"{"state":"metrics_only","chosen":true,"would_open":false}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&phase).unwrap(), stored);
            assert_eq!(json::read::<StoredPhase>(stored).unwrap(), phase);
        }
    }

    #[test]
    fn a_phase_that_lacks_a_member_is_refused() {
        for (stored, why) in [
            (r#"{"state":"open"}"#, "a stored phase `open` lacks a member"),
            (r#"{"state":"half_open","calls":3}"#, "a stored phase `half_open` lacks a member"),
            (r#"{"state":"metrics_only"}"#, "a stored phase `metrics_only` lacks a member"),
            (r#"{"until":1}"#, "missing field `state`"),
        ] {
            assert_eq!(json::read::<StoredPhase>(stored).unwrap_err().to_string(), why);
        }
    }
}
