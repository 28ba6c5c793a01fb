//! How long a route's calls take while all is well, and after how long one of them has failed.

use super::Histogram;
use crate::base::share::Share;
use crate::base::time::Millis;
use crate::circuit::policy::Policy;

/// The number of calls after which a half of the history is begun again, so that it follows a site
/// that changes.
const HALF: u32 = 1_000;
/// The number of calls that the history must hold to say anything.
const CALLS_MIN: u32 = 20;
/// The percentile of the history that stands for a slow call that is well.
const HEALTHY: Share = Share::from_basis_points(9_900);
/// How many times as long as that a call may be out.
const TIMES: u64 = 2;
/// The shortest time after which a call that is out counts as a failure: 6 s, three times the
/// patience that a route has by default. An upstream that answers everything after five seconds is
/// slow, and works.
const FAILS_AFTER_MIN: Millis = Millis::from_secs(6);

/// The calls of one route in one isolate that succeeded, by how long they took.
#[derive(Clone, Debug, Default)]
pub struct LatencyHistory {
    /// The calls of the half that is being filled, and of the one before.
    halves: [Histogram; 2],
    counts: [u32; 2],
    /// Twice what a healthy call takes at most, and after how many calls of the half it was so.
    known: Option<(u32, Millis)>,
}

impl LatencyHistory {
    /// Counts a call that succeeded.
    pub fn record(&mut self, took: Millis) {
        if self.counts[0] >= HALF {
            self.halves.swap(0, 1);
            self.counts.swap(0, 1);
            self.halves[0] = Histogram::new();
            self.counts[0] = 0;
            self.known = None;
        }
        self.halves[0].record(took);
        self.counts[0] += 1;
    }

    /// After how long a call of the route counts as a failure although it has not ended, and may be
    /// out until `limit`: after `slow_call`, where the policy names it, or twice what one healthy
    /// call in a hundred takes, and never sooner than 6 s. `None` where its time-out comes first,
    /// or too few calls are known.
    pub fn fails_after(&mut self, policy: &Policy, limit: Millis) -> Option<Millis> {
        let after = match policy.slow_calls {
            Some(slow) => slow.longer_than.max(FAILS_AFTER_MIN),
            None => self.twice_healthy()?.max(FAILS_AFTER_MIN),
        };
        (after < limit).then_some(after)
    }

    /// Whether a call that has been out for so long is out for longer than healthy ones: more than
    /// twice what one in a hundred of them takes. Not so where too few calls are known.
    pub fn is_unusual(&mut self, out_for: Millis) -> bool {
        self.twice_healthy().is_some_and(|usual| out_for > usual)
    }

    fn twice_healthy(&mut self) -> Option<Millis> {
        let calls = self.counts[0];
        if calls + self.counts[1] < CALLS_MIN {
            return None;
        }
        // The quantile is looked for again when the half has grown by a quarter.
        if let Some((at, twice)) = self.known
            && calls < at + at / 4 + CALLS_MIN
        {
            return Some(twice);
        }
        let mut all = self.halves[0].clone();
        all.merge(&self.halves[1]);
        let healthy = all.quantile(HEALTHY)?;
        let twice = Millis::new(healthy.get().saturating_mul(TIMES));
        self.known = Some((calls, twice));
        Some(twice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::policy::PolicySpec;

    const LIMIT: Millis = Millis::from_secs(30);

    fn policy() -> Policy {
        Policy::try_from(PolicySpec::default()).unwrap()
    }

    fn after(calls: &[(u32, u64)]) -> LatencyHistory {
        let mut history = LatencyHistory::default();
        for &(times, took) in calls {
            for _ in 0..times {
                history.record(Millis::new(took));
            }
        }
        history
    }

    #[test]
    fn a_route_whose_calls_are_not_known_has_its_time_out_alone() {
        assert_eq!(after(&[(19, 5)]).fails_after(&policy(), LIMIT), None);
    }

    #[test]
    fn a_quick_route_fails_after_six_seconds() {
        assert_eq!(after(&[(20, 5)]).fails_after(&policy(), LIMIT), Some(Millis::from_secs(6)));
    }

    #[test]
    fn a_route_of_slow_reports_is_judged_by_its_own_history() {
        let mut reports = after(&[(98, 100), (4, 9_000)]);
        let fails_after = reports.fails_after(&policy(), LIMIT).unwrap();
        assert!(fails_after >= Millis::from_secs(16), "{fails_after}");
        let mut uploads = after(&[(50, 20_000)]);
        assert_eq!(uploads.fails_after(&policy(), LIMIT), None, "its time-out comes first");
    }

    #[test]
    fn a_call_is_unusual_where_hardly_a_healthy_one_takes_as_long() {
        let mut pages = after(&[(100, 50)]);
        assert!(pages.is_unusual(Millis::new(2_000)) && !pages.is_unusual(Millis::new(80)));
        let mut reports = after(&[(98, 100), (4, 9_000)]);
        assert!(!reports.is_unusual(Millis::new(9_000)));
        assert!(!after(&[(19, 50)]).is_unusual(Millis::from_secs(60)), "too few are known");
    }

    #[test]
    fn history_follows_a_route_that_becomes_slow_and_quick_again() {
        let mut history = after(&[(1_000, 5), (30, 9_000)]);
        assert!(history.fails_after(&policy(), LIMIT) > Some(Millis::from_secs(16)));
        for _ in 0..3_000 {
            history.record(Millis::new(5));
        }
        assert_eq!(history.fails_after(&policy(), LIMIT), Some(Millis::from_secs(6)));
    }
}
