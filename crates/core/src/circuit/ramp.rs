//! Slow start: after closing, the admitted share grows, so that an upstream that has just come back
//! does not get all calls at once (as Envoy's `slow_start_config` does for a new host).

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};

/// The share that is admitted at once, in basis points.
const START_BP: u64 = 1_000;
/// The share of all calls, in basis points.
const ALL_BP: u64 = 10_000;

/// A share that grows from 10 % to 100 %, dealt out evenly and without randomness: each call
/// adds the share to a credit and passes when that reaches one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ramp {
    since: Timestamp,
    credit_bp: u64,
}

impl Ramp {
    pub(crate) fn start(now: Timestamp) -> Self {
        Self { since: now, credit_bp: 0 }
    }

    /// A ramp over `span` that still lasts for `left` at `now`.
    pub(crate) fn ending_in(left: Millis, span: Millis, now: Timestamp) -> Self {
        let elapsed = span.get().saturating_sub(left.get());
        let since = Timestamp::from_millis(now.as_millis().saturating_sub(elapsed));
        Self { since, credit_bp: 0 }
    }

    pub(crate) fn left(&self, span: Millis, now: Timestamp) -> Millis {
        Millis::new(span.get().saturating_sub(now.since(self.since).get()))
    }

    /// Returns a stored ramp with impossible values corrected: at `now` it has begun, and its
    /// credit is less than a whole call.
    pub(crate) fn restored(self, now: Timestamp) -> Self {
        Self { since: self.since.min(now), credit_bp: self.credit_bp.min(ALL_BP - 1) }
    }

    pub(crate) fn is_over(&self, span: Millis, now: Timestamp) -> bool {
        now.since(self.since) >= span
    }

    pub(crate) fn admits(&mut self, span: Millis, now: Timestamp) -> bool {
        let elapsed = now.since(self.since).get().min(span.get());
        let grown = (ALL_BP - START_BP).saturating_mul(elapsed) / span.get().max(1);
        self.credit_bp += START_BP + grown;
        let admitted = self.credit_bp >= ALL_BP;
        if admitted {
            self.credit_bp -= ALL_BP;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(at_ms: u64, calls: u32) -> usize {
        let mut ramp = Ramp::start(Timestamp::from_millis(0));
        let span = Millis::from_secs(10);
        (0..calls).filter(|_| ramp.admits(span, Timestamp::from_millis(at_ms))).count()
    }

    #[test]
    fn the_share_grows_from_a_tenth_to_all() {
        assert_eq!(admitted(0, 1_000), 100);
        assert_eq!(admitted(5_000, 1_000), 550);
        assert_eq!(admitted(10_000, 1_000), 1_000);
    }

    #[test]
    fn a_stored_ramp_has_begun_and_holds_less_than_a_call() {
        let now = Timestamp::from_millis(5);
        let stored = Ramp { since: Timestamp::MAX, credit_bp: u64::MAX };
        assert_eq!(stored.restored(now), Ramp { since: now, credit_bp: 9_999 });
        let stored = Ramp { since: Timestamp::from_millis(4), credit_bp: 9_998 };
        assert_eq!(stored.restored(now), stored);
    }

    #[test]
    fn the_first_call_at_a_tenth_waits_for_nine_more() {
        assert_eq!(admitted(0, 9), 0);
        assert_eq!(admitted(0, 10), 1);
    }
}
