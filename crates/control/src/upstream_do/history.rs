//! What operators see of a circuit: how it is, and what became of it.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::fleet::{HISTORY_SHOWN_MAX, ROWS_SHOWN_MAX};
use breakwater_platform::circuit_view::{
    CircuitHistory, CircuitOrders, CircuitState, Latency, MinuteView,
};
use breakwater_platform::object::ObjectResult;

use super::store::CoordinatorStore;
use super::{CircuitDefinition, UpstreamDo};

impl UpstreamDo {
    /// What operators see of the circuit.
    pub(super) fn view(
        &self,
        store: &CoordinatorStore,
        known: CircuitDefinition,
        now: Timestamp,
    ) -> ObjectResult<CircuitState> {
        let (transitions, probes) = (store.transitions(ROWS_SHOWN_MAX)?, store.probes()?);
        let (latency, answers) =
            self.figures.read(store, |figures| (figures.percentiles(now), figures.answers(now)))?;
        let orders = store.orders(ROWS_SHOWN_MAX)?;
        let in_force = self.orders(store, known, now)?;
        let last_round = store.last_round()?;
        self.with_host(|host| {
            let coordinator = host.coordinator();
            let tally = coordinator.tally(now);
            CircuitState {
                name: known.circuit.name.clone(),
                state: coordinator.state(),
                generation: coordinator.generation(),
                retry_after_ms: coordinator.retry_after(now).map(Millis::get),
                calls: tally.calls,
                failures: tally.failures,
                slow_calls: tally.slow_calls,
                last_round,
                replicas: coordinator.replicas(now),
                latency: latency.map(Latency::from),
                answers: Some(answers).filter(|answers| answers.total() > 0),
                unread: transitions.unread + probes.unread + orders.unread,
                transitions: transitions.read,
                probes: probes.read,
                orders: orders.read,
                chosen: in_force.chosen,
                bypass: in_force.bypass,
            }
        })
    }

    /// What became of the circuit.
    pub(super) fn history(
        &self,
        store: &CoordinatorStore,
        known: CircuitDefinition,
        now: Timestamp,
    ) -> ObjectResult<CircuitHistory> {
        let transitions = store.transitions(HISTORY_SHOWN_MAX)?;
        let orders = store.orders(HISTORY_SHOWN_MAX)?;
        let minutes = self
            .figures
            .read(store, |figures| figures.minutes(now).map(MinuteView::from).collect())?;
        Ok(CircuitHistory {
            name: known.circuit.name.clone(),
            state: self.with_host(|host| host.coordinator().state())?,
            unread: transitions.unread + orders.unread,
            transitions: transitions.read,
            orders: orders.read,
            minutes,
        })
    }

    /// The orders that hold.
    pub(super) fn orders(
        &self,
        store: &CoordinatorStore,
        known: CircuitDefinition,
        now: Timestamp,
    ) -> ObjectResult<CircuitOrders> {
        let (chosen, bypass) = (store.last_override()?, store.last_bypass()?);
        self.with_host(|host| {
            let in_force = host.coordinator().orders(now);
            CircuitOrders {
                name: known.circuit.name.clone(),
                state: host.coordinator().state(),
                chosen: chosen.filter(|_| in_force.chosen.is_some()),
                bypass: bypass.filter(|_| in_force.bypass_until.is_some()),
            }
        })
    }
}
