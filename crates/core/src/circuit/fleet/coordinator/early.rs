//! When the coordinator probes an open circuit before its deadline.
//!
//! `open_for` is a guess, and a probe costs no visitor anything. HAProxy and Varnish look at a
//! server that is down each two seconds, whatever happens. Here the probes are denser at first and
//! rarer in a long outage, and a circuit whose probes lied is probed ever more rarely.

use serde::{Deserialize, Serialize};

use super::Coordinator;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::{State, Transition};
use crate::circuit::fleet::share_of;

/// The shortest time between two probes: 1 s.
const GAP_MIN: Millis = Millis::from_secs(1);
/// The longest time between two probes of a circuit whose probes have not lied: 5 s.
const GAP_MAX: Millis = Millis::from_secs(5);
/// The time between two probes is the age of the outage divided by this, within the two bounds, so
/// that it begins to grow after a minute and no longer grows after five.
const GAP_DIVISOR: u64 = 60;
/// Up to this part of a gap is added to it at random: a sixteenth.
const JITTER_DIVISOR: u64 = 16;
/// How soon after it has closed a circuit must open again for its recovery to have been wrong: a
/// minute.
const RELAPSE_WITHIN: Millis = Millis::from_secs(60);
/// Replies are held for a probe that is due within this time: 6 s, a little more than the longest
/// time between two probes of a circuit whose probes have not lied.
const AWAITED_WITHIN: Millis = Millis::from_secs(6);
/// The number of wrong recoveries that are told apart. By then the gap is longer than a quarter of
/// an hour, and an opening ends at its deadline.
const WRONG_MAX: u32 = 10;

/// An outage, from its first opening until its circuit stays closed, as it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outage {
    /// When it began.
    since: Timestamp,
    /// Until when the upstream wants to be left alone.
    not_before: Timestamp,
    /// How often in a row the circuit was half open or closed, and opened again soon.
    wrong: u32,
    /// When the circuit closed, if it has.
    closed_at: Option<Timestamp>,
}

/// The coordinator's own probes of an open circuit before its deadline.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EarlyProbes {
    outage: Outage,
    /// When the next probe is due. It is not stored, since the object's alarm is set for it.
    next: Timestamp,
    /// When the alarm's latest probe of this opening began.
    began: Option<Timestamp>,
}

impl Outage {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The time between two probes of an upstream whose probes have not lied.
    fn age_gap(&self, now: Timestamp) -> Millis {
        Millis::new(now.since(self.since).get() / GAP_DIVISOR).max(GAP_MIN).min(GAP_MAX)
    }

    fn gap(&self, now: Timestamp) -> Millis {
        self.age_gap(now).max(Millis::new(GAP_MIN.get() << self.wrong.min(WRONG_MAX)))
    }

    /// Takes note that the circuit was half open or closed for no good reason.
    fn count_wrong(&mut self) {
        self.wrong = self.wrong.saturating_add(1);
    }
}

impl EarlyProbes {
    /// Goes on with a stored outage. The next probe is due at once, unless it is
    /// [scheduled](Self::schedule).
    pub(super) fn resume(outage: Outage) -> Self {
        Self { outage, ..Self::default() }
    }

    /// What is stored of it.
    pub(super) const fn outage(&self) -> Outage {
        self.outage
    }

    /// Has the next probe be due at that time.
    pub(super) const fn schedule(&mut self, at: Timestamp) {
        self.next = at;
    }

    /// Follows a change of state.
    pub(super) fn follow(&mut self, Transition { from, to, at, .. }: Transition) {
        if (from, to) == (State::Open, State::Open) {
            // A probe at the deadline has failed: the one after it is as near as any other.
            return;
        }
        let outage = &mut self.outage;
        match (from, to) {
            (State::HalfOpen, State::Open) => outage.count_wrong(),
            (_, State::Open) => {
                let closed_at = outage.closed_at.take();
                if closed_at.is_some_and(|closed| at.since(closed) < RELAPSE_WITHIN) {
                    outage.count_wrong();
                } else {
                    outage.wrong = 0;
                }
                (outage.since, outage.not_before) = (at, Timestamp::default());
            }
            (_, State::Closed) => outage.closed_at = Some(at),
            (_, State::HalfOpen) => {}
            (_, State::ForcedOpen | State::ForcedClosed | State::MetricsOnly) => {
                *outage = Outage::default();
            }
        }
        self.next = at + self.outage.gap(at);
        self.began = None;
    }

    /// Leaves the upstream alone until then, because it asked for that.
    pub(super) fn wait_until(&mut self, at: Timestamp) {
        self.outage.not_before = self.outage.not_before.max(at);
    }

    /// When the next probe is due. A clock that was set back moves it no further than a gap.
    pub(super) fn due(&self, now: Timestamp) -> Timestamp {
        self.next.min(now + self.outage.gap(now)).max(self.outage.not_before)
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        now >= self.due(now)
    }

    /// Whether a probe that passes at `now` ends the opening.
    pub(super) fn may_end(&self, now: Timestamp) -> bool {
        now >= self.outage.not_before
    }

    /// Takes note that the alarm's probe begins.
    pub(super) const fn begin(&mut self, now: Timestamp) {
        self.began = Some(now);
    }

    /// Takes note that a probe has ended. The gap counts from its beginning: a probe of an upstream
    /// that hangs takes its whole limit, and the next one then begins at once. `random` is uniform
    /// over all of `u32`.
    pub(super) fn handle_probe(&mut self, random: u32, now: Timestamp) {
        let gap = self.outage.gap(now);
        let jitter = share_of(Millis::new(gap.get() / JITTER_DIVISOR), random);
        self.next = now.max(self.began.unwrap_or(now) + gap + jitter);
    }

    /// Whether a probe is under way, or due so soon that replies are held for what it finds.
    pub(super) fn is_awaited(&self, now: Timestamp) -> bool {
        let is_under_way = self.began.is_some_and(|began| now < began + self.limit(began));
        is_under_way || self.awaited_in(now) == Millis::ZERO
    }

    /// How long it is until replies are held for the next probe.
    pub(super) fn awaited_in(&self, now: Timestamp) -> Millis {
        Millis::new(self.due(now).since(now).get().saturating_sub(AWAITED_WITHIN.get()))
    }

    /// How long a probe that begins at `now` may take. Where an upstream hangs, the next probe
    /// cannot begin before this one has ended.
    pub(super) fn limit(&self, now: Timestamp) -> Millis {
        self.outage.age_gap(now)
    }
}

impl Coordinator {
    /// Goes on with the probes of an open circuit after a restore. `alarm`: the time that the
    /// object's alarm is set for.
    pub fn resume_probes(&mut self, alarm: Option<Timestamp>) {
        if let Some(at) = alarm {
            self.breaker.early.schedule(at);
        }
    }
}
