//! The operations that only a coordinator needs: it counts calls that replicas have let through.

use super::transition::half_open;
use super::{Breaker, Phase, Reason};
use crate::base::time::Timestamp;
use crate::circuit::outcome::Completion;
use crate::circuit::policy::Policy;
use crate::circuit::window::Tally;

impl Breaker {
    /// Half opens an open circuit whose deadline has passed.
    pub(crate) fn half_open_when_due(&mut self, now: Timestamp) {
        if self.overdue(now).is_some() {
            self.enter(half_open(), Reason::DeadlinePassed, now);
        }
    }

    /// Counts a call that found out how the upstream of a half-open circuit is, no matter which
    /// permit let it through, and closes the circuit if that is enough. The coordinator decides
    /// what follows from failures.
    pub(crate) fn count_probe(&mut self, policy: &Policy, failed: bool, now: Timestamp) {
        let Phase::HalfOpen { counted, .. } = &mut self.phase else { return };
        counted.add(Tally::of(failed, false));
        if counted.calls - counted.failures >= policy.probe_successes {
            self.close(policy, Reason::ProbesSucceeded, now);
        }
    }

    /// Whether the circuit is half open and enough successes can no longer come.
    pub(crate) fn has_failed_probes(&self, policy: &Policy) -> bool {
        match self.phase {
            Phase::HalfOpen { counted, .. } => {
                policy.probes.saturating_sub(counted.failures) < policy.probe_successes
            }
            Phase::Closed { .. }
            | Phase::Open { .. }
            | Phase::ForcedOpen
            | Phase::ForcedClosed
            | Phase::MetricsOnly { .. } => false,
        }
    }

    /// Opens until the time that the upstream named to a replica, or moves the end of an opening
    /// there if that is later. `is_current`: the call was admitted in this generation.
    pub(crate) fn stay_away(
        &mut self,
        policy: &Policy,
        call: Completion,
        is_current: bool,
        now: Timestamp,
    ) {
        self.adapt_to(policy, now);
        if !self.extend_opening(policy, call, now) && is_current {
            self.open_as_told(policy, call, now);
        }
    }

    /// Since when a call may be a probe, if a probe may be made.
    pub(crate) fn probes_since(&self, now: Timestamp) -> Option<Timestamp> {
        match self.phase {
            Phase::Open { until } if self.clock.peek(now) >= until => Some(until),
            Phase::HalfOpen { .. } => self.last_transition.map(|transition| transition.at),
            Phase::Open { .. }
            | Phase::Closed { .. }
            | Phase::ForcedOpen
            | Phase::ForcedClosed
            | Phase::MetricsOnly { .. } => None,
        }
    }
}
