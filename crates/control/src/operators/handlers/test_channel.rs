//! `POST /_breakwater/alerts/test`.

use breakwater_core::site::operator::{AskedOnce, parse_alert_test};
use breakwater_platform::clock;
use breakwater_platform::monitor_object::MonitorClient;
use wasm_bindgen::JsValue;

use crate::api::AlertAnswer;
use crate::operators::whole_site::{NOT_KNOWN, refuse_failed};
use crate::operators::{OperatorRequest, body, history, watch};
use crate::reply::{refuse, respond};
use crate::watch_rules::rules;

/// Sends a test to a channel.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let parse = |body: &[u8]| parse_alert_test(body, rules());
    let channel = match body::read(asker.request, parse).await {
        Ok(channel) => channel,
        Err(problem) => return refuse(problem, &[]),
    };
    match MonitorClient::of(asker.env).test_channel(channel.clone()).await {
        Ok(Some(message)) => {
            let event = AskedOnce::TestChannel { channel: channel.clone() };
            history::record_for(asker, event.event(asker.by.clone(), clock::now())).await;
            respond(200, &AlertAnswer { message, channel })
        }
        Ok(None) => watch::refuse_unknown("channel", &channel),
        Err(error) => refuse_failed(NOT_KNOWN, &error),
    }
}
