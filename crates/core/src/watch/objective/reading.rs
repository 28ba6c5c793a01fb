//! What the counts of an objective come to.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::buckets::MINUTES_SPAN;
use super::{
    BURN_RULES, BurnAlert, BurnRule, Objective, ObjectiveCounts, ObjectiveTally, ObjectiveTarget,
};
use crate::base::time::{Millis, Timestamp};

/// The millionths of a whole.
const MILLION: i128 = 1_000_000;
/// The millionths of a tenth, in which rules have their burn rates.
const TENTH_PPM: u64 = 100_000;
/// All of a budget, in millionths.
const ALL_LEFT_PPM: i64 = 1_000_000;
/// The window whose burn rate says how long the budget lasts, if it has enough events: 6 h.
pub const FORECAST_SHORT: Millis = MINUTES_SPAN;
/// The window whose burn rate says it otherwise: 3 days.
pub const FORECAST_LONG: Millis = Millis::from_secs(3 * 24 * 3600);

/// What the counts of an objective come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectiveReading {
    /// What was counted in the window of the budget.
    pub counts: ObjectiveCounts,
    /// The share of good events among them, in millionths, rounded down. `None` if there were none.
    pub good_ppm: Option<u64>,
    /// What is left of the budget, in millionths of it, rounded towards minus infinity.
    pub budget_left_ppm: i64,
    /// The burn rates of the windows that rules look at, the shortest window first.
    pub burn_rates: Vec<BurnReading>,
    /// The rules, in the order of [`BURN_RULES`].
    pub rules: Vec<RuleReading>,
    /// When the budget ends, or that it has ended by now. `None` if it lasts for its window.
    pub budget_ends_at: Option<Timestamp>,
}

/// How fast the budget burns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurnReading {
    /// The window.
    pub window: Millis,
    /// The events in it.
    pub events: u64,
    /// The burn rate in millionths, rounded down: at a million the budget lasts as long as its
    /// window. It is zero where nothing was counted.
    pub burn_rate_ppm: u64,
}

/// A rule, and whether it holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RuleReading {
    /// What people are told.
    pub alert: BurnAlert,
    /// The burn rate that both windows have to exceed, in millionths.
    pub burn_rate_ppm: u64,
    /// The window that shows that the loss matters.
    pub long_window: Millis,
    /// The window that shows that it goes on.
    pub short_window: Millis,
    /// Whether it holds.
    pub holds: bool,
}

/// The share of good events, in millionths. `None` where nothing was counted.
fn good_ppm(counts: ObjectiveCounts) -> Option<u64> {
    let good = u128::from(counts.good) * MILLION.unsigned_abs();
    u64::try_from(good.checked_div(u128::from(counts.total()))?).ok()
}

/// What is left of the budget, in millionths of it.
pub(super) fn budget_left_ppm(target: ObjectiveTarget, counts: ObjectiveCounts) -> i64 {
    if counts.total() == 0 {
        return ALL_LEFT_PPM;
    }
    // The factors are below 2^30, 2^64 and 2^20.
    let budget = i128::from(target.allowed()) * i128::from(counts.total());
    let used = i128::from(ObjectiveTarget::WHOLE) * i128::from(counts.bad);
    let left = ((budget - used) * MILLION).div_euclid(budget);
    // The least is at a target that allows a billionth, of which all was missed.
    i64::try_from(left).unwrap_or(i64::MIN)
}

/// The burn rate, in millionths.
pub fn burn_rate_ppm(target: ObjectiveTarget, counts: ObjectiveCounts) -> u64 {
    let budget = u128::from(target.allowed()) * u128::from(counts.total());
    let used = u128::from(ObjectiveTarget::WHOLE) * u128::from(counts.bad);
    let rate = (used * MILLION.unsigned_abs()).checked_div(budget).unwrap_or_default();
    u64::try_from(rate).unwrap_or(u64::MAX)
}

impl ObjectiveTally {
    /// The first rule of this alert that holds.
    pub fn holding_rule(
        &self,
        objective: &Objective,
        alert: BurnAlert,
        now: Timestamp,
    ) -> Option<&'static BurnRule> {
        let mut of_it = BURN_RULES.iter().filter(|rule| rule.alert == alert);
        of_it.find(|rule| self.holds(rule, objective, now))
    }

    fn holds(&self, rule: &BurnRule, objective: &Objective, now: Timestamp) -> bool {
        // The short window is the smaller one to add up, and says no more often.
        let short = self.counts(rule.short_window, now);
        short.total() >= u64::from(objective.minimum)
            && rule.is_exceeded(objective.target, short)
            && rule.is_exceeded(objective.target, self.counts(rule.long_window, now))
    }

    /// What is left of the budget, in millionths of it, rounded towards minus infinity.
    pub fn budget_left_ppm(&self, objective: &Objective, now: Timestamp) -> i64 {
        budget_left_ppm(objective.target, self.counts(objective.window, now))
    }

    /// When the budget ends, as the module's documentation says; `now` if it has ended. `None` if
    /// it lasts for its window.
    pub fn budget_ends_at(&self, objective: &Objective, now: Timestamp) -> Option<Timestamp> {
        let left = u128::try_from(self.budget_left_ppm(objective, now)).unwrap_or_default();
        if left == 0 {
            return Some(now);
        }
        let short = self.counts(FORECAST_SHORT, now);
        let has_enough = short.total() >= u64::from(objective.minimum);
        let late = if has_enough { short } else { self.counts(FORECAST_LONG, now) };
        let burn = u128::from(burn_rate_ppm(objective.target, late));
        let lasts = (left * u128::from(objective.window.get())).checked_div(burn)?;
        let lasts = u64::try_from(lasts).ok().map(Millis::new)?;
        (lasts <= objective.window).then(|| now + lasts)
    }

    /// All that the counts come to.
    pub fn reading(&self, objective: &Objective, now: Timestamp) -> ObjectiveReading {
        let rules = BURN_RULES.iter();
        let mut windows: Vec<Millis> =
            rules.flat_map(|rule| [rule.short_window, rule.long_window]).collect();
        windows.sort_unstable();
        windows.dedup();
        let burn_rates = windows.into_iter().map(|window| {
            let counts = self.counts(window, now);
            let burn_rate_ppm = burn_rate_ppm(objective.target, counts);
            BurnReading { window, events: counts.total(), burn_rate_ppm }
        });
        let rules = BURN_RULES.iter().map(|rule| RuleReading {
            alert: rule.alert,
            burn_rate_ppm: u64::from(rule.burn_tenths) * TENTH_PPM,
            long_window: rule.long_window,
            short_window: rule.short_window,
            holds: self.holds(rule, objective, now),
        });
        let counts = self.counts(objective.window, now);
        ObjectiveReading {
            counts,
            good_ppm: good_ppm(counts),
            budget_left_ppm: self.budget_left_ppm(objective, now),
            burn_rates: burn_rates.collect(),
            rules: rules.collect(),
            budget_ends_at: self.budget_ends_at(objective, now),
        }
    }
}
