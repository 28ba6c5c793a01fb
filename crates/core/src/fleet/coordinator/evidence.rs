//! What is known of each replica, and whether enough of them say the same.

use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::breaker::Reason;
use crate::fleet::message::{Place, Report};
use crate::fleet::{POLL, QUORUM};
use crate::policy::{Policy, WindowKind};
use crate::time::{Millis, Timestamp};

/// Replicas remembered at most. Beyond it the one unheard of for longest is forgotten, so a
/// duplicate of its last report could count again.
const REPLICAS_MAX: usize = 10_000;
/// A replica unheard of for this long is gone: isolates live for minutes, and live ones with
/// traffic report in each poll. No window that a quorum is counted over is longer.
const GONE_AFTER: Millis = Millis::from_secs(15 * 60);
/// A replica that was heard of within this is live: two polls at their longest.
const LIVE_FOR: Millis = Millis::new(POLL.get() * 8 / 3);
/// Live replicas are counted anew after this, so that a report costs no walk over all of them.
const COUNT_EVERY: Millis = Millis::from_secs(1);
/// The time over which a count window's replicas are asked for their evidence.
const QUORUM_WINDOW: Millis = Millis::from_secs(60);
/// What a dry replica said counts for this long: by then it has failed or recovered.
const DRY_FOR: Millis = Millis::from_secs(5);
/// A place fails where one in so many of its replicas does, and at least one: fewer is the noise
/// that a large place has at any time.
const PLACE_NOISE: usize = 100;

/// The replicas that a coordinator has heard of.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    replicas: BTreeMap<u64, Seen>,
    live: usize,
    counted_at: Timestamp,
}

/// What is remembered of a replica.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    sequence: u32,
    last_heard: Timestamp,
    last_call: Timestamp,
    last_failure: Timestamp,
    /// Its latest calls failed.
    is_failing: bool,
    /// None of many calls succeeded.
    is_dry: bool,
    place: Option<Place>,
}

/// The stored form of what is known of one replica: its identity, its sequence, when it was last
/// heard of, had a call and had a failure, whether it fails, whether it is dry, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReplica(u64, u32, Timestamp, Timestamp, Timestamp, bool, bool, Option<Place>);

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
        seen.last_heard = now;
        if !is_unknown && report.sequence <= seen.sequence {
            return false;
        }
        seen.sequence = report.sequence;
        seen.place = report.place.or(seen.place);
        if report.delta.calls > 0 {
            seen.last_call = now;
            seen.is_failing = report.delta.trailing_failures > 0;
            seen.is_dry = report.delta.is_dry;
        }
        if report.delta.failures > 0 {
            seen.last_failure = now;
        }
        true
    }

    /// Whether a rule that tripped on the sum is the fleet's matter: at least a quorum of
    /// replicas failed in the window, or all that had a call. For a run they must still fail, and
    /// in places that hold half of the live replicas: a run is over in a moment, and a region
    /// whose way to the upstream is broken has one at any time.
    pub(super) fn is_enough(&self, policy: &Policy, reason: Reason, now: Timestamp) -> bool {
        let window = match policy.window {
            WindowKind::Time(span) => span,
            WindowKind::Calls(_) => QUORUM_WINDOW,
        };
        let within = |at: Timestamp| at != Timestamp::default() && now.since(at) <= window;
        let is_run = reason == Reason::ConsecutiveFailures;
        let fails = |seen: &Seen| within(seen.last_failure) && (seen.is_failing || !is_run);
        let failed = self.replicas.values().filter(|seen| fails(seen)).count();
        let called = self.replicas.values().filter(|seen| within(seen.last_call)).count();
        let is_quorum = failed >= QUORUM || failed == called;
        is_quorum && (!is_run || self.is_widespread(fails, now))
    }

    /// Whether a quorum of replicas is dry, in places that hold half of the live ones: then the
    /// calls that they have begun are as good as failed, and waiting for each would cost visitors.
    pub(super) fn is_dry_enough(&self, now: Timestamp) -> bool {
        let dry = |seen: &Seen| seen.is_dry && now.since(seen.last_failure) <= DRY_FOR;
        let count = self.replicas.values().filter(|seen| dry(seen)).count();
        count >= QUORUM && self.is_widespread(dry, now)
    }

    /// Whether places where replicas are touched hold at least half of the live ones.
    fn is_widespread(&self, is_touched: impl Fn(&Seen) -> bool, now: Timestamp) -> bool {
        let mut places: BTreeMap<Option<Place>, (usize, usize)> = BTreeMap::new();
        for seen in self.replicas.values() {
            let (live, touched) = places.entry(seen.place).or_default();
            *live += usize::from(is_live(seen, now));
            *touched += usize::from(is_touched(seen));
        }
        let all: usize = places.values().map(|&(live, _)| live).sum();
        let is_sick = |&&(live, touched): &&(usize, usize)| {
            touched > 0 && touched.saturating_mul(PLACE_NOISE) >= live
        };
        let sick: usize = places.values().filter(is_sick).map(|&(live, _)| live).sum();
        sick.saturating_mul(2) >= all
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
                last_failure: stored.4,
                is_failing: stored.5,
                is_dry: stored.6,
                place: stored.7,
            };
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
        self.replicas.retain(|_, seen| seen.last_heard >= gone);
        self.live = self.count_live(now);
    }

    fn make_room(&mut self) {
        if self.replicas.len() < REPLICAS_MAX {
            return;
        }
        let oldest = self.replicas.iter().min_by_key(|(_, seen)| seen.last_heard);
        if let Some(oldest) = oldest.map(|(&id, _)| id) {
            self.replicas.remove(&oldest);
        }
    }
}

fn is_live(seen: &Seen, now: Timestamp) -> bool {
    now.since(seen.last_heard) <= LIVE_FOR
}

fn store(id: u64, seen: &Seen) -> StoredReplica {
    let &Seen { sequence, last_heard, last_call, last_failure, is_failing, is_dry, place } = seen;
    StoredReplica(id, sequence, last_heard, last_call, last_failure, is_failing, is_dry, place)
}
