//! What operators see.

use breakwater_core::site::config::Circuit;
use wasm_bindgen::JsValue;
use worker::Env;

use super::orders;
use crate::api::{CircuitState, CircuitView, Failed, UpstreamView, Upstreams};
use crate::edge;
use crate::fleet_link::{self, What};
use crate::join_all;

/// Every upstream with its circuits.
pub(super) async fn upstreams(env: &Env) -> Upstreams {
    let site = edge::site();
    let views = site.upstreams.iter().enumerate().map(|(index, upstream)| async move {
        let circuits = site.circuits.iter().filter(|circuit| circuit.upstream == index);
        UpstreamView {
            name: upstream.name.clone(),
            critical: upstream.critical,
            probe: upstream.probe.clone(),
            circuits: join_all::join_all(circuits.map(|circuit| view(env, circuit))).await,
        }
    });
    Upstreams { upstreams: join_all::join_all(views).await }
}

async fn view(env: &Env, circuit: &Circuit) -> CircuitView {
    let name = &circuit.name;
    match fleet_link::ask::<CircuitState>(env, name, What::View).await {
        Ok(state) => CircuitView::Known(Box::new(state)),
        Err(error) => CircuitView::Unknown(Failed { name: name.clone(), error: error.to_string() }),
    }
}

/// Whether a bypass holds, circuit by circuit.
pub(super) async fn bypass(env: &Env) -> Result<JsValue, JsValue> {
    let circuits = 0..edge::site().circuits.len();
    orders::answer("could not be asked", orders::each(env, circuits, &What::Orders).await)
}
