//! What calls found out, as the coordinator is to hear of it.

use super::{News, Replica};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::State;
use crate::circuit::outcome::{Completion, Outcome};
use crate::circuit::policy::Policy;

/// A failure is lonely, and so worth a report by itself, if no call succeeded for this long:
/// where calls are rare, waiting for a second failure would take too long.
const LONELY_AFTER: Millis = Millis::from_secs(1);
/// Failures in a row that are worth a report. One alone is noise where calls are many.
const RUN: u32 = 2;
/// A dry replica whose call failed, or whose mate asks about failures, admits none until it has
/// heard from the coordinator, but no longer than this: what is in flight will tell, and no more
/// visitors need to wait for it.
const HOLD_OFF: Millis = Millis::new(500);

impl Replica {
    /// Counts a call that needed no permit of the coordinator's. `generation` is the coordinator's
    /// that was known when it was admitted.
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
        let is_lonely = now.since(self.last_success) >= LONELY_AFTER;
        let is_dry = failed && self.is_dry(now);
        if failed {
            self.run = self.run.saturating_add(1);
            self.next_look = self.next_look.min(now);
        } else {
            self.run = 0;
            self.last_success = now;
            self.forget_drought();
        }
        if is_dry {
            self.hold_off(now);
        }
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let held = self.held.map(|held| held.verdict);
        if self.count_own_probe(policy, generation, call) {
            return;
        }
        let is_current = generation == held.map(|verdict| verdict.generation)
            || (generation.is_none() && held.is_some_and(|v| v.state == State::Closed));
        if !is_current {
            return;
        }
        self.delta.count(failed, slow);
        self.delta.is_dry |= is_dry;
        if !failed && self.news == News::Run {
            self.news = News::None;
        }
        if failed && (self.run >= RUN || is_lonely) {
            self.news = self.news.max(News::Run);
        }
    }

    /// Counts a success that was let through after an opening's deadline, before the half-open time
    /// was known of, whatever has become of the own breaker since. Whether it was one.
    pub(super) fn count_own_probe(
        &mut self,
        policy: &Policy,
        generation: Option<u64>,
        call: Completion,
    ) -> bool {
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let follows = self.held.and_then(|held| held.follows);
        let counts = follows.is_some() && follows == generation && !slow;
        if call.outcome != Outcome::Success || !counts {
            return false;
        }
        self.delta.probe_successes = self.delta.probe_successes.saturating_add(1);
        self.news = News::Transition;
        true
    }

    /// Counts a success of the own breaker's probe that the own breaker no longer knows of, since
    /// it has followed a verdict of a mate's meanwhile: whether the opening was over by then is the
    /// coordinator's to say.
    pub(super) fn count_forgotten_probe(
        &mut self,
        policy: &Policy,
        generation: Option<u64>,
        call: Completion,
    ) {
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let is_of_opening = self.held.is_some_and(|held| {
            held.verdict.state == State::Open && Some(held.verdict.generation) == generation
        });
        if !self.count_own_probe(policy, generation, call)
            && call.outcome == Outcome::Success
            && is_of_opening
        {
            self.delta.count(false, slow);
            self.news = News::Transition;
        }
    }

    /// Counts a call on a permit of the coordinator's.
    pub(super) fn count_probe(&mut self, policy: &Policy, generation: u64, call: Completion) {
        if self.probing.is_some_and(|(of, _)| of == generation) {
            self.probing = None;
        }
        let stays_away = matches!(call.outcome, Outcome::Throttled | Outcome::Exhausted);
        if self.held.is_none_or(|held| held.verdict.generation != generation) {
            if stays_away && self.held.is_some_and(|held| held.verdict.state == State::Open) {
                self.stay_away(policy, call);
            }
            return;
        }
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let delta = &mut self.delta;
        match call.outcome {
            Outcome::Success if !slow => delta.probe_successes += 1,
            Outcome::Success | Outcome::Failure => delta.probe_failures += 1,
            Outcome::Ignored | Outcome::Throttled | Outcome::Exhausted => delta.probes_unused += 1,
        }
        self.news = News::Transition;
        if stays_away {
            self.stay_away(policy, call);
        }
    }

    /// The upstream wants to be left alone: of several times the longest holds. All are to hear of
    /// it at once.
    fn stay_away(&mut self, policy: &Policy, call: Completion) {
        let told = match call.outcome {
            Outcome::Exhausted => &mut self.delta.exhausted_for,
            Outcome::Success | Outcome::Failure | Outcome::Ignored | Outcome::Throttled => {
                &mut self.delta.throttled_for
            }
        };
        let named = call.retry_after.unwrap_or(policy.open_for).get();
        *told = Some(told.map_or(named, |known| known.max(named)));
        self.news = News::Transition;
    }

    /// Admits nothing for a while, once in a drought.
    pub(super) fn hold_off(&mut self, now: Timestamp) {
        if !self.has_held_off {
            self.has_held_off = true;
            self.hold_off_until = now + HOLD_OFF;
        }
    }

    /// What was begun in another state, or before a success, says nothing about now.
    pub(super) fn forget_drought(&mut self) {
        self.begun = 0;
        self.has_held_off = false;
        self.hold_off_until = Timestamp::default();
    }

    pub(super) fn note_transition(&mut self, generation_before: u64) {
        if self.breaker.generation() != generation_before {
            self.news = News::Transition;
            self.forget_drought();
        }
    }
}
