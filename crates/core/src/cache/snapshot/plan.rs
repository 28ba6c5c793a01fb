//! Which paths a round fetches, so that all are fetched within their interval and no limit of the
//! platform is met.
//!
//! A round comes each minute. A path comes due at a random time in the second half of its interval,
//! and at the latest two rounds before its end, since rounds are not punctual. So paths that were
//! first fetched together do not stay together. Each path is fetched at most twice as often as its
//! interval asks for, and the site file may ask for at most half of the fetches that a round can
//! make, so no path is late. After a pause all paths are late, and the one that has waited longest
//! comes first.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::rule::{ASSET_EVERY, EVERY_MAX, SnapshotRule};
use crate::base::budget::Cost;
use crate::base::time::{Millis, Timestamp};

/// From one round to the next.
pub const ROUND: Millis = Millis::from_secs(60);
/// No fetch begins later in a round; what is left is taken first in the next one.
pub const ROUND_WORK_MAX: Millis = Millis::from_secs(45);
/// How long one fetch may take, its body included: well beyond a page that is good for visitors.
pub const FETCH_TIMEOUT: Millis = Millis::from_secs(10);
/// Connections that may wait for an answer at once in one event (Workers, "Limits", simultaneous
/// open connections).
pub const CONNECTIONS_MAX: u32 = 6;
/// Fetches at once. The rest of the connections is for what else the event does.
pub const AT_ONCE_MAX: u32 = 4;
/// Subrequests beside the refreshes: the manifest, deletions, the circuits' coordinators.
pub const OVERHEAD: u32 = 8;
/// How often a sitemap is read again.
pub const SOURCE_EVERY: Millis = Millis::from_secs(30 * 60);
/// How soon one that could not be read is tried again: a site that comes up for the first time
/// should not wait for its pages.
pub const SOURCE_AGAIN: Millis = Millis::from_secs(5 * 60);
/// Sitemaps that an index may lead to.
pub const SITEMAPS_MAX: usize = 10;

/// The plan of Cloudflare's that the Worker runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformPlan {
    /// Workers Free: 50 subrequests in one event (Workers, "Limits").
    Free,
    /// Workers Paid: 10,000 subrequests in one event (Workers, "Limits").
    #[default]
    Paid,
}

/// A refresh: the fetch, and the write of an answer that differs from what is kept.
pub const REFRESH: Cost = Cost { subrequests: 2, class_a_operations: 1, ..Cost::ZERO };
/// The manifest, which each round writes that fetches anything.
pub const MANIFEST: Cost = Cost { subrequests: 1, class_a_operations: 1, ..Cost::ZERO };

/// What one round may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundLimits {
    /// Fetches in all. Each is one subrequest, and another where its answer is written.
    pub per_round: u32,
    /// Fetches at once.
    pub at_once: u32,
}

impl PlatformPlan {
    /// Subrequests that the platform allows in one event.
    pub const fn subrequests(self) -> u32 {
        match self {
            Self::Free => 50,
            Self::Paid => 10_000,
        }
    }

    /// What a round may do. On the paid plan the bound is a courtesy to the upstream.
    pub const fn limits(self) -> RoundLimits {
        let per_round = match self {
            Self::Free => 20,
            Self::Paid => 200,
        };
        RoundLimits { per_round, at_once: AT_ONCE_MAX }
    }

    /// Assets kept in all.
    pub const fn assets_max(self) -> u32 {
        match self {
            Self::Free => 100,
            Self::Paid => 500,
        }
    }

    /// Refreshes a minute that rules may ask for.
    pub const fn per_minute(self) -> u32 {
        self.limits().per_round / 2
    }

    /// The same as a [`rate`].
    pub(super) const fn sustained(self) -> u64 {
        self.per_minute() as u64 * 1000
    }
}

const _: () = {
    assert!(
        2 * PlatformPlan::Free.limits().per_round + OVERHEAD <= PlatformPlan::Free.subrequests()
    );
    assert!(
        2 * PlatformPlan::Paid.limits().per_round + OVERHEAD <= PlatformPlan::Paid.subrequests()
    );
    assert!(AT_ONCE_MAX < CONNECTIONS_MAX);
};

/// Rounds that surely come in an interval: the first fetch may be early in its round and the
/// second late, and a round itself may be late by the rest of its minute.
const fn rounds(every: Millis) -> u64 {
    let whole = every.get().saturating_sub(ROUND.get()) / ROUND.get();
    if whole == 0 { 1 } else { whole }
}

/// Thousandths of a refresh a round that `count` paths of this interval take.
pub(super) const fn rate(count: u32, every: Millis) -> u64 {
    (count as u64 * 1000).div_ceil(rounds(every))
}

/// The shortest interval at which `count` paths take no more than `room`.
pub(super) fn shortest_every(count: u32, room: u64) -> Option<Millis> {
    let rounds = (u64::from(count) * 1000).checked_div(room)?.max(1);
    let rounds = if rate(count, span(rounds)) > room { rounds + 1 } else { rounds };
    Some(span(rounds)).filter(|every| *every <= EVERY_MAX)
}

const fn span(rounds: u64) -> Millis {
    Millis::new((rounds + 1) * ROUND.get())
}

/// What assets and sitemaps take, whatever the pages do.
pub(super) fn fixed_rate<'a>(
    plan: PlatformPlan,
    with_source: impl Iterator<Item = &'a SnapshotRule>,
) -> u64 {
    let mut sources: Vec<&str> = Vec::new();
    for source in with_source.filter_map(|rule| rule.source.as_deref()) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let reads = sources.len() * (1 + SITEMAPS_MAX);
    rate(plan.assets_max(), ASSET_EVERY)
        + rate(u32::try_from(reads).unwrap_or(u32::MAX), SOURCE_EVERY)
}

/// A path that may be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<K> {
    /// The name of the path.
    pub key: K,
    /// Its interval.
    pub every: Millis,
    /// The last round that took it; `None` if none has.
    pub last: Option<Timestamp>,
    /// When the path was found, or when there was news of it: new paths come in this order.
    pub found: Timestamp,
    /// Whether there is news, so that the path need not wait.
    pub has_news: bool,
    /// Uniform over all of `u32`, and the same in each round until one takes the path.
    pub random: u32,
}

impl<K> Candidate<K> {
    /// Whether the path is due at `now`, after the round at `last` took it.
    fn is_due(&self, last: Timestamp, now: Timestamp) -> bool {
        // A round in the future was before the clock was set back.
        let waited = if last > now { self.every } else { now.since(last) };
        let latest = self.every.get().saturating_sub(2 * ROUND.get());
        let earliest = (self.every.get().saturating_sub(ROUND.get()) / 2).min(latest);
        let jitter = (u128::from(latest - earliest + 1) * u128::from(self.random)) >> 32;
        u128::from(waited.get()) > u128::from(earliest) + jitter
    }
}

/// The paths that a round at `now` takes, at most `max` of them: first those that are due, by the
/// end of their interval, and then those that are new.
pub fn choose<K>(
    candidates: impl IntoIterator<Item = Candidate<K>>,
    max: u32,
    now: Timestamp,
) -> Vec<K> {
    let (mut due, mut new, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for candidate in candidates {
        match candidate.last {
            Some(last) if candidate.is_due(last, now) => {
                due.push((last + candidate.every, keys.len()));
            }
            Some(_) if !candidate.has_news => {}
            Some(_) | None => new.push((candidate.found, keys.len())),
        }
        keys.push(Some(candidate.key));
    }
    sort(&mut due);
    sort(&mut new);
    due.append(&mut new);
    let chosen = due.into_iter().take(max as usize);
    chosen.filter_map(|(_, index)| keys.get_mut(index).and_then(Option::take)).collect()
}

/// One function for both lists: each instance of a sort takes a kilobyte of the Worker.
fn sort(turns: &mut [(Timestamp, usize)]) {
    turns.sort_unstable();
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    fn minutes(count: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000 + count * MINUTE)
    }

    fn candidate(key: u32, every: u64, last: Option<u64>) -> Candidate<u32> {
        let every = Millis::new(every * MINUTE);
        let last = last.map(minutes);
        // The latest that it may come due.
        Candidate { key, every, last, found: minutes(0), has_news: false, random: u32::MAX }
    }

    #[test]
    fn what_would_come_late_in_the_next_round_is_taken() {
        let one = [candidate(1, 10, Some(0))];
        assert_eq!(choose(one, 9, minutes(8)), [1; 0]);
        assert_eq!(choose(one, 9, minutes(9)), [1]);
        let others =
            [candidate(1, 10, Some(0)), candidate(2, 10, Some(0)), candidate(3, 2, Some(8))];
        assert_eq!(choose(others, 9, minutes(9)), [1, 2, 3]);
        assert_eq!(choose(others, 2, minutes(9)), [1, 2], "the earliest deadline comes first");
    }

    #[test]
    fn what_is_new_waits_for_what_is_due_and_nothing_else() {
        let paths = [candidate(1, 10, None), candidate(2, 10, Some(0)), candidate(3, 10, Some(4))];
        assert_eq!(choose(paths, 9, minutes(9)), [2, 1]);
        assert_eq!(choose(paths, 1, minutes(9)), [2]);
    }

    #[test]
    fn news_lets_a_path_come_early() {
        let quiet = candidate(1, 60, Some(0));
        assert_eq!(choose([quiet], 9, minutes(1)), [1; 0]);
        assert_eq!(choose([Candidate { has_news: true, ..quiet }], 9, minutes(1)), [1]);
    }

    #[test]
    fn paths_that_came_together_are_spread_over_half_of_their_interval() {
        let spread = |key| (u32::MAX / 90).wrapping_mul(key);
        let mut paths: Vec<_> = (0..90)
            .map(|key| Candidate { random: spread(key), ..candidate(key, 10, Some(0)) })
            .collect();
        let mut taken = 0;
        for minute in 1..10 {
            let chosen = choose(paths.clone(), 99, minutes(minute));
            assert!(chosen.len() <= if minute < 5 { 0 } else { 27 }, "{minute}: {}", chosen.len());
            taken += chosen.len();
            for key in chosen {
                paths[key as usize].last = Some(minutes(minute));
            }
        }
        assert_eq!(taken, 90, "each once");
    }

    #[test]
    fn a_clock_that_was_set_back_stops_nothing() {
        assert_eq!(choose([candidate(1, 10, Some(500))], 9, minutes(0)), [1]);
    }

    #[test]
    fn the_interval_that_would_do_is_the_shortest() {
        for plan in [PlatformPlan::Free, PlatformPlan::Paid] {
            for count in [1, 7, 100, 1_000] {
                for room in [1, 999, 1_000, 3_333, plan.sustained()] {
                    let Some(every) = shortest_every(count, room) else {
                        assert!(rate(count, EVERY_MAX) > room, "{count} {room}");
                        continue;
                    };
                    assert!(rate(count, every) <= room, "{count} {room} {every}");
                    let shorter = Millis::new(every.get() - MINUTE);
                    assert!(
                        every == span(1) || rate(count, shorter) > room,
                        "{count} {room} {every}"
                    );
                }
            }
        }
        assert_eq!(shortest_every(1, 0), None);
    }
}
