//! When an attempt follows another.

use crate::base::time::Millis;

/// How long a delivery is tried: 24 h, as Standard Webhooks suggests for the last retry.
pub const EXPIRES_AFTER: Millis = Millis::from_secs(24 * 3600);
/// How long one attempt may take: 30 s (Standard Webhooks: 15 to 30 s). The next one never begins
/// earlier, so there are no two at once.
pub const ATTEMPT_TIME_MAX: Millis = Millis::from_secs(30);
/// How long a receiver is left alone at most because it says so: 6 h. A day has room for several
/// attempts then, also after a `Retry-After` that makes no sense.
pub const RETRY_AFTER_MAX: Millis = Millis::from_secs(6 * 3600);
/// How long a channel rests at most after attempts that failed: 5 min. One message that a receiver
/// cannot digest does not hold up the others for longer.
pub(super) const CHANNEL_SPAN_MAX: Millis = Millis::from_secs(300);

/// How long the first retry waits where the site file does not say: 5 s.
pub const RETRY_DEFAULT: Millis = Millis::from_secs(5);
/// The spans after the first attempts, as multiples of the first; after those the last one holds.
/// The first ones are short, since most receivers that fail are restarting. With the default they
/// are 5 s, 15 s, 1, 2, 5, 15 and 30 min, 1 and 2 h.
const SPANS: [u64; 9] = [1, 3, 12, 24, 60, 180, 360, 720, 1440];
/// The part of a span that is added at most, as a divisor: 1/4. Receivers that fail many senders at
/// once are not met by all of them at once again.
const JITTER_DIVISOR: u64 = 4;

/// How fast a channel takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelPace {
    /// The time from one attempt to the next, at least.
    pub spacing: Millis,
    /// How long the first retry waits; later ones wait for multiples of it.
    pub retry: Millis,
}

impl ChannelPace {
    /// Attempts at this distance, with the default retries.
    pub const fn spaced(spacing: Millis) -> Self {
        Self { spacing, retry: RETRY_DEFAULT }
    }
}

/// The span from the end of an attempt to the next one, of which the first is `retry`. `attempts`
/// is how many there were, and `random` is uniform over all of `u32`.
pub(in crate::watch) fn span_after(attempts: u32, retry: Millis, random: u32) -> Millis {
    let index = (attempts.saturating_sub(1) as usize).min(SPANS.len() - 1);
    let span = SPANS.get(index).copied().unwrap_or_default().saturating_mul(retry.get());
    let jitter = ((u128::from(span / JITTER_DIVISOR) * u128::from(random)) >> 32) as u64;
    Millis::new(span + jitter)
}

#[cfg(test)]
mod tests {
    use super::{RETRY_DEFAULT, span_after};
    use crate::base::time::Millis;

    #[test]
    fn spans_grow_to_the_last_one_and_jitter_adds_a_quarter_at_most() {
        assert_eq!(span_after(1, RETRY_DEFAULT, 0), Millis::from_secs(5));
        assert_eq!(span_after(9, RETRY_DEFAULT, 0), Millis::from_secs(7200));
        assert_eq!(span_after(u32::MAX, RETRY_DEFAULT, 0), Millis::from_secs(7200));
        assert!(span_after(1, RETRY_DEFAULT, u32::MAX) <= Millis::new(6250));
    }
}
