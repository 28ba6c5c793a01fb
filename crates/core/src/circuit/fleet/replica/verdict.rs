//! How a replica follows what the coordinator says.

use super::{ColoCache, KnownVerdict, OrderInForce, PendingUrgency, Replica, Timer};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::{Override, State};
use crate::circuit::fleet::message::{Delta, Loss, ORDER_MAX, Report, Verdict};
use crate::circuit::fleet::{HELD_POLL, POLL, REPORT_GAP, REPORT_TIMEOUT, share_of};
use crate::circuit::policy::{EXHAUSTED_MAX, Policy};

/// How often a replica reads its colo's cache while the fleet's state may end at any moment: each
/// 250 ms.
pub(in crate::circuit::fleet) const LOOK_EVERY: Millis = Millis::new(250);
/// How long after the end of an opening replicas look and ask: 250 ms, so that the coordinator's
/// own probe is done by then.
const AFTER_DEADLINE: Millis = Millis::new(250);

/// How long after the first loss a report is sent again: 250 ms. The time doubles with each loss.
const BACKOFF: Millis = Millis::new(250);
/// The longest time until a lost report is sent again: a minute. By then the verdict has long
/// lapsed.
const BACKOFF_MAX: Millis = Millis::from_secs(60);
/// The number of losses after which a report is given up, together with the counts in it.
const LOSSES_MAX: u32 = 8;
/// The longest stagger that a replica believes: 20 s, which is that of a fleet of the largest size.
const STAGGER_MAX: Millis = Millis::from_secs(20);
/// Where the coordinator holds the next reply, one replica in a colo reports at a time, after this
/// part of the stagger: a sixth.
const HELD_DIVISOR: u64 = 6;
/// The interval by which a verdict lapses whose next reply the coordinator holds: half of the time
/// for which a report is waited for, so that it is valid until that reply is late.
const HELD_LAPSES: Millis = Millis::new(REPORT_TIMEOUT.get() / 2);

impl Replica {
    /// Takes the coordinator's reply to the report with this sequence.
    pub fn handle_verdict(
        &mut self,
        policy: &Policy,
        sequence: u32,
        verdict: Verdict,
        random: u32,
        now: Timestamp,
    ) {
        let outgoing = &mut self.outgoing;
        if outgoing.unanswered.is_some_and(|report| report.sequence == sequence) {
            outgoing.unanswered = None;
        }
        // A second reply to the same report tells of the same permit, which may be used by now.
        let is_first = sequence == outgoing.sequence && outgoing.replied != Some(sequence);
        let permits = if is_first { verdict.permits } else { 0 };
        let verdict = Verdict { permits, ..verdict };
        outgoing.replied = Some(sequence);
        outgoing.losses = 0;
        self.timers.stop(Timer::Backoff);
        self.streak.end_hold_off();
        self.timers.set(Timer::Quiet, now + REPORT_GAP);
        self.adopt(policy, verdict, Millis::ZERO, true, random, now);
    }

    /// Takes the news that the report with this sequence got no reply. The report is sent again,
    /// since a duplicate changes nothing, but not at once. Returns whether it was the report that
    /// the replica waits for.
    pub fn handle_lost(&mut self, sequence: u32, loss: Loss, random: u32, now: Timestamp) -> bool {
        if self.outgoing.unanswered.is_none_or(|report| report.sequence != sequence) {
            return false;
        }
        let doubled = BACKOFF.get() << self.outgoing.losses.min(8);
        let wait = Millis::new(doubled).min(BACKOFF_MAX);
        let wait = match loss {
            Loss::Retryable => wait,
            Loss::Unknown => wait.max(REPORT_GAP),
            Loss::Overloaded => wait.max(self.stagger()).max(REPORT_GAP),
        };
        self.outgoing.losses += 1;
        if self.outgoing.losses >= LOSSES_MAX {
            self.outgoing.unanswered = None;
        }
        // The wait is shortened by up to half, so that replicas that lost together do not ask
        // together.
        let half = Millis::new(wait.get() / 2);
        self.timers.set(Timer::Backoff, now + half + share_of(half, random));
        true
    }

    /// The time over which the reports of all replicas are spread, as the latest verdict says.
    pub(in crate::circuit::fleet) fn stagger(&self) -> Millis {
        let stagger_ms = self.known.map_or(0, |known| known.verdict.stagger_ms);
        Millis::new(stagger_ms).min(STAGGER_MAX)
    }

    /// Follows a verdict that is `age` old. It came from the coordinator itself (`is_own`) or,
    /// through the colo, from a peer.
    pub(in crate::circuit::fleet) fn adopt(
        &mut self,
        policy: &Policy,
        verdict: Verdict,
        age: Millis,
        is_own: bool,
        random: u32,
        now: Timestamp,
    ) {
        let before = self.known.map(|known| known.verdict.generation);
        let follows = self.followed_by(verdict);
        let is_over = self.retry_after(now).is_none_or(|left| left == Millis::ZERO);
        // A coordinator that has lost everything starts over at generation 0. Until the known
        // verdict lapses, it cannot be told from one whose reply is late.
        if self.known_at(now).is_some_and(|known| verdict.generation < known.verdict.generation) {
            return;
        }
        let remaining = Millis::new(verdict.remaining_ms.min(longest(verdict.state, policy).get()));
        let remaining = Millis::new(remaining.get().saturating_sub(age.get()));
        let mut deadline = now + remaining;
        if before == Some(verdict.generation) {
            if let Some(known) = self.known.filter(|_| verdict.state == State::Open) {
                // The remaining time was measured before it travelled, so the earliest deadline is
                // the most exact. Once it is over, a later one means that the upstream has named a
                // later time since.
                if !is_over || !is_own {
                    deadline = deadline.min(known.deadline);
                }
            }
        } else {
            if before.is_some() || verdict.state != State::Closed {
                self.outgoing.delta = self.carried_over(verdict, follows);
            }
            // Successes from after the deadline count in the half-open period too.
            let has_success = |report: Report| report.delta.calls > report.delta.failures;
            let unanswered = self.outgoing.unanswered;
            self.outgoing.unanswered =
                unanswered.filter(|&report| follows.is_some() && has_success(report));
            self.outgoing.drop_failures();
            if self.outgoing.delta.probe_successes > 0 {
                self.outgoing.press(PendingUrgency::Transition);
            }
            self.streak.end_stall();
            // A first verdict tells of no change.
            if before.is_some() || verdict.state != State::Closed {
                self.outstanding.clear();
            }
        }
        let same = self.known.filter(|known| known.verdict.generation == verdict.generation);
        let probes_since = match verdict.state {
            State::Open => deadline,
            State::HalfOpen => match (same, self.known.filter(|_| follows.is_some())) {
                (Some(known), _) => known.probes_since,
                (None, Some(opening)) => opening.deadline.min(now),
                (None, None) => now,
            },
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => now,
        };
        let poll = self.schedule(verdict, deadline, age, is_own, random, now);
        let is_forced = verdict.state != State::Open && verdict.state != State::HalfOpen;
        // A peer's verdict is valid for as long as an own one, although this replica soon asks.
        let interval = if is_own {
            poll
        } else {
            poll.max(Millis::new(verdict.poll_ms.min(POLL.get()).saturating_sub(age.get())))
        };
        let lapses = now + interval + interval;
        self.known = Some(KnownVerdict {
            verdict,
            permits: if is_own { verdict.permits } else { same.map_or(0, |known| known.permits) },
            deadline,
            probes_since,
            follows: same.map_or(follows, |known| known.follows),
            valid_until: if is_forced && remaining > Millis::ZERO && verdict.state != State::Closed
            {
                lapses.min(deadline)
            } else {
                lapses
            },
        });
        self.follow(policy, verdict, remaining, before, now);
    }

    /// Asks later, because a peer has asked since and found the same opening.
    pub(in crate::circuit::fleet) fn leave_asking(
        &mut self,
        verdict: Verdict,
        age: Millis,
        random: u32,
        now: Timestamp,
    ) {
        let Some(known) = self.known_at(now) else { return };
        let is_same = known.verdict.generation == verdict.generation;
        let poll = Millis::new(verdict.poll_ms.min(POLL.get()).saturating_sub(age.get()));
        if verdict.state != State::Open || !is_same || now >= known.deadline || poll == Millis::ZERO
        {
            return;
        }
        let wait = sum(known.deadline.since(now), AFTER_DEADLINE).min(poll);
        self.timers.set(Timer::Look, now + wait);
        let spread = self.spread(&verdict);
        self.timers.set(Timer::Poll, now + sum(wait, share_of(spread, random)));
    }

    /// The time over which replicas spread the next report that this verdict asks for. Where the
    /// coordinator holds the reply, the replicas of a colo report one after the other.
    pub(in crate::circuit::fleet) fn spread(&self, verdict: &Verdict) -> Millis {
        let stagger = Millis::new(verdict.stagger_ms).min(STAGGER_MAX);
        if self.is_held(verdict) { Millis::new(stagger.get() / HELD_DIVISOR) } else { stagger }
    }

    /// Whether the coordinator holds the reply to the next report, and one report at a time is
    /// enough for a colo.
    pub(in crate::circuit::fleet) fn is_held(&self, verdict: &Verdict) -> bool {
        let may_end = matches!(verdict.state, State::Open | State::HalfOpen);
        let asks_for_peers = matches!(self.colo, ColoCache::Unknown | ColoCache::Stores);
        may_end && asks_for_peers && verdict.poll_ms <= HELD_POLL.get()
    }

    /// The generation of the opening that a half-open period follows, if the replica knows it.
    fn followed_by(&self, verdict: Verdict) -> Option<u64> {
        let known = self.known.filter(|known| known.verdict.state == State::Open)?;
        let generation = known.verdict.generation;
        let is_next = verdict.generation == generation.wrapping_add(1);
        (is_next && verdict.state == State::HalfOpen).then_some(generation)
    }

    /// The counts that are still to be reported when a generation begins: successes from after the
    /// opening's deadline, and for how long the upstream wants to be left alone.
    fn carried_over(&self, verdict: Verdict, follows: Option<u64>) -> Delta {
        let known = self.outgoing.delta;
        let is_open = verdict.state == State::Open;
        Delta {
            probe_successes: follows.map_or(0, |_| known.calls.saturating_sub(known.failures)),
            throttled_for: known.throttled_for.filter(|_| is_open),
            exhausted_for: known.exhausted_for.filter(|_| is_open),
            ..Delta::default()
        }
    }

    /// Sets the timers of the next report and the next look. Returns the interval by which the
    /// verdict lapses: the time until that report, or until the opening is over, if that is later.
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
        let stagger = Millis::new(verdict.stagger_ms);
        let spread = share_of(self.spread(&verdict), random);
        let mut lapses = None;
        let (wait, look) = match verdict.state {
            State::Open if now < deadline => {
                let over = sum(deadline.since(now), AFTER_DEADLINE).min(POLL);
                // The coordinator's own probe may end the opening before its deadline.
                let is_held = poll <= HELD_POLL;
                let wait = over.min(if is_held { poll } else { poll.max(LOOK_EVERY) });
                lapses = Some(sum(over, spread));
                (sum(wait, spread), Some(now + wait))
            }
            State::Open | State::HalfOpen if self.is_held(&verdict) => {
                lapses = Some(sum(HELD_LAPSES, spread));
                (sum(poll, spread), Some(now + LOOK_EVERY))
            }
            State::Open | State::HalfOpen => {
                // The wait is the whole stagger on average, so that all replicas together ask as
                // often as the stagger allows.
                let least = poll.max(Millis::new(stagger.get() / 2));
                (sum(least, spread), Some(now + LOOK_EVERY))
            }
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => {
                let third = Millis::new(poll.get() / 3);
                let wait = if is_own {
                    sum(poll, share_of(third, random))
                } else {
                    // Peers that found the verdict together must not report together. No peer goes
                    // by it for longer than the replica that asked, since every replica is to hear
                    // of orders within one poll.
                    share_of(Millis::new(poll.get().saturating_sub(age.get())), random)
                };
                (wait, None)
            }
        };
        self.timers.set(Timer::Poll, now + wait);
        match look {
            Some(at) => self.timers.set(Timer::Look, at),
            None => self.timers.stop(Timer::Look),
        }
        lapses.unwrap_or(wait)
    }

    /// Has the own breaker follow, so that it goes on from the verdict's state when that lapses.
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
        // A state without an end is the policy's mode, which the own breaker knows by itself.
        .filter(|_| remaining > Millis::ZERO);
        self.order =
            chosen.map(|_| OrderInForce { until: now + remaining, is_bypass: verdict.is_bypass });
        self.breaker.set_override(policy, chosen, now);
        let is_new = before != Some(verdict.generation);
        match verdict.state {
            // An opening that is over does not say how long the own breaker's should last.
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

/// The longest that a verdict of this state may last. A longer time of a broken or hostile one is
/// cut to it.
fn longest(state: State, policy: &Policy) -> Millis {
    match state {
        // With jitter an opening may last twice as long as the policy's longest.
        State::Open => Millis::new(policy.open_for_max.get().saturating_mul(2)).max(EXHAUSTED_MAX),
        State::Closed | State::HalfOpen => policy.ramp,
        State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => ORDER_MAX,
    }
}

fn sum(a: Millis, b: Millis) -> Millis {
    Millis::new(a.get().saturating_add(b.get()))
}
