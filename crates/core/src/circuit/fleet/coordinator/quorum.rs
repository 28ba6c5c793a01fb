//! Whether a rule that tripped concerns the whole fleet.
//!
//! Reports select themselves: a replica with failures speaks at once, a replica with successes at
//! its next poll. So neither a sum of few reports nor a few replicas that fail say much about a
//! large fleet, in which some replicas have consecutive failures at any time.

use alloc::collections::BTreeMap;

use super::evidence::{Evidence, Seen, is_live};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::Reason;
use crate::circuit::fleet::QUORUM;
use crate::circuit::fleet::message::Region;
use crate::circuit::policy::{Policy, WindowKind};

/// The time over which the replicas of a count window are asked for their evidence: a minute.
const QUORUM_WINDOW: Millis = Millis::from_secs(60);
/// How long the word of a stalled replica counts: 5 s. By then it has failed or recovered.
const STALLED_FOR: Millis = Millis::from_secs(5);
/// The number of live replicas up to which a quorum speaks for all. In a region, one affected
/// replica in this many is enough.
const SMALL_FLEET: usize = 100;
/// In a larger fleet, a region is affected where one in this many of its replicas is failing. At
/// 30 % errors fewer replicas have five consecutive failures at the same time; in an outage all do.
const FAILING_SHARE: usize = 50;
/// The shortest time within which failures of several replicas count as simultaneous: 300 ms.
/// Otherwise it is the time in which a replica makes the calls of a trip.
const FAILING_FOR_MIN: Millis = Millis::new(300);
/// The longest time within which failures of several replicas count as simultaneous: 5 s.
const FAILING_FOR_MAX: Millis = Millis::from_secs(5);
/// A sum of rates speaks for a fleet if one in this many of its live replicas added to it.
const HEARD_SHARE: usize = 4;

/// A rule that tripped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tripped {
    /// The rule.
    pub(super) reason: Reason,
    /// When the generation began, if it is not the first.
    pub(super) since: Option<Timestamp>,
}

impl Evidence {
    /// Whether a rule that tripped on the sum opens the circuit for all: at least a quorum of
    /// replicas had a failed or slow call in the window, or all replicas that had a call. For
    /// consecutive failures they must still fail, in regions that hold half of the live replicas,
    /// and in a large fleet a share of them must have enough consecutive failures of their own. For
    /// a rate enough of the fleet must have been heard.
    pub(super) fn is_enough(&self, policy: &Policy, tripped: Tripped, now: Timestamp) -> bool {
        let window = match policy.window {
            WindowKind::Time(span) => span,
            WindowKind::Calls(_) => QUORUM_WINDOW,
        };
        let within = |at: Option<Timestamp>| {
            let has_begun = |at| tripped.since.is_none_or(|began| at >= began);
            at.is_some_and(|at| has_begun(at) && now.since(at) <= window)
        };
        let is_run = tripped.reason == Reason::ConsecutiveFailures;
        let fails =
            |seen: &Seen| within(seen.last_trouble) && (seen.consecutive_failures > 0 || !is_run);
        let failed = self.all().filter(|seen| fails(seen)).count();
        // A new replica asks when it admits its first call, and reports the call later.
        let is_new = |seen: &Seen| seen.last_call.is_none() && is_live(seen, now);
        let called = self.all().filter(|seen| within(seen.last_call) || is_new(seen)).count();
        if failed < QUORUM && failed < called {
            return false;
        }
        let live = self.count_live(now);
        if !is_run {
            let heard = self.all().filter(|seen| within(seen.last_call)).count();
            return heard.saturating_mul(HEARD_SHARE) >= live;
        }
        if live <= SMALL_FLEET {
            return self.is_widespread(fails, SMALL_FLEET, now);
        }
        let limit = policy.consecutive_failures.unwrap_or(1);
        let span = self.time_for(limit, live).unwrap_or(FAILING_FOR_MIN);
        let span = span.max(FAILING_FOR_MIN).min(FAILING_FOR_MAX);
        let is_failing = |seen: &Seen| {
            let is_recent = seen.last_trouble.is_some_and(|at| now.since(at) <= span);
            seen.consecutive_failures >= limit && is_recent
        };
        self.is_widespread(is_failing, FAILING_SHARE, now)
    }

    /// Whether a quorum of replicas is stalled, in regions that hold half of the live ones: then
    /// the calls that they have started are as good as failed, and waiting for each would cost
    /// visitors.
    pub(super) fn has_stalled(&self, now: Timestamp) -> bool {
        let is_stalled = |seen: &Seen| {
            let is_recent = seen.last_trouble.is_some_and(|at| now.since(at) <= STALLED_FOR);
            seen.is_stalled && is_recent
        };
        let count = self.all().filter(|seen| is_stalled(seen)).count();
        count >= QUORUM && self.is_widespread(is_stalled, SMALL_FLEET, now)
    }

    /// Whether regions where at least one replica is affected, and at least one in `one_in`, hold
    /// at least half of the live replicas.
    fn is_widespread(
        &self,
        is_affected: impl Fn(&Seen) -> bool,
        one_in: usize,
        now: Timestamp,
    ) -> bool {
        let mut regions: BTreeMap<Option<Region>, Census> = BTreeMap::new();
        for seen in self.all() {
            let census = regions.entry(seen.region).or_default();
            census.live += usize::from(is_live(seen, now));
            census.affected += usize::from(is_affected(seen));
        }
        let live = |census: &Census| census.live;
        let all: usize = regions.values().map(live).sum();
        let is_sick = |census: &&Census| {
            census.affected > 0 && census.affected.saturating_mul(one_in) >= census.live
        };
        let sick: usize = regions.values().filter(is_sick).map(live).sum();
        sick.saturating_mul(2) >= all
    }
}

/// The replicas of one region.
#[derive(Clone, Copy, Debug, Default)]
struct Census {
    live: usize,
    affected: usize,
}
