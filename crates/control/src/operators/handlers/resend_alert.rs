//! `POST /_breakwater/alerts/resend`.

use breakwater_core::site::operator::{AskedOnce, parse_alert_resend};
use breakwater_core::watch::alert::outbox::DeliveryKey;
use breakwater_platform::clock;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::problem::ProblemDetails;
use wasm_bindgen::JsValue;

use crate::api::AlertAnswer;
use crate::operators::whole_site::{NOT_KNOWN, refuse_failed};
use crate::operators::{OperatorRequest, body, history};
use crate::reply::{refuse, respond};
use crate::watch_rules::rules;

/// Sends a dead letter again.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let parse = |body: &[u8]| parse_alert_resend(body, rules());
    let key = match body::read(asker.request, parse).await {
        Ok(key) => key,
        Err(problem) => return refuse(problem, &[]),
    };
    match MonitorClient::of(asker.env).resend_alert(key.clone()).await {
        Ok(is_sent) => {
            let DeliveryKey { message, channel } = key;
            if is_sent {
                let event =
                    AskedOnce::ResendAlert { message: message.clone(), channel: channel.clone() };
                history::record_for(asker, event.event(asker.by.clone(), clock::now())).await;
                return respond(200, &AlertAnswer { message, channel });
            }
            let detail = format!(
                "`{message}` is no dead letter of `{channel}`, or too much waits for that channel"
            );
            refuse(ProblemDetails::new(409, "Conflict", detail), &[])
        }
        Err(error) => refuse_failed(NOT_KNOWN, &error),
    }
}
