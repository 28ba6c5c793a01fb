//! How often something may be done within a minute.

use alloc::collections::VecDeque;

use crate::base::time::{Millis, Timestamp};

/// The time, in milliseconds, in which it is counted: a minute.
const WINDOW: Millis = Millis::from_secs(60);

/// Admits something at most `MOST` times within a minute. It is kept in memory only: what it bounds
/// is a rate, and no object is put away more often than that.
#[derive(Clone, Debug, Default)]
pub struct MinuteLimit<const MOST: usize> {
    /// When the latest ones began, at most `MOST` of them.
    begun: VecDeque<Timestamp>,
}

impl<const MOST: usize> MinuteLimit<MOST> {
    /// Admits one, or says how long to wait.
    ///
    /// # Errors
    /// The time until the next one may begin.
    pub fn try_admit(&mut self, now: Timestamp) -> Result<(), Millis> {
        // A clock that was set back would hold them up for as long.
        self.begun.retain(|begun| *begun <= now && now.since(*begun) < WINDOW);
        match self.begun.front() {
            Some(first) if self.begun.len() >= MOST => Err((*first + WINDOW).since(now)),
            Some(_) | None => {
                self.begun.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    #[test]
    fn a_minute_has_as_many_as_are_allowed() {
        let mut limit = MinuteLimit::<10>::default();
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
        let mut limit = MinuteLimit::<10>::default();
        for _ in 0..10 {
            assert_eq!(limit.try_admit(at(500_000)), Ok(()));
        }
        assert_eq!(limit.try_admit(at(0)), Ok(()));
    }
}
