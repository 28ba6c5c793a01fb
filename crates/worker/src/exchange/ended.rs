//! How a call ended: what the breaker is told of its answer, or of the want of one.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::outcome::{Ended, Unanswered};
use breakwater_core::telemetry::log::{LogAttribute, LogEvent, LogSeverity};
use breakwater_platform::log;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use super::Exchange;
use crate::isolate::{self, Destination};
use crate::{clock, cors as scripts, platform, reports};

/// What came of a call.
pub(crate) struct SettledCall {
    pub(crate) ended: Ended,
    pub(crate) response: Option<Response>,
    pub(crate) took: Millis,
}

/// What came of a call to `target` that began at `begun` and has `settled`: an answer, or an error.
pub(crate) fn settled(
    visit: &Exchange,
    target: Destination,
    call: &platform::Call,
    settled: JsValue,
    begun: Timestamp,
    now: Timestamp,
) -> SettledCall {
    let (ended, response) = ended(visit, target, call, settled, now);
    let took = took(visit, call, begun, now);
    // Not the time in which the visitor was sending.
    visit.recorder.called(target, ended, now.before(took), took);
    SettledCall { ended, response, took }
}

/// How it ended.
fn ended(
    visit: &Exchange,
    target: Destination,
    call: &platform::Call,
    settled: JsValue,
    now: Timestamp,
) -> (Ended, Option<Response>) {
    match settled.dyn_into::<Response>() {
        Ok(response) => {
            let ended = answered(visit, target, &response, now);
            (ended, Some(response).filter(|_| ended.has_answer()))
        }
        Err(error) => (unanswered(visit, call, &error), None),
    }
}

fn answered(visit: &Exchange, target: Destination, response: &Response, now: Timestamp) -> Ended {
    scripts::learn(visit, response, now);
    let dialect = target.upstream.dialect;
    let status = response.status();
    reports::answered(visit, target, status);
    let field = |name: &'static str| response.headers().get(name).ok().flatten();
    let retry_after = dialect.named_wait(status, field, now);
    Ended::with_status(status, retry_after)
}

fn unanswered(visit: &Exchange, call: &platform::Call, error: &JsValue) -> Ended {
    let ended = Unanswered::read(&call.facts(error, &visit.request)).ended();
    if ended == Ended::NotSent { not_sent(visit, error) } else { ended }
}

/// Tells operators of a request that the platform refused, or that we failed at.
pub(crate) fn not_sent(visit: &Exchange, error: &JsValue) -> Ended {
    log::of_request(
        LogSeverity::Error,
        LogEvent::RequestUnsent,
        &visit.trace,
        &[LogAttribute::Upstream.text(&visit.target.upstream.name)],
        format_args!("a request could not be sent: {error:?}"),
    );
    Ended::NotSent
}

/// How a call ended whose answer broke off.
pub(crate) fn broke(
    visit: &Exchange,
    target: Destination,
    call: &platform::Call,
    timed_out: bool,
) -> Ended {
    if timed_out {
        return Ended::TimedOut;
    }
    let ended = Unanswered::read(&call.facts(&JsValue::UNDEFINED, &visit.request)).ended();
    if ended == Ended::Disconnected {
        isolate::body_broke(target.circuit, clock::now());
    }
    ended
}

/// How long the upstream took: not the time in which the visitor was sending.
fn took(visit: &Exchange, call: &platform::Call, begun: Timestamp, now: Timestamp) -> Millis {
    // Most requests have no body, and asking costs a call.
    let waited = if visit.has_body { call.waited() } else { -1.0 };
    if waited < 0.0 { now.since(begun) } else { Millis::new(waited as u64) }
}
