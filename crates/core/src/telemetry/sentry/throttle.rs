//! How often something is done in each minute.

use crate::base::time::{Millis, Timestamp};

/// Bounds how often something is done in each minute, such as that envelopes are forwarded: anyone
/// can send some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinuteThrottle {
    /// The minute that is counted, since the epoch.
    minute: u64,
    count: u32,
}

/// A minute, in milliseconds.
const MINUTE_MS: u64 = 60_000;

impl MinuteThrottle {
    /// Returns a throttle that has counted nothing.
    pub const fn new() -> Self {
        Self { minute: 0, count: 0 }
    }

    /// Counts one more, if there were fewer than `per_minute` in this minute.
    ///
    /// # Errors
    /// Returns how long the minute still lasts if there may be no more in it.
    pub const fn admit(&mut self, per_minute: u32, now: Timestamp) -> Result<(), Millis> {
        let minute = now.as_millis() / MINUTE_MS;
        if minute != self.minute {
            *self = Self { minute, count: 0 };
        }
        if self.count < per_minute {
            self.count += 1;
            return Ok(());
        }
        Err(Millis::new(MINUTE_MS - now.as_millis() % MINUTE_MS))
    }
}
