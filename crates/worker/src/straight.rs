//! The straight path: two synchronous halves around one upstream call, whose awaits the JavaScript
//! entry holds. A visitor who might get a stored response begins here too, and goes on to the
//! ladder only where the call takes too long, brings no good answer, or brings one that may become
//! a stored response.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use breakwater_core::base::time::Millis;
use breakwater_core::cache::cache_status::CacheStatus;
use breakwater_core::cache::freshness::NotStorable;
use breakwater_core::cache::mark::Absence;
use breakwater_core::circuit::fleet::Suspicion;
use breakwater_core::circuit::outcome::Ended;
use breakwater_core::site::degrade::{Rungs, Source, Target, Trouble};
use breakwater_core::site::request::{self, After, TICKETS_MAX};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Response;

use crate::attempts::{self, AnswerBody, FirstCall, MadeCall, Settled, UpstreamAnswer, Whole};
use crate::exchange::{self, Exchange, SettledCall, milliseconds};
use crate::isolate::{self, CallPurpose, CircuitPermit};
use crate::ladder;
use crate::outgoing::{self, OutgoingRequest};
use crate::platform::Read;
use crate::reading::BodyReading;
use crate::{answer, clock, examined, fallback, faults, platform, standing, storing, warnings};
use breakwater_platform::address::Address;

/// A call that the entry awaits.
struct StraightCall {
    visit: Exchange,
    /// Beyond the straight path.
    rungs: Rungs,
    permit: CircuitPermit,
    call: platform::Call,
}

/// An answer whose body the entry awaits.
struct StraightReading {
    visit: Exchange,
    rungs: Rungs,
    settled: Settled,
}

/// What the entry reads right after `begin`.
#[derive(Clone, Copy, Default)]
pub(crate) struct CallTicket {
    /// Zero if there is no call.
    pub(crate) number: u32,
    /// The call's time-out in milliseconds.
    pub(crate) time_out: u32,
    /// After how many milliseconds [`overdue`] wants to know; zero if it does not.
    pub(crate) patience: u32,
}

thread_local! {
    static CALLS: RefCell<BTreeMap<u32, StraightCall>> = const { RefCell::new(BTreeMap::new()) };
    static READINGS: RefCell<BTreeMap<u32, StraightReading>> =
        const { RefCell::new(BTreeMap::new()) };
    static LAST_NUMBER: Cell<u32> = const { Cell::new(0) };
    static TICKET: Cell<CallTicket> = const {
        Cell::new(CallTicket { number: 0, time_out: 0, patience: 0 })
    };
}

/// The ticket of the call that has just been started.
pub(crate) fn ticket() -> CallTicket {
    TICKET.get()
}

/// No call has been started yet.
pub(crate) fn forget() {
    TICKET.take();
}

/// Asks the circuit, and makes the call.
pub(crate) fn start(
    visit: Exchange,
    rungs: Rungs,
    call: platform::Call,
) -> Result<JsValue, JsValue> {
    let sending = OutgoingRequest::once(&visit)?;
    let purpose = CallPurpose::of(&visit, &sending, rungs);
    let admitted = isolate::acquire(visit.target, Target::Origin, purpose, visit.arrived);
    // Not only after the answer: a new isolate's first call may hang.
    visit.talk_if_due(visit.target.circuit, visit.arrived);
    match admitted {
        Ok(permit) => send(StraightCall { visit, rungs, permit, call }, &sending),
        Err(rejected) if rungs.any() || visit.asks.get() => {
            Ok(ladder::start(visit, rungs, Some(FirstCall::Rejected(rejected)), Suspicion::None)
                .into())
        }
        Err(rejected) => {
            fallback::answer(&visit, Trouble::Rejected(rejected), None).map(JsValue::from)
        }
    }
}

fn send(call: StraightCall, sending: &OutgoingRequest) -> Result<JsValue, JsValue> {
    let visit = &call.visit;
    faults::throw_if_asked(&visit.env, "throw")?;
    let response = match sending.send(visit, visit.target, &call.call) {
        Ok(response) => response,
        Err(error) => {
            let ended = exchange::not_sent(visit, &error);
            visit.record(visit.target, call.permit, ended, Millis::ZERO, visit.arrived);
            return Ok(JsValue::NULL);
        }
    };
    let route = visit.target.route;
    // Zero says that there is no ticket.
    let number = LAST_NUMBER.get().checked_add(1).unwrap_or(1);
    LAST_NUMBER.set(number);
    TICKET.set(CallTicket {
        number,
        time_out: milliseconds(route.timeout.min(route.deadline)),
        patience: if call.rungs.any() { milliseconds(route.patience).max(1) } else { 0 },
    });
    CALLS.with_borrow_mut(|calls| keep(calls, number, call));
    Ok(response.into())
}

/// Keeps what the entry awaits, in the place of the oldest if there are too many.
fn keep<T>(awaited: &mut BTreeMap<u32, T>, number: u32, one: T) {
    if awaited.len() >= TICKETS_MAX {
        awaited.pop_first();
    }
    awaited.insert(number, one);
}

/// The request's body has gone out, and from now on the call's time is the upstream's.
pub(crate) fn sent(number: u32) {
    CALLS.with_borrow_mut(|calls| {
        if let Some(StraightCall { visit, permit, .. }) = calls.get_mut(&number) {
            permit.sent(visit.target, clock::now());
        }
    });
}

/// The visitor has waited for long enough, and may get a stored response while the call goes on.
/// `settling` comes to what [`end`] takes. Returns the promise of an answer; `undefined` if the
/// call is not known.
pub(crate) fn overdue(number: u32, settling: Promise) -> JsValue {
    let Some(call) = CALLS.with_borrow_mut(|calls| calls.remove(&number)) else {
        return JsValue::UNDEFINED;
    };
    let StraightCall { visit, rungs, permit, call } = call;
    visit.handle_impatience(clock::now());
    let begun = visit.arrived;
    let made = MadeCall::UnderWay { permit, call, begun, settling };
    ladder::start(visit, rungs, Some(FirstCall::Made(made)), Suspicion::None).into()
}

/// Judges how the call ended, and shapes the answer. `settled` is the response, or the error.
/// Returns `undefined` if the call is not known, as after a trap; a promise if there is more to
/// wait for; the reading of a body if [`read`] is to get it; and `null` if nothing was sent.
pub(crate) fn end(number: u32, settled: JsValue) -> Result<JsValue, JsValue> {
    let Some(call) = CALLS.with_borrow_mut(|calls| calls.remove(&number)) else {
        return Ok(JsValue::UNDEFINED);
    };
    let now = clock::now();
    let StraightCall { visit, rungs, mut permit, call } = call;
    faults::break_if_asked(&visit.env, "end");
    let came = exchange::settled(&visit, visit.target, &call, settled, visit.arrived, now);
    let SettledCall { ended, response, took } = came;
    let is_examined = examined::wants(visit.target, ended, visit.path());
    let mut why = request::unserved(&visit.method);
    if rungs.any() {
        let is_good = Trouble::of(ended).is_none() && !is_examined;
        let good = response.as_ref().filter(|_| is_good);
        let fields =
            good.filter(|_| rungs.stored.is_open()).map(|response| platform::fields(response));
        let storable = good.zip(fields.as_deref()).map_or(Err(why), |(response, fields)| {
            attempts::reads_whole(&visit, response.status(), fields, now)
        });
        let passing = good.filter(|_| storable.is_err());
        why = storable.err().unwrap_or(why);
        // Only what has a body can break off.
        let is_watched = passing.is_some_and(|response| response.body().is_some())
            && isolate::watches_body(visit.target.circuit, now);
        if ended != Ended::NotSent && (passing.is_none() || is_watched) {
            let reading = match (good, &fields) {
                (Some(response), Some(fields)) if passing.is_none() => {
                    BodyReading::begin(&visit, response, fields, now)
                }
                _ => None,
            };
            let awaited = reading.as_ref().map(|it| JsValue::from(it.reading.clone()));
            let settled =
                Settled { permit, call, ended, response, took, fields, is_watched, reading };
            if let Some(awaited) = awaited {
                let reading = StraightReading { visit, rungs, settled };
                READINGS.with_borrow_mut(|readings| keep(readings, number, reading));
                return Ok(awaited);
            }
            let first = Some(FirstCall::Made(MadeCall::Settled(settled)));
            return Ok(ladder::start(visit, rungs, first, Suspicion::None).into());
        }
        standing::learn_if_due(&visit.env, &visit.ctx, now);
    } else if let (true, Some(response)) = (is_examined, &response) {
        let response = Clone::clone(response);
        return Ok(future_to_promise(async move {
            permit.hear(examined::read(&response).await);
            finish(visit, permit, Some(&response), ended, took, why)
        })
        .into());
    }
    finish(visit, permit, response.as_ref(), ended, took, why)
}

/// Shapes an answer whose body the entry has waited for. `read` is what came of it; `undefined` if
/// the visitor is not to wait any longer, or if it broke off.
pub(crate) fn read(number: u32, read: JsValue) -> Result<JsValue, JsValue> {
    let Some(awaited) = READINGS.with_borrow_mut(|readings| readings.remove(&number)) else {
        return Ok(JsValue::UNDEFINED);
    };
    let StraightReading { visit, rungs, settled } = awaited;
    let whole = if read.is_undefined() { None } else { read.unchecked_into::<Read>().whole() };
    match (whole, settled) {
        (
            Some(bytes),
            Settled {
                permit,
                ended,
                response: Some(response),
                took,
                fields: Some(fields),
                reading: Some(reading),
                ..
            },
        ) => {
            let now = clock::now();
            visit.record(visit.target, permit, ended, took, now);
            let answer = UpstreamAnswer {
                response,
                fields,
                body: AnswerBody::Whole(Whole::new(bytes, reading.share)),
                whom: Target::Origin,
                target: visit.target,
                took: now.since(visit.arrived),
            };
            ladder::pass_on_whole(visit, rungs, answer).map(JsValue::from)
        }
        (_, settled) => {
            let first = Some(FirstCall::Made(MadeCall::Settled(settled)));
            Ok(ladder::start(visit, rungs, first, Suspicion::None).into())
        }
    }
}

/// Tells the breaker, and shapes the answer, which is not stored for this reason.
fn finish(
    visit: Exchange,
    permit: CircuitPermit,
    response: Option<&Response>,
    ended: Ended,
    took: Millis,
    why: NotStorable,
) -> Result<JsValue, JsValue> {
    let now = clock::now();
    visit.record(visit.target, permit, ended, took, now);
    match response {
        Some(response) => {
            let origin = outgoing::said_origin(&visit.env, visit.target);
            let way = Address::of(&visit.url).way_from(&origin);
            let forwarded = || request::forwarded(&visit.method);
            let status = || CacheStatus::Forwarded(forwarded(), response.status(), Err(why));
            let cache = visit.tells_of_cache.then(status);
            let label = visit.label(visit.target, Source::Origin, Some(took), cache, now);
            visit.count_answer(Source::Origin, response.status(), now);
            warnings::look(&visit, visit.target, response, way);
            let answer = answer::passed_on(response, None, way, label)?;
            if visit.tells_of_cache && Absence::of_status(response.status()).is_some() {
                storing::note_absence(&visit, response);
            }
            let invalidation = match storing::decide_passing(&visit, response.status(), now) {
                After::Invalidate => visit.invalidation(response),
                After::Store { .. }
                | After::Validated(_)
                | After::Refresh { .. }
                | After::NotStored(_) => None,
            };
            Ok(match invalidation {
                None => answer.into(),
                Some(invalidation) => future_to_promise(async move {
                    invalidation.await;
                    Ok(answer.into())
                })
                .into(),
            })
        }
        None if ended == Ended::NotSent => Ok(JsValue::NULL),
        None => fallback::answer(&visit, Trouble::told(ended), Some(took)).map(JsValue::from),
    }
}
