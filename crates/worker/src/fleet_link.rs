//! The link between a replica and its coordinator. It is used after the answer. One visitor alone
//! may wait for it: the one for whom nothing but the fallback is left (`ladder`).

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::fleet::{self, Loss, Session, SessionStep, Verdict};
use breakwater_core::site::figures::ReportedFigures;
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_platform::coordinator::CoordinatorClient;
use breakwater_platform::log;
use breakwater_platform::object::AskError;
use breakwater_platform::timer::{sleep, within};
use futures::future;
use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::Env;

use crate::platform::{ExecutionContext, property};
use crate::{clock, colo, faults, isolate, reports};

/// How long a scrape waits for the coordinators to take counts. Prometheus gives a scrape ten
/// seconds by default (`scrape_timeout`).
const COUNTED_WITHIN: Millis = Millis::from_secs(2);

/// Runs a session of the circuit's replica after the answer, if one is due. Returns whether it is.
pub(crate) fn talk_if_due(
    request: &Request,
    env: &JsValue,
    ctx: &ExecutionContext,
    circuit: CircuitId,
    now: Timestamp,
) -> bool {
    let Some(session) = isolate::begin_session(circuit, now) else { return false };
    let continent = property(&property(request, "cf"), "continent").as_string();
    isolate::set_region(circuit, continent.as_deref());
    run_behind(session, env, ctx, circuit);
    true
}

/// Does the same for a call that a Durable Object has made.
pub(crate) fn talk_for_object_if_due(
    env: &JsValue,
    ctx: &ExecutionContext,
    circuit: CircuitId,
    now: Timestamp,
) {
    if let Some(session) = isolate::begin_session(circuit, now) {
        run_behind(session, env, ctx, circuit);
    }
}

fn run_behind(session: Session, env: &JsValue, ctx: &ExecutionContext, circuit: CircuitId) {
    let env: Env = env.clone().unchecked_into();
    ctx.in_background(async move { run(session, &env, circuit).await });
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
                let found = colo::look(name).await;
                let now = clock::now();
                isolate::with_replica(circuit, |replica, policy, random| {
                    session.handle_found(replica, policy, found, random, now);
                });
            }
            SessionStep::LeaveNote(note) => colo::leave(name, &note).await,
            SessionStep::Share(verdict, lasts) => colo::share(name, &verdict, lasts).await,
            SessionStep::Tell(suspicion, lasts) => colo::tell(name, &suspicion, lasts).await,
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

/// Sends a report, and the figures beside it, which come again with the next if there is no
/// verdict. Returns `None` if the request's time is over.
async fn deliver(
    env: &Env,
    circuit: CircuitId,
    request: &fleet::ReportRequest,
) -> Option<Result<Verdict, Loss>> {
    let name = &isolate::site().circuits[circuit.index()].name;
    let coordinator = CoordinatorClient::named(env, name);
    if let Some(copy) = faults::copy_of(env, &request.report) {
        // The replica waits for the reply to its own report only.
        let _ = coordinator.report(copy, ReportedFigures::default()).await;
    }
    let figures = isolate::take_figures(circuit);
    let verdict = Box::pin(coordinator.report(request.report, figures.clone()));
    match within(verdict, request.timeout).await {
        Some(Ok(verdict)) => {
            isolate::figures_arrived(circuit, &figures);
            Some(Ok(verdict))
        }
        Some(Err(error)) => {
            log::warn(
                LogEvent::VerdictLost,
                &[LogAttribute::CircuitName.text(name)],
                format_args!("no verdict on circuit {name}: {error}"),
            );
            Some(Err(loss(&error)))
        }
        None => {
            log::warn(
                LogEvent::VerdictLost,
                &[LogAttribute::CircuitName.text(name)],
                format_args!("no verdict on circuit {name} in {}", request.timeout),
            );
            reports::no_verdict();
            None
        }
    }
}

/// Sends what was counted for each circuit, without a report.
pub(crate) async fn send_counts(env: &Env) {
    let circuits = isolate::site().circuits.iter().enumerate();
    future::join_all(circuits.map(|(index, circuit)| async move {
        let (name, circuit) = (&circuit.name, CircuitId::new(index));
        let figures = isolate::take_figures(circuit);
        if figures.is_empty() {
            return;
        }
        let counting = CoordinatorClient::named(env, name).count(figures.clone());
        match within(Box::pin(counting), COUNTED_WITHIN).await {
            Some(Ok(())) => isolate::figures_arrived(circuit, &figures),
            failed => {
                log::warn(
                    LogEvent::FiguresLost,
                    &[LogAttribute::CircuitName.text(name)],
                    format_args!("counts of circuit {name} wait for its next report: {failed:?}"),
                );
            }
        }
    }))
    .await;
}

/// What an error says about the report (Durable Objects, "Error handling").
const fn loss(error: &AskError) -> Loss {
    match error {
        AskError::Unreached { is_overloaded: true, .. } => Loss::Overloaded,
        AskError::Unreached { is_retryable: true, .. } => Loss::Retryable,
        AskError::Unreached { .. } | AskError::Refused(_) | AskError::Reply(_) => Loss::Unknown,
    }
}
