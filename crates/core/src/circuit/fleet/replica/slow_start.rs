//! The time after trouble, in which stale stored responses are validated little by little. All
//! that turned stale meanwhile would be validated in the same second otherwise: by each isolate,
//! and by each visitor who comes before the first answer is stored.
//!
//! Envoy and HAProxy call it so where an endpoint that is new or well again gets its share of the
//! traffic little by little. Here only those visitors are held back for whom a good answer is at
//! hand.

use crate::base::time::{Millis, Timestamp};

/// How long the time lasts at most: 10 s. After shorter trouble it lasts as long as that did, since
/// less has turned stale.
const SLOW_START_MAX: Millis = Millis::from_secs(10);

/// What an isolate remembers for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SlowStart {
    /// When the trouble was first and last seen, until the time after it is over.
    trouble: Option<(Timestamp, Timestamp)>,
    /// What the visitors since have saved up: one who brings it to the length of the whole time
    /// waits, and takes as much from it.
    saved: u64,
}

impl SlowStart {
    /// Takes note that the circuit rejects calls, or is suspect.
    pub(super) fn handle_trouble(&mut self, now: Timestamp) {
        let began = match self.trouble {
            Some((began, ended)) if now.since(ended) <= SLOW_START_MAX => began,
            Some(_) | None => now,
        };
        *self = Self { trouble: Some((began, now)), saved: 0 };
    }

    /// Whether the next visitor waits for the upstream although a stored response is at hand that
    /// may step in. The share of those who do grows evenly from none to all.
    pub(super) fn lets_wait(&mut self, now: Timestamp) -> bool {
        let Some((began, ended)) = self.trouble else { return true };
        let lasts = ended.since(began).min(SLOW_START_MAX);
        let since = now.since(ended);
        if since >= lasts {
            *self = Self::default();
            return true;
        }
        self.saved += since.get();
        let waits = self.saved >= lasts.get();
        if waits {
            self.saved -= lasts.get();
        }
        waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);

    fn after(trouble: Millis) -> SlowStart {
        let mut slow_start = SlowStart::default();
        for seconds in 0..=trouble.as_secs_ceil() {
            slow_start.handle_trouble(START + Millis::from_secs(seconds));
        }
        slow_start
    }

    /// How many of 1,000 visitors wait who come within the second that ends `seconds` after `end`.
    fn waiting(slow_start: &mut SlowStart, end: Timestamp, seconds: u64) -> usize {
        let from = end + Millis::from_secs(seconds - 1);
        (1..=1_000).filter(|&ms| slow_start.lets_wait(from + Millis::new(ms))).count()
    }

    #[test]
    fn the_share_that_waits_grows_evenly_to_all() {
        for minutes in [1, 60] {
            let trouble = Millis::from_secs(minutes * 60);
            let mut slow_start = after(trouble);
            for second in 1..=10 {
                let count = waiting(&mut slow_start, START + trouble, second);
                let even = (second * 100 - 50) as usize;
                assert!(count.abs_diff(even) <= 1, "second {second}: {count}");
            }
            assert_eq!(waiting(&mut slow_start, START + trouble, 11), 1_000);
        }
    }

    #[test]
    fn it_lasts_no_longer_than_the_trouble_did() {
        let trouble = Millis::from_secs(2);
        let mut slow_start = after(trouble);
        let counts = [1, 2, 3].map(|second| waiting(&mut slow_start, START + trouble, second));
        assert!(counts[0].abs_diff(250) <= 1 && counts[1].abs_diff(750) <= 1, "{counts:?}");
        assert_eq!(counts[2], 1_000);
        let mut slow_start = after(Millis::ZERO);
        assert_eq!(waiting(&mut slow_start, START, 1), 1_000);
    }

    #[test]
    fn without_trouble_no_visitor_is_held_back() {
        assert_eq!(waiting(&mut SlowStart::default(), START, 1), 1_000);
    }

    #[test]
    fn trouble_that_comes_back_before_it_is_over_is_the_same_trouble() {
        let mut slow_start = after(Millis::from_secs(60));
        let again = START + Millis::from_secs(69);
        slow_start.handle_trouble(again);
        assert!(waiting(&mut slow_start, again, 1).abs_diff(50) <= 1);
    }

    #[test]
    fn trouble_of_long_ago_is_another() {
        let mut slow_start = after(Millis::from_secs(60));
        let again = START + Millis::from_secs(600);
        slow_start.handle_trouble(again);
        assert_eq!(waiting(&mut slow_start, again, 1), 1_000);
    }
}
