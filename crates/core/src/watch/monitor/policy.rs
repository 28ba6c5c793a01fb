//! How often a check is made, and how much evidence it takes.

use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::base::time::Millis;

/// The least time after which a place's last observation says nothing any more. A minute's check
/// that comes late twice is still believed.
const STALE_AFTER_MIN: Millis = Millis::from_secs(180);

/// How often a check is made, and how much evidence it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorPolicy {
    /// The time from one observation of a place to the next.
    pub every: Millis,
    /// Observations in a row that are `down`, until the place fails.
    pub failures: NonZeroU32,
    /// Places that have to agree.
    pub places: NonZeroU32,
    /// Observations in a row that are not `down`, until a place that failed fails no more.
    pub successes: NonZeroU32,
    /// The time to the next observation while it is unsure whether a place fails. It is never
    /// longer than [`every`](Self::every).
    pub recheck: Millis,
    /// The age from which on a place's last observation says nothing any more.
    pub stale_after: Millis,
    /// The incident that is this many-th within [`flap_window`](Self::flap_window) is flapping.
    pub flaps: NonZeroU32,
    /// The span in which incidents are counted.
    pub flap_window: Millis,
    /// How long the check has to be well before a flapping incident is resolved.
    pub stable_for: Millis,
}

impl Default for MonitorPolicy {
    fn default() -> Self {
        let every = Millis::from_secs(60);
        let number = |it| NonZeroU32::new(it).unwrap_or(NonZeroU32::MIN);
        Self {
            every,
            failures: number(2),
            places: number(1),
            successes: number(2),
            recheck: Millis::from_secs(10),
            stale_after: Self::stale_after_for(every),
            flaps: number(3),
            flap_window: Millis::from_secs(30 * 60),
            stable_for: Millis::from_secs(10 * 60),
        }
    }
}

impl MonitorPolicy {
    /// The default of [`stale_after`](Self::stale_after): three times `every`, and at least three
    /// minutes.
    pub const fn stale_after_for(every: Millis) -> Millis {
        let thrice = Millis::new(every.get().saturating_mul(3));
        if thrice.get() > STALE_AFTER_MIN.get() { thrice } else { STALE_AFTER_MIN }
    }

    /// The time from an observation of a place to its next.
    pub(super) fn interval(&self, is_unsure: bool) -> Millis {
        if is_unsure { self.recheck.min(self.every) } else { self.every }
    }
}
