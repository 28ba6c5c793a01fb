//! Acquire and record in every state. `breaker.rs` has the fast paths through the two states that
//! most calls meet, closed and open; they do nothing that is not done here.

use super::transition::half_open;
use super::{Breaker, Leased, Phase, Reason, Rejected, Returned};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::lease::LeaseId;
use crate::circuit::outcome::{Completion, Outcome};
use crate::circuit::policy::{MAX_CONCURRENT_MAX, Policy};
use crate::circuit::window::Tally;

impl Breaker {
    /// Does the work of [`try_acquire`](Breaker::try_acquire) in every state. The lease belongs to
    /// the epoch after the call, since acquiring may be a transition.
    #[cold]
    #[inline(never)]
    pub(super) fn lease_on_slow_path(
        &mut self,
        policy: &Policy,
        limit: Millis,
        now: Timestamp,
    ) -> Result<Leased, Rejected> {
        self.adapt_to(policy, now);
        let time = self.clock.tick(now);
        let bounded = match self.phase {
            Phase::Open { until } if time < until => {
                return Err(Rejected::Open { retry_after: until.since(time) });
            }
            Phase::ForcedOpen => return Err(Rejected::ForcedOpen),
            Phase::ForcedClosed | Phase::MetricsOnly { .. } => None,
            Phase::Closed { .. } | Phase::Open { .. } | Phase::HalfOpen { .. } => {
                policy.max_concurrent
            }
        };
        if let Some(max) = bounded
            && !self.in_flight.has_room(max, time)
        {
            return Err(Rejected::Full);
        }
        if matches!(self.phase, Phase::Open { .. }) {
            self.enter(half_open(), Reason::DeadlinePassed, now);
        }
        let mut expires = time + limit;
        let mut probe = None;
        match &mut self.phase {
            Phase::Closed { ramp: None } => {}
            Phase::Closed { ramp: Some(ramp) } => {
                let span = policy.ramp;
                if ramp.is_over(span, time) {
                    self.phase = Phase::Closed { ramp: None };
                    self.update_fast_path();
                } else if !ramp.admits(span, time) {
                    return Err(Rejected::Ramping);
                }
            }
            Phase::HalfOpen { counted, leases } => {
                if counted.calls >= policy.probes {
                    // Only under another policy than they were counted by: no more would come to
                    // decide, so the period starts over.
                    *counted = Tally::default();
                }
                let left = policy.probes.saturating_sub(counted.calls);
                if !leases.has_room(left, time) {
                    return Err(Rejected::Probing);
                }
                expires = time + policy.probe_timeout;
                probe = Some(leases.take(expires));
            }
            Phase::Open { .. }
            | Phase::ForcedOpen
            | Phase::ForcedClosed
            | Phase::MetricsOnly { .. } => {}
        }
        let slot = self.take_slot(policy, expires, time);
        Ok(Leased { expires, probe, slot })
    }

    /// Takes a slot in the bulkhead, also for a call that an override admitted past it, since that
    /// call is still in flight when the override is lifted. Then the only bound is that of memory.
    fn take_slot(
        &mut self,
        policy: &Policy,
        expires: Timestamp,
        time: Timestamp,
    ) -> Option<LeaseId> {
        policy.max_concurrent?;
        let has_room = self.in_flight.has_room(MAX_CONCURRENT_MAX, time);
        has_room.then(|| self.in_flight.take(expires))
    }

    /// Does the work of [`record`](Breaker::record) in every state.
    #[cold]
    #[inline(never)]
    pub(super) fn record_on_slow_path(
        &mut self,
        policy: &Policy,
        returned: Returned,
        random: u32,
        now: Timestamp,
    ) -> bool {
        let time = self.clock.tick(now);
        let Returned { epoch, leased, outcome, took, retry_after } = returned;
        let call = Completion { outcome, took, retry_after };
        if let Some(slot) = leased.slot
            && epoch.is_same_life(self.epoch)
        {
            self.in_flight.give_back(slot, time);
        }
        if epoch != self.epoch {
            return epoch.is_same_life(self.epoch)
                && time < leased.expires
                && self.extend_opening(policy, call, now);
        }
        if let (Phase::HalfOpen { leases, .. }, Some(probe)) = (&mut self.phase, leased.probe) {
            leases.give_back(probe, time);
        }
        if time >= leased.expires {
            return false;
        }
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let (failed, named) = match call.outcome {
            Outcome::Success => (false, None),
            Outcome::Failure => (true, call.retry_after),
            Outcome::Ignored => return false,
            Outcome::Throttled | Outcome::Exhausted => {
                return self.open_as_told(policy, call, now);
            }
        };
        match &mut self.phase {
            Phase::HalfOpen { counted, .. } => {
                counted.add(Tally::of(failed || slow, slow));
                let failures = counted.failures;
                if counted.calls - failures >= policy.probe_successes {
                    self.close(policy, Reason::ProbesSucceeded, now);
                } else if policy.probes.saturating_sub(failures) < policy.probe_successes {
                    self.open(policy, Reason::ProbesFailed, named, random, now);
                }
            }
            Phase::Closed { .. } => {
                if let Some(reason) = self.count(policy, failed, slow, time) {
                    self.open(policy, reason, named, random, now);
                }
            }
            Phase::MetricsOnly { .. } => {
                let tripped = self.count(policy, failed, slow, time).is_some();
                if let Phase::MetricsOnly { would_open, .. } = &mut self.phase {
                    *would_open |= tripped;
                }
            }
            Phase::Open { .. } | Phase::ForcedOpen | Phase::ForcedClosed => return false,
        }
        true
    }
}
