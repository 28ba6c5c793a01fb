//! Counts the outcomes of calls for the next report to the coordinator.

use super::{CallEnd, PendingUrgency, Replica, Timer, WatchedCall};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;
use crate::circuit::outcome::{Completion, Outcome};
use crate::circuit::policy::Policy;
use crate::circuit::window::Tally;

/// The longest that a replica's own circuit stays open while the fleet's is closed: 5 s. The
/// coordinator makes no probe for it, so that a visitor's safe request has to find out, and
/// elsewhere the upstream works.
const OPEN_ALONE_MAX: Millis = Millis::from_secs(5);

impl Replica {
    /// Counts a call that needed no permit of the coordinator's. `generation` is the coordinator's
    /// generation that the replica knew when it admitted the call.
    pub(super) fn count(
        &mut self,
        policy: &Policy,
        generation: Option<u64>,
        call: Completion,
        now: Timestamp,
    ) {
        let failed = match call.outcome {
            Outcome::Success => false,
            Outcome::Failure => true,
            Outcome::Ignored => return,
            Outcome::Throttled | Outcome::Exhausted => return self.stay_away(policy, call),
        };
        let is_isolated = self.streak.is_isolated(now);
        let is_stalled = failed && self.streak.is_stalled(now);
        if failed {
            self.streak.fail();
            self.timers.set_earlier(Timer::Look, now);
        } else {
            self.streak.succeed(now);
        }
        if is_stalled {
            self.streak.hold_off(now);
        }
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let known = self.known.map(|known| known.verdict);
        if self.count_own_probe(policy, generation, call) {
            return;
        }
        let is_current = generation == known.map(|verdict| verdict.generation)
            || (generation.is_none() && known.is_some_and(|v| v.state == State::Closed));
        if !is_current {
            return;
        }
        self.outgoing.delta.count(failed, slow);
        self.outgoing.delta.is_stalled |= is_stalled;
        if !failed {
            self.outgoing.drop_failures();
        } else if self.streak.is_worth_a_report() || is_isolated {
            self.outgoing.press(PendingUrgency::Failures);
        }
    }

    /// Ends the watch over a call. Returns what is to be recorded of it: a call that has counted as
    /// a failure while it was out is not to count as one again.
    pub(super) fn end_watch(
        &mut self,
        watched: Option<WatchedCall>,
        call: Completion,
        now: Timestamp,
    ) -> Completion {
        let end = match call.outcome {
            Outcome::Success => CallEnd::Well,
            Outcome::Failure => CallEnd::Badly,
            Outcome::Ignored | Outcome::Throttled | Outcome::Exhausted => CallEnd::Unknown,
        };
        let Some(WatchedCall { number, began, patience }) = watched else {
            if end == CallEnd::Well {
                self.outstanding.excuse_all();
            }
            return call;
        };
        let is_counted = self.outstanding.end(number, patience, began, end, now);
        if is_counted && call.outcome == Outcome::Failure {
            return Completion { outcome: Outcome::Ignored, ..call };
        }
        call
    }

    /// Counts the calls as failures that have been out for too long. They are not waited for: where
    /// an upstream hangs, the first of them would end only at its time-out.
    pub(super) fn count_outstanding(&mut self, policy: &Policy, now: Timestamp) {
        if self.breaker.state() != State::Closed {
            return;
        }
        let failing = self.outstanding.count_failing(now);
        if failing == 0 {
            return;
        }
        let before = self.breaker.generation();
        let failed = Tally { calls: failing, failures: failing, slow_calls: 0 };
        let tripped = self.breaker.count_many(policy, failed, failing, now);
        for _ in 0..failing {
            self.streak.fail();
            self.outgoing.delta.count(true, false);
        }
        self.outgoing.delta.is_stalled = true;
        self.outgoing.press(PendingUrgency::Failures);
        self.timers.set_earlier(Timer::Look, now);
        if let Some(reason) = tripped {
            let alone = self.policy_alone(policy, now);
            let own = alone.as_ref().unwrap_or(policy);
            // The replica's identity is random, and serves as the random part of the opening.
            self.breaker.open_on(own, reason, self.id as u32, now);
        }
        self.note_transition(before);
    }

    /// The policy of an opening that is the replica's own while the fleet's circuit is closed, if
    /// it is another one. If the fleet comes to share the opening, it lasts as long as the fleet
    /// says.
    pub(super) fn policy_alone(&self, policy: &Policy, now: Timestamp) -> Option<Policy> {
        let is_alone = self.known_at(now).is_some_and(|known| known.verdict.state == State::Closed);
        (is_alone && policy.open_for > OPEN_ALONE_MAX).then(|| policy.with_open_for(OPEN_ALONE_MAX))
    }

    /// Counts a success that was let through after an opening's deadline, before the replica knew
    /// of the half-open period, whatever has become of its own breaker since. Returns whether the
    /// call was one.
    pub(super) fn count_own_probe(
        &mut self,
        policy: &Policy,
        generation: Option<u64>,
        call: Completion,
    ) -> bool {
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let follows = self.known.and_then(|known| known.follows);
        let counts = follows.is_some() && follows == generation && !slow;
        if call.outcome != Outcome::Success || !counts {
            return false;
        }
        let delta = &mut self.outgoing.delta;
        delta.probe_successes = delta.probe_successes.saturating_add(1);
        self.outgoing.press(PendingUrgency::Transition);
        true
    }

    /// Counts a success of the own breaker's probe that the own breaker no longer knows of, because
    /// it has followed a peer's verdict meanwhile. The coordinator says whether the opening was
    /// over by then.
    pub(super) fn count_forgotten_probe(
        &mut self,
        policy: &Policy,
        generation: Option<u64>,
        call: Completion,
    ) {
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let is_of_opening = self.known.is_some_and(|known| {
            known.verdict.state == State::Open && Some(known.verdict.generation) == generation
        });
        if !self.count_own_probe(policy, generation, call)
            && call.outcome == Outcome::Success
            && is_of_opening
        {
            self.outgoing.delta.count(false, slow);
            self.outgoing.press(PendingUrgency::Transition);
        }
    }

    /// Counts a call on a permit of the coordinator's.
    pub(super) fn count_probe(&mut self, policy: &Policy, generation: u64, call: Completion) {
        if self.permitted.is_some_and(|permitted| permitted.generation == generation) {
            self.permitted = None;
        }
        let stays_away = matches!(call.outcome, Outcome::Throttled | Outcome::Exhausted);
        if self.known.is_none_or(|known| known.verdict.generation != generation) {
            if stays_away && self.known.is_some_and(|known| known.verdict.state == State::Open) {
                self.stay_away(policy, call);
            }
            return;
        }
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let delta = &mut self.outgoing.delta;
        match call.outcome {
            Outcome::Success if !slow => delta.probe_successes += 1,
            Outcome::Success | Outcome::Failure => delta.probe_failures += 1,
            Outcome::Ignored | Outcome::Throttled | Outcome::Exhausted => delta.probes_unused += 1,
        }
        self.outgoing.press(PendingUrgency::Transition);
        if stays_away {
            self.stay_away(policy, call);
        }
    }

    /// Remembers for how long the upstream wants to be left alone, so that all replicas hear of it
    /// at once. Of several times the longest holds.
    fn stay_away(&mut self, policy: &Policy, call: Completion) {
        let delta = &mut self.outgoing.delta;
        let told = match call.outcome {
            Outcome::Exhausted => &mut delta.exhausted_for,
            Outcome::Success | Outcome::Failure | Outcome::Ignored | Outcome::Throttled => {
                &mut delta.throttled_for
            }
        };
        let named = call.retry_after.unwrap_or(policy.open_for).get();
        *told = Some(told.map_or(named, |known| known.max(named)));
        self.outgoing.press(PendingUrgency::Transition);
    }

    pub(super) fn note_transition(&mut self, generation_before: u64) {
        if self.breaker.generation() != generation_before {
            self.outgoing.press(PendingUrgency::Transition);
            self.streak.end_stall();
            self.outstanding.clear();
        }
    }
}
