//! `GET /_breakwater/session`.

use breakwater_core::site::operator::OperatorIdentity;
use wasm_bindgen::JsValue;

use crate::api::IdentityView;
use crate::operators::OperatorRequest;
use crate::reply::respond;

/// Shows who asks.
pub(crate) fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let OperatorRequest { rank, by, proof, .. } = asker;
    let identity = OperatorIdentity { rank: *rank, by: by.clone(), proof: proof.clone() };
    respond(200, &IdentityView::of(identity))
}
