//! `GET /_breakwater/upstreams`.

use breakwater_core::site::config::Circuit;
use breakwater_platform::coordinator::CoordinatorClient;
use breakwater_platform::site;
use wasm_bindgen::JsValue;
use worker::Env;

use crate::api::{CircuitView, FailedCircuit, UpstreamView, Upstreams};
use crate::join_all;
use crate::operators::OperatorRequest;
use crate::reply::respond;

/// Shows every upstream with its circuits.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let env = asker.env;
    let site = site();
    let views = site.upstreams.iter().enumerate().map(|(index, upstream)| async move {
        let circuits = site.circuits.iter().filter(|circuit| circuit.upstream == index);
        UpstreamView {
            name: upstream.name.clone(),
            critical: upstream.critical,
            probe: upstream.probe.clone(),
            circuits: join_all::join_all(circuits.map(|circuit| view(env, circuit))).await,
        }
    });
    respond(200, &Upstreams { upstreams: join_all::join_all(views).await })
}

async fn view(env: &Env, circuit: &Circuit) -> CircuitView {
    let name = &circuit.name;
    match CoordinatorClient::named(env, name).view().await {
        Ok(state) => CircuitView::Known(Box::new(state)),
        Err(error) => {
            CircuitView::Unknown(FailedCircuit { name: name.clone(), error: error.to_string() })
        }
    }
}
