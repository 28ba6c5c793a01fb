//! `GET /_breakwater/live`.

use breakwater_core::site::live::{CONNECTION_RETRY, TooManyConnections};
use breakwater_core::site::operator::check_handshake;
use breakwater_platform::monitor_object;
use breakwater_platform::problem::ProblemDetails;
use wasm_bindgen::JsValue;

use crate::operators::OperatorRequest;
use crate::operators::whole_site::{refuse_failed, refuse_for_now};
use crate::reply::refuse;

/// The status of an answer that opens a WebSocket.
const SWITCHING_PROTOCOLS: u16 = 101;

/// Opens a WebSocket that tells what happens.
pub(crate) async fn handle(asker: &OperatorRequest<'_>) -> Result<JsValue, JsValue> {
    let headers = asker.request.headers();
    let (origin, url) = (headers.get("origin")?, asker.request.url());
    if let Err(error) = check_handshake(&asker.proof, &url, origin.as_deref()) {
        return refuse(ProblemDetails::new(403, "Forbidden", error.to_string()), &[]);
    }
    let upgrade = headers.get("upgrade")?.unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        let detail = "expected the handshake of a WebSocket (RFC 6455)";
        let problem = ProblemDetails::new(426, "Upgrade Required", detail.into());
        return refuse(problem, &[("upgrade", "websocket")]);
    }
    match monitor_object::connect(asker.env, asker.proof.ends_at()).await {
        Ok(answer) if answer.status() == SWITCHING_PROTOCOLS => Ok(answer.into()),
        Ok(_) => refuse_for_now(&TooManyConnections.to_string(), CONNECTION_RETRY),
        Err(error) => refuse_failed("the monitor's object failed", &error),
    }
}
