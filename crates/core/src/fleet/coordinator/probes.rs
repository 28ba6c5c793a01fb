//! How a circuit recovers: our own probe, then permits for a few real calls.

use super::Coordinator;
use crate::breaker::State;
use crate::fleet::message::Report;
use crate::outcome::{Completion, Outcome};
use crate::policy::Policy;
use crate::time::{Millis, Timestamp};

/// How long past its deadline a circuit waits for our own probe before it grants permits
/// without it: an alarm may be late, and a circuit must not stay open for that.
const PROBE_GRACE: Millis = Millis::from_secs(15);

impl Coordinator {
    /// Applies the result of a probe of ours. It never enters the window: it only says whether
    /// an upstream that was sick answers again.
    pub fn handle_probe(&mut self, policy: &Policy, passed: bool, random: u32, now: Timestamp) {
        match self.breaker.state() {
            State::Open if self.breaker.overdue(now).is_none() => {}
            State::Open if passed => {
                self.breaker.change(|breaker| breaker.half_open_after_probe(now));
                self.half_open_since = Some(now);
            }
            State::HalfOpen if passed && self.is_unvisited(policy, now) => {
                self.breaker.change(|breaker| breaker.close_after_probe(policy, now));
            }
            State::Open | State::HalfOpen if !passed => {
                self.breaker.change(|breaker| breaker.reopen_after_probe(policy, random, now));
            }
            State::Open
            | State::HalfOpen
            | State::Closed
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => {}
        }
        self.settle(now);
    }

    /// Half open for as long as an opening lasts, and no call has come.
    pub(super) fn is_unvisited(&self, policy: &Policy, now: Timestamp) -> bool {
        self.half_open_since.is_some_and(|since| now.since(since) >= policy.open_for)
            && self.breaker.tally(now).calls == 0
    }

    /// Grants a permit for one call, if the circuit is half open or may become so.
    pub(super) fn grant(
        &mut self,
        policy: &Policy,
        replica: u64,
        has_probe: bool,
        now: Timestamp,
    ) -> bool {
        let may_grant = match self.breaker.state() {
            State::HalfOpen => true,
            State::Open => {
                let grace = if has_probe { PROBE_GRACE } else { Millis::ZERO };
                self.breaker.overdue(now).is_some_and(|overdue| overdue >= grace)
            }
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => false,
        };
        if !may_grant {
            return false;
        }
        let lease = policy.probe_timeout;
        let granted = self.breaker.change(|breaker| breaker.try_acquire(policy, lease, now));
        self.settle(now);
        // An older one of the same replica was lost, with the reply or with its event.
        self.granted.retain(|&(holder, _)| holder != replica);
        granted.map(|permit| self.granted.push((replica, permit))).is_ok()
    }

    /// What became of permits, and of calls that a replica whose verdict had lapsed let through by
    /// itself while the circuit was half open: they tell as much.
    pub(super) fn take_permits_back(
        &mut self,
        policy: &Policy,
        report: &Report,
        random: u32,
        now: Timestamp,
    ) {
        if self.breaker.state() != State::HalfOpen {
            return;
        }
        let delta = report.delta;
        let failures = delta.failures.min(delta.calls);
        let successes = delta.calls - failures;
        for (outcome, times) in [
            (Outcome::Failure, delta.probe_failures.saturating_add(failures)),
            (Outcome::Success, delta.probe_successes.saturating_add(successes)),
            (Outcome::Ignored, delta.probes_unused),
        ] {
            for _ in 0..times.min(policy.probes) {
                self.record_probe(policy, report.replica, outcome, random, now);
            }
        }
    }

    fn record_probe(
        &mut self,
        policy: &Policy,
        replica: u64,
        outcome: Outcome,
        random: u32,
        now: Timestamp,
    ) {
        if self.breaker.state() != State::HalfOpen {
            return;
        }
        let held = self.granted.iter().position(|&(holder, _)| holder == replica);
        let call = Completion { outcome, took: Millis::ZERO, retry_after: None };
        match held {
            Some(at) => {
                let (_, permit) = self.granted.swap_remove(at);
                self.breaker.change(|breaker| breaker.record(policy, permit, call, random, now));
            }
            // Nothing to give back.
            None if outcome == Outcome::Ignored => {}
            None => self.call(policy, call, random, now),
        }
    }
}
