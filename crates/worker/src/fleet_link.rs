//! The link between a replica and its coordinator. It is used after the answer, never before it.

use std::time::Duration;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::fleet::{self, Loss, Report, Session, SessionStep, Verdict};
use breakwater_core::circuit::latency::Histogram;
use breakwater_core::site::needs;
use breakwater_core::site::operator::{Operator, Order};
use futures::future::{self, Either};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Request;
use worker::{Delay, Env, Error, State};

use crate::platform::{ExecutionContext, property};
use crate::{clock, colo, faults, isolate, objects};

/// The binding of the coordinators.
const NAMESPACE: &str = needs::UPSTREAMS;

/// A request to a coordinator. It carries the circuit's name, because an object that its alarm
/// wakes does not know by which name it is addressed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CoordinatorRequest {
    pub(crate) circuit: String,
    #[serde(rename = "what")]
    pub(crate) call: CoordinatorCall,
    /// How long calls took. It travels with a report, and is no part of the fleet's protocol.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "if_readable")]
    pub(crate) latencies: Option<Histogram>,
}

/// Reads latencies where that is possible: a report must not be lost for what travels with it.
fn if_readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Histogram>, D::Error> {
    let read = Option::<Histogram>::deserialize(Value::deserialize(deserializer)?);
    Ok(read.unwrap_or_else(|error| {
        worker::console_warn!("latencies not read: {error}");
        None
    }))
}

/// The calls that a coordinator answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CoordinatorCall {
    /// Apply a report and answer with a [`Verdict`].
    Report(Report),
    /// Probe the upstream if that is due, and arm the alarm.
    Round,
    /// Follow an operator's order and answer with the orders that hold.
    Order { order: Order, by: Operator },
    /// Answer with the orders that hold.
    Orders,
    /// Answer with what operators see of the circuit.
    View,
}

/// Runs a session of the circuit's replica after the answer, if one is due.
pub(crate) fn talk_if_due(
    request: &Request,
    env: &JsValue,
    ctx: &ExecutionContext,
    circuit: CircuitId,
    now: Timestamp,
) {
    let Some(session) = isolate::begin_session(circuit, now) else { return };
    let continent = property(&property(request, "cf"), "continent").as_string();
    isolate::set_region(circuit, continent.as_deref());
    let env: Env = env.clone().unchecked_into();
    ctx.wait_until(&future_to_promise(async move {
        run(session, &env, circuit).await;
        Ok(JsValue::UNDEFINED)
    }));
}

/// Does the same from inside of a Durable Object.
pub(crate) fn talk_behind(state: &State, env: &Env, circuit: CircuitId, now: Timestamp) {
    if let Some(session) = isolate::begin_session(circuit, now) {
        let env = env.clone();
        state.wait_until(async move { run(session, &env, circuit).await });
    }
}

/// Carries out the steps of a session to its end.
async fn run(mut session: Session, env: &Env, circuit: CircuitId) {
    let name = &isolate::site().circuits[circuit.index()].name;
    while let Some(step) = isolate::with_replica(circuit, |replica, _, random| {
        session.next_step(replica, random, clock::now())
    }) {
        match step {
            SessionStep::Sleep(span) => sleep(span).await,
            SessionStep::Look => {
                let (verdict, note) = colo::look(name).await;
                let now = clock::now();
                isolate::with_replica(circuit, |replica, policy, random| {
                    session.handle_found(replica, policy, verdict, note, random, now);
                });
            }
            SessionStep::LeaveNote(note) => colo::leave(name, &note).await,
            SessionStep::Share(verdict, lasts) => colo::share(name, &verdict, lasts).await,
            SessionStep::Send(request) => {
                let reply = deliver(env, circuit, &request).await;
                let (id, now) = (request.id, clock::now());
                isolate::with_replica(circuit, |replica, policy, random| match reply {
                    Some(reply) => session.handle_reply(replica, policy, id, reply, random, now),
                    None => session.handle_timeout(replica, policy, id, random, now),
                });
            }
        }
    }
}

/// Sends a report, and the latencies of calls beside it; takes these back if there is no verdict.
/// Returns `None` if the request's time is over.
async fn deliver(
    env: &Env,
    circuit: CircuitId,
    request: &fleet::Request,
) -> Option<Result<Verdict, Loss>> {
    let name = &isolate::site().circuits[circuit.index()].name;
    if let Some(copy) = faults::copy_of(env, &request.report) {
        // The replica waits for the reply to its own report only.
        let _ = ask::<Verdict>(env, name, CoordinatorCall::Report(copy)).await;
    }
    let latencies = isolate::take_latencies(circuit);
    let call = CoordinatorCall::Report(request.report);
    let asked = CoordinatorRequest { circuit: name.clone(), call, latencies };
    let verdict = Box::pin(send::<Verdict>(env, &asked));
    let reply = match future::select(verdict, Box::pin(sleep(request.timeout))).await {
        Either::Left((Ok(verdict), _)) => return Some(Ok(verdict)),
        Either::Left((Err(error), _)) => {
            worker::console_warn!("no verdict on circuit {name}: {error}");
            Some(Err(loss(&error)))
        }
        Either::Right(_) => {
            worker::console_warn!("no verdict on circuit {name} in {}", request.timeout);
            None
        }
    };
    if let Some(latencies) = &asked.latencies {
        isolate::return_latencies(circuit, latencies);
    }
    reply
}

/// Why the platform says that a call to an object failed (Durable Objects, "Error handling").
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
    call: CoordinatorCall,
) -> worker::Result<T> {
    send(env, &CoordinatorRequest { circuit: circuit.into(), call, latencies: None }).await
}

async fn send<T: for<'de> Deserialize<'de>>(
    env: &Env,
    asked: &CoordinatorRequest,
) -> worker::Result<T> {
    let body = serde_json::to_string(asked)?;
    objects::ask(env, NAMESPACE, &asked.circuit, "", &body).await?.read()
}
