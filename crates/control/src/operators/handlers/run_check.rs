//! `POST /_breakwater/checks/{check}/run`.

use breakwater_core::site::operator::AskedOnce;
use breakwater_core::watch::check::Check;
use breakwater_platform::clock;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::problem::ProblemDetails;
use wasm_bindgen::JsValue;

use crate::operators::whole_site::{NOT_KNOWN, refuse_failed};
use crate::operators::{OperatorRequest, history, watch};
use crate::reply::refuse;

/// Has a check made now.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, check: &Check) -> Result<JsValue, JsValue> {
    match MonitorClient::of(asker.env).run_check(check.name.clone()).await {
        Ok(true) => {
            let event = AskedOnce::RunCheck { check: check.name.clone() };
            history::record_for(asker, event.event(asker.by.clone(), clock::now())).await;
            watch::show_check(asker, check).await
        }
        Ok(false) => {
            let detail = format!("`{}` cannot be made: its job reports by itself", check.name);
            refuse(ProblemDetails::new(409, "Conflict", detail), &[])
        }
        Err(error) => refuse_failed(NOT_KNOWN, &error),
    }
}
