//! A visitor's request where more than one call, or a stored response, may answer it: carries out
//! what `core::degrade` decides.

mod call;
mod held;
mod serving;

use std::mem;
use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::cache::cache_status::Forwarded;
use breakwater_core::cache::freshness;
use breakwater_core::cache::kind::VisitorKind;
use breakwater_core::cache::stored::CacheKey;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::fleet::{CallKind, Suspicion};
use breakwater_core::site::binding;
use breakwater_core::site::degrade::{
    AtHand, HEAR_EVERY, HEAR_FOR, Handles, LOOKUP_TIMEOUT, Ladder, LadderStep, NotFound, Rung,
    Rungs, Setback, Trouble, Waiting,
};
use breakwater_core::site::request::Shape;
use futures::channel::oneshot;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Response;

use self::call::{Errand, GoodAnswer, LadderResult, PassedOn, VisitorCalls};
use crate::attempts::{self, FirstCall, Release, UpstreamAnswer};
use crate::exchange::{Exchange, not_sent};
use crate::outgoing::OutgoingRequest;
use crate::recording::{SNAPSHOT, STAND_IN, STORED};
use crate::snapshots::{self, Snapshot};
use crate::standing::Trust;
use crate::stored_responses::{self, StoredResponse};
use crate::{clock, cors, faults, isolate, platform, standing};
use breakwater_platform::address::Address;
use breakwater_platform::timer::sleep;

/// Answers the visitor. `begun`: the call that is made for them, where it was made before; the
/// request was sent as it came then. `suspicion`: whether the visitor waits for the upstream.
pub(crate) fn start(
    visit: Exchange,
    rungs: Rungs,
    begun: Option<FirstCall>,
    suspicion: Suspicion,
) -> Promise {
    future_to_promise(async move {
        let climb = LadderRun::new(visit, rungs, suspicion);
        let answer = climb.answer(begun).await?;
        let Exchange { env, ctx, .. } = &*climb.visit;
        // Where no stored response was looked for, no visitor had to learn before.
        standing::learn_if_due(env, ctx, clock::now());
        // `null` says that nothing was sent.
        Ok(answer.map_or(JsValue::NULL, JsValue::from))
    })
}

/// Answers with a good answer of the only call, whose body was read whole while the visitor was
/// patient: as the ladder would, and nothing is waited for.
pub(crate) fn pass_on_whole(
    visit: Exchange,
    rungs: Rungs,
    answer: UpstreamAnswer,
) -> Result<Response, JsValue> {
    faults::break_if_asked(&visit.env, "copy");
    let climb = LadderRun::new(visit, rungs, Suspicion::None);
    let calls = climb.calls(None, &Release::default());
    faults::break_if_asked(&climb.visit.env, "called");
    let (passed, pending) = calls.follow_whole(answer);
    let Exchange { env, ctx, .. } = &*climb.visit;
    if let Some(pending) = pending {
        ctx.wait_until(&future_to_promise(async move {
            calls.store(Some(pending)).await?;
            Ok(JsValue::UNDEFINED)
        }));
    }
    standing::learn_if_due(env, ctx, clock::now());
    climb.pass_on(passed, None)
}

/// What the ladder holds of the platform's.
pub(crate) struct Web;

impl Handles for Web {
    type Stored = Rc<StoredResponse>;
    type Snapshot = Snapshot;
    type Calls = oneshot::Receiver<Result<LadderResult, JsValue>>;
    type Good = GoodAnswer;
    type Bad = PassedOn;
}

/// Whether the visitor gets the fallback because the circuit has rejected the call.
const fn is_rejected(rung: &Rung<Web>) -> bool {
    matches!(rung, Rung::Fallback(Setback { trouble: Trouble::Rejected(_), .. }))
}

/// One visitor on the ladder.
struct LadderRun {
    visit: Rc<Exchange>,
    /// Of the request, as [`Fields`] reads them, and as the upstream is asked for a stored
    /// response.
    fields: Rc<str>,
    /// The names of those without which it is asked.
    shed: String,
    kind: VisitorKind,
    rungs: Rungs,
    suspicion: Suspicion,
}

impl LadderRun {
    fn new(visit: Exchange, rungs: Rungs, suspicion: Suspicion) -> Self {
        let mut fields = platform::fields(&visit.request);
        let route = visit.target.route;
        let kind = VisitorKind::of(Fields::new(&fields), &route.unkeyed);
        let mut shed = String::new();
        // What makes no stored response is sent as it came, its body too.
        if rungs.stored.is_open()
            && let Some(less) = freshness::asked_with(route.store_rules(), Fields::new(&fields))
        {
            (fields, shed) = (less.fields, less.names);
        }
        let (visit, fields) = (Rc::new(visit), fields.into());
        Self { visit, fields, shed, kind, rungs, suspicion }
    }

    /// The answer; none if the platform refused to send the request.
    async fn answer(&self, mut begun: Option<FirstCall>) -> Result<Option<Response>, JsValue> {
        faults::break_if_asked(&self.visit.env, "copy");
        let patient_until = self.visit.arrived + self.visit.target.route.patience;
        let release = Release::default();
        let kind = CallKind::of(&self.visit.method, || self.visit.has_body);
        let mut ladder = Ladder::<Web>::new(self.rungs, patient_until, self.suspicion, kind);
        let mut may_hear = kind == CallKind::Safe;
        loop {
            ladder = match ladder.poll(clock::now()) {
                LadderStep::LookForStored(lookup) => lookup.handle(self.find().await),
                LadderStep::LookForStandIn(lookup) => {
                    let found = self.find_stand_in(lookup.includes_own_kind()).await;
                    lookup.handle(found)
                }
                LadderStep::LookForSnapshot(lookup) => lookup.handle(self.find_snapshot().await),
                LadderStep::Call(start) => {
                    let stored = start.stored().cloned();
                    start.handle(self.call(stored, begun.take(), &release).await)
                }
                LadderStep::Await(waiting) => self.wait(waiting, &release).await?,
                LadderStep::Answer(rung) => {
                    if !(mem::take(&mut may_hear) && is_rejected(&rung) && self.hears().await) {
                        return self.give(rung).await;
                    }
                    Ladder::new(Rungs::default(), patient_until, Suspicion::None, kind)
                }
            };
        }
    }

    /// Whether word has come that lets the visitor's call through, who would get the fallback. Only
    /// the request that asks for it waits, and not for long.
    async fn hears(&self) -> bool {
        if !self.visit.asks.get() {
            return false;
        }
        let (circuit, until) = (self.visit.target.circuit, clock::now() + HEAR_FOR);
        while clock::now() < until {
            sleep(HEAR_EVERY).await;
            match isolate::state(circuit, clock::now()) {
                State::Open | State::ForcedOpen => {}
                State::Closed | State::HalfOpen | State::ForcedClosed | State::MetricsOnly => {
                    return true;
                }
            }
        }
        false
    }

    /// Whether a stored response with these fields is of use to the script that asks, if one does.
    fn may_read(&self, fields: &str) -> bool {
        cors::may_read(&self.visit, Fields::new(&self.fields), fields)
    }

    fn key(&self) -> CacheKey {
        stored_responses::key_of(Address::of(&self.visit.url), self.kind)
    }

    /// Whether what operators ordered is known well enough. The site's object may be asked first.
    async fn trusts(&self) -> bool {
        let (recorder, begun) = (&self.visit.recorder, self.visit.recorder.begun());
        let Trust { is_known, was_answered } = standing::trust(&self.visit.env).await;
        if let Some(was_answered) = was_answered {
            recorder.asked(binding::SITE, "standing", was_answered, begun);
        }
        is_known
    }

    async fn find(&self) -> Result<AtHand<Rc<StoredResponse>>, NotFound> {
        // Which responses were purged is to be known before one is found.
        if !self.trusts().await {
            return Err(NotFound::NotLooked);
        }
        let (key, begun) = (self.key(), self.visit.recorder.begun());
        let found = stored_responses::find(&key, Fields::new(&self.fields)).await;
        self.visit.recorder.looked_up(STORED, found.is_ok(), begun);
        let found = found.map_err(NotFound::Missing)?;
        // What an answer says of scripts may depend on the script that asks, also where its `Vary`
        // does not say so.
        if !self.may_read(&found.fields) {
            return Err(NotFound::Missing(Forwarded::VaryMiss));
        }
        let rules = self.visit.target.route.store_rules();
        Ok(found.at_hand(rules, clock::now()))
    }

    async fn find_stand_in(&self, includes_own_kind: bool) -> Option<Rc<StoredResponse>> {
        if !self.trusts().await {
            return None;
        }
        let begun = self.visit.recorder.begun();
        let (address, request) = (Address::of(&self.visit.url), Fields::new(&self.fields));
        let rules = self.visit.target.route.store_rules();
        let finding =
            stored_responses::find_stand_in(address, self.kind, request, includes_own_kind, rules);
        let looked = attempts::within(Box::pin(finding), LOOKUP_TIMEOUT).await.flatten();
        self.visit.recorder.looked_up(STAND_IN, looked.is_some(), begun);
        looked.filter(|found| self.may_read(&found.fields)).map(Rc::new)
    }

    async fn find_snapshot(&self) -> Option<Snapshot> {
        let asked = Address::of(&self.visit.url).path_and_query;
        let begun = self.visit.recorder.begun();
        let finding = snapshots::find(&self.visit, asked, Fields::new(&self.fields));
        let looked = attempts::within(Box::pin(finding), LOOKUP_TIMEOUT).await.flatten();
        self.visit.recorder.looked_up(SNAPSHOT, looked.is_some(), begun);
        looked.filter(|found| self.may_read(&found.fields))
    }

    /// The calls, beside a stored response with this status.
    fn calls(&self, beside: Option<u16>, release: &Release) -> VisitorCalls {
        VisitorCalls {
            visit: Rc::clone(&self.visit),
            fields: Rc::clone(&self.fields),
            key: self.key(),
            rungs: self.rungs,
            release: release.clone(),
            beside,
        }
    }

    /// Begins the calls, unless that was done before. They go on without the visitor.
    async fn call(
        &self,
        stored: Option<Rc<StoredResponse>>,
        begun: Option<FirstCall>,
        release: &Release,
    ) -> oneshot::Receiver<Result<LadderResult, JsValue>> {
        let (sender, receiver) = oneshot::channel();
        let made = match begun {
            // There is no call that would go on without the visitor.
            Some(FirstCall::Rejected(rejected)) => {
                let _ = sender.send(Ok(LadderResult::never_made(Some(rejected))));
                return receiver;
            }
            Some(FirstCall::Made(made)) => Some(made),
            None => None,
        };
        let (visit, route) = (Rc::clone(&self.visit), self.visit.target.route);
        let beside = stored.as_ref().map(|stored| stored.stored.status);
        let fields = stored.as_ref().map(|stored| Fields::new(&stored.fields));
        let shape = Shape::of(route, &visit.method, Fields::new(&self.fields), &self.shed, fields);
        let mut is_validating = false;
        let errand = match (made, shape) {
            (Some(made), _) => Ok(Errand::GoOn(made)),
            (None, Shape::Changed { shed, validators }) => {
                is_validating = validators.is_some();
                Ok(Errand::Send(OutgoingRequest::without(&visit, shed, validators)))
            }
            (None, Shape::Repeatable) => {
                OutgoingRequest::repeatedly(&visit).await.map(Errand::Send)
            }
            (None, Shape::Once) => OutgoingRequest::once(&visit)
                .map(Errand::Send)
                .map_err(|error| not_sent(&visit, &error)),
        };
        let errand = match errand {
            Ok(errand) => errand,
            Err(ended) => {
                // The visitor waits for it here, so it arrives.
                let _ = sender.send(Ok(LadderResult::bad(ended, None, None)));
                return receiver;
            }
        };
        let call = self.calls(beside, release);
        let validating = stored.filter(|_| is_validating);
        visit.ctx.wait_until(&future_to_promise(async move {
            call.run(errand, validating, sender).await?;
            Ok(JsValue::UNDEFINED)
        }));
        receiver
    }

    /// Waits for the calls.
    async fn wait(
        &self,
        mut waiting: Waiting<Web>,
        release: &Release,
    ) -> Result<Ladder<Web>, JsValue> {
        if waiting.is_last() {
            release.release();
        }
        let came = match waiting.until() {
            Some(until) => attempts::within(waiting.calls(), until.since(clock::now())).await,
            None => Some(waiting.calls().await),
        };
        let Some(came) = came else {
            let now = clock::now();
            if waiting.is_last() {
                return Ok(waiting.look_up(self.visit.rejection(now)));
            }
            self.visit.handle_impatience(now);
            return Ok(waiting.resume());
        };
        faults::break_if_asked(&self.visit.env, "called");
        // Nothing drops the calls before they have told what came of them.
        let result = came.unwrap_or_else(|error| Err(JsError::from(error).into()))?;
        Ok(waiting.handle(result))
    }
}
