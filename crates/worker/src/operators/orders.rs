//! What operators order: read, given to each circuit that it is for, and answered with what holds.

use breakwater_core::base::time::Millis;
use breakwater_core::site::operator::{BODY_MAX, Event, Operator, Order, OrderError};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;
use worker::Env;

use super::{refuse, respond, send, site};
use crate::api::{CircuitOrders, Failed, Orders, Partial, Problem};
use crate::fleet_link::{self, What};
use crate::{clock, edge, join_all, platform};

/// How long an order's body may pause: it is one packet.
const BODY_PAUSE: Millis = Millis::from_secs(10);

/// Sets or lifts an override of an upstream's circuits.
pub(super) async fn set_override(
    env: &Env,
    request: &Request,
    upstream: usize,
) -> Result<JsValue, JsValue> {
    let read = |body: &[u8]| Order::parse_override(body, edge::site(), upstream);
    give(env, request, read).await
}

/// Has everything pass.
pub(super) async fn bypass(env: &Env, request: &Request) -> Result<JsValue, JsValue> {
    give(env, request, |body| Ok((Order::parse_bypass(body)?, every_circuit()))).await
}

/// Ends that.
pub(super) async fn lift_bypass(env: &Env, request: &Request) -> Result<JsValue, JsValue> {
    give(env, request, |body| Ok((Order::parse_lift(body)?, every_circuit()))).await
}

fn every_circuit() -> Vec<usize> {
    (0..edge::site().circuits.len()).collect()
}

/// Reads an order and gives it to its circuits.
async fn give(
    env: &Env,
    request: &Request,
    read: impl FnOnce(&[u8]) -> Result<(Order, Vec<usize>), OrderError>,
) -> Result<JsValue, JsValue> {
    let body = match body(request).await {
        Ok(body) => body,
        Err(problem) => return refuse(problem, &[]),
    };
    let (order, circuits) = match read(&body) {
        Ok(read) => read,
        Err(error) => return refuse(Problem::new(400, "Bad Request", error.to_string()), &[]),
    };
    let (by, now) = (Operator::Token, clock::now());
    let what = What::Order { order: order.clone(), by };
    let asked = each(env, circuits, &what).await;
    let took: Vec<String> = asked.answered.iter().map(|circuit| circuit.name.clone()).collect();
    if !took.is_empty() {
        site::record(env, &Event::of_order(&order, took, by, now)).await;
    }
    answer("are not known to have taken it; sending it again is safe", asked)
}

/// All of a request's body.
pub(super) async fn body(request: &Request) -> Result<Vec<u8>, Problem> {
    let (limit, pause) = (BODY_MAX as u32, BODY_PAUSE.get() as u32);
    let broken = || Problem::new(400, "Bad Request", "the body broke off".into());
    let reading = platform::read_whole(request, limit, pause).map_err(|_| broken())?;
    let read = match JsFuture::from(reading.result()).await {
        Ok(read) => read,
        Err(error) if platform::property(&error, "name") == "TimeoutError" => {
            let detail = format!("the body did not come within {BODY_PAUSE}");
            return Err(Problem::new(408, "Request Timeout", detail));
        }
        Err(_) => return Err(broken()),
    };
    match platform::property(&read, "whole").dyn_into::<Uint8Array>() {
        Ok(whole) => Ok(whole.to_vec()),
        Err(_) => {
            let detail = format!("the body is too long, expected at most {BODY_MAX} bytes");
            Err(Problem::new(413, "Content Too Large", detail))
        }
    }
}

/// What became of asking some circuits: all are asked, whatever becomes of one.
pub(super) struct Asked {
    answered: Vec<CircuitOrders>,
    failed: Vec<Failed>,
}

/// Asks circuits for the orders that hold, perhaps after one more.
pub(super) async fn each(
    env: &Env,
    circuits: impl IntoIterator<Item = usize>,
    what: &What,
) -> Asked {
    let asked = circuits.into_iter().map(|circuit| async move {
        let name = &edge::site().circuits[circuit].name;
        let answer = fleet_link::ask::<CircuitOrders>(env, name, what.clone()).await;
        answer.map_err(|error| Failed { name: name.clone(), error: error.to_string() })
    });
    let mut all = Asked { answered: Vec::new(), failed: Vec::new() };
    for asked in join_all::join_all(asked).await {
        match asked {
            Ok(orders) => all.answered.push(orders),
            Err(failed) => all.failed.push(failed),
        }
    }
    all
}

/// 200 with what holds; 502 if a circuit failed, of which `failing` says what that means.
pub(super) fn answer(failing: &str, asked: Asked) -> Result<JsValue, JsValue> {
    let Asked { answered: circuits, failed } = asked;
    if failed.is_empty() {
        return respond(200, &Orders { circuits });
    }
    let names: Vec<String> = failed.iter().map(|failed| format!("`{}`", failed.name)).collect();
    let of = circuits.len() + failed.len();
    let detail = format!("{} of {of} circuits {failing}: {}", names.len(), names.join(", "));
    let problem = Problem::new(502, "Bad Gateway", detail);
    let partial = Partial { problem, circuits, failed };
    send(502, Problem::CONTENT_TYPE, &partial, &[])
}
