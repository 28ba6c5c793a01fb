//! The coordinator's knowledge of each replica, and whether enough replicas report the same.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::base::array::serialize_array;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::fleet::POLL;
use crate::circuit::fleet::message::{Region, Report};

/// The number of replicas that are remembered. Beyond it the replica that was silent for longest is
/// forgotten, so that a duplicate of its last report could count again.
const REPLICAS_MAX: usize = 10_000;
/// How long a replica must be silent to be forgotten: 15 minutes. Isolates live for minutes, and
/// those with traffic report in each poll. No window that a quorum is counted over is longer.
const GONE_AFTER: Millis = Millis::from_secs(15 * 60);
/// How long after its last report a replica counts as live: 2 min, which is two polls with their
/// jitter.
const LIVE_FOR: Millis = Millis::new(POLL.get() * 8 / 3);
/// How long calls must have been reported before the fleet's pace is known: 90 s, since quiet
/// replicas report their calls once in a poll.
const PACE_FOR: Millis = Millis::from_secs(90);
/// The longest time between two reports of calls that counts towards the pace: 1 s. An open circuit
/// makes no calls, and such a pause is no part of the pace.
const PACE_GAP: Millis = Millis::from_secs(1);
/// The age at which the number of live replicas is counted again: 1 s, so that a report costs no
/// walk over all replicas.
const COUNT_EVERY: Millis = Millis::from_secs(1);

/// The replicas that a coordinator has heard of.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    replicas: BTreeMap<u64, Seen>,
    /// All replicas by the time of their last report.
    heard: BTreeSet<(Timestamp, u64)>,
    live: usize,
    counted_at: Timestamp,
    pace: Pace,
}

/// How many calls the fleet makes while it makes any, whatever the generation. It is not stored,
/// because the estimate is soon made again.
#[derive(Debug, Default)]
struct Pace {
    calls: u64,
    /// The time over which they were made, in milliseconds, without pauses.
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
    /// When it last reported a call, if ever.
    pub(super) last_call: Option<Timestamp>,
    /// When it last reported a call that failed or was slow, if ever.
    pub(super) last_trouble: Option<Timestamp>,
    /// Failures since its last success.
    pub(super) consecutive_failures: u32,
    /// It has started many calls, and none of them succeeded.
    pub(super) is_stalled: bool,
    pub(super) region: Option<Region>,
}

serialize_array! {
    /// The stored form of what is known of one replica.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StoredReplica {
        id: u64,
        sequence: u32,
        last_heard: Timestamp,
        /// The start of the Unix epoch stands for never.
        last_call: Timestamp,
        /// The start of the Unix epoch stands for never.
        last_trouble: Timestamp,
        consecutive_failures: u32,
        is_stalled: bool,
        region: Option<Region>,
    }
}

impl StoredReplica {
    /// The replica's identity.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// When the replica last sent a report.
    pub const fn last_heard(&self) -> Timestamp {
        self.last_heard
    }
}

impl Evidence {
    /// Remembers the report. Returns whether it is newer than the latest one of its replica.
    pub(super) fn is_new(&mut self, report: &Report, now: Timestamp) -> bool {
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
        seen.region = report.region.or(seen.region);
        self.pace.count(report.delta.calls, now);
        if report.delta.calls > 0 {
            seen.last_call = Some(now);
            let goes_on = report.delta.calls <= report.delta.failures;
            let before = if goes_on { seen.consecutive_failures } else { 0 };
            seen.consecutive_failures = before.saturating_add(report.delta.trailing_failures);
            seen.is_stalled = report.delta.is_stalled;
        }
        if report.delta.failures > 0 || report.delta.slow_calls > 0 {
            seen.last_trouble = Some(now);
        }
        true
    }

    /// The sequence of the replica's latest report.
    pub(super) fn sequence(&self, replica: u64) -> u32 {
        self.replicas.get(&replica).map_or(0, |seen| seen.sequence)
    }

    /// The time in which a replica makes that number of calls on average, once the pace is known.
    pub(super) fn time_for(&self, calls: u32, live: usize) -> Option<Millis> {
        let Pace { calls: known, active, .. } = self.pace;
        if known == 0 || active < PACE_FOR.get() {
            return None;
        }
        let time = active.saturating_mul(live as u64).saturating_mul(calls.into()) / known;
        Some(Millis::new(time))
    }

    /// All replicas that are remembered.
    pub(super) fn all(&self) -> impl Iterator<Item = &Seen> {
        self.replicas.values()
    }

    /// The number of live replicas when they were last counted.
    pub(super) const fn live(&self) -> usize {
        self.live
    }

    /// The number of live replicas now.
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
                sequence: stored.sequence,
                last_heard: stored.last_heard,
                last_call: ever(stored.last_call),
                last_trouble: ever(stored.last_trouble),
                consecutive_failures: stored.consecutive_failures,
                is_stalled: stored.is_stalled,
                region: stored.region,
            };
            evidence.heard.insert((seen.last_heard, stored.id));
            evidence.replicas.insert(stored.id, seen);
        }
        evidence
    }

    /// The time before which a replica's last report must lie for it to be forgotten.
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
    StoredReplica {
        id,
        sequence: seen.sequence,
        last_heard: seen.last_heard,
        last_call: seen.last_call.unwrap_or(NEVER),
        last_trouble: seen.last_trouble.unwrap_or(NEVER),
        consecutive_failures: seen.consecutive_failures,
        is_stalled: seen.is_stalled,
        region: seen.region,
    }
}

/// Stands for never in the stored form.
const NEVER: Timestamp = Timestamp::from_millis(0);

fn ever(stored: Timestamp) -> Option<Timestamp> {
    (stored != NEVER).then_some(stored)
}
