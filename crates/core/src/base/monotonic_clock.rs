//! A clock that never goes back, derived from one that may.

use serde::{Deserialize, Serialize};

use crate::base::time::{CLOCK_STEP, Timestamp};

/// The latest reading of a clock that is believed, in milliseconds since 1970. JavaScript's time
/// ends at 8.64e15 ms, which is below this. A later reading is cut to this one, since time at the
/// largest `u64` could never advance again.
const LATEST_READING: u64 = 1 << 53;

/// The latest stored time that is restored, in milliseconds. It leaves room to add any reading to
/// it.
const LATEST_STORED: u64 = 1 << 63;

/// Turns the caller's clock into time that never decreases.
///
/// When the clock is set back, all later readings are shifted by that step. Deadlines and buckets
/// are kept in the shifted time, so a step back neither evicts a bucket nor extends a deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MonotonicClock {
    /// The latest time that was handed out, in milliseconds.
    last: u64,
    /// The sum of all steps back of the clock, in milliseconds.
    shift: u64,
}

impl MonotonicClock {
    /// Returns stored time with impossible values corrected: the shift is never larger than the
    /// time that had passed.
    pub(crate) fn restored(self) -> Self {
        let last = self.last.min(LATEST_STORED);
        Self { last, shift: self.shift.min(last) }
    }

    /// Takes a reading of the caller's clock and returns the corrected time.
    #[inline]
    pub(crate) fn tick(&mut self, now: Timestamp) -> Timestamp {
        let reading = now.as_millis();
        if reading > LATEST_READING {
            return self.tick(Timestamp::from_millis(LATEST_READING));
        }
        // The sum fits, since neither number is more than half of `u64`'s range.
        let shifted = reading + self.shift;
        if shifted < self.last {
            return self.step_back(shifted);
        }
        self.last = shifted;
        Timestamp::from_millis(shifted)
    }

    #[cold]
    fn step_back(&mut self, shifted: u64) -> Timestamp {
        let step = self.last - shifted;
        // After a smaller step time stands still until the clock has caught up.
        if step >= CLOCK_STEP.get() {
            self.shift = self.shift.saturating_add(step).min(LATEST_STORED);
        }
        Timestamp::from_millis(self.last)
    }

    /// Returns the time that [`tick`](Self::tick) would hand out.
    pub(crate) fn peek(self, now: Timestamp) -> Timestamp {
        let mut copy = self;
        copy.tick(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(machine: &[u64]) -> alloc::vec::Vec<u64> {
        let mut clock = MonotonicClock::default();
        machine.iter().map(|&ms| clock.tick(Timestamp::from_millis(ms)).as_millis()).collect()
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
    fn time_goes_on_after_an_absurd_reading() {
        let end = LATEST_READING;
        assert_eq!(readings(&[5_000, u64::MAX, 6_000, 7_000]), [5_000, end, end, end + 1_000]);
    }

    #[test]
    fn stored_time_at_the_end_of_all_numbers_goes_on() {
        let stored = MonotonicClock { last: u64::MAX, shift: u64::MAX };
        let mut clock = stored.restored();
        let first = clock.tick(Timestamp::from_millis(5_000));
        let second = clock.tick(Timestamp::from_millis(6_000));
        assert_eq!(second.since(first).get(), 1_000);
        assert!(first.as_millis() < u64::MAX - LATEST_READING);
    }

    #[test]
    fn peeking_changes_nothing() {
        let mut clock = MonotonicClock::default();
        clock.tick(Timestamp::from_millis(5_000));
        let before = clock;
        assert_eq!(clock.peek(Timestamp::from_millis(6_000)).as_millis(), 6_000);
        assert_eq!(clock, before);
    }
}
