//! `DELETE /_breakwater/sessions/{session}`.

use breakwater_platform::site_object::SiteClient;
use wasm_bindgen::JsValue;

use crate::api::EndedSession;
use crate::operators::watch::refuse_unknown;
use crate::operators::whole_site::{NOT_KNOWN, refuse_failed};
use crate::operators::{OperatorRequest, identify};
use crate::reply::respond;

/// Ends a session of someone else.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, name: &str) -> Result<JsValue, JsValue> {
    match SiteClient::of(asker.env).revoke_session(name.into(), asker.by.clone()).await {
        Ok(Some(hash)) => {
            let ended = hash.name().into();
            identify::forget(hash);
            respond(200, &EndedSession { ended })
        }
        Ok(None) => refuse_unknown("session", name),
        Err(error) => refuse_failed(NOT_KNOWN, &error),
    }
}
