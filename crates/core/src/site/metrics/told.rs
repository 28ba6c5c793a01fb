//! What objects tell for a scrape, as it travels to the control plane.
//!
//! The names of checks and channels travel with their numbers: while a deployment rolls out, the
//! object may know another site file than the one who asks.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::budget::{Importance, Ledger, Resource};
use crate::base::time::{Millis, Timestamp};
use crate::cache::snapshot::Keeper;
use crate::circuit::breaker::State;
use crate::site::config::WatchRules;
use crate::site::monitoring::{HeldWork, MonitorHost};
use crate::telemetry::metrics::{
    BudgetGauge, ChannelGauge, CheckGauge, CheckLabel, HeldGauge, MetricsTotals, ObjectiveGauge,
    QueueGauge, SnapshotGauges, WorkTotals,
};
use crate::watch::monitor::CheckState;
use crate::watch::objective::BurnAlert;

/// What the coordinator of a circuit tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircuitMetrics {
    /// The state of the circuit.
    pub state: State,
    /// Isolates that were heard of lately.
    pub replicas: u64,
    /// What isolates have reported, and the transitions.
    pub totals: MetricsTotals,
}

/// What the site's object tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteMetrics {
    /// What it has done.
    pub work: WorkTotals,
    /// The snapshots; there are none where it keeps none.
    pub snapshots: SnapshotGauges,
    /// What it may spend.
    pub budget: Vec<BudgetTold>,
}

/// What the monitor tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorMetrics {
    /// What it has done.
    pub work: WorkTotals,
    /// The checks and their states, in the order of the site file.
    pub checks: Vec<(String, CheckState)>,
    /// The channels, in the order of the site file.
    pub channels: Vec<ChannelTold>,
    /// Dead letters that were dropped.
    pub dropped: u64,
    /// How many updates are on their way to subscribers, and since when the oldest is; `None` where
    /// the status cannot be subscribed.
    pub campaigns: Option<(u64, Millis)>,
    /// What it may spend.
    pub budget: Vec<BudgetTold>,
    /// What the budget has put off.
    pub held: HeldWork,
    /// The objectives, in the order of the site file.
    pub objectives: Vec<ObjectiveTold>,
}

/// What an object may spend of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetTold {
    /// The name of the resource.
    pub resource: String,
    /// The most within an hour.
    pub limit: u32,
    /// What is left to be spent at once.
    pub left: u32,
}

/// The deliveries of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelTold {
    /// The channel's name.
    pub name: String,
    /// Deliveries that wait.
    pub pending: u64,
    /// Dead letters that are kept.
    pub dead: u64,
    /// How long the oldest of those that wait has waited.
    pub oldest: Millis,
}

/// An objective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectiveTold {
    /// Its name.
    pub name: String,
    /// What is left of its error budget, in millionths.
    pub budget_left_ppm: i64,
    /// Whether its rule for a page fires.
    pub pages: bool,
    /// Whether its rule for a ticket fires.
    pub tickets: bool,
}

impl SiteMetrics {
    /// What the site's object knows. `keeper` is there if there are snapshots.
    pub fn of(work: WorkTotals, keeper: Option<&Keeper>, ledger: &Ledger, now: Timestamp) -> Self {
        let snapshots = keeper.map(snapshots).unwrap_or_default();
        Self { work, snapshots, budget: budget(ledger, now) }
    }
}

impl MonitorMetrics {
    /// What the monitor knows.
    pub fn of(rules: &WatchRules, host: &MonitorHost, now: Timestamp) -> Self {
        let checks = rules.checks.iter().zip(host.checks());
        let objectives = host.objective_figures(rules, now).into_iter().map(|figures| {
            let fires = |alert: BurnAlert| figures.firing.contains(&alert);
            ObjectiveTold {
                pages: fires(BurnAlert::Page),
                tickets: fires(BurnAlert::Ticket),
                name: figures.name,
                budget_left_ppm: figures.budget_left_ppm,
            }
        });
        let campaigns = rules.status.subscriptions.as_ref().map(|_| {
            let begun = host.campaigns().map(|campaign| campaign.begun_at()).min();
            let oldest = begun.map_or(Millis::ZERO, |begun| now.since(begun));
            (host.campaigns().count() as u64, oldest)
        });
        Self {
            work: *host.work(),
            checks: checks.map(|(check, it)| (check.name.clone(), it.monitor.state())).collect(),
            channels: channels(rules, host, now),
            dropped: host.outbox().dropped(),
            campaigns,
            budget: budget(host.ledger(), now),
            held: host.held_work(),
            objectives: objectives.collect(),
        }
    }

    /// The checks.
    pub(super) fn check_gauges(&self) -> Vec<CheckGauge<'_>> {
        let checks = self.checks.iter();
        checks.map(|(name, state)| CheckGauge { name, state: check_label(*state) }).collect()
    }

    /// The channels.
    pub(super) fn channel_gauges(&self) -> Vec<ChannelGauge<'_>> {
        let channels = self.channels.iter();
        channels
            .map(|ChannelTold { name, pending, dead, oldest }| ChannelGauge {
                name,
                pending: *pending,
                dead: *dead,
                oldest: *oldest,
            })
            .collect()
    }

    /// The queues.
    pub(super) fn queue_gauges(&self) -> Vec<QueueGauge> {
        let campaigns = self.campaigns.iter();
        campaigns
            .map(|(items, oldest)| QueueGauge { name: "campaigns", items: *items, oldest: *oldest })
            .collect()
    }

    /// What the budget has put off.
    pub(super) fn held_gauges(&self) -> Vec<HeldGauge> {
        let HeldWork { checks, deliveries, notices, reports, refreshes } = self.held;
        let checks = Importance::ALL.into_iter().zip(checks).map(|(importance, times)| {
            let name = match importance {
                Importance::Low => "checks_low",
                Importance::Normal => "checks_normal",
                Importance::High => "checks_high",
                Importance::Critical => "checks_critical",
            };
            (name, times)
        });
        let others = [
            ("deliveries", deliveries),
            ("notices", notices),
            ("reports", reports),
            ("refreshes", refreshes),
        ];
        let all = checks.chain(others);
        all.map(|(name, times)| HeldGauge { name, times: times.into() }).collect()
    }

    /// The objectives.
    pub(super) fn objective_gauges(&self) -> Vec<ObjectiveGauge<'_>> {
        let objectives = self.objectives.iter();
        objectives
            .map(|ObjectiveTold { name, budget_left_ppm, pages, tickets }| ObjectiveGauge {
                name,
                budget_left_ppm: *budget_left_ppm,
                pages: *pages,
                tickets: *tickets,
            })
            .collect()
    }
}

/// What an object may spend. A resource that this deployment does not know is left out.
pub(super) fn budget_gauges(
    object: &'static str,
    budget: &[BudgetTold],
) -> impl Iterator<Item = BudgetGauge> {
    budget.iter().filter_map(move |BudgetTold { resource, limit, left }| {
        let resource = Resource::ALL.into_iter().find(|it| it.as_str() == resource)?;
        Some(BudgetGauge { object, resource, limit: *limit, left: *left })
    })
}

fn budget(ledger: &Ledger, now: Timestamp) -> Vec<BudgetTold> {
    let budget = ledger.budget();
    let budgeted = Resource::ALL.into_iter().filter(|resource| budget.0[*resource] > 0);
    let told = budgeted.map(|resource| BudgetTold {
        resource: resource.as_str().to_owned(),
        limit: budget.0[resource],
        left: ledger.left(resource, now),
    });
    told.collect()
}

fn snapshots(keeper: &Keeper) -> SnapshotGauges {
    let mut gauges = SnapshotGauges::default();
    for entry in keeper.known().entries() {
        let number = match (&entry.held, &entry.refused) {
            (Some(_), None) => &mut gauges.kept,
            (Some(_), Some(_)) => &mut gauges.refused,
            (None, _) => &mut gauges.missing,
        };
        *number += 1;
    }
    gauges.last_round = keeper.tally().map(|tally| tally.ended);
    gauges
}

fn channels(rules: &WatchRules, host: &MonitorHost, now: Timestamp) -> Vec<ChannelTold> {
    let outbox = host.outbox();
    let told = |name: &str| {
        let pending = || outbox.pending().filter(|it| it.key.channel == name);
        let dead = outbox.dead_letters().filter(|it| it.delivery.key.channel == name);
        let oldest = pending().map(|it| now.since(it.added_at)).max();
        ChannelTold {
            name: name.to_owned(),
            pending: pending().count() as u64,
            dead: dead.count() as u64,
            oldest: oldest.unwrap_or(Millis::ZERO),
        }
    };
    rules.channels.iter().map(|channel| told(&channel.name)).collect()
}

const fn check_label(state: CheckState) -> CheckLabel {
    match state {
        CheckState::Pending => CheckLabel::Pending,
        CheckState::Unknown => CheckLabel::Unknown,
        CheckState::Down => CheckLabel::Down,
        CheckState::Degraded => CheckLabel::Degraded,
        CheckState::Up => CheckLabel::Up,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_has_the_word_of_the_operators_api() {
        for state in [
            CheckState::Pending,
            CheckState::Unknown,
            CheckState::Down,
            CheckState::Degraded,
            CheckState::Up,
        ] {
            assert_eq!(check_label(state).as_str(), state.as_str());
        }
    }
}
