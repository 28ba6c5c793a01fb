//! Orders that are given to circuits, and answered with what holds.

use breakwater_core::base::id::CircuitId;
use breakwater_core::site::operator::{Event, Operator, Order};
use breakwater_platform::circuit_view::CircuitOrders;
use breakwater_platform::coordinator::CoordinatorClient;
use breakwater_platform::object::AskError;
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::{clock, site};
use wasm_bindgen::prelude::*;
use worker::Env;

use crate::api::{FailedCircuit, OrdersAnswer, Partial};
use crate::join_all;
use crate::operators::history;
use crate::reply::{respond, send};

/// The replies of the circuits that were asked: all are asked, whatever becomes of one.
pub(super) struct CircuitReplies {
    answered: Vec<CircuitOrders>,
    failed: Vec<FailedCircuit>,
}

/// All circuits.
pub(super) fn all() -> Vec<CircuitId> {
    (0..site().circuits.len()).map(CircuitId::new).collect()
}

/// Gives an order to these circuits, and keeps it in the site's history.
pub(super) async fn follow(
    env: &Env,
    order: Order,
    circuits: Vec<CircuitId>,
    by: Operator,
) -> Result<JsValue, JsValue> {
    let (given, orderer) = (&order, &by);
    let replies =
        ask(env, circuits, async |circuit| circuit.follow(given.clone(), orderer.clone()).await)
            .await;
    let took: Vec<String> = replies.answered.iter().map(|circuit| circuit.name.clone()).collect();
    if !took.is_empty() {
        history::record(env, &Event::of_order(&order, took, by, clock::now())).await;
    }
    answer("are not known to have taken it; sending it again is safe", replies)
}

/// Asks circuits for the orders that hold, perhaps after one more.
pub(super) async fn ask(
    env: &Env,
    circuits: Vec<CircuitId>,
    ask: impl AsyncFn(CoordinatorClient<'_>) -> Result<CircuitOrders, AskError>,
) -> CircuitReplies {
    let ask = &ask;
    let asked = circuits.into_iter().map(|circuit| async move {
        let name = &site().circuits[circuit.index()].name;
        let answer = ask(CoordinatorClient::named(env, name)).await;
        answer.map_err(|error| FailedCircuit { name: name.clone(), error: error.to_string() })
    });
    let mut all = CircuitReplies { answered: Vec::new(), failed: Vec::new() };
    for reply in join_all::join_all(asked).await {
        match reply {
            Ok(orders) => all.answered.push(orders),
            Err(failed) => all.failed.push(failed),
        }
    }
    all
}

/// Answers 200 with what holds; 502 if a circuit failed, of which `failing` says what that means.
pub(super) fn answer(failing: &str, replies: CircuitReplies) -> Result<JsValue, JsValue> {
    let CircuitReplies { answered: circuits, failed } = replies;
    if failed.is_empty() {
        return respond(200, &OrdersAnswer { circuits });
    }
    let names: Vec<String> = failed.iter().map(|failed| format!("`{}`", failed.name)).collect();
    let of = circuits.len() + failed.len();
    let detail = format!("{} of {of} circuits {failing}: {}", names.len(), names.join(", "));
    let problem = ProblemDetails::new(502, "Bad Gateway", detail);
    let partial = Partial { problem, circuits, failed };
    send(502, ProblemDetails::CONTENT_TYPE, &partial, &[])
}
