//! The incident of a check while it is open, and how often it came to that lately.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{CheckState, MonitorPolicy};
use crate::base::time::Timestamp;

/// An incident that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIncident {
    /// When the trouble began.
    pub since: Timestamp,
    /// When it was confirmed, and the incident opened.
    pub opened_at: Timestamp,
    /// Whether it is one of many in a short time. It then ends only when the check has been well
    /// for a while.
    pub is_flapping: bool,
    /// Since when the check has been well, while a flapping incident waits for its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    well_since: Option<Timestamp>,
}

impl OpenIncident {
    pub(super) const fn new(since: Timestamp, opened_at: Timestamp, is_flapping: bool) -> Self {
        Self { since, opened_at, is_flapping, well_since: None }
    }

    /// Whether the check is well again, so that the incident waits only for proof that it stays so.
    pub const fn is_waiting(&self) -> bool {
        self.well_since.is_some()
    }

    /// Pulls back what lies after `now`.
    pub(super) fn handle_clock(&mut self, now: Timestamp) {
        self.since = self.since.min(now);
        self.opened_at = self.opened_at.min(now);
        self.well_since = self.well_since.map(|since| since.min(now));
    }

    /// Takes the check's state after a step. Returns the time of the incident's end if it is over.
    pub(super) fn step(
        &mut self,
        policy: &MonitorPolicy,
        state: CheckState,
        recovered_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if state == CheckState::Down {
            self.well_since = None;
        }
        if !state.ends_incidents() {
            return None;
        }
        let well_since =
            *self.well_since.get_or_insert(recovered_at.unwrap_or(now).max(self.since));
        let is_over = !self.is_flapping || now.since(well_since) >= policy.stable_for;
        is_over.then_some(well_since)
    }
}

/// When the last incidents were opened, the latest last. As many are kept as a policy counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Openings(VecDeque<Timestamp>);

impl Openings {
    /// Pulls back what lies after `now`.
    pub(super) fn handle_clock(&mut self, now: Timestamp) {
        for opened in &mut self.0 {
            *opened = (*opened).min(now);
        }
    }

    /// Adds an opening, and returns whether it is one of many in a short time.
    pub(super) fn add(&mut self, policy: &MonitorPolicy, now: Timestamp) -> bool {
        self.0.push_back(now);
        self.0.retain(|&opened| now.since(opened) < policy.flap_window);
        let counted = policy.flaps.get() as usize;
        while self.0.len() > counted {
            self.0.pop_front();
        }
        self.0.len() >= counted
    }
}
