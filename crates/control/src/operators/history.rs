//! The site's history.

use breakwater_core::site::operator::Event;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::log;
use breakwater_platform::object::Json;
use breakwater_platform::site_object::SiteClient;
use worker::Env;

use super::OperatorRequest;

/// Adds an event of this request, with the reason that stands beside the body.
pub(super) async fn record_for(asker: &OperatorRequest<'_>, event: Event) {
    let reason = event.reason.or_else(|| asker.reason.cloned());
    record(asker.env, &Event { reason, ..event }).await;
}

/// Adds an event to the site's history. What it tells of is kept elsewhere too: should this fail,
/// nothing is lost.
pub(super) async fn record(env: &Env, event: &Event) {
    let recorded = match serde_json::to_string(event) {
        Ok(json) => SiteClient::of(env).record(Json(json)).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = recorded {
        log::warn(LogEvent::HistoryFailed, &[], format_args!("not in the site's history: {error}"));
    }
}
