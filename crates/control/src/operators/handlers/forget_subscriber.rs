//! `DELETE /_breakwater/subscribers/{subscriber}`.

use breakwater_core::site::operator::Event;
use breakwater_core::watch::subscription::SubscriberId;
use breakwater_platform::clock;
use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::api::ForgottenAnswer;
use crate::operators::whole_site::{NOT_KNOWN, refuse_failed};
use crate::operators::{OperatorRequest, history, watch};
use crate::reply::respond;

/// Deletes a subscriber.
pub(crate) async fn handle(asker: &OperatorRequest<'_>, name: &str) -> Result<JsValue, JsValue> {
    // The table takes no other name.
    let Some(id) = SubscriberId::parse(name) else {
        return watch::refuse_unknown("subscriber", name);
    };
    match MonitorClient::of(asker.env).forget_subscriber(id).await {
        Ok(true) => {
            let event = Event::of_forgetting(name.into(), asker.by.clone(), clock::now());
            history::record(asker.env, &event).await;
            respond(200, &ForgottenAnswer { id: name.into() })
        }
        Ok(false) => watch::refuse_unknown("subscriber", name),
        Err(error) => refuse_failed(NOT_KNOWN, &error),
    }
}
