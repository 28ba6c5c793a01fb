//! How a replica follows what the coordinator says.

use super::{Held, News, Order, Replica};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::{Override, State};
use crate::circuit::fleet::message::{Delta, ORDER_MAX, Report, Verdict};
use crate::circuit::fleet::{POLL, share_of};
use crate::circuit::policy::{EXHAUSTED_MAX, Policy};

/// How often a replica looks into its colo's cache while the fleet's state may end any moment.
pub(super) const LOOK_EVERY: Millis = Millis::new(250);
/// Replicas look and ask this long after an opening ends, so that the coordinator's probe is done.
const AFTER_DEADLINE: Millis = Millis::new(250);

impl Replica {
    /// Follows a verdict that is `age` old and came from the coordinator itself or, through the
    /// colo, to a mate.
    pub(super) fn adopt(
        &mut self,
        policy: &Policy,
        verdict: Verdict,
        age: Millis,
        is_own: bool,
        random: u32,
        now: Timestamp,
    ) {
        let before = self.held.map(|held| held.verdict.generation);
        let follows = self.followed_by(verdict);
        let is_over = self.retry_after(now).is_none_or(|left| left == Millis::ZERO);
        // A coordinator that lost everything begins anew; until the verdict lapses it is a late
        // one.
        if self.held_at(now).is_some_and(|held| verdict.generation < held.verdict.generation) {
            return;
        }
        let remaining = Millis::new(verdict.remaining_ms.min(longest(verdict.state, policy).get()));
        let remaining = Millis::new(remaining.get().saturating_sub(age.get()));
        let mut deadline = now + remaining;
        if before == Some(verdict.generation) {
            if let Some(held) = self.held.filter(|_| verdict.state == State::Open) {
                // What is left was measured before it travelled: the earliest is the best. Once
                // that is over, more is left because the upstream has named a later time since.
                if !is_over || !is_own {
                    deadline = deadline.min(held.deadline);
                }
            }
        } else {
            if before.is_some() || verdict.state != State::Closed {
                self.delta = self.carried_over(verdict, follows);
            }
            // What was found after the deadline counts in the half-open time too.
            let tells = |report: Report| report.delta.calls > report.delta.failures;
            self.unanswered = self.unanswered.filter(|&report| follows.is_some() && tells(report));
            if self.news == News::Run {
                self.news = News::None;
            }
            if self.delta.probe_successes > 0 {
                self.news = News::Transition;
            }
            self.forget_drought();
        }
        let known = self.held.filter(|held| held.verdict.generation == verdict.generation);
        let probes_since = match verdict.state {
            State::Open => deadline,
            State::HalfOpen => match (known, self.held.filter(|_| follows.is_some())) {
                (Some(held), _) => held.probes_since,
                (None, Some(opening)) => opening.deadline.min(now),
                (None, None) => now,
            },
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => now,
        };
        let poll = self.schedule(verdict, deadline, age, is_own, random, now);
        let is_forced = verdict.state != State::Open && verdict.state != State::HalfOpen;
        // A mate's verdict serves no shorter because this replica soon asks itself.
        let interval = if is_own {
            poll
        } else {
            poll.max(Millis::new(verdict.poll_ms.min(POLL.get()).saturating_sub(age.get())))
        };
        let lapses = now + interval + interval;
        self.held = Some(Held {
            verdict,
            permits: if is_own { verdict.permits } else { known.map_or(0, |held| held.permits) },
            deadline,
            probes_since,
            follows: known.map_or(follows, |held| held.follows),
            valid_until: if is_forced && remaining > Millis::ZERO && verdict.state != State::Closed
            {
                lapses.min(deadline)
            } else {
                lapses
            },
        });
        self.follow(policy, verdict, remaining, before, now);
    }

    /// The generation of the known opening that a half-open time follows, if it does.
    fn followed_by(&self, verdict: Verdict) -> Option<u64> {
        let held = self.held.filter(|held| held.verdict.state == State::Open)?;
        let generation = held.verdict.generation;
        let is_next = verdict.generation == generation.wrapping_add(1);
        (is_next && verdict.state == State::HalfOpen).then_some(generation)
    }

    /// What is still to be told when a generation begins: successes from after the opening's
    /// deadline, and for how long the upstream wants to be left alone.
    fn carried_over(&self, verdict: Verdict, follows: Option<u64>) -> Delta {
        let known = self.delta;
        let is_open = verdict.state == State::Open;
        Delta {
            probe_successes: follows.map_or(0, |_| known.calls.saturating_sub(known.failures)),
            throttled_for: known.throttled_for.filter(|_| is_open),
            exhausted_for: known.exhausted_for.filter(|_| is_open),
            ..Delta::default()
        }
    }

    /// Sets when to report and look again, and gives the time until that report.
    fn schedule(
        &mut self,
        verdict: Verdict,
        deadline: Timestamp,
        age: Millis,
        is_own: bool,
        random: u32,
        now: Timestamp,
    ) -> Millis {
        let poll = Millis::new(verdict.poll_ms.min(POLL.get()));
        let spread = Millis::new(verdict.spread_ms);
        let (wait, look) = match verdict.state {
            State::Open if now < deadline => {
                let over = deadline.since(now).get().saturating_add(AFTER_DEADLINE.get());
                let wait = Millis::new(over.min(POLL.get()));
                (sum(wait, share_of(spread, random)), deadline + AFTER_DEADLINE)
            }
            State::Open | State::HalfOpen => {
                // On average the whole spread, so that all together ask as often as it says.
                let least = poll.max(Millis::new(spread.get() / 2));
                (sum(least, share_of(spread, random)), now + LOOK_EVERY)
            }
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {
                let third = Millis::new(poll.get() / 3);
                let wait = if is_own {
                    sum(poll, share_of(third, random))
                } else {
                    // Mates that got it together do not report together; and none goes by it for
                    // longer than who asked for it, since orders are heard of within one poll.
                    share_of(Millis::new(poll.get().saturating_sub(age.get())), random)
                };
                (wait, Timestamp::MAX)
            }
        };
        self.next_poll = now + wait;
        self.next_look = look;
        wait
    }

    /// Has the own breaker follow, so that it goes on from there when the verdict lapses.
    fn follow(
        &mut self,
        policy: &Policy,
        verdict: Verdict,
        remaining: Millis,
        before: Option<u64>,
        now: Timestamp,
    ) {
        let chosen = match verdict.state {
            State::ForcedOpen => Some(Override::ForcedOpen),
            State::ForcedClosed => Some(Override::ForcedClosed),
            State::MetricsOnly => Some(Override::MetricsOnly),
            State::Closed | State::Open | State::HalfOpen => None,
        }
        // Without an end it is the policy's mode, which the own breaker knows by itself.
        .filter(|_| remaining > Millis::ZERO);
        self.order = chosen.map(|_| Order { until: now + remaining, is_bypass: verdict.is_bypass });
        self.breaker.set_override(policy, chosen, now);
        let is_new = before != Some(verdict.generation);
        match verdict.state {
            // An opening that is over says nothing about how long the own one should last.
            State::Open if remaining > Millis::ZERO => {
                self.breaker.open_with_fleet(remaining, now);
            }
            State::Closed if is_new => {
                if before.is_some() {
                    self.breaker.close_with_fleet(policy, now);
                }
                self.breaker.ramp_with_fleet(policy, remaining, now);
            }
            State::Open
            | State::Closed
            | State::HalfOpen
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => {}
        }
    }
}

/// No verdict lasts longer; what a broken or hostile one says is cut to it.
fn longest(state: State, policy: &Policy) -> Millis {
    match state {
        // By jitter an opening may be twice the longest.
        State::Open => Millis::new(policy.open_for_max.get().saturating_mul(2)).max(EXHAUSTED_MAX),
        State::Closed | State::HalfOpen => policy.ramp,
        State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => ORDER_MAX,
    }
}

fn sum(a: Millis, b: Millis) -> Millis {
    Millis::new(a.get().saturating_add(b.get()))
}
