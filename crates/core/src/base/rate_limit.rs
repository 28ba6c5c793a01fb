//! How often something may be done within a span of time.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};

/// Admits something at most `MOST` times within any `WINDOW_MS` milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RateLimit<const MOST: usize, const WINDOW_MS: u64> {
    /// When the latest ones were, the earliest first, at most `MOST` of them.
    times: VecDeque<Timestamp>,
}

impl<const MOST: usize, const WINDOW_MS: u64> RateLimit<MOST, WINDOW_MS> {
    /// Whether there is room for another one.
    ///
    /// # Errors
    /// The time until there is.
    pub fn check(&self, now: Timestamp) -> Result<(), Millis> {
        let mut recent = self.times.iter().filter(|at| Self::is_recent(**at, now));
        match recent.next() {
            Some(first) if recent.count() + 1 >= MOST => {
                Err((*first + Millis::new(WINDOW_MS)).since(now))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Counts one.
    pub fn count(&mut self, now: Timestamp) {
        self.times.retain(|at| Self::is_recent(*at, now));
        if self.times.len() >= MOST {
            self.times.pop_front();
        }
        self.times.push_back(now);
    }

    /// Counts one if there is room for it.
    ///
    /// # Errors
    /// The time until there is.
    pub fn try_admit(&mut self, now: Timestamp) -> Result<(), Millis> {
        self.check(now).map(|()| self.count(now))
    }

    /// When the latest one was, if any is remembered.
    pub fn latest(&self) -> Option<Timestamp> {
        self.times.back().copied()
    }

    /// A clock that was set back would hold others up for as long.
    const fn is_recent(at: Timestamp, now: Timestamp) -> bool {
        at.as_millis() <= now.as_millis() && now.as_millis() - at.as_millis() < WINDOW_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: u64 = 60_000;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    #[test]
    fn a_minute_has_as_many_as_are_allowed() {
        let mut limit = RateLimit::<10, MINUTE_MS>::default();
        for n in 0..10 {
            assert_eq!(limit.try_admit(at(n * 1000)), Ok(()));
        }
        assert_eq!(limit.try_admit(at(10_000)), Err(Millis::from_secs(50)));
        assert_eq!(limit.try_admit(at(59_999)), Err(Millis::new(1)));
        assert_eq!(limit.try_admit(at(60_000)), Ok(()));
        assert_eq!(limit.try_admit(at(60_000)), Err(Millis::from_secs(1)));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up() {
        let mut limit = RateLimit::<10, MINUTE_MS>::default();
        for _ in 0..10 {
            assert_eq!(limit.try_admit(at(500_000)), Ok(()));
        }
        assert_eq!(limit.check(at(0)), Ok(()));
        assert_eq!(limit.try_admit(at(0)), Ok(()));
        assert_eq!(limit.latest(), Some(at(0)));
    }

    #[test]
    fn what_is_counted_beyond_the_limit_makes_the_others_wait() {
        let mut limit = RateLimit::<2, MINUTE_MS>::default();
        for ms in [0, 1_000, 2_000] {
            limit.count(at(ms));
        }
        assert_eq!(limit.check(at(3_000)), Err(Millis::from_secs(58)));
        assert_eq!(limit.times.len(), 2, "no more are remembered");
    }
}
