//! A visitor's request on a route that keeps copies: the origin is asked, a copy steps in where
//! the origin fails or takes longer than the route's patience, and good answers become copies.

use std::time::Duration;

use breakwater_core::breaker::Rejected;
use breakwater_core::degrade::{Source, Trouble};
use breakwater_core::fleet::FleetPermit;
use breakwater_core::freshness::{self, Keep, RequestFacts, ResponseFacts};
use breakwater_core::outcome::Ended;
use breakwater_core::time::Millis;
use futures::channel::oneshot;
use futures::future::{self, Either};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{AbortController, Response, ResponseInit};
use worker::Delay;

use crate::address::Address;
use crate::answer;
use crate::copies::{self, Body, Copy};
use crate::visit::{self, Visit};
use crate::{clock, fallback, faults};

/// What came of asking the origin.
enum Asked {
    /// An answer worth passing on.
    Good { response: Response, body: Body, took: Millis },
    /// Reason to try the lower rungs, and the origin's own answer, if it gave one.
    Bad { trouble: Trouble, response: Option<Response>, took: Option<Millis> },
}

/// Answers the visitor. The call to the origin goes on when the visitor has been answered.
pub(crate) fn start(
    visit: Visit,
    admitted: Result<FleetPermit, Rejected>,
    may_keep: bool,
) -> Promise {
    let permit = match admitted {
        Ok(permit) => permit,
        Err(rejected) => {
            let trouble = Trouble::Rejected(rejected);
            return future_to_promise(async move {
                Ok(degrade(&visit, trouble, None, None).await?.into())
            });
        }
    };
    let (sender, asked) = oneshot::channel();
    let call = visit.clone();
    visit.ctx.wait_until(&future_to_promise(async move {
        let (asked, copy) = ask(&call, permit, may_keep).await?;
        // The visitor may have been given a copy by now, or have left.
        let _ = sender.send(asked);
        if let Some((response, body, keep)) = copy {
            let stale_for = call.target.route.degrade.stale_if_error.unwrap_or_default();
            copies::keep(&call.request, &response, &body, &keep, stale_for).await?;
        }
        Ok(JsValue::UNDEFINED)
    }));
    future_to_promise(async move { Ok(await_answer(&visit, asked).await?.into()) })
}

async fn await_answer(visit: &Visit, asked: oneshot::Receiver<Asked>) -> Result<Response, JsValue> {
    faults::panic_if_asked(&visit.env, "panic-copy");
    let patience = Delay::from(Duration::from_millis(visit.target.route.patience.get()));
    let asked = match future::select(asked, patience).await {
        Either::Left((asked, _)) => asked,
        Either::Right(((), asked)) => match find(visit).await {
            Some(copy) => return stale(visit, &copy, Trouble::Impatient, None),
            None => asked.await,
        },
    };
    match asked {
        Ok(Asked::Good { response, body, took }) => good(visit, &response, body, took),
        Ok(Asked::Bad { trouble, response, took }) => degrade(visit, trouble, response, took).await,
        // The call ended without a word, which only a fault of ours can bring about.
        Err(oneshot::Canceled) => Err(JsError::new("the call to the origin was lost").into()),
    }
}

/// Asks the origin and judges the answer, with its body where that is read whole: only an answer
/// that could be a copy is, since a visitor waits meanwhile, and others may stream for long.
async fn ask(
    visit: &Visit,
    permit: FleetPermit,
    may_keep: bool,
) -> Result<(Asked, Option<(Response, Uint8Array, Keep)>), JsValue> {
    let abort = AbortController::new()?;
    let url = visit.request.url();
    let sent = JsFuture::from(visit.send(Address::of(&url), &abort.signal())?);
    let route = visit.target.route;
    let limit = Delay::from(Duration::from_millis(route.timeout.get()));
    let response: Response = match future::select(sent, limit).await {
        Either::Left((Ok(response), _)) => response.unchecked_into(),
        Either::Left((Err(_), _)) => {
            return Ok((given_up(visit, permit, visit::broke(&visit.request, false)), None));
        }
        Either::Right(((), _)) => {
            abort.abort();
            return Ok((given_up(visit, permit, Ended::TimedOut), None));
        }
    };
    let ended = visit::answered(visit.target.upstream.dialect, &response, clock::now());
    let trouble = Trouble::of(ended);
    let keep = if trouble.is_none() { keep_of(visit, &response)? } else { None };
    let body = match &keep {
        Some(_) => copies::read(&response, route.patience).await,
        None => Ok(Body::Streamed(response.body())),
    };
    let Ok(body) = body else {
        return Ok((given_up(visit, permit, visit::broke(&visit.request, false)), None));
    };
    let now = clock::now();
    let took = now.since(visit.arrived);
    visit.record(permit, ended, now);
    if let Some(trouble) = trouble {
        return Ok((Asked::Bad { trouble, response: Some(response), took: Some(took) }, None));
    }
    let copy = match (&body, keep) {
        (Body::Whole(whole), Some(keep)) if may_keep => {
            Some((Clone::clone(&response), whole.clone(), keep))
        }
        _ => None,
    };
    Ok((Asked::Good { response, body, took }, copy))
}

/// A call that ended without an answer that can be passed on.
fn given_up(visit: &Visit, permit: FleetPermit, ended: Ended) -> Asked {
    let now = clock::now();
    visit.record(permit, ended, now);
    let trouble = Trouble::of(ended).unwrap_or(Trouble::Disconnected);
    Asked::Bad { trouble, response: None, took: Some(now.since(visit.arrived)) }
}

fn keep_of(visit: &Visit, response: &Response) -> Result<Option<Keep>, JsValue> {
    let headers = response.headers();
    let (cache_control, vary) = (headers.get("cache-control")?, headers.get("vary")?);
    let (age, content_type) = (headers.get("age")?, headers.get("content-type")?);
    let method = visit.request.method();
    let asked = RequestFacts { method: &method, ..RequestFacts::default() };
    let answered = ResponseFacts {
        status: response.status(),
        cache_control: cache_control.as_deref(),
        vary: vary.as_deref(),
        sets_cookie: headers.has("set-cookie")?,
        age: age.as_deref(),
        content_type: content_type.as_deref(),
    };
    Ok(freshness::keep(asked, answered).ok())
}

fn good(visit: &Visit, response: &Response, body: Body, took: Millis) -> Result<Response, JsValue> {
    let init: &ResponseInit = response.unchecked_ref();
    let answer = match body {
        Body::Whole(whole) => Response::new_with_opt_js_u8_array_and_init(Some(&whole), init),
        Body::Streamed(stream) => {
            Response::new_with_opt_readable_stream_and_init(stream.as_ref(), init)
        }
    }?;
    let headers = answer.headers();
    answer::add_label(&headers, visit.label(Source::Origin, Some(took), clock::now()));
    Ok(answer)
}

/// The lower rungs: a copy, the origin's own answer, the fallback.
async fn degrade(
    visit: &Visit,
    trouble: Trouble,
    own: Option<Response>,
    took: Option<Millis>,
) -> Result<Response, JsValue> {
    if let Some(copy) = find(visit).await {
        return stale(visit, &copy, trouble, took);
    }
    match own {
        Some(response) => {
            let label = visit.label(Source::Origin, took, clock::now());
            Ok(answer::passed_on(&response, label))
        }
        None => fallback::answer(visit, trouble, took),
    }
}

/// A copy, if there is one. A cache that fails is a cache without one.
async fn find(visit: &Visit) -> Option<Copy> {
    let stale_for = visit.target.route.degrade.stale_if_error.unwrap_or_default();
    copies::find(&visit.request, stale_for).await.unwrap_or_default()
}

fn stale(
    visit: &Visit,
    copy: &Copy,
    trouble: Trouble,
    took: Option<Millis>,
) -> Result<Response, JsValue> {
    let headers = copies::headers_of(copy)?;
    let ttl = copy.age.ttl_seconds();
    headers
        .append("cache-status", &format!("Breakwater; {}; ttl={ttl}", trouble.cache_status()))?;
    answer::add_label(&headers, visit.label(Source::Stale, took, clock::now()));
    let init = ResponseInit::new();
    init.set_status(200);
    init.set_headers(&headers);
    let body = copy.response.body().filter(|_| visit.request.method() != "HEAD");
    Response::new_with_opt_readable_stream_and_init(body.as_ref(), &init)
}
