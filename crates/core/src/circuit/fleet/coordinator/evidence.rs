//! What is known of each replica, and whether enough of them say the same.

use alloc::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};
use crate::circuit::fleet::POLL;
use crate::circuit::fleet::message::{Place, Report};

/// Replicas remembered at most. Beyond it the one unheard of for longest is forgotten, so a
/// duplicate of its last report could count again.
const REPLICAS_MAX: usize = 10_000;
/// A replica unheard of for this long is gone: isolates live for minutes, and live ones with
/// traffic report in each poll. No window that a quorum is counted over is longer.
const GONE_AFTER: Millis = Millis::from_secs(15 * 60);
/// A replica that was heard of within this is live: two polls at their longest.
const LIVE_FOR: Millis = Millis::new(POLL.get() * 8 / 3);
/// The pace is known after this, since quiet replicas tell of their calls once in a poll,
const PACE_FOR: Millis = Millis::from_secs(90);
/// and pauses count no more than this: an open circuit makes no calls.
const PACE_GAP: Millis = Millis::from_secs(1);
/// Live replicas are counted anew after this, so that a report costs no walk over all of them.
const COUNT_EVERY: Millis = Millis::from_secs(1);

/// The replicas that a coordinator has heard of.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    replicas: BTreeMap<u64, Seen>,
    /// All of them by when they were last heard of.
    heard: BTreeSet<(Timestamp, u64)>,
    live: usize,
    counted_at: Timestamp,
    pace: Pace,
}

/// How many calls the fleet makes while it makes any, whatever the generation. It is not stored:
/// an estimate that is soon there again.
#[derive(Debug, Default)]
struct Pace {
    calls: u64,
    /// In milliseconds, without the time in which nothing was told.
    active: u64,
    last: Timestamp,
}

impl Pace {
    fn count(&mut self, calls: u32, now: Timestamp) {
        if calls == 0 {
            return;
        }
        self.active += now.since(self.last).min(PACE_GAP).get();
        self.last = now;
        self.calls = self.calls.saturating_add(calls.into());
        if self.active >= 2 * PACE_FOR.get() {
            self.active /= 2;
            self.calls /= 2;
        }
    }
}

/// What is remembered of a replica.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    sequence: u32,
    last_heard: Timestamp,
    pub(super) last_call: Timestamp,
    /// The latest failed or slow call.
    pub(super) last_trouble: Timestamp,
    /// Failures since its last success.
    pub(super) run: u32,
    /// None of many calls succeeded.
    pub(super) is_dry: bool,
    pub(super) place: Option<Place>,
}

/// The stored form of what is known of one replica: its identity, its sequence, when it was last
/// heard of, had a call and had one that failed or was slow, its run, whether it is dry, and where
/// it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReplica(u64, u32, Timestamp, Timestamp, Timestamp, u32, bool, Option<Place>);

impl StoredReplica {
    /// Which replica it tells of.
    pub const fn id(&self) -> u64 {
        self.0
    }

    /// When the replica was last heard of.
    pub const fn last_heard(&self) -> Timestamp {
        self.2
    }
}

impl Evidence {
    /// Remembers the report, and says whether it is newer than what is known of its replica.
    pub(super) fn is_news(&mut self, report: &Report, now: Timestamp) -> bool {
        self.recount(now);
        let is_unknown = !self.replicas.contains_key(&report.replica);
        if is_unknown {
            self.make_room();
            self.live += 1;
        }
        let seen = self.replicas.entry(report.replica).or_default();
        self.heard.remove(&(seen.last_heard, report.replica));
        self.heard.insert((now, report.replica));
        seen.last_heard = now;
        if !is_unknown && report.sequence <= seen.sequence {
            return false;
        }
        seen.sequence = report.sequence;
        seen.place = report.place.or(seen.place);
        self.pace.count(report.delta.calls, now);
        if report.delta.calls > 0 {
            seen.last_call = now;
            let goes_on = report.delta.calls <= report.delta.failures;
            let before = if goes_on { seen.run } else { 0 };
            seen.run = before.saturating_add(report.delta.trailing_failures);
            seen.is_dry = report.delta.is_dry;
        }
        if report.delta.failures > 0 || report.delta.slow_calls > 0 {
            seen.last_trouble = now;
        }
        true
    }

    /// The sequence of the replica's latest report.
    pub(super) fn sequence(&self, replica: u64) -> u32 {
        self.replicas.get(&replica).map_or(0, |seen| seen.sequence)
    }

    /// How long a replica takes for so many calls, on average; nothing while too little is known.
    pub(super) fn time_for(&self, calls: u32, live: usize) -> Option<Millis> {
        let Pace { calls: known, active, .. } = self.pace;
        if known == 0 || active < PACE_FOR.get() {
            return None;
        }
        let time = active.saturating_mul(live as u64).saturating_mul(calls.into()) / known;
        Some(Millis::new(time))
    }

    /// All that are remembered.
    pub(super) fn all(&self) -> impl Iterator<Item = &Seen> {
        self.replicas.values()
    }

    /// Replicas that are live, as they were counted lately.
    pub(super) const fn live(&self) -> usize {
        self.live
    }

    /// Replicas that are live, counted now.
    pub(super) fn count_live(&self, now: Timestamp) -> usize {
        self.replicas.values().filter(|seen| is_live(seen, now)).count()
    }

    pub(super) fn stored(&self, id: u64) -> Option<StoredReplica> {
        self.replicas.get(&id).map(|seen| store(id, seen))
    }

    pub(super) fn all_stored(&self) -> impl Iterator<Item = StoredReplica> {
        self.replicas.iter().map(|(&id, seen)| store(id, seen))
    }

    pub(super) fn restore(stored: impl IntoIterator<Item = StoredReplica>) -> Self {
        let mut evidence = Self::default();
        for stored in stored {
            evidence.make_room();
            let seen = Seen {
                sequence: stored.1,
                last_heard: stored.2,
                last_call: stored.3,
                last_trouble: stored.4,
                run: stored.5,
                is_dry: stored.6,
                place: stored.7,
            };
            evidence.heard.insert((seen.last_heard, stored.0));
            evidence.replicas.insert(stored.0, seen);
        }
        evidence
    }

    /// Replicas last heard of before this are forgotten.
    pub(super) fn gone_before(now: Timestamp) -> Timestamp {
        Timestamp::from_millis(now.as_millis().saturating_sub(GONE_AFTER.get()))
    }

    fn recount(&mut self, now: Timestamp) {
        let apart = now.since(self.counted_at).max(self.counted_at.since(now));
        if apart < COUNT_EVERY {
            return;
        }
        self.counted_at = now;
        let gone = Self::gone_before(now);
        while self.heard.first().is_some_and(|&(heard, _)| heard < gone) {
            self.forget_oldest();
        }
        self.live = self.count_live(now);
    }

    fn make_room(&mut self) {
        if self.replicas.len() >= REPLICAS_MAX {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, oldest)) = self.heard.pop_first() {
            self.replicas.remove(&oldest);
        }
    }
}

pub(super) fn is_live(seen: &Seen, now: Timestamp) -> bool {
    now.since(seen.last_heard) <= LIVE_FOR
}

fn store(id: u64, seen: &Seen) -> StoredReplica {
    let &Seen { sequence, last_heard, last_call, last_trouble, run, is_dry, place } = seen;
    StoredReplica(id, sequence, last_heard, last_call, last_trouble, run, is_dry, place)
}
