//! What operators see.

use breakwater_core::site::config::Circuit;
use wasm_bindgen::JsValue;
use worker::Env;

use super::orders;
use crate::api::{CircuitState, CircuitView, Failed, UpstreamView, Upstreams};
use crate::fleet_link::{self, CoordinatorCall};
use crate::isolate;
use crate::joined;

/// Every upstream with its circuits.
pub(super) async fn upstreams(env: &Env) -> Upstreams {
    let site = isolate::site();
    let views = site.upstreams.iter().enumerate().map(|(index, upstream)| async move {
        let circuits = site.circuits.iter().filter(|circuit| circuit.upstream == index);
        UpstreamView {
            name: upstream.name.clone(),
            critical: upstream.critical,
            probe: upstream.probe.clone(),
            circuits: joined::all(circuits.map(|circuit| view(env, circuit))).await,
        }
    });
    Upstreams { upstreams: joined::all(views).await }
}

async fn view(env: &Env, circuit: &Circuit) -> CircuitView {
    let name = &circuit.name;
    match fleet_link::ask::<CircuitState>(env, name, CoordinatorCall::View).await {
        Ok(state) => CircuitView::Known(Box::new(state)),
        Err(error) => CircuitView::Unknown(Failed { name: name.clone(), error: error.to_string() }),
    }
}

/// Whether a bypass holds, circuit by circuit.
pub(super) async fn bypass(env: &Env) -> Result<JsValue, JsValue> {
    let circuits = 0..isolate::site().circuits.len();
    orders::answer(
        "could not be asked",
        orders::each(env, circuits, &CoordinatorCall::Orders).await,
    )
}
