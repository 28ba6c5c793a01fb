//! `GET /_breakwater/bypass`.

use wasm_bindgen::JsValue;

use crate::operators::{OperatorRequest, circuits};

/// Shows the orders that hold, circuit by circuit.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let replies =
        circuits::ask(asker.env, circuits::all(), async |circuit| circuit.orders().await).await;
    circuits::answer("could not be asked", replies)
}
