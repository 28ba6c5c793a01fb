//! The time after a circuit has closed, in which stale stored responses are validated little by
//! little. All that turned stale in an outage would be validated in the same second otherwise: by
//! each isolate, and by each visitor who comes before the first answer is stored.
//!
//! Envoy and HAProxy call it so where an endpoint that is new or well again gets its share of the
//! traffic little by little. Here only those visitors are held back for whom a good answer is at
//! hand.

use crate::base::time::{Millis, Timestamp};

/// How long the time lasts: 10 s, in which the share of the visitors who wait for the upstream
/// grows evenly from none to all.
const SLOW_START: Millis = Millis::from_secs(10);

/// What an isolate remembers for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SlowStart {
    /// When the circuit last rejected calls, until the time after it is over.
    rejected_at: Option<Timestamp>,
    /// What the visitors since have saved up: one who brings it to the length of the whole time
    /// waits, and takes as much from it.
    saved: u64,
}

impl SlowStart {
    /// Takes note that the circuit rejects calls.
    pub(super) fn handle_rejecting(&mut self, now: Timestamp) {
        *self = Self { rejected_at: Some(now), saved: 0 };
    }

    /// Whether the next visitor waits for the upstream although a stored response is at hand that
    /// may step in.
    pub(super) fn lets_wait(&mut self, now: Timestamp) -> bool {
        let Some(rejected_at) = self.rejected_at else { return true };
        let since = now.since(rejected_at);
        if since >= SLOW_START {
            *self = Self::default();
            return true;
        }
        self.saved += since.get();
        let waits = self.saved >= SLOW_START.get();
        if waits {
            self.saved -= SLOW_START.get();
        }
        waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);

    /// How many of 1,000 visitors wait who come within the second that ends `seconds` after the
    /// circuit last rejected a call.
    fn waiting(slow_start: &mut SlowStart, seconds: u64) -> usize {
        let from = START + Millis::from_secs(seconds - 1);
        (1..=1_000).filter(|&ms| slow_start.lets_wait(from + Millis::new(ms))).count()
    }

    #[test]
    fn the_share_that_waits_grows_evenly_to_all() {
        let mut slow_start = SlowStart::default();
        slow_start.handle_rejecting(START);
        for second in 1..=10 {
            let (count, even) = (waiting(&mut slow_start, second), (second * 100 - 50) as usize);
            assert!(count.abs_diff(even) <= 1, "second {second}: {count}");
        }
        assert_eq!(waiting(&mut slow_start, 11), 1_000);
    }

    #[test]
    fn who_has_rejected_no_call_holds_no_visitor_back() {
        assert_eq!(waiting(&mut SlowStart::default(), 1), 1_000);
    }

    #[test]
    fn it_begins_again_with_each_call_that_is_rejected() {
        let mut slow_start = SlowStart::default();
        slow_start.handle_rejecting(START);
        slow_start.handle_rejecting(START + Millis::from_secs(9));
        assert!(waiting(&mut slow_start, 10) <= 50);
    }
}
