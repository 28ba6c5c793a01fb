//! No page is fetched late, and no round does more than its limit.

use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::share::Share;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::snapshot::plan::{Candidate, ROUND, ROUND_WORK_MAX, choose};
use breakwater_core::cache::snapshot::{PlatformPlan, SnapshotRule, SnapshotRules};
use proptest::prelude::*;

/// The time of the first round, in milliseconds since 1970.
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// How many cases each property has. One case takes hundreds of rounds.
const CASES: u32 = 64;
/// How late a round may start, in milliseconds.
const LATE: Millis = Millis::from_secs(15);

fn rule((index, (max, minutes)): (usize, &(u32, u64))) -> SnapshotRule {
    SnapshotRule {
        pattern: Pattern::parse(&format!("/{index}/*")).expect("a pattern"),
        every: Millis::from_secs(minutes * 60),
        max: *max,
        source: None,
        max_age: Millis::from_secs(3600),
        marker: None,
        min_share: Share::NONE,
        max_bytes: 1024,
        assets: false,
        title: None,
    }
}

/// What spreads a path's turns: the same until a round takes the path.
fn jitter(key: usize, last: Option<Timestamp>) -> u32 {
    let mixed = last.map_or(0, Timestamp::as_millis) ^ (key as u64).rotate_left(40);
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// Returns plans with rules that they allow. Each rule is a number of pages and an interval in
/// minutes.
fn allowed() -> impl Strategy<Value = (PlatformPlan, Vec<(u32, u64)>)> {
    let plan = prop::sample::select(vec![PlatformPlan::Free, PlatformPlan::Paid]);
    let list = prop::collection::vec((1_u32..400, 2_u64..120), 1..5);
    (plan, list).prop_filter("more than the plan allows", |(plan, list)| {
        SnapshotRules::new(*plan, list.iter().enumerate().map(rule).collect()).is_ok()
    })
}

struct Path {
    every: Millis,
    planned: Option<Timestamp>,
    fetched: Option<Timestamp>,
}

struct Site {
    plan: PlatformPlan,
    paths: Vec<Path>,
}

impl Site {
    /// Returns all paths of these rules, none of which has been fetched.
    fn new(plan: PlatformPlan, list: &[(u32, u64)]) -> Self {
        let paths = list.iter().flat_map(|&(max, minutes)| {
            let every = Millis::from_secs(minutes * 60);
            (0..max).map(move |_| Path { every, planned: None, fetched: None })
        });
        Self { plan, paths: paths.collect() }
    }

    /// Runs the round of a minute. `noise` makes the round start late, and makes each fetch late
    /// within it.
    fn round(&mut self, minute: u64, noise: u64) -> Result<Vec<usize>, TestCaseError> {
        let at = START + Millis::new(minute * ROUND.get() + noise % LATE.get());
        let candidates = self.paths.iter().enumerate().map(|(key, path)| Candidate {
            key,
            every: path.every,
            last: path.planned,
            found: START,
            has_news: false,
            random: jitter(key, path.planned),
        });
        let chosen = choose(candidates, self.plan.limits().per_round, at);
        prop_assert!(chosen.len() <= self.plan.limits().per_round as usize);
        for key in &chosen {
            let path = &mut self.paths[*key];
            let every = path.every.get();
            let least = Millis::new(((every - ROUND.get()) / 2).min(every - 2 * ROUND.get()));
            prop_assert!(path.planned.is_none_or(|last| at.since(last) >= least), "too early");
            path.planned = Some(at);
            let into =
                noise.rotate_left(*key as u32).wrapping_mul(0x9e37_79b9) % ROUND_WORK_MAX.get();
            path.fetched = Some(at + Millis::new(into));
        }
        Ok(chosen)
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn in_any_window_of_its_interval_each_path_is_fetched_once(
        (plan, list) in allowed(),
        noise in prop::collection::vec(any::<u64>(), 300),
    ) {
        let mut site = Site::new(plan, &list);
        for (minute, noise) in noise.into_iter().enumerate() {
            let before: Vec<_> = site.paths.iter().map(|path| path.fetched).collect();
            for key in site.round(minute as u64, noise)? {
                let path = &site.paths[key];
                if let (Some(before), Some(now)) = (before[key], path.fetched) {
                    let passed = now.since(before);
                    prop_assert!(passed <= path.every, "{} after {}", path.every, passed);
                }
            }
            // The interval since a path's last fetch must not have passed without another one.
            let now = START + Millis::new(minute as u64 * ROUND.get());
            for path in &site.paths {
                let is_in_time = path.fetched.is_none_or(|at| now.since(at) <= path.every);
                prop_assert!(is_in_time, "{}", path.every);
            }
        }
        prop_assert!(site.paths.iter().all(|path| path.fetched.is_some()), "all were filled in");
    }

    #[test]
    fn after_a_pause_the_path_that_waited_longest_comes_first(
        (plan, list) in allowed(),
        fill in 30_u64..90,
        pause in 10_u64..500,
        noise in any::<u64>(),
    ) {
        let mut site = Site::new(plan, &list);
        for minute in 0..fill {
            site.round(minute, noise)?;
        }
        let back = fill + pause;
        let resumed = START + Millis::new(back * ROUND.get());
        // A path that was never fetched comes after those that are late.
        let deadline = |path: &Path| path.planned.map_or(resumed, |at| at + path.every);
        let mut late: Vec<_> =
            (0..site.paths.len()).filter(|key| deadline(&site.paths[*key]) < resumed).collect();
        let rounds = late.len().div_ceil(plan.limits().per_round as usize);
        late.sort_by_key(|key| deadline(&site.paths[*key]));
        let deadlines: Vec<_> = late.iter().map(|key| deadline(&site.paths[*key])).collect();
        let mut served = Vec::new();
        for minute in 0..rounds as u64 {
            let before: Vec<_> = site.paths.iter().map(deadline).collect();
            let chosen = site.round(back + minute, noise)?;
            served.extend(chosen.into_iter().map(|key| before[key]).filter(|at| *at < resumed));
        }
        served.truncate(deadlines.len());
        prop_assert_eq!(served, deadlines, "in the order of their deadlines");
    }
}
