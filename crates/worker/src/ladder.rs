//! A visitor's request where more than one call, or a copy, may answer it: carries out what
//! `core::degrade` decides.

mod call;
mod held;
mod serving;

use std::rc::Rc;
use std::time::Duration;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::Millis;
use breakwater_core::cache::cache_status::Forwarded;
use breakwater_core::cache::copy::CopyKey;
use breakwater_core::cache::freshness;
use breakwater_core::cache::kind::Kind;
use breakwater_core::site::degrade::{AtHand, Ladder, Rung, Step, Trouble};
use futures::channel::oneshot;
use futures::future::{self, Either};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Response;
use worker::Delay;

use self::call::{Brought, Call, Errand};
use crate::address::Address;
use crate::calls::{self, Begun, Called, Release};
use crate::copies::{self, Copy};
use crate::sending::Sending;
use crate::snapshots;
use crate::visit::{Visit, not_sent};
use crate::{clock, cors, fallback, faults, platform, standing};

/// How long the colo's cache or the bucket may take to find something: then there is nothing.
const FOUND_WITHIN: Millis = Millis::from_secs(5);

/// From where a visitor may be answered in the upstream's place.
#[derive(Clone, Copy)]
pub(crate) struct Rungs {
    pub(crate) copy: bool,
    pub(crate) snapshot: bool,
}

impl Rungs {
    pub(crate) const fn any(self) -> bool {
        self.copy || self.snapshot
    }
}

/// Answers the visitor. `begun`: the call that is made for them, where it was made before; the
/// request was sent as it came then.
pub(crate) fn start(visit: Visit, rungs: Rungs, begun: Option<Begun>) -> Promise {
    future_to_promise(async move {
        let mut fields = platform::fields(&visit.request);
        let route = visit.target.route;
        let kind = Kind::of(Fields::new(&fields), &route.unkeyed);
        let mut shed = String::new();
        // What makes no copy is sent as it came, its body too.
        if rungs.copy
            && let Some(less) = freshness::asked_with(route.copy_rules(), Fields::new(&fields))
        {
            (fields, shed) = (less.fields, less.names);
        }
        let climb = Climb { visit: Rc::new(visit), fields: fields.into(), shed, kind, rungs };
        let answer = climb.answer(begun).await?;
        let Visit { env, ctx, .. } = &*climb.visit;
        // Where no copy was looked for, no visitor had to learn before.
        standing::learn_if_due(env, ctx, clock::now());
        // `null` says that nothing was sent.
        Ok(answer.map_or(JsValue::NULL, JsValue::from))
    })
}

/// One visitor on the ladder.
struct Climb {
    visit: Rc<Visit>,
    /// Of the request, as [`Fields`] reads them, and as the upstream is asked for a copy.
    fields: Rc<str>,
    /// The names of those without which it is asked.
    shed: String,
    kind: Kind,
    rungs: Rungs,
}

impl Climb {
    /// The answer; none if the platform refused to send the request.
    async fn answer(&self, mut begun: Option<Begun>) -> Result<Option<Response>, JsValue> {
        faults::break_if_asked(&self.visit.env, "copy");
        let route = self.visit.target.route;
        let patient_until = self.visit.arrived + route.patience;
        let mut ladder = Ladder::new(route.cache, self.rungs.copy, patient_until);
        if self.rungs.snapshot {
            ladder = ladder.with_snapshots();
        }
        let mut snapshot = None;
        let (mut found, mut missing) = (None, Forwarded::UriMiss);
        let (mut stand_in, mut has_looked) = (None, false);
        let (mut calls, mut brought, release) = (None, None, Release::default());
        loop {
            match ladder.poll(clock::now()) {
                Step::LookForCopy => {
                    // Which copies were purged is to be known before one is found.
                    has_looked = standing::trust(&self.visit.env).await;
                    if has_looked {
                        match self.find().await {
                            Ok(copy) if self.may_read(&copy.fields) => found = Some(Rc::new(copy)),
                            // What an answer says of scripts may depend on who asks, also where its
                            // `Vary` forgets to say so.
                            Ok(_) => missing = Forwarded::VaryMiss,
                            Err(why) => missing = why,
                        }
                    }
                    ladder.handle_copy(found.as_ref().map(|copy| self.at_hand(copy)));
                }
                Step::LookForStandIn => {
                    if standing::trust(&self.visit.env).await {
                        stand_in = self.find_stand_in(has_looked).await.map(Rc::new);
                    }
                    ladder.handle_copy(stand_in.as_ref().map(|copy| self.at_hand(copy)));
                }
                Step::LookForSnapshot => {
                    let asked = Address::of(&self.visit.url).path_and_query;
                    let request = Fields::new(&self.fields);
                    let finding = snapshots::find(&self.visit, asked, request);
                    let looked = calls::within(Box::pin(finding), FOUND_WITHIN).await;
                    snapshot = looked.flatten().filter(|found| self.may_read(&found.fields));
                    ladder.handle_snapshot(snapshot.is_some());
                }
                Step::Call => {
                    if found.is_some() {
                        missing = Forwarded::Stale;
                    }
                    calls = Some(self.call(found.clone(), begun.take(), &release).await);
                }
                Step::Await { until } => {
                    if until.is_none() {
                        release.release();
                    }
                    let Some(under_way) = calls.take() else { return Err(lost()) };
                    let settled = match until {
                        Some(until) => wait(under_way, until.since(clock::now())).await,
                        None => Ok(under_way.await),
                    };
                    match settled {
                        Ok(Ok(came)) => {
                            faults::break_if_asked(&self.visit.env, "called");
                            if matches!(came, Brought::Called(Called::NotSent)) {
                                return Ok(None);
                            }
                            let (is_good, has_answer) = judged(&came);
                            brought = Some(came);
                            ladder.handle_calls(is_good, has_answer);
                        }
                        // The calls ended without a word, which only a fault of ours can bring
                        // about.
                        Ok(Err(oneshot::Canceled)) => return Err(lost()),
                        Err(still) => calls = Some(still),
                    }
                }
                Step::Answer(Rung::Snapshot) => {
                    let (trouble, took) = trouble_of(brought.as_ref());
                    return match snapshot {
                        Some(snapshot) => self.serve_snapshot(snapshot, trouble, took).await,
                        None => fallback::answer(&self.visit, trouble, took),
                    }
                    .map(Some);
                }
                Step::Answer(Rung::Stale) => {
                    let found = stand_in.or(found);
                    return self.give(Rung::Stale, found, brought, missing).await.map(Some);
                }
                Step::Answer(rung) => {
                    return self.give(rung, found, brought, missing).await.map(Some);
                }
            }
        }
    }

    /// Whether a copy with these fields is of use to the script that asks, if one does.
    fn may_read(&self, copy: &str) -> bool {
        cors::may_read(&self.visit, Fields::new(&self.fields), copy)
    }

    fn key(&self) -> CopyKey {
        copies::key_of(Address::of(&self.visit.url), self.kind)
    }

    fn at_hand(&self, copy: &Copy) -> AtHand {
        copy.at_hand(self.visit.target.route.degrade.stale_if_error, clock::now())
    }

    async fn find(&self) -> Result<Copy, Forwarded> {
        let key = self.key();
        let finding = copies::find(&key, Fields::new(&self.fields));
        let looked = calls::within(Box::pin(finding), FOUND_WITHIN).await;
        looked.unwrap_or(Err(Forwarded::UriMiss))
    }

    async fn find_stand_in(&self, has_looked: bool) -> Option<Copy> {
        let (address, request) = (Address::of(&self.visit.url), Fields::new(&self.fields));
        let stale_for = self.visit.target.route.degrade.stale_if_error;
        let finding = copies::find_stand_in(address, self.kind, request, has_looked, stale_for);
        let looked = calls::within(Box::pin(finding), FOUND_WITHIN).await.flatten();
        looked.filter(|copy| self.may_read(&copy.fields))
    }

    /// Begins the calls, unless that was done before. They go on without the visitor.
    async fn call(
        &self,
        found: Option<Rc<Copy>>,
        begun: Option<Begun>,
        release: &Release,
    ) -> oneshot::Receiver<Brought> {
        let (sender, receiver) = oneshot::channel();
        let visit = Rc::clone(&self.visit);
        let request = Fields::new(&self.fields);
        let beside = status_of(found.as_deref());
        // A visitor with a cookie may be answered otherwise than the copy's visitors were.
        let has_cookie = request.has("cookie");
        let confirmable = found.filter(|_| !has_cookie);
        let validators = confirmable.as_ref().and_then(|copy| copy.validators(request));
        let is_validating = validators.is_some();
        // The request of a visitor with a cookie makes no copy.
        let shed = if has_cookie { "" } else { self.shed.as_str() };
        let errand = match begun {
            Some(begun) => Ok(Errand::Begun(begun)),
            None if is_validating || !shed.is_empty() => {
                Ok(Errand::Send(Sending::without(&visit, shed, validators)))
            }
            None if visit.target.route.may_repeat(&visit.method) => {
                Sending::repeatedly(&visit).await.map(Errand::Send)
            }
            None => Sending::once(&visit).map(Errand::Send).map_err(|error| not_sent(&error)),
        };
        let errand = match errand {
            Ok(errand) => errand,
            Err(ended) => {
                // The visitor waits for it here, so it arrives.
                let _ = sender.send(Brought::Called(Called::bad(ended, None, None)));
                return receiver;
            }
        };
        let call = Call {
            visit: Rc::clone(&visit),
            fields: Rc::clone(&self.fields),
            key: self.key(),
            reads_whole: self.rungs.copy,
            release: release.clone(),
            beside,
        };
        visit.ctx.wait_until(&future_to_promise(async move {
            let confirmable = confirmable.filter(|_| is_validating);
            call.run(errand, confirmable, sender).await?;
            Ok(JsValue::UNDEFINED)
        }));
        receiver
    }
}

fn status_of(copy: Option<&Copy>) -> Option<u16> {
    copy.map(|copy| copy.stored.status)
}

/// Whether what came is good, and whether there is an answer in it.
fn judged(brought: &Brought) -> (bool, bool) {
    match brought {
        Brought::Confirmed(_) | Brought::Called(Called::Good(_)) => (true, true),
        Brought::Called(Called::Bad { answer, .. }) => (false, answer.is_some()),
        Brought::Called(Called::NotSent) => (false, false),
    }
}

fn trouble_of(brought: Option<&Brought>) -> (Trouble, Option<Millis>) {
    match brought {
        Some(Brought::Called(Called::Bad { trouble, took, .. })) => (*trouble, *took),
        Some(Brought::Called(Called::Good(_) | Called::NotSent) | Brought::Confirmed(_)) | None => {
            (Trouble::Impatient, None)
        }
    }
}

/// What came, if it came soon enough; else what is still to come.
async fn wait<T>(
    receiver: oneshot::Receiver<T>,
    limit: Millis,
) -> Result<Result<T, oneshot::Canceled>, oneshot::Receiver<T>> {
    let limit = Delay::from(Duration::from_millis(limit.get()));
    match future::select(receiver, limit).await {
        Either::Left((came, _)) => Ok(came),
        Either::Right((_, receiver)) => Err(receiver),
    }
}

fn lost() -> JsValue {
    JsError::new("the calls to the upstream were lost").into()
}
