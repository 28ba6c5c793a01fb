//! When people are told.

use super::{BurnAlert, ObjectiveCounts, ObjectiveTarget};
use crate::base::time::Millis;

/// The tenths of a whole: burn rates of rules have one decimal.
const TENTHS: u128 = 10;

/// A burn rate that people are told of when two windows show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurnRule {
    /// What people are told.
    pub alert: BurnAlert,
    /// The burn rate that has to be exceeded, in tenths.
    pub burn_tenths: u32,
    /// The window that shows that the loss matters.
    pub long_window: Millis,
    /// The window that shows that it goes on.
    pub short_window: Millis,
}

/// The rules. Of a budget of 30 days, 2 % are gone after an hour at the first burn rate, 5 % after
/// six hours at the second, and 10 % after three days at the third.
pub const BURN_RULES: [BurnRule; 3] = [
    BurnRule {
        alert: BurnAlert::Page,
        burn_tenths: 144,
        long_window: Millis::from_secs(3600),
        short_window: Millis::from_secs(5 * 60),
    },
    BurnRule {
        alert: BurnAlert::Page,
        burn_tenths: 60,
        long_window: Millis::from_secs(6 * 3600),
        short_window: Millis::from_secs(30 * 60),
    },
    BurnRule {
        alert: BurnAlert::Ticket,
        burn_tenths: 10,
        long_window: Millis::from_secs(3 * 24 * 3600),
        short_window: Millis::from_secs(6 * 3600),
    },
];

impl BurnRule {
    /// Whether `bad / total` exceeds the burn rate's share of the budget. Nothing is exceeded where
    /// nothing was counted.
    pub fn is_exceeded(&self, target: ObjectiveTarget, counts: ObjectiveCounts) -> bool {
        let (bad, total) = (u128::from(counts.bad), u128::from(counts.total()));
        let whole = u128::from(ObjectiveTarget::WHOLE);
        // The factors are below 2^64, 2^30 and 2^8.
        bad * whole * TENTHS > total * u128::from(target.allowed()) * u128::from(self.burn_tenths)
    }
}
