//! Whether what tripped a rule is the whole fleet's matter.
//!
//! Reports select themselves: a replica with failures speaks at once, one with successes at its
//! next poll. So neither a sum of few reports nor a few replicas that fail say much about a large
//! fleet, in which some have a run of failures at any time.

use alloc::collections::BTreeMap;

use super::evidence::{Evidence, Seen, is_live};
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::Reason;
use crate::circuit::fleet::QUORUM;
use crate::circuit::fleet::message::Place;
use crate::circuit::policy::{Policy, WindowKind};

/// The time over which a count window's replicas are asked for their evidence.
const QUORUM_WINDOW: Millis = Millis::from_secs(60);
/// What a dry replica said counts for this long: by then it has failed or recovered.
const DRY_FOR: Millis = Millis::from_secs(5);
/// Up to so many live replicas a quorum speaks for all.
const SMALL_FLEET: usize = 100;
/// In a larger one a place fails where one in so many of its replicas is out. At 30 % errors
/// fewer have a run of five at the same time; in an outage all do.
const OUT_SHARE: usize = 50;
/// At the same time: within what a run takes a replica, but no less and no more than this.
const OUT_FOR_MIN: Millis = Millis::new(300);
const OUT_FOR_MAX: Millis = Millis::from_secs(5);
/// A sum of rates speaks for a fleet if one in so many of its live replicas added to it.
const HEARD_SHARE: usize = 4;

/// What a rule tripped on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tripped {
    /// Which rule.
    pub(super) reason: Reason,
    /// When the generation began, if it is not the first.
    pub(super) since: Option<Timestamp>,
}

impl Evidence {
    /// Whether a rule that tripped on the sum opens the circuit for all: at least a quorum of
    /// replicas had a failed or slow call in the window, or all that had a call. For a run they
    /// must still fail, in places that hold half of the live replicas, and in a large fleet a share
    /// of them must have a run of their own; for a rate enough of the fleet must have been heard.
    pub(super) fn is_enough(&self, policy: &Policy, tripped: Tripped, now: Timestamp) -> bool {
        let window = match policy.window {
            WindowKind::Time(span) => span,
            WindowKind::Calls(_) => QUORUM_WINDOW,
        };
        let began = tripped.since.unwrap_or_default();
        let within =
            |at: Timestamp| at != Timestamp::default() && at >= began && now.since(at) <= window;
        let is_run = tripped.reason == Reason::ConsecutiveFailures;
        let fails = |seen: &Seen| within(seen.last_trouble) && (seen.run > 0 || !is_run);
        let failed = self.all().filter(|seen| fails(seen)).count();
        // A new replica asks when it admits its first call, and tells of it later.
        let is_new = |seen: &Seen| seen.last_call == Timestamp::default() && is_live(seen, now);
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
        let out_for = self.time_for(limit, live).unwrap_or(OUT_FOR_MIN);
        let out_for = out_for.max(OUT_FOR_MIN).min(OUT_FOR_MAX);
        let is_out = |seen: &Seen| seen.run >= limit && now.since(seen.last_trouble) <= out_for;
        self.is_widespread(is_out, OUT_SHARE, now)
    }

    /// Whether a quorum of replicas is dry, in places that hold half of the live ones: then the
    /// calls that they have begun are as good as failed, and waiting for each would cost visitors.
    pub(super) fn is_dry_enough(&self, now: Timestamp) -> bool {
        let dry = |seen: &Seen| seen.is_dry && now.since(seen.last_trouble) <= DRY_FOR;
        let count = self.all().filter(|seen| dry(seen)).count();
        count >= QUORUM && self.is_widespread(dry, SMALL_FLEET, now)
    }

    /// Whether places where one replica in so many is touched, and at least one, hold at least
    /// half of the live ones.
    fn is_widespread(
        &self,
        is_touched: impl Fn(&Seen) -> bool,
        one_in: usize,
        now: Timestamp,
    ) -> bool {
        let mut places: BTreeMap<Option<Place>, (usize, usize)> = BTreeMap::new();
        for seen in self.all() {
            let (live, touched) = places.entry(seen.place).or_default();
            *live += usize::from(is_live(seen, now));
            *touched += usize::from(is_touched(seen));
        }
        let all: usize = places.values().map(|&(live, _)| live).sum();
        let is_sick = |&&(live, touched): &&(usize, usize)| {
            touched > 0 && touched.saturating_mul(one_in) >= live
        };
        let sick: usize = places.values().filter(is_sick).map(|&(live, _)| live).sum();
        sick.saturating_mul(2) >= all
    }
}
