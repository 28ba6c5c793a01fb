//! Operators' orders to a circuit, and their ends.

use serde::{Deserialize, Serialize};

use super::Coordinator;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::Override;
use crate::circuit::fleet::message::ORDER_MAX;
use crate::circuit::policy::Policy;

/// The orders in force. A bypass comes before an override, which holds again when the bypass ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// The override, and its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<(Override, Timestamp)>,
    /// The end of the bypass, during which everything passes and nothing is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass_until: Option<Timestamp>,
}

impl Orders {
    pub(super) const fn is_empty(&self) -> bool {
        self.chosen.is_none() && self.bypass_until.is_none()
    }

    /// The override that holds, and its end.
    fn in_force(&self) -> Option<(Override, Timestamp)> {
        self.bypass_until.map(|until| (Override::ForcedClosed, until)).or(self.chosen)
    }

    pub(super) fn left(&self, now: Timestamp) -> Option<Millis> {
        self.in_force().map(|(_, until)| until.since(now))
    }

    pub(super) fn is_bypassed(&self, now: Timestamp) -> bool {
        self.bypass_until.is_some_and(|until| now < until)
    }

    pub(super) fn next_end(&self) -> Option<Timestamp> {
        let ends = [self.bypass_until, self.chosen.map(|(_, until)| until)];
        ends.into_iter().flatten().min()
    }

    fn at(self, now: Timestamp) -> Self {
        Self {
            chosen: self.chosen.filter(|&(_, until)| now < until),
            bypass_until: self.bypass_until.filter(|&until| now < until),
        }
    }
}

impl Coordinator {
    /// Sets an operator's override, which lapses after `lasts` (a week at most), or lifts it.
    pub fn set_override(
        &mut self,
        policy: &Policy,
        chosen: Option<Override>,
        lasts: Millis,
        now: Timestamp,
    ) {
        self.orders.chosen = chosen.map(|chosen| (chosen, now + lasts.min(ORDER_MAX)));
        self.follow_orders(policy, now);
    }

    /// Lets everything pass, as if Breakwater were not there, for `lasts` (a week at most), or ends
    /// that. The state reads forced closed meanwhile.
    pub fn set_bypass(&mut self, policy: &Policy, lasts: Option<Millis>, now: Timestamp) {
        self.orders.bypass_until = lasts.map(|lasts| now + lasts.min(ORDER_MAX));
        self.follow_orders(policy, now);
    }

    /// The orders in force.
    pub fn orders(&self, now: Timestamp) -> Orders {
        self.orders.at(now)
    }

    /// Ends the orders whose time is over.
    pub(super) fn lapse_orders(&mut self, policy: &Policy, now: Timestamp) {
        let left = self.orders.at(now);
        if left != self.orders {
            self.orders = left;
            self.follow_orders(policy, now);
        }
    }

    fn follow_orders(&mut self, policy: &Policy, now: Timestamp) {
        let chosen = self.orders.in_force().map(|(chosen, _)| chosen);
        self.breaker.change(|breaker| breaker.set_override(policy, chosen, now));
        self.settle(now);
    }
}
