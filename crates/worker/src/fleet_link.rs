//! The way between a replica and its coordinator: after the answer, never before it.

use std::time::Duration;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::fleet::{Loss, REPORT_TIMEOUT, Report, Step, Verdict};
use breakwater_platform::coordinator::{self, Asked, What};
use futures::future::{self, Either};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Request;
use worker::{Delay, Env, Error};

use crate::platform::{ExecutionContext, property};
use crate::{clock, colo, edge, faults};

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
    talk_behind(env, ctx, circuit);
}

/// The same for a call that a Durable Object made.
pub(crate) fn talk_for_object_if_due(
    env: &JsValue,
    ctx: &ExecutionContext,
    circuit: usize,
    now: Timestamp,
) {
    if edge::begin_session(circuit, now) {
        talk_behind(env, ctx, circuit);
    }
}

fn talk_behind(env: &JsValue, ctx: &ExecutionContext, circuit: usize) {
    let env: Env = env.clone().unchecked_into();
    ctx.wait_until(&future_to_promise(async move {
        talk(&env, circuit).await;
        Ok(JsValue::UNDEFINED)
    }));
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
        let _ = coordinator::ask::<Verdict>(env, name, What::Report(copy)).await;
    }
    let latencies = edge::take_latencies(circuit);
    let asked = Asked { circuit: name.clone(), what: What::Report(report), latencies };
    let verdict = Box::pin(coordinator::report(env, &asked));
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
