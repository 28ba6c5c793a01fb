//! A visitor's request as it arrives, and which way it goes.

mod ended;

use std::borrow::Cow;
use std::cell::Cell;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::location;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::base::trace::{IncomingTrace, Trace};
use breakwater_core::cache::cache_status::CacheStatus;
use breakwater_core::circuit::breaker::Rejected;
use breakwater_core::circuit::fleet::Suspicion;
use breakwater_core::circuit::outcome::{Ended, Outcome};
use breakwater_core::site::closed::Closed;
use breakwater_core::site::cors;
use breakwater_core::site::degrade::{Rungs, Source};
use breakwater_core::site::figures::ServedAnswer;
use breakwater_core::site::request::{self, Context, Facts, Plan, Way};
use breakwater_core::site::standing::SiteState;
use breakwater_core::site::wire::{FieldsSize, Label, RequestFacts};
use breakwater_core::telemetry::log::{LogAdmission, LogAttribute, LogSeverity, known_method};
use breakwater_core::telemetry::sentry::RecordedRequest;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Request, Response};

use crate::isolate::{self, CircuitPermit, Destination};
use crate::platform::{self, ExecutionContext};
use crate::recording::Recorder;
use crate::{
    attempts, clock, fallback, faults, fleet_link, ladder, outgoing, refusal, standing,
    stored_responses, straight,
};
use breakwater_platform::address::Address;
use breakwater_platform::log;
pub(crate) use ended::{SettledCall, broke, not_sent, settled};

/// What is known of a request when it arrives.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) method: String,
    /// With the path that is sent.
    pub(crate) url: String,
    /// Whether something reaches the upstream that no stored response's key holds: that fields are
    /// taken away.
    pub(crate) has_unkeyed: bool,
    /// Whether `Cache-Status` says of its answer what became of it in the cache.
    pub(crate) tells_of_cache: bool,
    /// How many purges by tag were known when it arrived.
    pub(crate) tag_purges: u64,
    /// The origin of the script that asks, if it is not the site's own.
    pub(crate) origin: Option<Box<str>>,
    /// Whether it has a body, which may turn out to be empty.
    pub(crate) has_body: bool,
    pub(crate) env: JsValue,
    pub(crate) ctx: ExecutionContext,
    pub(crate) target: Destination,
    pub(crate) trace: Trace,
    pub(crate) recorder: Recorder,
    pub(crate) arrived: Timestamp,
    /// How the last call for it counted, if one was made.
    pub(crate) last_call: Cell<Option<Outcome>>,
    /// Whether the isolate asks the coordinator because of this request, so that word may come.
    pub(crate) asks: Cell<bool>,
}

impl Exchange {
    /// The path as it is sent.
    pub(crate) fn path(&self) -> &str {
        Address::of(&self.url).path
    }

    /// What the field `Breakwater` and its companions say of an answer of `target`, at `now`.
    pub(crate) fn label(
        &self,
        target: Destination,
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

    /// Counts an answer to the visitor, and logs it if it failed or is of the sample. A report
    /// tells the fleet of it.
    pub(crate) fn count_answer(&self, source: Source, status: u16, now: Timestamp) {
        let (call, took) = (self.last_call.get(), now.since(self.arrived));
        isolate::count_answer(self.target, &ServedAnswer { source, status, call, took });
        self.recorder.answered(|| self.recorded(source, status, took));
        let severity = source.severity(status);
        if let Some(admission) = log::admit_answer(severity, isolate::draw()) {
            self.log_answer(severity, admission, source, status);
        }
    }

    /// What a transaction says of the request.
    #[cold]
    fn recorded(&self, source: Source, status: u16, took: Millis) -> RecordedRequest<'_> {
        let Destination { route, upstream, circuit, .. } = self.target;
        RecordedRequest {
            method: known_method(&self.method),
            route: route.pattern.as_str(),
            upstream: &upstream.name,
            circuit: isolate::state(circuit, self.arrived + took).as_str(),
            source: source.as_str(),
            status,
            trace: &self.trace,
            began: self.arrived,
            took,
        }
    }

    /// Logs an answer to the visitor. Few come to this.
    #[cold]
    fn log_answer(
        &self,
        severity: LogSeverity,
        admission: LogAdmission,
        source: Source,
        status: u16,
    ) {
        let (address, now) = (Address::of(&self.url), clock::now());
        let Destination { route, upstream, circuit, .. } = self.target;
        let fields = [
            LogAttribute::Method.text(&self.method),
            LogAttribute::Route.text(route.pattern.as_str()),
            LogAttribute::Status.number(status.into()),
            LogAttribute::Path.text(address.path),
            LogAttribute::Host.text(address.host),
            LogAttribute::Upstream.text(&upstream.name),
            LogAttribute::Circuit.text(isolate::state(circuit, now).as_str()),
            LogAttribute::Source.text(source.as_str()),
            LogAttribute::Duration.number(now.since(self.arrived).get()),
        ];
        let source = source.as_str();
        log::answer(
            severity,
            admission,
            &self.trace,
            &fields,
            format_args!("{status} by {source}"),
        );
    }

    /// Tells the breaker how a call ended, and the fleet if that is due.
    pub(crate) fn record(
        &self,
        target: Destination,
        permit: CircuitPermit,
        ended: Ended,
        took: Millis,
        now: Timestamp,
    ) {
        let outcome = permit.record(target.upstream.dialect, ended, took, now);
        self.last_call.set(Some(outcome));
        self.talk_if_due(target.circuit, now);
    }

    /// Has the isolate talk to the fleet after the answer, if there is a reason.
    pub(crate) fn talk_if_due(&self, circuit: CircuitId, now: Timestamp) {
        let began = fleet_link::talk_if_due(&self.request, &self.env, &self.ctx, circuit, now);
        self.asks.set(self.asks.get() || began);
    }

    /// Tells the replica that the visitor's patience was over before the call was.
    pub(crate) fn handle_impatience(&self, now: Timestamp) {
        let circuit = self.target.circuit;
        isolate::handle_impatience(circuit, now);
        self.talk_if_due(circuit, now);
    }

    /// Whether the circuit would reject the visitor's call now, which is out for longer than
    /// healthy ones of the route.
    pub(crate) fn rejection(&self, now: Timestamp) -> Option<Rejected> {
        let Destination { index, circuit, .. } = self.target;
        isolate::rejection(circuit, index, now.since(self.arrived), now)
    }

    /// Marks the stored responses of what the visitor has changed as outdated. The answer waits for
    /// that, for the route's patience at most, so that a visitor who has changed something is not
    /// shown it as it was.
    pub(crate) fn invalidation(
        &self,
        response: &Response,
    ) -> Option<impl Future<Output = ()> + use<>> {
        let field = |name| response.headers().get(name).ok().flatten().unwrap_or_default();
        let url = self.url.clone();
        let (location, origin) = (field("location"), outgoing::said_origin(&self.env, self.target));
        let site = Address::of(&url).origin();
        let led = |field: String| location::rewritten(&field, &origin, &site).unwrap_or(field);
        let (location, content_location) = (led(location), led(field("content-location")));
        let has_copies = self.target.route.store_rules().stores();
        if !has_copies && location.is_empty() && content_location.is_empty() {
            return None;
        }
        let invalidation = future_to_promise(async move {
            stored_responses::invalidate(&url, &location, &content_location).await;
            Ok(JsValue::UNDEFINED)
        });
        self.ctx.wait_until(&invalidation);
        let patience = self.target.route.patience;
        Some(async move {
            // A cache that hangs is no reason not to be told.
            let _ = attempts::within(JsFuture::from(invalidation), patience).await;
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
    let lines = platform::read(&request);
    let read = RequestFacts::parse(&lines);
    let (method, url) = (read.method, read.url);
    let (address, arrived) = (Address::of(url), clock::now());
    if let Some(answer) = faults::handles(&env, address.path) {
        return answer;
    }
    let FieldsSize(fields_bytes) = read.fields_size;
    let facts = Facts {
        method,
        url_bytes: url.len(),
        host: isolate::site().host_named(address.host),
        path: address.path,
        fields_bytes,
        via: read.via,
        has_authorization: read.has_authorization,
        is_upgrade: read.is_upgrade,
    };
    let (route, path, way) = match planned(&facts, &request, &env, arrived) {
        // The control plane answers.
        Plan::Operators { .. } | Plan::Health(_) | Plan::Status { .. } => {
            isolate::count_own();
            return Ok(JsValue::UNDEFINED);
        }
        Plan::Refused(refused) => return refusal::answer(refused),
        Plan::Route { route, path, way } => (route, path, way),
    };
    let (id, span) = isolate::draw_ids();
    let incoming = IncomingTrace {
        traceparent: read.traceparent,
        tracestate: read.tracestate,
        platform: read.platform_trace,
    };
    let mut trace = Trace::new(isolate::site().tracing, incoming, id, span);
    let target = isolate::target(route);
    let recorder = Recorder::begin(target.route.pattern.as_str(), &mut trace, arrived);
    // Few requests name an origin: those of scripts, and those with an unsafe method.
    let foreign = |script| cors::foreign(script, &address.origin()).map(Box::from);
    let origin = Some(read.origin).filter(|script| !script.is_empty()).and_then(foreign);
    let url = match path {
        Cow::Borrowed(_) => url.to_owned(),
        Cow::Owned(path) => address.with_path(&path),
    };
    let method = method.to_owned();
    let visit = Exchange {
        request,
        method,
        url,
        has_unkeyed: read.has_unkeyed,
        tag_purges: standing::tag_purges(),
        tells_of_cache: way.tells_of_cache() && target.route.store_rules().stores(),
        origin,
        has_body: read.has_body,
        env,
        ctx,
        target,
        trace,
        recorder,
        arrived,
        last_call: Cell::default(),
        asks: Cell::default(),
    };
    if way.learns_behind(standing::is_trusted(arrived)) {
        standing::learn_if_due(&visit.env, &visit.ctx, arrived);
    }
    match way {
        Way::Closed { until, message } => {
            let closed = Closed { until, message: message.as_deref() };
            fallback::maintenance(&visit, closed).map(JsValue::from)
        }
        Way::Upgrade | Way::Bypass => straight::start(visit, Rungs::default(), call),
        Way::Straight(rungs) => match suspicion(&visit, rungs) {
            Suspicion::None | Suspicion::SlowStart => straight::start(visit, rungs, call),
            suspect @ (Suspicion::CallBehind | Suspicion::NoCall) => {
                Ok(ladder::start(visit, rungs, None, suspect).into())
            }
        },
        Way::Ladder(rungs) => {
            let suspicion = suspicion(&visit, rungs);
            Ok(ladder::start(visit, rungs, None, suspicion).into())
        }
    }
}

/// Whether the visitor waits for the upstream.
fn suspicion(visit: &Exchange, rungs: Rungs) -> Suspicion {
    if !rungs.any() {
        return Suspicion::None;
    }
    let (circuit, now) = (visit.target.circuit, visit.arrived);
    let suspicion = isolate::suspicion(circuit, now);
    if suspicion == Suspicion::NoCall {
        // No call of this visitor's does it.
        visit.talk_if_due(circuit, now);
    }
    suspicion
}

/// The plan of a request, by what this isolate knows.
fn planned<'a>(facts: &Facts<'a>, request: &Request, env: &JsValue, now: Timestamp) -> Plan<'a> {
    standing::with_known(|orders| {
        request::plan(isolate::site(), facts, &PlanInputs { orders, request, env, now }, now)
    })
}

/// What this isolate knows that a plan depends on.
struct PlanInputs<'a> {
    orders: &'a SiteState,
    request: &'a Request,
    env: &'a JsValue,
    now: Timestamp,
}

impl Context for PlanInputs<'_> {
    fn pseudonym(&self) -> &str {
        isolate::pseudonym()
    }

    fn orders(&self) -> &SiteState {
        self.orders
    }

    fn is_bypassed(&self, circuit: CircuitId) -> bool {
        isolate::is_bypassed(circuit, self.now)
    }

    fn may_pass(&self) -> bool {
        standing::may_pass(self.request, self.env)
    }
}

/// For timers: a longer time than they can take is as long as they can.
pub(crate) fn milliseconds(span: Millis) -> u32 {
    u32::try_from(span.get()).unwrap_or(i32::MAX as u32)
}
