//! How a breaker moves from state to state, and what makes it.

use super::{Breaker, Phase, Reason, SLOW_PATH, State, Transition};
use crate::base::share::Share;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::backoff;
use crate::circuit::lease::Leases;
use crate::circuit::outcome::{Completion, Outcome};
use crate::circuit::policy::{EXHAUSTED_MAX, Mode, Policy, THROTTLE_MIN};
use crate::circuit::ramp::Ramp;
use crate::circuit::window::{SlidingWindow, Tally};

impl Breaker {
    /// Opens for `remaining`, as the fleet decided.
    pub(crate) fn open_with_fleet(&mut self, remaining: Millis, now: Timestamp) {
        let until = self.clock.tick(now) + remaining;
        match &mut self.phase {
            Phase::Open { until: own } => *own = until,
            Phase::Closed { .. } | Phase::HalfOpen { .. } => {
                self.enter(Phase::Open { until }, Reason::Fleet, now);
            }
            Phase::ForcedOpen | Phase::ForcedClosed | Phase::MetricsOnly { .. } => {}
        }
    }

    /// Closes an open or half-open circuit, as the fleet decided.
    pub(crate) fn close_with_fleet(&mut self, policy: &Policy, now: Timestamp) {
        if matches!(self.phase, Phase::Open { .. } | Phase::HalfOpen { .. }) {
            self.close(policy, Reason::Fleet, now);
        }
    }

    /// Has a closed circuit that knows of no ramp join the fleet's, which still lasts for `left`.
    pub(crate) fn ramp_with_fleet(&mut self, policy: &Policy, left: Millis, now: Timestamp) {
        let time = self.clock.tick(now);
        if left > Millis::ZERO
            && let Phase::Closed { ramp } = &mut self.phase
        {
            *ramp = Some(Ramp::ending_in(left, policy.ramp, time));
            self.update_fast_path();
        }
    }

    /// How long the ramp of a closed circuit still lasts.
    pub(crate) fn ramp_left(&self, policy: &Policy, now: Timestamp) -> Millis {
        match self.phase {
            Phase::Closed { ramp: Some(ramp) } => ramp.left(policy.ramp, self.clock.peek(now)),
            Phase::Closed { ramp: None }
            | Phase::Open { .. }
            | Phase::HalfOpen { .. }
            | Phase::ForcedOpen
            | Phase::ForcedClosed
            | Phase::MetricsOnly { .. } => Millis::ZERO,
        }
    }

    /// Half opens an open circuit whose upstream answered the coordinator's own probe.
    pub(crate) fn half_open_after_probe(&mut self, now: Timestamp) {
        if matches!(self.phase, Phase::Open { .. }) {
            self.enter(half_open(), Reason::ProbesSucceeded, now);
        }
    }

    /// Closes a half-open circuit to which no call came, on the coordinator's own probe alone.
    pub(crate) fn close_after_probe(&mut self, policy: &Policy, now: Timestamp) {
        if matches!(self.phase, Phase::HalfOpen { .. }) {
            self.close(policy, Reason::ProbesSucceeded, now);
        }
    }

    /// Opens an open or half-open circuit again after the coordinator's own probe failed.
    pub(crate) fn reopen_after_probe(&mut self, policy: &Policy, random: u32, now: Timestamp) {
        if matches!(self.phase, Phase::Open { .. } | Phase::HalfOpen { .. }) {
            self.open(policy, Reason::ProbesFailed, None, random, now);
        }
    }

    /// Adds calls that replicas made and summed up, and returns the rule that trips by now, if any.
    /// Consecutive failures go on over a sum without a success; over any other sum they start over
    /// with the failures after the last success.
    pub(crate) fn count_many(
        &mut self,
        policy: &Policy,
        counted: Tally,
        trailing_failures: u32,
        now: Timestamp,
    ) -> Option<Reason> {
        self.adapt_to(policy, now);
        let time = self.clock.tick(now);
        if !matches!(self.phase, Phase::Closed { .. } | Phase::MetricsOnly { .. }) {
            return None;
        }
        let has_success = counted.calls > counted.failures;
        let before = if has_success { 0 } else { self.consecutive_failures };
        self.consecutive_failures = before.saturating_add(trailing_failures);
        let total = self.window.record_many(counted, time);
        let tripped = self.tripped(policy, total);
        if let Phase::MetricsOnly { would_open, .. } = &mut self.phase {
            *would_open |= tripped.is_some();
            return None;
        }
        tripped
    }

    /// Opens after a rule tripped on what [`count_many`](Self::count_many) counted.
    pub(crate) fn open_on(&mut self, policy: &Policy, reason: Reason, random: u32, now: Timestamp) {
        if matches!(self.phase, Phase::Closed { .. }) {
            self.open(policy, reason, None, random, now);
        }
    }

    /// Sets the key of the fast path after the phase or the window has changed.
    pub(super) fn update_fast_path(&mut self) {
        self.fast_path_key = match self.phase {
            Phase::Closed { ramp: None } => self.window.word(),
            Phase::Closed { ramp: Some(_) }
            | Phase::Open { .. }
            | Phase::HalfOpen { .. }
            | Phase::ForcedOpen
            | Phase::ForcedClosed
            | Phase::MetricsOnly { .. } => SLOW_PATH,
        };
    }

    /// Follows a changed policy: its window, and its mode where no operator chose otherwise.
    pub(super) fn adapt_to(&mut self, policy: &Policy, now: Timestamp) {
        if !self.window.is(policy.window) {
            self.window = SlidingWindow::new(policy.window);
            self.update_fast_path();
        }
        let counts_only = matches!(self.phase, Phase::MetricsOnly { chosen: false, .. });
        if counts_only != (policy.mode == Mode::MetricsOnly) {
            self.change_mode(policy, now);
        }
    }

    #[cold]
    fn change_mode(&mut self, policy: &Policy, now: Timestamp) {
        if self.override_in_force().is_none() {
            self.enter(base_phase(policy), Reason::Operator, now);
        }
    }

    /// Counts a call, and returns the rule that trips by now, if any. A success may trip a rate
    /// too.
    #[inline(always)]
    pub(super) fn count(
        &mut self,
        policy: &Policy,
        failed: bool,
        slow: bool,
        time: Timestamp,
    ) -> Option<Reason> {
        self.consecutive_failures =
            if failed { self.consecutive_failures.saturating_add(1) } else { 0 };
        let total = self.window.record(failed, slow, time);
        self.tripped(policy, total)
    }

    #[inline(always)]
    fn tripped(&self, policy: &Policy, total: Tally) -> Option<Reason> {
        if total.failures == 0 && total.slow_calls == 0 {
            return None;
        }
        if policy.consecutive_failures.is_some_and(|limit| self.consecutive_failures >= limit) {
            return Some(Reason::ConsecutiveFailures);
        }
        if total.calls < policy.minimum_calls {
            return None;
        }
        let reached = |limit: Option<Share>, part| {
            limit.is_some_and(|limit| limit.is_reached_by(part, total.calls))
        };
        if reached(policy.failure_rate, total.failures) {
            return Some(Reason::FailureRate);
        }
        reached(policy.slow_calls.map(|slow| slow.rate), total.slow_calls)
            .then_some(Reason::SlowCallRate)
    }

    pub(super) fn close(&mut self, policy: &Policy, reason: Reason, now: Timestamp) {
        let time = self.clock.tick(now);
        let ramp = (policy.ramp > Millis::ZERO).then(|| Ramp::start(time));
        self.enter(Phase::Closed { ramp }, reason, now);
    }

    /// Opens by the policy. A time that the upstream named with its failure may only lengthen it.
    #[cold]
    pub(super) fn open(
        &mut self,
        policy: &Policy,
        reason: Reason,
        named: Option<Millis>,
        random: u32,
        now: Timestamp,
    ) {
        let span = backoff::open_for(policy, self.openings, random);
        let named = named.unwrap_or(Millis::ZERO).min(policy.open_for_max);
        self.openings = self.openings.saturating_add(1);
        let until = self.clock.tick(now) + span.max(named);
        self.enter(Phase::Open { until }, reason, now);
    }

    /// Opens until the time that the upstream named, leaving the backoff as it is.
    /// Returns whether it did, or would have.
    pub(super) fn open_as_told(
        &mut self,
        policy: &Policy,
        call: Completion,
        now: Timestamp,
    ) -> bool {
        match &mut self.phase {
            Phase::Closed { .. } | Phase::HalfOpen { .. } => {}
            Phase::MetricsOnly { would_open, .. } => {
                *would_open = true;
                return true;
            }
            Phase::Open { .. } | Phase::ForcedOpen | Phase::ForcedClosed => return false,
        }
        let (span, reason) = told(policy, call);
        let until = self.clock.tick(now) + span;
        self.enter(Phase::Open { until }, reason, now);
        true
    }

    /// Moves the end of an opening to the time that the upstream named to a call from before it, if
    /// that is later: of many calls under way the first answer opens, and a later one may name a
    /// longer time. No transition. Returns whether the circuit is open, so that it was obeyed.
    pub(super) fn extend_opening(
        &mut self,
        policy: &Policy,
        call: Completion,
        now: Timestamp,
    ) -> bool {
        if !matches!(call.outcome, Outcome::Throttled | Outcome::Exhausted) {
            return false;
        }
        let named = self.clock.tick(now) + told(policy, call).0;
        let Phase::Open { until } = &mut self.phase else { return false };
        *until = named.max(*until);
        true
    }

    pub(super) fn enter(&mut self, phase: Phase, reason: Reason, now: Timestamp) {
        let from = self.state();
        self.phase = phase;
        self.generation = self.generation.wrapping_add(1);
        self.epoch = self.epoch.after_transition();
        self.window.clear();
        self.consecutive_failures = 0;
        let to = self.state();
        if matches!(to, State::Closed | State::ForcedClosed | State::MetricsOnly) {
            self.openings = 0;
        }
        self.last_transition = Some(Transition { from, to, reason, at: now });
        self.update_fast_path();
    }
}

/// For how long the upstream wants to be left alone, and why.
fn told(policy: &Policy, call: Completion) -> (Millis, Reason) {
    let (longest, reason) = match call.outcome {
        Outcome::Exhausted => (EXHAUSTED_MAX, Reason::Exhausted),
        Outcome::Success | Outcome::Failure | Outcome::Ignored | Outcome::Throttled => {
            (policy.open_for_max, Reason::Throttled)
        }
    };
    let span = match call.retry_after {
        Some(named) if named > Millis::ZERO => named.max(THROTTLE_MIN).min(longest),
        Some(_) | None => policy.open_for,
    };
    (span, reason)
}

pub(super) fn base_phase(policy: &Policy) -> Phase {
    match policy.mode {
        Mode::Auto => Phase::Closed { ramp: None },
        Mode::MetricsOnly => Phase::MetricsOnly { chosen: false, would_open: false },
    }
}

pub(super) fn half_open() -> Phase {
    Phase::HalfOpen { counted: Tally::default(), leases: Leases::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::breaker::Override;
    use crate::circuit::policy::PolicySpec;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    /// Trips on three failures in a row.
    fn three() -> Policy {
        let spec = PolicySpec { consecutive_failures: Some(3), ..PolicySpec::default() };
        Policy::try_from(spec).unwrap()
    }

    #[test]
    fn only_an_opening_past_its_deadline_is_overdue() {
        let spec = PolicySpec { consecutive_failures: Some(1), ..PolicySpec::default() };
        let policy = Policy::try_from(spec).unwrap();
        let mut breaker = Breaker::new(&policy);
        assert_eq!(breaker.overdue(at(60_000)), None);
        let permit = breaker.try_acquire(&policy, Millis::from_secs(9), at(0)).unwrap();
        let call = Completion { outcome: Outcome::Failure, took: Millis::ZERO, retry_after: None };
        breaker.record(&policy, permit, call, 0, at(0));
        assert_eq!(breaker.overdue(at(29_999)), None);
        assert_eq!(breaker.overdue(at(30_000)), Some(Millis::ZERO));
        assert_eq!(breaker.overdue(at(31_000)), Some(Millis::from_secs(1)));
    }

    #[test]
    fn the_fleet_opens_closes_and_moves_a_deadline() {
        let policy = three();
        let mut breaker = Breaker::new(&policy);
        breaker.close_with_fleet(&policy, at(0));
        assert_eq!(breaker.generation(), 0, "it is closed already");
        breaker.open_with_fleet(Millis::from_secs(5), at(0));
        assert_eq!(breaker.retry_after(at(0)), Some(Millis::from_secs(5)));
        assert_eq!(breaker.last_transition().unwrap().reason, Reason::Fleet);
        breaker.open_with_fleet(Millis::from_secs(2), at(1_000));
        assert_eq!(breaker.retry_after(at(1_000)), Some(Millis::from_secs(2)));
        assert_eq!(breaker.generation(), 1, "a deadline that moves is no transition");
        let _probe = breaker.try_acquire(&policy, Millis::from_secs(9), at(3_000)).unwrap();
        breaker.open_with_fleet(Millis::from_secs(1), at(3_000));
        assert_eq!(breaker.state(), State::Open);
        breaker.close_with_fleet(&policy, at(3_000));
        assert_eq!(breaker.state(), State::Closed);

        breaker.set_override(&policy, Some(Override::ForcedClosed), at(3_000));
        breaker.open_with_fleet(Millis::from_secs(1), at(3_000));
        breaker.close_with_fleet(&policy, at(3_000));
        assert_eq!(breaker.state(), State::ForcedClosed);
    }

    #[test]
    fn a_run_goes_on_over_a_sum_without_a_success_and_starts_over_with_one() {
        let policy = three();
        let sum = |calls, failures| Tally { calls, failures, slow_calls: 0 };
        let mut breaker = Breaker::new(&policy);
        assert_eq!(breaker.count_many(&policy, sum(2, 2), 2, at(0)), None);
        assert_eq!(breaker.count_many(&policy, sum(3, 2), 0, at(1)), None);
        assert_eq!(breaker.failures_in_a_row(), 0);
        assert_eq!(breaker.count_many(&policy, sum(5, 1), 1, at(2)), None);
        assert_eq!(breaker.failures_in_a_row(), 1);
        let tripped = breaker.count_many(&policy, sum(2, 2), 2, at(3));
        assert_eq!(tripped, Some(Reason::ConsecutiveFailures));
        assert_eq!(breaker.tally(at(3)), sum(12, 7));
    }

    #[test]
    fn a_sum_would_have_opened_a_breaker_that_only_counts() {
        let spec = PolicySpec { mode: Some(Mode::MetricsOnly), ..PolicySpec::from(three()) };
        let policy = Policy::try_from(spec).unwrap();
        let mut breaker = Breaker::new(&policy);
        let failures = Tally { calls: 3, failures: 3, slow_calls: 0 };
        assert_eq!(breaker.count_many(&policy, failures, 3, at(0)), None);
        assert!(breaker.would_open());
        let success = Tally { calls: 1, failures: 0, slow_calls: 0 };
        assert_eq!(breaker.count_many(&policy, success, 0, at(1)), None);
        assert!(breaker.would_open(), "it is latched");
    }
}
