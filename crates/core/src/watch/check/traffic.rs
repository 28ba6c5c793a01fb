//! What circuits and probers say of a check's target, as observations of a place of its own.

use alloc::vec;
use alloc::vec::Vec;

use super::{Check, CheckObservation};
use crate::base::time::Millis;
use crate::circuit::breaker::State;
use crate::watch::health::Status;
use crate::watch::monitor::CheckResult;

/// What circuits and probers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrafficFindings {
    /// The states of an upstream's circuits, as far as their coordinators answered.
    Circuits(Vec<State>),
    /// What the prober of a dependency found last.
    Dependency(Status),
}

impl Check {
    /// The observation that they make; none if nothing is known.
    pub fn observe_traffic(
        &self,
        findings: &TrafficFindings,
        took: Millis,
    ) -> Option<CheckObservation> {
        let (result, reason) = match findings {
            TrafficFindings::Circuits(states) if states.is_empty() => return None,
            TrafficFindings::Circuits(states) if states.contains(&State::Open) => {
                (CheckResult::Down, Some("a circuit is open"))
            }
            TrafficFindings::Circuits(states) if states.contains(&State::HalfOpen) => {
                (CheckResult::Degraded, Some("a circuit is half open"))
            }
            // What an operator ordered says nothing of the upstream.
            TrafficFindings::Circuits(_) | TrafficFindings::Dependency(Status::Pass) => {
                (CheckResult::Up, None)
            }
            TrafficFindings::Dependency(Status::Warn) => {
                (CheckResult::Degraded, Some("its prober warns"))
            }
            TrafficFindings::Dependency(Status::Fail) => {
                (CheckResult::Down, Some("its prober finds that it fails"))
            }
        };
        let reasons = reason.map_or_else(Vec::new, |reason| vec![reason.into()]);
        Some(CheckObservation {
            check: self.name.clone(),
            result,
            took,
            status: None,
            reasons,
            evidence: None,
        })
    }
}
