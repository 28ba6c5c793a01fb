//! Objectives as operators see them.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::base::rfc3339::Rfc3339;
use crate::base::time::{Millis, Timestamp};
use crate::site::config::WatchRules;
use crate::site::monitoring::MonitorHost;
use crate::watch::objective::{
    BurnAlert, BurnReading, ObjectiveKind, ObjectiveReading, ObjectiveSubject, ObjectiveTarget,
    RuleReading,
};

/// An objective as operators see it: an entry of the list `objectives`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectiveFigures {
    /// Its name.
    pub name: String,
    /// What it is about: `{"route": PATTERN}`, `{"upstream": NAME}` or `{"check": NAME}`.
    pub subject: ObjectiveSubject,
    /// `"availability"`, or `{"latency": "500ms"}`.
    pub kind: ObjectiveKind,
    /// Such as `99.9%`.
    pub target: ObjectiveTarget,
    /// The window of the budget.
    pub window: Millis,
    /// Good events in it.
    pub good: u64,
    /// Bad events in it.
    pub bad: u64,
    /// The share of good events in it, in millionths; left out if there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good_ppm: Option<u64>,
    /// What is left of the budget, in millionths of it: negative if it is overspent.
    pub budget_left_ppm: i64,
    /// The burn rates of the windows that rules look at, the shortest window first.
    pub burn_rates: Vec<BurnReading>,
    /// The rules by which people are told, and which of them hold.
    pub rules: Vec<RuleReading>,
    /// The forecast: when the budget ends, after RFC 3339, or that it has ended by now; left out if
    /// it lasts for its window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_ends_at: Option<Rfc3339>,
    /// The alerts that fire: `page`, `ticket`.
    pub firing: Vec<BurnAlert>,
}

impl MonitorHost {
    /// The objectives as operators see them, in the order of the site file.
    pub fn objective_figures(&self, rules: &WatchRules, now: Timestamp) -> Vec<ObjectiveFigures> {
        let known = rules.objectives.iter().zip(&self.objectives.tallies);
        let figures = known.map(|(objective, tally)| {
            let ObjectiveReading {
                counts,
                good_ppm,
                budget_left_ppm,
                burn_rates,
                rules,
                budget_ends_at,
            } = tally.reading(objective, now);
            let fires = |alert: &BurnAlert| tally.firing_since(*alert).is_some();
            ObjectiveFigures {
                name: objective.name.clone(),
                subject: objective.subject.clone(),
                kind: objective.kind,
                target: objective.target,
                window: objective.window,
                good: counts.good,
                bad: counts.bad,
                good_ppm,
                budget_left_ppm,
                burn_rates,
                rules,
                budget_ends_at: budget_ends_at.map(Rfc3339),
                firing: BurnAlert::ALL.into_iter().filter(fires).collect(),
            }
        });
        figures.collect()
    }
}
