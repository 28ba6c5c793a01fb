//! What is true at the moment of a scrape, as the parts of the site tell it.

use serde::{Deserialize, Serialize};

use super::labels::{CheckLabel, CircuitLabel};
use super::work::WorkTotals;
use crate::base::budget::Resource;
use crate::base::id::CircuitId;
use crate::base::time::{Millis, Timestamp};

/// A circuit.
#[derive(Clone, Copy, Debug)]
pub struct CircuitGauge {
    /// The circuit.
    pub circuit: CircuitId,
    /// Its state.
    pub state: CircuitLabel,
    /// Isolates that its coordinator has heard of lately.
    pub replicas: u64,
}

/// A check.
#[derive(Clone, Copy, Debug)]
pub struct CheckGauge<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its state.
    pub state: CheckLabel,
}

/// The deliveries of a channel.
#[derive(Clone, Copy, Debug)]
pub struct ChannelGauge<'a> {
    /// The channel's name.
    pub name: &'a str,
    /// Deliveries that wait.
    pub pending: u64,
    /// Dead letters that are kept.
    pub dead: u64,
    /// How long the oldest of those that wait has waited; zero if none does.
    pub oldest: Millis,
}

/// Work that waits for its turn.
#[derive(Clone, Copy, Debug)]
pub struct QueueGauge {
    /// What kind of work it is, a fixed name.
    pub name: &'static str,
    /// How many items wait.
    pub items: u64,
    /// How long the oldest of them has waited; zero if none does.
    pub oldest: Millis,
}

/// The snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotGauges {
    /// Paths with a snapshot whose last refresh was good.
    pub kept: u64,
    /// Paths with a snapshot whose last refresh was refused.
    pub refused: u64,
    /// Paths without a snapshot.
    pub missing: u64,
    /// When the last round ended, if there was one.
    pub last_round: Option<Timestamp>,
}

/// What an object may spend of a resource.
#[derive(Clone, Copy, Debug)]
pub struct BudgetGauge {
    /// The object, a fixed name.
    pub object: &'static str,
    /// The resource.
    pub resource: Resource,
    /// The most that it may spend within an hour.
    pub limit: u32,
    /// What it may spend at once, which is at most half of that.
    pub left: u32,
}

/// Work that the budget has put off.
#[derive(Clone, Copy, Debug)]
pub struct HeldGauge {
    /// What kind of work it is, a fixed name.
    pub name: &'static str,
    /// How often it was put off since its object was loaded.
    pub times: u64,
}

/// An objective.
#[derive(Clone, Copy, Debug)]
pub struct ObjectiveGauge<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is left of its error budget, in millionths; negative when it is overspent.
    pub budget_left_ppm: i64,
    /// Whether its rule for a page fires.
    pub pages: bool,
    /// Whether its rule for a ticket fires.
    pub tickets: bool,
}

/// What the site's object tells.
#[derive(Clone, Copy, Debug)]
pub struct SiteGauges<'a> {
    /// What it has done.
    pub work: &'a WorkTotals,
    /// The snapshots.
    pub snapshots: SnapshotGauges,
}

/// What the monitor tells.
#[derive(Clone, Copy, Debug)]
pub struct MonitorGauges<'a> {
    /// What it has done.
    pub work: &'a WorkTotals,
    /// The checks, in the order of the site file.
    pub checks: &'a [CheckGauge<'a>],
    /// The channels of alerts.
    pub channels: &'a [ChannelGauge<'a>],
    /// Dead letters that were dropped.
    pub dropped: u64,
    /// Queues.
    pub queues: &'a [QueueGauge],
    /// What its budget has put off.
    pub held: &'a [HeldGauge],
    /// The objectives.
    pub objectives: &'a [ObjectiveGauge<'a>],
}
