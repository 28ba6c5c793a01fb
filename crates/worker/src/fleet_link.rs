//! The way between a replica and its coordinator: after the answer, never before it.

use std::time::Duration;

use breakwater_core::fleet::{Report, Verdict};
use breakwater_core::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use worker::{Delay, Env, Method, Request, RequestInit, Response};

use crate::platform::ExecutionContext;
use crate::{clock, edge};

/// The binding of the coordinators.
const NAMESPACE: &str = "UPSTREAMS";

/// What a coordinator is asked. It carries the circuit's name, since an object cannot know what
/// it was called by when its alarm wakes it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) circuit: String,
    pub(crate) what: What,
}

/// The coordinator's calls.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// Take a report and give a [`Verdict`].
    Report(Report),
    /// Probe the upstream if that is due, and arm the alarm.
    Round,
    /// Tell operators what is known.
    View,
}

/// Sends the replica's report after the answer, if one is due.
pub(crate) fn report_if_due(env: &JsValue, ctx: &ExecutionContext, circuit: usize, now: Timestamp) {
    let Some((report, delay)) = edge::poll_report(circuit, now) else { return };
    let env: Env = env.clone().unchecked_into();
    ctx.wait_until(&future_to_promise(async move {
        report_all(&env, circuit, report, delay).await;
        Ok(JsValue::UNDEFINED)
    }));
}

/// Sends a report, and what came up meanwhile: another event may have left news behind while
/// this report was under way.
async fn report_all(env: &Env, circuit: usize, first: Report, delay: Millis) {
    let mut next = Some((first, delay));
    while let Some((report, delay)) = next {
        if delay > Millis::ZERO {
            Delay::from(Duration::from_millis(delay.get())).await;
        }
        let name = &edge::site().circuits[circuit].name;
        match ask::<Verdict>(env, name, What::Report(report)).await {
            Ok(verdict) => {
                edge::handle_verdict(circuit, report.sequence, verdict, clock::now());
            }
            Err(error) => {
                worker::console_warn!("no verdict on circuit {name}: {error}");
                edge::handle_lost_report(circuit, report.sequence);
                return;
            }
        }
        next = edge::poll_report(circuit, clock::now());
    }
}

/// Asks the coordinator of a circuit.
pub(crate) async fn ask<T: for<'de> Deserialize<'de>>(
    env: &Env,
    circuit: &str,
    what: What,
) -> worker::Result<T> {
    let asked = serde_json::to_string(&Asked { circuit: circuit.into(), what })?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(asked.into()));
    let request = Request::new_with_init("https://coordinator.invalid/", &init)?;
    let stub = env.durable_object(NAMESPACE)?.get_by_name(circuit)?;
    let mut reply: Response = stub.fetch_with_request(request).await?;
    Ok(serde_json::from_str(&reply.text().await?)?)
}
