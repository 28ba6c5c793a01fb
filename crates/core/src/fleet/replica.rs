//! The isolate's half: answers from memory, reports afterwards.

use super::{Delta, POLL, REPORT_GAP, REPORT_TIMEOUT, Report, Verdict};
use crate::breaker::{Breaker, Override, Permit, Rejected, State};
use crate::outcome::{Completion, Outcome};
use crate::policy::Policy;
use crate::time::{Millis, Timestamp};

/// One isolate's view of a circuit that the whole fleet shares.
#[derive(Debug)]
pub struct Replica {
    id: u64,
    breaker: Breaker,
    held: Option<Held>,
    delta: Delta,
    sequence: u32,
    sent: Option<Sent>,
    /// Something happened that the coordinator should hear of before the next poll.
    news: News,
    last_report: Option<Timestamp>,
    next_poll: Timestamp,
}

/// A verdict and what it means on this machine's clock.
#[derive(Clone, Copy, Debug)]
struct Held {
    verdict: Verdict,
    permits: u32,
    deadline: Timestamp,
    valid_until: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    sequence: u32,
    at: Timestamp,
    delta: Delta,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    None,
    Failure,
    Transition,
}

/// The right to make one call, from the replica's own breaker or from the coordinator.
#[derive(Debug)]
#[must_use = "a permit that is not recorded holds its place until its lease ends"]
pub struct FleetPermit(Source);

#[derive(Debug)]
enum Source {
    Own(Permit),
    Fleet { generation: u64 },
}

impl Replica {
    /// A replica that has seen nothing. `id` is random, so that no two are the same.
    pub fn new(id: u64, policy: &Policy) -> Self {
        Self {
            id,
            breaker: Breaker::new(policy),
            held: None,
            delta: Delta::default(),
            sequence: 0,
            sent: None,
            news: News::None,
            last_report: None,
            next_poll: Timestamp::default(),
        }
    }

    /// Admits a call that the caller gives up after `limit`, or says why not. Never waits.
    ///
    /// # Errors
    /// [`Rejected`], with the time to wait where that is known.
    pub fn try_acquire(
        &mut self,
        policy: &Policy,
        limit: Millis,
        now: Timestamp,
    ) -> Result<FleetPermit, Rejected> {
        if let Some(held) = self.held_at(now) {
            match held.verdict.state {
                State::Open if now < held.deadline => {
                    return Err(Rejected::Open { retry_after: held.deadline.since(now) });
                }
                State::Open | State::HalfOpen => {
                    let generation = held.verdict.generation;
                    let Some(left) = held.permits.checked_sub(1) else {
                        return Err(Rejected::Probing);
                    };
                    self.held = Some(Held { permits: left, ..held });
                    return Ok(FleetPermit(Source::Fleet { generation }));
                }
                State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {}
            }
        }
        let before = self.breaker.generation();
        let admitted = self.breaker.try_acquire(policy, limit, now);
        self.note_transition(before);
        admitted.map(|permit| FleetPermit(Source::Own(permit)))
    }

    /// Takes a permit back, with what became of its call. `random` is uniform over all of `u32`.
    pub fn record(
        &mut self,
        policy: &Policy,
        permit: FleetPermit,
        call: Completion,
        random: u32,
        now: Timestamp,
    ) {
        match permit.0 {
            Source::Own(permit) => {
                let before = self.breaker.generation();
                if self.breaker.record(policy, permit, call, random, now) {
                    self.count(policy, call);
                }
                self.note_transition(before);
            }
            Source::Fleet { generation } => self.count_probe(policy, generation, call),
        }
    }

    /// The state that decides at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        match self.held_at(now).map(|held| held.verdict.state) {
            Some(state) if state != State::Closed => state,
            Some(_) | None => self.breaker.state(),
        }
    }

    /// How long an open circuit still rejects.
    pub fn retry_after(&self, now: Timestamp) -> Option<Millis> {
        match self.held_at(now) {
            Some(held) if held.verdict.state == State::Open => Some(held.deadline.since(now)),
            Some(_) | None => self.breaker.retry_after(now),
        }
    }

    /// The report to send now, if one is due, and how long to wait before sending it. At most
    /// one is under way. `random` spreads what all replicas would send together.
    pub fn poll_report(&mut self, random: u32, now: Timestamp) -> Option<(Report, Millis)> {
        if self.sent.is_some_and(|sent| now.since(sent.at) < REPORT_TIMEOUT) {
            return None;
        }
        let rested = self.last_report.is_none_or(|last| now.since(last) >= REPORT_GAP);
        let due = match self.news {
            News::Transition => true,
            News::Failure => rested,
            News::None => false,
        };
        if !due && now < self.next_poll {
            return None;
        }
        let spread = match (self.news, self.held) {
            (News::Transition, Some(held)) => held.verdict.spread_ms,
            _ => 0,
        };
        let delay = Millis::new((spread * u64::from(random)) >> 32);
        // What a lost report carried is lost with it: sent twice, it might count twice.
        let delta = core::mem::take(&mut self.delta);
        self.sequence = self.sequence.wrapping_add(1);
        self.sent = Some(Sent { sequence: self.sequence, at: now + delay, delta });
        self.news = News::None;
        self.last_report = Some(now);
        self.next_poll = now + POLL;
        let generation = self.held.map(|held| held.verdict.generation);
        Some((Report { replica: self.id, sequence: self.sequence, generation, delta }, delay))
    }

    /// Takes the coordinator's reply to the report with this sequence.
    pub fn handle_verdict(
        &mut self,
        policy: &Policy,
        sequence: u32,
        verdict: Verdict,
        now: Timestamp,
    ) {
        if self.sent.is_some_and(|sent| sent.sequence == sequence) {
            self.sent = None;
        }
        let previous = self.held.map(|held| held.verdict);
        if previous.is_some_and(|previous| verdict.generation < previous.generation) {
            return;
        }
        let is_new = previous.is_some_and(|previous| previous.generation != verdict.generation);
        if is_new {
            self.delta = Delta::default();
        }
        let poll = Millis::new(verdict.poll_ms);
        self.next_poll = now + poll;
        self.held = Some(Held {
            verdict,
            permits: verdict.permits,
            deadline: now + Millis::new(verdict.remaining_ms),
            valid_until: now + poll + poll,
        });
        self.adopt(policy, verdict, is_new, now);
    }

    /// The report with this sequence got no reply: what it carried goes into the next one, unless
    /// the coordinator may have seen it.
    pub fn handle_lost_report(&mut self, sequence: u32, may_have_arrived: bool) {
        let Some(sent) = self.sent.take_if(|sent| sent.sequence == sequence) else {
            return;
        };
        if may_have_arrived {
            return;
        }
        let run_goes_on = self.delta.calls == self.delta.failures;
        let earlier = if run_goes_on { sent.delta.trailing_failures } else { 0 };
        self.delta.calls = self.delta.calls.saturating_add(sent.delta.calls);
        self.delta.failures = self.delta.failures.saturating_add(sent.delta.failures);
        self.delta.slow_calls = self.delta.slow_calls.saturating_add(sent.delta.slow_calls);
        self.delta.trailing_failures = self.delta.trailing_failures.saturating_add(earlier);
        self.delta.probe_successes += sent.delta.probe_successes;
        self.delta.probe_failures += sent.delta.probe_failures;
        self.delta.throttled_for = self.delta.throttled_for.or(sent.delta.throttled_for);
        self.delta.exhausted_for = self.delta.exhausted_for.or(sent.delta.exhausted_for);
    }

    fn held_at(&self, now: Timestamp) -> Option<Held> {
        self.held.filter(|held| now < held.valid_until)
    }

    /// Has the own breaker follow, so that it goes on from there when the verdict lapses.
    fn adopt(&mut self, policy: &Policy, verdict: Verdict, is_new: bool, now: Timestamp) {
        let chosen = match verdict.state {
            State::ForcedOpen => Some(Override::ForcedOpen),
            State::ForcedClosed => Some(Override::ForcedClosed),
            State::MetricsOnly => Some(Override::MetricsOnly),
            State::Closed | State::Open | State::HalfOpen => None,
        };
        self.breaker.set_override(policy, chosen, now);
        match verdict.state {
            // An opening that is over says nothing about how long the own one should last.
            State::Open if verdict.remaining_ms > 0 => {
                self.breaker.open_with_fleet(Millis::new(verdict.remaining_ms), now);
            }
            State::Closed if is_new => self.breaker.close_with_fleet(policy, now),
            State::Open
            | State::Closed
            | State::HalfOpen
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => {}
        }
    }

    fn count(&mut self, policy: &Policy, call: Completion) {
        let failed = match call.outcome {
            Outcome::Success => false,
            Outcome::Failure => true,
            Outcome::Ignored => return,
            Outcome::Throttled => {
                let named = call.retry_after.unwrap_or(policy.open_for);
                self.delta.throttled_for = Some(named.get());
                return;
            }
            Outcome::Exhausted => {
                let named = call.retry_after.unwrap_or(policy.open_for);
                self.delta.exhausted_for = Some(named.get());
                return;
            }
        };
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        let delta = &mut self.delta;
        delta.calls = delta.calls.saturating_add(1);
        delta.slow_calls = delta.slow_calls.saturating_add(slow.into());
        delta.failures = delta.failures.saturating_add(failed.into());
        delta.trailing_failures =
            if failed { delta.trailing_failures.saturating_add(1) } else { 0 };
        if failed {
            self.news = self.news.max(News::Failure);
        }
    }

    fn count_probe(&mut self, policy: &Policy, generation: u64, call: Completion) {
        if self.held.is_none_or(|held| held.verdict.generation != generation) {
            return;
        }
        let slow = policy.slow_calls.is_some_and(|slow| call.took > slow.longer_than);
        match call.outcome {
            Outcome::Success if !slow => self.delta.probe_successes += 1,
            Outcome::Success | Outcome::Failure => self.delta.probe_failures += 1,
            Outcome::Ignored => {}
            Outcome::Throttled | Outcome::Exhausted => self.count(policy, call),
        }
        self.news = News::Transition;
    }

    fn note_transition(&mut self, generation_before: u64) {
        if self.breaker.generation() != generation_before {
            self.news = News::Transition;
        }
    }
}
