//! The cases of the swarm: a small fleet, a policy, and the faults that it meets.

mod description;
mod text;

pub use text::ParseCaseError;
pub(super) use text::simpler_policies;

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::fleet::POLL;
use breakwater_core::circuit::policy::Policy;
use serde::{Deserialize, Serialize};

use super::random_policy;
use crate::geography::Spread;
use crate::network::{NetworkFaults, Partition};
use crate::scenario::{CALL_TIMEOUT, MEAN_LIFETIME, Scenario, Trial};
use crate::strategy::Order;
use crate::time::Micros;
use crate::upstream::Phase;

/// The protocol may take 240 s on top of a policy's openings: two polls with their jitter until the
/// last replica has heard, a minute of rest for a replica that lost its reports, and a minute in
/// which a verdict holds that the coordinator does not confirm.
const PROTOCOL_TIME: Micros = Micros::from_secs(2 * (POLL.get() * 4 / 3) / 1_000 + 60 + 60);
/// A stable fleet is observed for 20 s.
const STABLE_TIME: Micros = Micros::from_secs(20);
/// The final order is given 5 s after the fleet is stable.
const FINAL_ORDER_AFTER: Micros = Micros::from_secs(5);
/// After the end of the final order the fleet is observed for 60 s.
const AFTER_FINAL_ORDER: Micros = Micros::from_secs(60);
/// Each time that the protocol waits for a visit of an isolate, the visit may be late by 6 mean
/// times between two visits.
const LATE_VISIT: u64 = 6;

/// A case of the swarm: everything that its run depends on.
///
/// It can be written as one line of JSON and read back; fields of that line that are left out take
/// their value from [`Case::default`], which has no faults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Case {
    /// The seed of all randomness in the run.
    pub seed: u64,
    /// The number of isolates.
    pub isolates: u32,
    /// The number of colos.
    pub colos: u16,
    /// The number of visitors per second.
    pub rps: u32,
    /// The distribution of visitors over the colos.
    #[serde(skip_serializing_if = "text::is_default")]
    pub spread: Spread,
    /// The policy of the breakers.
    #[serde(with = "text::policy", skip_serializing_if = "text::is_default")]
    pub policy: Policy,
    /// The time after which all faults are over.
    pub faults_end: Micros,
    /// The phases of the upstream.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// The partitions between continents and the object.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<Partition>,
    /// The share of messages that are lost, in each direction.
    #[serde(skip_serializing_if = "text::is_default")]
    pub loss: f64,
    /// The share of reports that arrive twice.
    #[serde(skip_serializing_if = "text::is_default")]
    pub duplicates: f64,
    /// The mean of an exponential delay that is added to each message.
    #[serde(skip_serializing_if = "text::is_default")]
    pub extra_delay: Micros,
    /// The times at which the Durable Object is evicted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evictions: Vec<Micros>,
    /// The deploys, which replace all isolates and the object.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deploys: Vec<Deploy>,
    /// The orders of operators while there are faults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<TimedOrder>,
    /// An order that is given after the fleet has become stable and that all isolates must follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_order: Option<Order>,
    /// The time-out of a call to the upstream.
    #[serde(skip_serializing_if = "text::is_default_timeout")]
    pub call_timeout: Millis,
    /// The mean lifetime of isolates.
    #[serde(skip_serializing_if = "text::is_default_lifetime")]
    pub mean_lifetime: Micros,
    /// The largest offset of a clock in either direction, in milliseconds.
    #[serde(skip_serializing_if = "text::is_default")]
    pub skew_ms: u32,
    /// Whether the colos' caches store anything.
    #[serde(skip_serializing_if = "text::is_true")]
    pub has_cache: bool,
    /// Whether the upstream has a path that the coordinator probes.
    #[serde(skip_serializing_if = "text::is_true")]
    pub has_probe: bool,
    /// The share of requests whose method is not safe or that have a body.
    #[serde(skip_serializing_if = "text::is_default")]
    pub unsafe_share: f64,
    /// The share of requests for which a copy is at hand.
    #[serde(skip_serializing_if = "text::is_default")]
    pub copies: f64,
    /// The share of calls that the upstream answers by asking all clients to stay away.
    #[serde(skip_serializing_if = "text::is_default")]
    pub throttled_share: f64,
    /// The share of session steps that the platform ends early.
    #[serde(skip_serializing_if = "text::is_default")]
    pub cut_short: f64,
    /// The time at which the run stops, if that is before its usual end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Micros>,
}

/// A deploy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// The time of the deploy.
    pub at: Micros,
    /// The policy that it brings, if it changes the policy.
    #[serde(with = "text::optional_policy", default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
}

/// An operator's order, and its time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimedOrder {
    /// The time at which the order is given.
    pub at: Micros,
    /// The order.
    pub order: Order,
}

/// One isolate with a visitor per second, and no fault.
impl Default for Case {
    fn default() -> Self {
        Self {
            seed: 0,
            isolates: 1,
            colos: 1,
            rps: 1,
            spread: Spread::Shop,
            policy: Policy::default(),
            faults_end: Micros(0),
            phases: Vec::new(),
            partitions: Vec::new(),
            loss: 0.0,
            duplicates: 0.0,
            extra_delay: Micros(0),
            evictions: Vec::new(),
            deploys: Vec::new(),
            orders: Vec::new(),
            final_order: None,
            call_timeout: CALL_TIMEOUT,
            mean_lifetime: MEAN_LIFETIME,
            skew_ms: 0,
            has_cache: true,
            has_probe: true,
            unsafe_share: 0.0,
            copies: 0.0,
            throttled_share: 0.0,
            cut_short: 0.0,
            ends_at: None,
        }
    }
}

impl Case {
    /// The time from which every isolate must be closed and admit every visitor.
    pub fn stable_from(&self) -> Micros {
        let policies = self.deploys.iter().filter_map(|deploy| deploy.policy.as_ref());
        let recovery = policies.chain([&self.policy]).map(random_policy::recovery_time).max();
        let between_visits = 1_000_000 * u64::from(self.isolates) / u64::from(self.rps);
        let recovery = Micros::from(recovery.unwrap_or_default());
        self.faults_end + recovery + PROTOCOL_TIME + Micros(LATE_VISIT * between_visits)
    }

    /// The final order, and the time at which it is given.
    pub fn final_order(&self) -> Option<(Micros, Order)> {
        self.final_order.map(|order| (self.stable_from() + FINAL_ORDER_AFTER, order))
    }

    /// The time at which the run stops.
    pub fn end(&self) -> Micros {
        let end = match self.final_order() {
            Some((at, order)) => at + order_length(order) + AFTER_FINAL_ORDER,
            None => self.stable_from() + STABLE_TIME,
        };
        self.ends_at.map_or(end, |ends_at| ends_at.min(end))
    }

    /// All orders, with the times at which they are given.
    pub(super) fn all_orders(&self) -> impl Iterator<Item = (Micros, Order)> {
        let orders = self.orders.iter().map(|order| (order.at, order.order));
        orders.chain(self.final_order())
    }

    /// The fleet and its surroundings, without the orders.
    pub(super) fn trial(&self) -> Trial {
        let network_faults = NetworkFaults {
            loss: self.loss,
            duplicates: self.duplicates,
            extra_delay: self.extra_delay,
            partitions: self.partitions.clone(),
            heal_at: Some(self.faults_end),
        };
        let deploys = self.deploys.iter();
        let scenario = Scenario {
            phases: self.phases.clone(),
            network_faults,
            evictions: self.evictions.clone(),
            deploys: deploys.map(|deploy| (deploy.at, deploy.policy.clone())).collect(),
            policy: self.policy.clone(),
            call_timeout: self.call_timeout,
            mean_lifetime: self.mean_lifetime,
            skew_ms: self.skew_ms,
            has_cache: self.has_cache,
            has_probe: self.has_probe,
            unsafe_share: self.unsafe_share,
            copies: self.copies,
            throttled_share: self.throttled_share,
            cut_short: self.cut_short,
            ..Scenario::quiet(self.end())
        };
        Trial {
            scenario,
            isolates: self.isolates,
            colos: self.colos,
            rps: self.rps,
            spread: self.spread,
            seed: self.seed,
        }
    }
}

/// How long an order holds; zero if it lifts another.
pub(super) fn order_length(order: Order) -> Micros {
    match order {
        Order::Override { lasts, .. } | Order::Bypass { lasts: Some(lasts) } => Micros::from(lasts),
        Order::Bypass { lasts: None } => Micros(0),
    }
}
