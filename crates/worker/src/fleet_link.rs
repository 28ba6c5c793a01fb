//! The way between a replica and its coordinator: after the answer, never before it.

use breakwater_core::site::needs;
use std::time::Duration;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::fleet::{Loss, REPORT_TIMEOUT, Report, Step, Verdict};
use breakwater_core::circuit::latency::Histogram;
use breakwater_core::site::operator::{Operator, Order};
use futures::future::{self, Either};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Request;
use worker::{Delay, Env, Error, State};

use crate::platform::{ExecutionContext, property};
use crate::{clock, colo, edge, faults, objects};

/// The binding of the coordinators.
const NAMESPACE: &str = needs::UPSTREAMS;

/// What a coordinator is asked. It carries the circuit's name, since an object cannot know what
/// it was called by when its alarm wakes it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) circuit: String,
    pub(crate) what: What,
    /// How long calls took. It rides along with a report, and is no part of the fleet's protocol.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "if_readable")]
    pub(crate) latencies: Option<Histogram>,
}

/// A report must not be lost for what rides along with it.
fn if_readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Histogram>, D::Error> {
    let read = Option::<Histogram>::deserialize(Value::deserialize(deserializer)?);
    Ok(read.unwrap_or_else(|error| {
        worker::console_warn!("latencies not read: {error}");
        None
    }))
}

/// The coordinator's calls.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// Take a report and give a [`Verdict`].
    Report(Report),
    /// Probe the upstream if that is due, and arm the alarm.
    Round,
    /// Follow an operator's order and tell what holds.
    Order { order: Order, by: Operator },
    /// Tell operators which orders hold.
    Orders,
    /// Tell operators what is known.
    View,
}

/// Has the replica talk to its colo and its coordinator after the answer, if there is a reason.
pub(crate) fn talk_if_due(
    request: &Request,
    env: &JsValue,
    ctx: &ExecutionContext,
    circuit: usize,
    now: Timestamp,
) {
    if !edge::begin_session(circuit, now) {
        return;
    }
    let continent = property(&property(request, "cf"), "continent").as_string();
    edge::set_place(circuit, continent.as_deref());
    let env: Env = env.clone().unchecked_into();
    ctx.wait_until(&future_to_promise(async move {
        talk(&env, circuit).await;
        Ok(JsValue::UNDEFINED)
    }));
}

/// The same from inside of a Durable Object.
pub(crate) fn talk_behind(state: &State, env: &Env, circuit: usize, now: Timestamp) {
    if edge::begin_session(circuit, now) {
        let env = env.clone();
        state.wait_until(async move { talk(&env, circuit).await });
    }
}

async fn talk(env: &Env, circuit: usize) {
    let name = &edge::site().circuits[circuit].name;
    while let Some(step) = edge::next_step(circuit, clock::now()) {
        match step {
            Step::Sleep(span) => sleep(span).await,
            Step::Look => {
                let (kept, note) = colo::look(name).await;
                edge::handle_found(circuit, kept, note, clock::now());
            }
            Step::Note(note) => colo::leave(name, &note).await,
            Step::Keep(kept, lasts) => colo::keep(name, &kept, lasts).await,
            Step::Send(report) => match deliver(env, circuit, report).await {
                Ok(verdict) => {
                    edge::handle_verdict(circuit, report.sequence, verdict, clock::now());
                }
                Err(loss) => edge::handle_lost(circuit, report.sequence, loss, clock::now()),
            },
        }
    }
}

/// Sends a report, and how long calls took beside it; takes these back if there is no verdict.
async fn deliver(env: &Env, circuit: usize, report: Report) -> Result<Verdict, Loss> {
    let name = &edge::site().circuits[circuit].name;
    if let Some(copy) = faults::copy_of(env, &report) {
        // Whatever becomes of it: the replica hears the reply to its own.
        let _ = ask::<Verdict>(env, name, What::Report(copy)).await;
    }
    let latencies = edge::take_latencies(circuit);
    let asked = Asked { circuit: name.clone(), what: What::Report(report), latencies };
    let verdict = Box::pin(send::<Verdict>(env, &asked));
    let loss = match future::select(verdict, Box::pin(sleep(REPORT_TIMEOUT))).await {
        Either::Left((Ok(verdict), _)) => return Ok(verdict),
        Either::Left((Err(error), _)) => {
            worker::console_warn!("no verdict on circuit {name}: {error}");
            loss(&error)
        }
        Either::Right(_) => {
            worker::console_warn!("no verdict on circuit {name} in {REPORT_TIMEOUT}");
            Loss::Unknown
        }
    };
    if let Some(latencies) = &asked.latencies {
        edge::return_latencies(circuit, latencies);
    }
    Err(loss)
}

/// What the platform says about a failed call to an object (Durable Objects, "Error handling").
fn loss(error: &Error) -> Loss {
    let Error::UnknownJsError { original, .. } = error else { return Loss::Unknown };
    let says = |name| property(original, name).is_truthy();
    if says("overloaded") {
        Loss::Overloaded
    } else if says("retryable") {
        Loss::Retryable
    } else {
        Loss::Unknown
    }
}

async fn sleep(span: Millis) {
    Delay::from(Duration::from_millis(span.get())).await;
}

/// Asks the coordinator of a circuit.
pub(crate) async fn ask<T: for<'de> Deserialize<'de>>(
    env: &Env,
    circuit: &str,
    what: What,
) -> worker::Result<T> {
    send(env, &Asked { circuit: circuit.into(), what, latencies: None }).await
}

async fn send<T: for<'de> Deserialize<'de>>(env: &Env, asked: &Asked) -> worker::Result<T> {
    let body = serde_json::to_string(asked)?;
    objects::ask(env, NAMESPACE, &asked.circuit, "", &body).await?.read()
}
