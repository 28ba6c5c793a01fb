//! A visitor's request as it arrives, which way it goes, and how its calls are judged.

use std::borrow::Cow;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::location;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::base::trace::Trace;
use breakwater_core::cache::cache_status::CacheStatus;
use breakwater_core::cache::freshness;
use breakwater_core::circuit::outcome::{Ended, Unanswered};
use breakwater_core::site::closed::Closed;
use breakwater_core::site::degrade::Source;
use breakwater_core::site::resolve::Owner;
use breakwater_core::site::{cors, guard};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Request, Response};

use crate::address::Address;
use crate::answer::Label;
use crate::cors as scripts;
use crate::isolate::{self, Permit, Target};
use crate::ladder::{self, Rungs};
use crate::platform::{self, ExecutionContext};
use crate::{
    calls, clock, copies, fallback, faults, fleet_link, refusal, sending, snapshots, standing,
    straight,
};

/// What is known of a request when it arrives.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) request: Request,
    pub(crate) method: String,
    /// With the path that is sent.
    pub(crate) url: String,
    /// Whether something reaches the upstream that no copy's key holds: that fields are taken away.
    pub(crate) has_unkeyed: bool,
    /// The origin of the script that asks, if it is not the site's own.
    pub(crate) origin: Option<Box<str>>,
    /// Whether it has a body, which may turn out to be empty.
    pub(crate) has_body: bool,
    pub(crate) env: JsValue,
    pub(crate) ctx: ExecutionContext,
    pub(crate) target: Target,
    pub(crate) trace: Trace,
    pub(crate) arrived: Timestamp,
}

impl Visit {
    /// The path as it is sent.
    pub(crate) fn path(&self) -> &str {
        Address::of(&self.url).path
    }

    /// What the field `Breakwater` and its companions say of an answer of `target`, at `now`.
    pub(crate) fn label(
        &self,
        target: Target,
        source: Source,
        origin: Option<Millis>,
        cache: Option<CacheStatus>,
        now: Timestamp,
    ) -> Label<'_> {
        Label {
            upstream: &target.upstream.name,
            circuit: isolate::state(target.circuit, now),
            source,
            request_id: &self.trace.request_id,
            total: now.since(self.arrived),
            origin,
            cache,
        }
    }

    /// Tells the breaker how a call ended, and the fleet if that is due.
    pub(crate) fn record(
        &self,
        target: Target,
        permit: Permit,
        ended: Ended,
        took: Millis,
        now: Timestamp,
    ) {
        permit.record(target.upstream.dialect, ended, took, now);
        self.talk_if_due(target.circuit, now);
    }

    /// Has the isolate talk to the fleet after the answer, if there is a reason.
    pub(crate) fn talk_if_due(&self, circuit: CircuitId, now: Timestamp) {
        fleet_link::talk_if_due(&self.request, &self.env, &self.ctx, circuit, now);
    }

    /// Marks the copies of what the visitor has changed, if the upstream took it. Their answer is
    /// to wait for that: whoever has changed something shall not be shown it as it was.
    pub(crate) fn invalidation(
        &self,
        response: &Response,
    ) -> Option<impl Future<Output = ()> + use<>> {
        if !freshness::invalidates(&self.method, response.status()) {
            return None;
        }
        let field = |name| response.headers().get(name).ok().flatten().unwrap_or_default();
        let url = self.url.clone();
        let (location, origin) = (field("location"), sending::origin(&self.env, self.target));
        let site = Address::of(&url).origin();
        let led = |field: String| location::rewritten(&field, &origin, &site).unwrap_or(field);
        let (location, content_location) = (led(location), led(field("content-location")));
        let has_copies = self.target.route.copy_rules().keeps();
        if !has_copies && location.is_empty() && content_location.is_empty() {
            return None;
        }
        let invalidation = future_to_promise(async move {
            copies::invalidate(&url, &location, &content_location).await;
            Ok(JsValue::UNDEFINED)
        });
        self.ctx.wait_until(&invalidation);
        let patience = self.target.route.patience;
        Some(async move {
            // A cache that hangs is no reason not to be told.
            let _ = calls::within(JsFuture::from(invalidation), patience).await;
        })
    }
}

/// Reads a request and decides. Starts the upstream call and gives its promise, with a ticket
/// for [`straight::end`]; or, with no ticket, gives the answer or the promise of one. Where that is
/// `null`, the platform refused to send the request, and `undefined` says that the control plane
/// answers it.
pub(crate) fn begin(
    request: Request,
    env: JsValue,
    ctx: ExecutionContext,
    call: platform::Call,
) -> Result<JsValue, JsValue> {
    straight::forget();
    faults::break_if_asked(&env, "");
    let read = platform::read(&request);
    let mut lines = read.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (method, url, traceparent, via, size) = (line(), line(), line(), line(), line());
    let (digits, script) = (line().as_bytes(), line());
    let has = |digit: usize| digits.get(digit) == Some(&b'1');
    let (has_authorization, is_upgrade, has_unkeyed, has_body) = (has(0), has(1), has(2), has(3));
    let address = Address::of(url);
    if let Some(answer) = faults::handles(&env, address.path) {
        return answer;
    }
    let resolved = match isolate::site().resolve(address.path) {
        Ok(resolved) => resolved,
        Err(refused) => return refusal::answer(refused),
    };
    let target = match resolved.owner {
        Owner::Operators | Owner::Health(_) => return Ok(JsValue::UNDEFINED),
        Owner::Route(route) => isolate::target(route),
    };
    let size = size.parse().unwrap_or(usize::MAX);
    if let Err(refused) = guard::check(url.len(), size, Some(via), isolate::pseudonym()) {
        return refusal::answer(refused);
    }
    let arrived = clock::now();
    let (id, span) = isolate::draw_ids();
    let trace = Trace::new(Some(traceparent), id, span);
    // A WebSocket is one call; and with a bypass nothing stands between visitor and upstream.
    let is_plain = !is_upgrade && !isolate::is_bypassed(target.circuit, arrived);
    let rules = target.route.copy_rules();
    let rungs = Rungs {
        copy: is_plain && freshness::may_serve(rules, method, has_authorization),
        snapshot: is_plain
            && snapshots::may_serve(target.route, &resolved.path, method, has_authorization),
    };
    // The upstream is asked first, and once: then the ladder is only needed where that does not do.
    let is_straight =
        !is_plain || target.route.calls_once(method) && !(rungs.copy && target.route.cache);
    // Few requests name one: those of scripts, and what is not only read.
    let foreign = |script| cors::foreign(script, &address.origin()).map(Box::from);
    let origin = Some(script).filter(|script| !script.is_empty()).and_then(foreign);
    let url = match resolved.path {
        Cow::Borrowed(_) => url.to_owned(),
        Cow::Owned(path) => address.with_path(&path),
    };
    let method = method.to_owned();
    let visit = Visit {
        request,
        method,
        url,
        has_unkeyed,
        origin,
        has_body,
        env,
        ctx,
        target,
        trace,
        arrived,
    };
    // Who may be served a copy learns first, on the ladder, if what is known is too old for that.
    if !rungs.copy || standing::is_trusted(arrived) {
        standing::learn_if_due(&visit.env, &visit.ctx, arrived);
    }
    let told = |closed: Closed<'_>| fallback::maintenance(&visit, closed);
    if let Some(answer) = standing::closed(visit.path(), &visit.request, &visit.env, arrived, told)
    {
        return answer.map(JsValue::from);
    }
    if is_straight {
        straight::start(visit, rungs, call)
    } else {
        Ok(ladder::start(visit, rungs, None).into())
    }
}

/// How a call to `target` ended that `settled`: with an answer, or with an error.
pub(crate) fn ended(
    visit: &Visit,
    target: Target,
    call: &platform::Call,
    settled: JsValue,
    now: Timestamp,
) -> (Ended, Option<Response>) {
    match settled.dyn_into::<Response>() {
        Ok(response) => {
            let ended = answered(visit, target, &response, now);
            (ended, Some(response).filter(|_| ended.has_answer()))
        }
        Err(error) => (unanswered(call, &error, &visit.request), None),
    }
}

fn answered(visit: &Visit, target: Target, response: &Response, now: Timestamp) -> Ended {
    scripts::learn(visit, response, now);
    let dialect = target.upstream.dialect;
    let status = response.status();
    let field = |name: &'static str| response.headers().get(name).ok().flatten();
    let retry_after = dialect.named_wait(status, field, now);
    Ended::with_status(status, retry_after)
}

fn unanswered(call: &platform::Call, error: &JsValue, request: &Request) -> Ended {
    let ended = Unanswered::read(&call.facts(error, request)).ended();
    if ended == Ended::NotSent { not_sent(error) } else { ended }
}

/// Tells operators of a request that the platform refused, or that we failed at.
pub(crate) fn not_sent(error: &JsValue) -> Ended {
    worker::console_error!("breakwater: a request could not be sent: {error:?}");
    Ended::NotSent
}

/// How a call ended whose answer broke off.
pub(crate) fn broke(
    visit: &Visit,
    target: Target,
    call: &platform::Call,
    timed_out: bool,
) -> Ended {
    if timed_out {
        return Ended::TimedOut;
    }
    let ended = Unanswered::read(&call.facts(&JsValue::UNDEFINED, &visit.request)).ended();
    if ended == Ended::Disconnected {
        isolate::body_broke(target.circuit, clock::now());
    }
    ended
}

/// How long the upstream took: not the time in which the visitor was sending.
pub(crate) fn took(
    visit: &Visit,
    call: &platform::Call,
    begun: Timestamp,
    now: Timestamp,
) -> Millis {
    // Most requests have no body, and asking costs a call.
    let waited = if visit.has_body { call.waited() } else { -1.0 };
    if waited < 0.0 { now.since(begun) } else { Millis::new(waited as u64) }
}

/// For timers: a longer time than they can take is as long as they can.
pub(crate) fn milliseconds(span: Millis) -> u32 {
    u32::try_from(span.get()).unwrap_or(i32::MAX as u32)
}
