//! How much more than its plan an object may spend.

use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::ledger::HourlyBudget;

/// How many times its plan an object may spend in an hour. Half of that comes back within an hour,
/// so that half of it is sustained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headroom(u32);

impl Headroom {
    /// The least: with it, no more than the plan comes back within an hour.
    pub const MIN: u32 = 2;
    /// The most. A budget of more than this bounds nothing that a bill would not show first.
    pub const MAX: u32 = 20;

    /// This many times the plan, if it is within the limits.
    pub fn new(times: u32) -> Option<Self> {
        (Self::MIN..=Self::MAX).contains(&times).then_some(Self(times))
    }

    /// How many times.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The budget of an object with this plan. It is larger by what any object needs.
    pub fn budget(self, plan: Cost, floor: Cost) -> HourlyBudget {
        HourlyBudget(plan.times(self.0) + floor)
    }
}

/// Four times, so that twice the plan is sustained.
impl Default for Headroom {
    fn default() -> Self {
        Self(4)
    }
}
