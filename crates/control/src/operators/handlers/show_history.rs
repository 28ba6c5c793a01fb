//! `GET /_breakwater/upstreams/{upstream}/history`.

use breakwater_core::site::config::Circuit;
use breakwater_platform::coordinator::CoordinatorClient;
use breakwater_platform::site;
use wasm_bindgen::JsValue;
use worker::Env;

use crate::api::{FailedCircuit, HistoryView, UpstreamHistory};
use crate::join_all;
use crate::operators::OperatorRequest;
use crate::reply::respond;

/// Shows what became of the circuits of the upstream with this index.
pub(crate) async fn handle(
    asker: &OperatorRequest<'_>,
    upstream: usize,
) -> Result<JsValue, JsValue> {
    let circuits = site().circuits.iter().filter(|circuit| circuit.upstream == upstream);
    let circuits = join_all::join_all(circuits.map(|circuit| history(asker.env, circuit))).await;
    respond(200, &UpstreamHistory { circuits })
}

async fn history(env: &Env, circuit: &Circuit) -> HistoryView {
    let name = &circuit.name;
    match CoordinatorClient::named(env, name).history().await {
        Ok(history) => HistoryView::Known(Box::new(history)),
        Err(error) => {
            HistoryView::Unknown(FailedCircuit { name: name.clone(), error: error.to_string() })
        }
    }
}
