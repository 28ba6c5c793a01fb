//! `DELETE /_breakwater/session`.

use breakwater_core::site::operator::OperatorProof;
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::site_object::SiteClient;
use wasm_bindgen::JsValue;

use crate::api::EndedSession;
use crate::operators::whole_site::{NOT_KNOWN, refuse_failed};
use crate::operators::{OperatorRequest, identify, login};
use crate::reply::{refuse, send};

/// Ends the session of the one who asks.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let OperatorProof::Session { hash, .. } = &asker.proof else {
        let detail = format!("this request shows no session, but a {}", asker.proof.as_str());
        return refuse(ProblemDetails::new(409, "Conflict", detail), &[]);
    };
    match SiteClient::of(asker.env).end_session(hash.clone(), asker.by.clone()).await {
        Ok(_) => {
            identify::forget(hash.clone());
            let cleared = login::cleared_cookie(asker.request)?.unwrap_or_default();
            let ended = EndedSession { ended: hash.name().into() };
            send(200, "application/json", &ended, &[("set-cookie", &cleared)])
        }
        Err(error) => refuse_failed(NOT_KNOWN, &error),
    }
}
