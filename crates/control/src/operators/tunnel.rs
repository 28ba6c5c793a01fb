//! The way of browsers' reports to Sentry. Anyone may send some, and they are bounded: they need no
//! operator's token, and get nothing but Sentry's status.

use std::cell::Cell;

use breakwater_core::base::fields::Fields;
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::telemetry::sentry::{
    ENVELOPE_MAX, MinuteThrottle, SentryDsn, TUNNEL_ANSWER_FIELDS, TunnelRefusal, frame,
};
use breakwater_platform::bindings::{response, variable};
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::{clock, log, site};
use wasm_bindgen::prelude::*;
use web_sys::Request;

use super::{body, refuse_method};
use crate::reply::refuse;
use crate::reports::post;

thread_local! {
    // A copy that is written back whole: a kill in the middle of the work leaves nothing borrowed.
    static THROTTLE: Cell<MinuteThrottle> = Cell::default();
}

/// Forwards an envelope as it came, and nothing else of the request.
pub(super) async fn answer(request: &Request, env: &JsValue) -> Result<JsValue, JsValue> {
    let Some(tunnel) = site().sentry.as_ref().and_then(|sentry| sentry.tunnel.as_ref()) else {
        return refuse(ProblemDetails::new(404, "Not Found", "the site has no tunnel".into()), &[]);
    };
    if request.method() != "POST" {
        return refuse_method("POST");
    }
    let dsn = variable(env, tunnel.dsn.as_str()).and_then(|dsn| SentryDsn::parse(&dsn).ok());
    let Some(dsn) = dsn else {
        let name = tunnel.dsn.as_str();
        log::error(LogEvent::ReportsFailed, &[], format_args!("the secret {name} is not a DSN"));
        let detail = "the tunnel has no project".into();
        return refuse(ProblemDetails::new(503, "Service Unavailable", detail), &[]);
    };
    let mut throttle = THROTTLE.get();
    let admitted = throttle.admit(tunnel.per_minute, clock::now());
    THROTTLE.set(throttle);
    if let Err(wait) = admitted {
        let seconds = wait.as_secs_ceil().to_string();
        let detail = "too many reports in this minute".into();
        let problem = ProblemDetails::new(429, "Too Many Requests", detail);
        return refuse(problem, &[("retry-after", &seconds)]);
    }
    let body = match body::whole(request, ENVELOPE_MAX).await {
        Ok(body) => body,
        Err(problem) => return refuse(problem, &[]),
    };
    if let Err(refusal) = frame(&body, &dsn) {
        return refuse(problem_of(refusal), &[]);
    }
    match post(&dsn, &body).await {
        Ok(answer) => {
            let lines = Fields::new(&answer.fields);
            let told = TUNNEL_ANSWER_FIELDS.into_iter();
            let told = told.filter_map(|name| lines.get(name).map(|value| (name, value)));
            let own = [("cache-control", "no-store")];
            Ok(response(answer.status, own.into_iter().chain(told), None)?.into())
        }
        Err(_) => {
            let detail = "the service took no report".into();
            refuse(ProblemDetails::new(502, "Bad Gateway", detail), &[])
        }
    }
}

fn problem_of(refusal: TunnelRefusal) -> ProblemDetails {
    let title = match refusal {
        TunnelRefusal::TooLong | TunnelRefusal::TooManyItems => "Content Too Large",
        TunnelRefusal::Malformed => "Bad Request",
        TunnelRefusal::OtherProject => "Forbidden",
    };
    ProblemDetails::new(refusal.status(), title, refusal.to_string())
}
