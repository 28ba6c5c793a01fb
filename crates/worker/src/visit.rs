//! A visitor's request on the straight path: two synchronous halves around the upstream call,
//! whose awaits the JavaScript entry holds.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use breakwater_core::degrade::{Source, Trouble};
use breakwater_core::fleet::FleetPermit;
use breakwater_core::freshness::{self, RequestFacts};
use breakwater_core::outcome::{Dialect, Ended};
use breakwater_core::time::{Millis, Timestamp};
use breakwater_core::trace::Trace;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{AbortSignal, Request, Response};

use crate::address::Address;
use crate::answer::{self, Label};
use crate::edge::{self, Target};
use crate::platform::{self, ExecutionContext};
use crate::{clock, copy_visit, fallback, faults, fleet_link, operators};

/// What is known of a request when it arrives.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) request: Request,
    pub(crate) env: JsValue,
    pub(crate) ctx: ExecutionContext,
    pub(crate) target: Target,
    pub(crate) trace: Trace,
    pub(crate) arrived: Timestamp,
}

impl Visit {
    /// What the field `Breakwater` and its companions say, at `now`.
    pub(crate) fn label(
        &self,
        source: Source,
        origin: Option<Millis>,
        now: Timestamp,
    ) -> Label<'_> {
        Label {
            upstream: &self.target.upstream.name,
            circuit: edge::state(self.target.circuit, now),
            source,
            request_id: &self.trace.request_id,
            total: now.since(self.arrived),
            origin,
        }
    }

    /// Tells the breaker how the call ended, and the fleet if that is due.
    pub(crate) fn record(&self, permit: FleetPermit, ended: Ended, now: Timestamp) {
        let took = now.since(self.arrived);
        edge::record(self.target.circuit, self.target.upstream.dialect, permit, ended, took, now);
        self.talk_if_due(now);
    }

    /// Has the isolate talk to the fleet after the answer, if there is a reason.
    pub(crate) fn talk_if_due(&self, now: Timestamp) {
        fleet_link::talk_if_due(&self.request, &self.env, &self.ctx, self.target.circuit, now);
    }

    /// Sends the call to the upstream, until `signal` ends it.
    pub(crate) fn send(
        &self,
        address: Address<'_>,
        signal: &AbortSignal,
    ) -> Result<Promise, JsValue> {
        let over = faults::upstream(&self.env);
        let origin = over.as_deref().unwrap_or(self.target.upstream.origin.as_str());
        platform::send(
            &self.request,
            &[origin, address.path_and_query].concat(),
            address.host,
            address.scheme,
            &self.trace.request_id,
            &self.trace.traceparent,
            signal,
        )
    }
}

/// Calls that the entry may await at once. Beyond it the oldest is forgotten: its event must have
/// been cut short, since an isolate has no memory for that many.
const CALLS_MAX: usize = 10_000;

/// A call that the entry awaits.
struct Call {
    visit: Visit,
    permit: FleetPermit,
    deadline: AbortSignal,
}

thread_local! {
    static CALLS: RefCell<BTreeMap<u32, Call>> = const { RefCell::new(BTreeMap::new()) };
    static LAST_TICKET: Cell<u32> = const { Cell::new(0) };
    /// For the entry to read right after `begin`: the call's ticket, zero if there is none, and
    /// its time-out in milliseconds.
    static BEGUN: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// The ticket and the time-out of the call that `begin` has just started.
pub(crate) fn begun() -> (u32, u32) {
    BEGUN.get()
}

/// Reads a request and decides. Starts the upstream call and gives its promise, with a ticket
/// for [`end`]; or, with no ticket, gives the answer or the promise of one.
pub(crate) fn begin(
    request: Request,
    env: JsValue,
    ctx: ExecutionContext,
    deadline: AbortSignal,
) -> Result<JsValue, JsValue> {
    BEGUN.set((0, 0));
    faults::panic_if_asked(&env, "panic");
    let read = platform::read(&request);
    let mut lines = read.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (method, url, traceparent, fields) = (line(), line(), line(), line().as_bytes());
    let has = |field: usize| fields.get(field) == Some(&b'1');
    let address = Address::of(url);
    if operators::owns(address.path) {
        return Ok(future_to_promise(operators::answer(request, env)).into());
    }
    let arrived = clock::now();
    let (id, span) = edge::draw_ids();
    let trace = Trace::new(Some(traceparent), id, span);
    let target = edge::target(address.path);
    let facts = RequestFacts {
        method,
        has_cookie: has(0),
        has_authorization: has(1),
        has_range: has(2),
        is_private_route: target.route.private,
    };
    let may_serve_copy = !edge::is_bypassed(target.circuit, arrived)
        && target.route.degrade.stale_if_error.is_some()
        && freshness::may_serve(facts)
        && !has(3);
    let may_keep_copy = may_serve_copy && !facts.has_cookie && !has(4);
    let visit = Visit { request, env, ctx, target, trace, arrived };
    let admitted = edge::acquire(target.circuit, target.route.lease(), arrived);
    // Not only after the answer: a new isolate's first call may hang.
    visit.talk_if_due(arrived);
    if may_serve_copy {
        return Ok(copy_visit::start(visit, admitted, may_keep_copy).into());
    }
    match admitted {
        Ok(permit) => start(visit, address, permit, deadline),
        Err(rejected) => {
            fallback::answer(&visit, Trouble::Rejected(rejected), None).map(JsValue::from)
        }
    }
}

fn start(
    visit: Visit,
    address: Address<'_>,
    permit: FleetPermit,
    deadline: AbortSignal,
) -> Result<JsValue, JsValue> {
    let response = visit.send(address, &deadline)?;
    // Zero says that there is no ticket.
    let ticket = LAST_TICKET.get().checked_add(1).unwrap_or(1);
    LAST_TICKET.set(ticket);
    BEGUN.set((ticket, milliseconds(visit.target.route.timeout)));
    CALLS.with_borrow_mut(|calls| {
        if calls.len() >= CALLS_MAX {
            calls.pop_first();
        }
        calls.insert(ticket, Call { visit, permit, deadline })
    });
    Ok(response.into())
}

/// Judges how the call ended, and shapes the answer. `settled` is the response, or the error.
/// `undefined` if the call is not known, as after a trap.
pub(crate) fn end(ticket: u32, settled: &JsValue) -> Result<JsValue, JsValue> {
    let Some(call) = CALLS.with_borrow_mut(|calls| calls.remove(&ticket)) else {
        return Ok(JsValue::UNDEFINED);
    };
    let now = clock::now();
    let Call { visit, permit, deadline } = call;
    faults::panic_if_asked(&visit.env, "panic-end");
    let response = settled.dyn_ref::<Response>();
    let ended = match response {
        Some(response) => answered(visit.target.upstream.dialect, response, now),
        None => broke(&visit.request, deadline.aborted()),
    };
    visit.record(permit, ended, now);
    let origin = Some(now.since(visit.arrived));
    match (response, Trouble::of(ended)) {
        (Some(response), _) => {
            let label = visit.label(Source::Origin, origin, now);
            Ok(answer::passed_on(response, label).into())
        }
        (None, trouble) => {
            let trouble = trouble.unwrap_or(Trouble::Disconnected);
            fallback::answer(&visit, trouble, origin).map(JsValue::from)
        }
    }
}

/// How a call ended that got an answer.
pub(crate) fn answered(dialect: Dialect, response: &Response, now: Timestamp) -> Ended {
    let status = response.status();
    let field = |name: &'static str| response.headers().get(name).ok().flatten();
    let retry_after = dialect.named_wait(status, field, now);
    Ended::Answered { status, retry_after }
}

/// How a call ended that got none.
pub(crate) fn broke(request: &Request, timed_out: bool) -> Ended {
    if timed_out {
        Ended::TimedOut
    } else if request.signal().aborted() {
        Ended::VisitorLeft
    } else {
        Ended::Disconnected
    }
}

/// For timers: a longer time than they can take is as long as they can.
pub(crate) fn milliseconds(span: Millis) -> u32 {
    u32::try_from(span.get()).unwrap_or(i32::MAX as u32)
}
