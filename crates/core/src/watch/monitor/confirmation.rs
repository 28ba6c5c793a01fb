//! A condition that holds once it was observed several times in a row, and until it was not.

use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;

/// A condition with the series of like observations that may change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Confirmation {
    /// The first observation of the series that made the condition hold, while it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    /// Whether the last observations had the condition.
    was_met: bool,
    /// How many of the last observations agree on that.
    length: u32,
    /// The time of the first of them.
    begun: Timestamp,
}

impl Confirmation {
    /// A condition that holds since then.
    pub(super) const fn met(since: Timestamp) -> Self {
        Self { since: Some(since), was_met: true, length: 1, begun: since }
    }

    /// Pulls back what lies after `now`.
    pub(super) fn handle_clock(&mut self, now: Timestamp) {
        self.since = self.since.map(|since| since.min(now));
        self.begun = self.begun.min(now);
    }

    /// Takes an observation: the condition holds from `needed` in a row that meet it on, until
    /// `to_lift` in a row do not. Returns the time of the first of these in the step in which the
    /// condition stops to hold.
    pub(super) fn observe(
        &mut self,
        is_met: bool,
        (needed, to_lift): (NonZeroU32, NonZeroU32),
        at: Timestamp,
    ) -> Option<Timestamp> {
        if self.length == 0 || self.was_met != is_met {
            *self = Self { since: self.since, was_met: is_met, length: 0, begun: at };
        }
        self.length = self.length.saturating_add(1);
        match (self.since, is_met) {
            (None, true) if self.length >= needed.get() => self.since = Some(self.begun),
            (Some(_), false) if self.length >= to_lift.get() => {
                self.since = None;
                return Some(self.begun);
            }
            (None, _) | (Some(_), _) => {}
        }
        None
    }
}
