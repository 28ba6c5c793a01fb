//! A visitor's request where more than one call, or a copy, may answer it: carries out what
//! `core::degrade` decides.

mod call;
mod held;

use std::rc::Rc;
use std::time::Duration;

use breakwater_core::copy::{self, CopyKey, Part, StoredCopy};
use breakwater_core::degrade::{CacheStatus, Forwarded, Ladder, Rung, Source, Step, Trouble, Whom};
use breakwater_core::fields::Fields;
use breakwater_core::freshness::{self, Answered};
use breakwater_core::location;
use breakwater_core::time::Millis;
use futures::channel::oneshot;
use futures::future::{self, Either};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Response;
use worker::Delay;

use self::call::{Brought, Call, Confirmed, asked};
use self::held::Held;
use crate::address::Address;
use crate::answer;
use crate::calls::{self, Answer, Body, Called, Release};
use crate::copies::{self, Copy};
use crate::sending::{self, Sending};
use crate::snapshots::{self, Snapshot};
use crate::visit::{Visit, not_sent};
use crate::{clock, fallback, faults, platform, refresh, standing};

/// How long the colo's cache or the bucket may take to find something: then there is nothing.
const FOUND_WITHIN: Millis = Millis::from_secs(5);

/// Answers the visitor. `may_serve_copy`, `may_serve_snapshot`: one may answer in the upstream's place.
pub(crate) fn start(visit: Visit, may_serve_copy: bool, may_serve_snapshot: bool) -> Promise {
    future_to_promise(async move {
        let fields = platform::fields(&visit.request);
        if may_serve_copy {
            // Which copies were purged is to be known before one is found.
            standing::trust(&visit.env).await;
        }
        let key = copies::key_of(Address::of(&visit.url));
        let climb = Climb {
            visit: Rc::new(visit),
            fields: fields.into(),
            key,
            may_serve_copy,
            may_serve_snapshot,
        };
        // `null` says that nothing was sent.
        Ok(climb.answer().await?.map_or(JsValue::NULL, JsValue::from))
    })
}

/// One visitor on the ladder.
struct Climb {
    visit: Rc<Visit>,
    /// Of the request, as [`Fields`] reads them.
    fields: Rc<str>,
    key: CopyKey,
    may_serve_copy: bool,
    may_serve_snapshot: bool,
}

impl Climb {
    /// The answer; none if the platform refused to send the request.
    async fn answer(&self) -> Result<Option<Response>, JsValue> {
        faults::panic_if_asked(&self.visit.env, "panic-copy");
        let route = self.visit.target.route;
        let patient_until = self.visit.arrived + route.patience;
        let mut ladder = Ladder::new(route.cache, self.may_serve_copy, patient_until);
        if self.may_serve_snapshot {
            ladder = ladder.with_snapshots();
        }
        let mut snapshot = None;
        let (mut found, mut missing) = (None, Forwarded::UriMiss);
        let (mut calls, mut brought, release) = (None, None, Release::default());
        loop {
            match ladder.poll(clock::now()) {
                Step::LookForCopy => {
                    let finding = copies::find(&self.key, Fields::new(&self.fields));
                    let looked = calls::within(Box::pin(finding), FOUND_WITHIN).await;
                    match looked.unwrap_or(Err(Forwarded::UriMiss)) {
                        Ok(copy) => found = Some(Rc::new(copy)),
                        Err(why) => missing = why,
                    }
                    let stale_for = route.degrade.stale_if_error;
                    let at_hand = |copy: &Rc<Copy>| copy.at_hand(stale_for, clock::now());
                    ladder.handle_copy(found.as_ref().map(at_hand));
                }
                Step::LookForSnapshot => {
                    let asked = Address::of(&self.visit.url).path_and_query;
                    let request = Fields::new(&self.fields);
                    let finding = snapshots::find(&self.visit, asked, request);
                    let looked = calls::within(Box::pin(finding), FOUND_WITHIN).await;
                    snapshot = looked.flatten();
                    ladder.handle_snapshot(snapshot.is_some());
                }
                Step::Call => {
                    if found.is_some() {
                        missing = Forwarded::Stale;
                    }
                    calls = Some(self.call(found.clone(), &release).await);
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
                            faults::panic_if_asked(&self.visit.env, "panic-called");
                            if matches!(came, Brought::Called(Called::NotSent)) {
                                return Ok(None);
                            }
                            let (is_good, has_answer) = judged(&came);
                            brought = Some(came);
                            ladder.handle_calls(is_good, has_answer);
                        }
                        // The calls ended without a word, which only a fault of ours can bring about.
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
                Step::Answer(rung) => {
                    return self.give(rung, found, brought, missing).await.map(Some);
                }
            }
        }
    }

    /// Begins the calls, which go on without the visitor.
    async fn call(&self, found: Option<Rc<Copy>>, release: &Release) -> oneshot::Receiver<Brought> {
        let (sender, receiver) = oneshot::channel();
        let request = Fields::new(&self.fields);
        let beside = status_of(found.as_deref());
        // Whoever carries a cookie may be answered otherwise than the copy's visitors were.
        let confirmable = found.filter(|_| !request.has("cookie"));
        let visit = Rc::clone(&self.visit);
        let may_repeat = visit.target.route.may_repeat(&visit.method);
        let validators = confirmable.as_ref().and_then(|copy| copy.validators(request));
        let sending = match validators {
            Some(validators) => Ok(Sending::validating(&visit, validators)),
            None if may_repeat => Sending::repeatedly(&visit).await,
            None => Sending::once(&visit).map_err(|error| not_sent(&error)),
        };
        let sending = match sending {
            Ok(sending) => sending,
            Err(ended) => {
                // The visitor waits for it here, so it arrives.
                let _ = sender.send(Brought::Called(Called::bad(ended, None, None)));
                return receiver;
            }
        };
        let is_validating = validators.is_some();
        let call = Call {
            visit: Rc::clone(&visit),
            fields: Rc::clone(&self.fields),
            key: self.key.clone(),
            reads_whole: self.may_serve_copy,
            release: release.clone(),
            beside,
        };
        visit.ctx.wait_until(&future_to_promise(async move {
            let confirmable = confirmable.filter(|_| is_validating);
            call.run(&sending, confirmable, sender).await?;
            Ok(JsValue::UNDEFINED)
        }));
        receiver
    }

    async fn give(
        &self,
        rung: Rung,
        found: Option<Rc<Copy>>,
        brought: Option<Brought>,
        missing: Forwarded,
    ) -> Result<Response, JsValue> {
        match (rung, found, brought) {
            (Rung::Cache { revalidates }, Some(copy), _) => {
                if revalidates {
                    refresh::start(&self.visit, &self.fields, &self.key);
                }
                let status = CacheStatus::Hit(copy.stored.age(clock::now()));
                self.serve_copy(&copy, Source::Cache, status, None).await
            }
            (Rung::Stale, Some(copy), brought) => {
                let (trouble, took) = trouble_of(brought.as_ref());
                let status = CacheStatus::Instead(trouble, copy.stored.age(clock::now()));
                self.serve_copy(&copy, Source::Stale, status, took).await
            }
            (Rung::Called, _, Some(Brought::Confirmed(confirmed))) => {
                let Confirmed { stored, fields, body, took } = confirmed;
                let status = CacheStatus::Confirmed(stored.age(clock::now()));
                let body = Held::Whole(body);
                self.serve(stored, &fields, body, Source::Cache, status, Some(took)).await
            }
            (Rung::Called, found, Some(Brought::Called(Called::Good(answer)))) => {
                self.pass_on(&answer, missing, status_of(found.as_deref()))
            }
            (Rung::Own, found, Some(Brought::Called(Called::Bad { answer: Some(answer), .. }))) => {
                self.pass_on(&answer, missing, status_of(found.as_deref()))
            }
            (_, _, brought) => {
                let (trouble, took) = trouble_of(brought.as_ref());
                fallback::answer(&self.visit, trouble, took)
            }
        }
    }

    /// Passes on what an upstream answered. `beside`: the status of the copy that there is.
    fn pass_on(
        &self,
        answer: &Answer,
        missing: Forwarded,
        beside: Option<u16>,
    ) -> Result<Response, JsValue> {
        let visit = &self.visit;
        let source = match answer.whom {
            Whom::Origin => Source::Origin,
            Whom::Backup => Source::Backup,
        };
        let status = answer.response.status();
        let cache = visit.target.route.cache && self.may_serve_copy;
        let is_kept = || {
            let answered = Answered { status, fields: Fields::new(&answer.fields) };
            let asked = asked(visit, &self.fields, beside);
            matches!(answer.body, Body::Whole(_))
                && answer.whom == Whom::Origin
                && freshness::keep(visit.target.route.copy_rules(), asked, answered, clock::now())
                    .is_ok()
        };
        let cache = cache.then(|| CacheStatus::Forwarded(missing, status, is_kept()));
        let now = clock::now();
        let label = visit.label(answer.target, source, Some(answer.took), cache, now);
        let body: Option<&JsValue> = match &answer.body {
            Body::Own => None,
            Body::Whole(whole) => Some(whole),
            Body::Streamed(stream) => Some(stream),
        };
        let origin = sending::origin(&visit.env, answer.target);
        answer::passed_on(&answer.response, body, &origin, Address::of(&visit.url), label)
    }

    async fn serve_snapshot(
        &self,
        snapshot: Snapshot,
        trouble: Trouble,
        took: Option<Millis>,
    ) -> Result<Response, JsValue> {
        let Snapshot { stored, fields, body } = snapshot;
        let status = CacheStatus::Instead(trouble, stored.age(clock::now()));
        self.serve(stored, &fields, Held::Stored(body), Source::Snapshot, status, took).await
    }

    async fn serve_copy(
        &self,
        copy: &Copy,
        source: Source,
        status: CacheStatus,
        took: Option<Millis>,
    ) -> Result<Response, JsValue> {
        // The calls may be under way and confirm it: then they need its body too.
        let body = Held::Stored(copy.response.clone()?);
        self.serve(copy.stored, &copy.fields, body, source, status, took).await
    }

    async fn serve(
        &self,
        stored: StoredCopy,
        fields: &str,
        body: Held,
        source: Source,
        status: CacheStatus,
        took: Option<Millis>,
    ) -> Result<Response, JsValue> {
        let (visit, now) = (&self.visit, clock::now());
        let request = Fields::new(&self.fields);
        let served = copy::serve(stored, Fields::new(fields), &visit.method, request, now);
        let body = body.part(served.part).await?;
        let origin = sending::origin(&visit.env, visit.target);
        let site = Address::of(&visit.url).origin();
        let fields = location::relocated(Fields::new(&served.fields), &origin, &site);
        let label = visit.label(visit.target, source, took, Some(status), now);
        let lines = fields.as_deref().unwrap_or(&served.fields);
        let answer = answer::made(served.status, lines, &body, label)?;
        let is_page = (served.status, served.part) == (200, Part::Whole) && is_html(lines);
        if is_page
            && matches!(source, Source::Stale | Source::Snapshot)
            && let Some(banner) = fallback::banner(visit, stored.age(now).age)?
        {
            return platform::with_banner(&answer, &banner);
        }
        Ok(answer)
    }
}

fn is_html(lines: &str) -> bool {
    let content_type = Fields::new(lines).get("content-type").unwrap_or_default();
    content_type.get(..9).is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
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
