//! A clock that never goes back, made from one that may.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A step back by less than this is jitter between machines or a leap second: time stands
/// still until the clock has caught up. A larger one means that the clock was set.
const CLAMPED_BELOW_MS: u64 = 1_000;

/// Turns the caller's clock into time that only grows.
///
/// When the clock is set back, all later readings are shifted by that step. Deadlines and
/// buckets are kept in the shifted time, so a step evicts nothing and extends nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Steady {
    /// The latest time handed out.
    last: u64,
    /// What the clock was set back by, in all.
    shift: u64,
}

impl Steady {
    pub(crate) fn tick(&mut self, now: Timestamp) -> Timestamp {
        let shifted = now.as_millis().saturating_add(self.shift);
        if shifted >= self.last {
            self.last = shifted;
        } else if self.last - shifted >= CLAMPED_BELOW_MS {
            self.shift = self.shift.saturating_add(self.last - shifted);
        }
        Timestamp::from_millis(self.last)
    }

    /// What [`tick`](Self::tick) would hand out.
    pub(crate) fn peek(self, now: Timestamp) -> Timestamp {
        let mut copy = self;
        copy.tick(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(clock: &[u64]) -> alloc::vec::Vec<u64> {
        let mut steady = Steady::default();
        clock.iter().map(|&ms| steady.tick(Timestamp::from_millis(ms)).as_millis()).collect()
    }

    #[test]
    fn a_small_step_back_is_clamped() {
        assert_eq!(readings(&[5_000, 4_001, 4_500, 5_100]), [5_000, 5_000, 5_000, 5_100]);
    }

    #[test]
    fn a_step_back_of_a_second_shifts_what_follows() {
        assert_eq!(readings(&[5_000, 4_000, 4_500, 4_200]), [5_000, 5_000, 5_500, 5_500]);
    }

    #[test]
    fn peeking_changes_nothing() {
        let mut steady = Steady::default();
        steady.tick(Timestamp::from_millis(5_000));
        let before = steady;
        assert_eq!(steady.peek(Timestamp::from_millis(6_000)).as_millis(), 6_000);
        assert_eq!(steady, before);
    }
}
