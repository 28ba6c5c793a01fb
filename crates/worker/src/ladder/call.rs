//! The calls behind one visitor, and what follows from them whether the visitor waits or not.

use std::convert::Infallible;
use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::cache::freshness::{CacheRequest, NotStorable};
use breakwater_core::cache::stored::CacheKey;
use breakwater_core::site::degrade::{CallResult, FailedCalls, Rungs};
use breakwater_core::site::request::{
    self, After, Asker, Finished, Validated, Validating, is_noted,
};
use futures::channel::oneshot;
use wasm_bindgen::prelude::*;

use crate::attempts::{self, MadeCall, PendingVerdict, Release, UpstreamAnswer, Whole};
use crate::exchange::Exchange;
use crate::outgoing::OutgoingRequest;
use crate::stored_responses::{self, StoredResponse};
use crate::storing::{self, PendingStore};
use crate::{absences, clock, refresh, snapshots};
use breakwater_platform::address::Address;

/// A good answer, as the visitor gets it.
pub(crate) enum GoodAnswer {
    Answer(PassedOn),
    /// The stored response, and the 304 that has validated it, which may set the visitor's cookies.
    Validated(Validated<Rc<StoredResponse>>, UpstreamAnswer),
}

/// An answer of the upstream's that goes on to the visitor.
pub(crate) struct PassedOn {
    pub(super) answer: UpstreamAnswer,
    /// Whether it becomes a stored response, or why not.
    pub(super) stored: Result<(), NotStorable>,
}

/// What came of the calls, for the ladder.
pub(super) type LadderResult = CallResult<GoodAnswer, PassedOn>;

/// What is to be done to get an answer.
pub(super) enum Errand {
    Send(OutgoingRequest),
    /// The call was made before.
    GoOn(MadeCall),
}

/// The calls of one visitor, and what follows from them.
pub(super) struct VisitorCalls {
    pub(super) visit: Rc<Exchange>,
    pub(super) fields: Rc<str>,
    pub(super) key: CacheKey,
    pub(super) rungs: Rungs,
    pub(super) release: Release,
    /// The status of the stored response that was there already.
    pub(super) beside: Option<u16>,
}

impl VisitorCalls {
    pub(super) async fn run(
        &self,
        errand: Errand,
        validating: Option<Rc<StoredResponse>>,
        visitor: oneshot::Sender<Result<LadderResult, JsValue>>,
    ) -> Result<(), JsValue> {
        let (visit, route) = (&*self.visit, self.visit.target.route);
        let (mut result, pending, verdict) = match self.bring(errand, validating).await {
            Ok(brought) => brought,
            Err(error) => {
                // The visitor may have left.
                let _ = visitor.send(Err(error.clone()));
                return Err(error);
            }
        };
        let mut storing = Box::pin(self.store(pending));
        // Where stored responses answer, the visitor who asks next is to find this one.
        let stored = if route.cache {
            let left = (visit.arrived + route.patience).since(clock::now());
            attempts::within(&mut storing, left).await
        } else {
            None
        };
        if let Some(Err(_)) = stored {
            not_stored(&mut result);
        }
        // The visitor may have been given a stored response by now, or have left.
        let _ = visitor.send(Ok(result));
        if let Some(verdict) = verdict {
            verdict.judge(visit).await;
        }
        match stored {
            Some(stored) => stored,
            None => storing.await,
        }
    }

    /// Makes the calls, and decides what their answer means for stored responses.
    async fn bring(
        &self,
        errand: Errand,
        validating: Option<Rc<StoredResponse>>,
    ) -> Result<(LadderResult, Option<PendingStore>, Option<PendingVerdict>), JsValue> {
        let visit = &*self.visit;
        let (called, verdict) = match errand {
            Errand::Send(sending) => {
                attempts::run(visit, &sending, self.rungs, &self.release).await?
            }
            Errand::GoOn(made) => {
                attempts::go_on(visit, made, self.rungs.stored.is_open(), &self.release).await?
            }
        };
        let (result, pending) = match called {
            CallResult::Good(answer) => {
                let (good, pending) = self.follow(answer, validating).await;
                (CallResult::Good(good), pending)
            }
            CallResult::Bad(failed) => {
                let pending = failed.answer.as_ref().map(|answer| self.pending_error(answer));
                let (stored, pending) = pending.map(parted).unwrap_or((Ok(()), None));
                let failed = failed.map(|answer| PassedOn { answer, stored });
                (CallResult::Bad(failed), pending)
            }
            CallResult::NotSent => (CallResult::NotSent, None),
        };
        Ok((result, pending, verdict))
    }

    /// Does what a good answer asks for before the visitor gets it, and says what is to be stored.
    async fn follow(
        &self,
        answer: UpstreamAnswer,
        validating: Option<Rc<StoredResponse>>,
    ) -> (GoodAnswer, Option<PendingStore>) {
        let visit = &self.visit;
        let validating = validating.as_ref().map(StoredResponse::validating);
        let asked = self.asked();
        let finished =
            storing::finished(visit, asked, &self.key, Asker::Visitor, &answer, validating);
        self.note(&finished);
        let pending = match self.decide(finished, &answer) {
            After::Validated(validated) => {
                let pending = PendingStore::of_validated(&self.key, asked.fields, &validated).await;
                return (GoodAnswer::Validated(validated, answer), pending);
            }
            After::Invalidate => {
                if let Some(invalidation) = visit.invalidation(&answer.response) {
                    invalidation.await;
                }
                Err(NotStorable::Method)
            }
            after @ (After::Store { .. } | After::Refresh { .. } | After::NotStored(_)) => {
                self.pending(after)
            }
        };
        let (stored, pending) = parted(pending);
        (GoodAnswer::Answer(PassedOn { answer, stored }), pending)
    }

    /// The same for a good answer of a call that nothing was to be validated by. It answers a
    /// request that changes nothing, so that nothing is waited for.
    pub(super) fn follow_whole(&self, answer: UpstreamAnswer) -> (PassedOn, Option<PendingStore>) {
        let visit = &self.visit;
        let validating: Option<Validating<'_, Infallible>> = None;
        let asked = self.asked();
        let finished =
            storing::finished(visit, asked, &self.key, Asker::Visitor, &answer, validating);
        self.note(&finished);
        let (stored, pending) = parted(self.pending(self.decide(finished, &answer)));
        (PassedOn { answer, stored }, pending)
    }

    /// What is to be stored of a good answer that has validated nothing; what it says to be
    /// outdated is refreshed.
    fn pending<S>(&self, after: After<'_, Whole, S>) -> Result<PendingStore, NotStorable> {
        match after {
            After::Store { body, storable, fields } => {
                Ok(PendingStore::of_answer(storable, fields, body))
            }
            After::Refresh { fields, why } => {
                refresh::start_if_due(&self.visit, fields);
                Err(why)
            }
            After::Validated(_) | After::Invalidate => Err(NotStorable::Method),
            After::NotStored(why) => Err(why),
        }
    }

    /// Tells the keeper of snapshots of a page that everybody may see, and withdraws one that the
    /// upstream says is not there.
    fn note<S>(&self, finished: &Finished<'_, Whole, S>) {
        if is_noted(finished) {
            let etag = finished.answered.fields.get("etag");
            snapshots::note(&self.visit, Address::of(&self.visit.url).path_and_query, etag);
        }
        absences::note(&self.visit, finished.asked, finished.answered, finished.whom);
    }

    /// An upstream's own error on its way to be stored, if the route stores it.
    fn pending_error(&self, answer: &UpstreamAnswer) -> Result<PendingStore, NotStorable> {
        let validating: Option<Validating<'_, Infallible>> = None;
        let asked = self.asked();
        let finished =
            storing::finished(&self.visit, asked, &self.key, Asker::Visitor, answer, validating);
        match self.decide(finished, answer) {
            After::Store { body, storable, fields } => {
                Ok(PendingStore::of_answer(storable, fields, body))
            }
            After::Validated(Validated { response, .. }) => match response {},
            After::Invalidate => Err(NotStorable::Method),
            After::Refresh { why, .. } | After::NotStored(why) => Err(why),
        }
    }

    fn decide<'a, S>(
        &self,
        finished: Finished<'a, Whole, S>,
        answer: &UpstreamAnswer,
    ) -> After<'a, Whole, S> {
        let fields = Fields::new(&answer.fields);
        request::after(
            finished,
            || stored_responses::try_take_store(&self.key, fields),
            clock::now(),
        )
    }

    pub(super) async fn store(&self, pending: Option<PendingStore>) -> Result<(), JsValue> {
        match pending {
            Some(pending) => {
                let begun = self.visit.recorder.begun();
                let stored = pending.store(&self.key, Fields::new(&self.fields)).await;
                self.visit.recorder.stored(stored.is_ok(), begun);
                stored
            }
            None => Ok(()),
        }
    }

    /// What decides on the visitor's side.
    fn asked(&self) -> CacheRequest<'_> {
        CacheRequest {
            method: &self.visit.method,
            path: self.visit.path(),
            fields: Fields::new(&self.fields),
            has_unkeyed: self.visit.has_unkeyed,
            requested_at: self.visit.arrived,
            stored_status: self.beside,
            tag_purges: self.visit.tag_purges,
        }
    }
}

/// What `Cache-Status` says, and what is to be stored.
fn parted(
    pending: Result<PendingStore, NotStorable>,
) -> (Result<(), NotStorable>, Option<PendingStore>) {
    match pending {
        Ok(pending) => (Ok(()), Some(pending)),
        Err(why) => (Err(why), None),
    }
}

/// The answer could not be stored: its label is not to say that it was.
fn not_stored(result: &mut LadderResult) {
    let failed = Err(NotStorable::Failed);
    match result {
        CallResult::Good(GoodAnswer::Answer(passed)) => passed.stored = failed,
        CallResult::Bad(FailedCalls { answer: Some(passed), .. }) => passed.stored = failed,
        CallResult::Good(GoodAnswer::Validated(..))
        | CallResult::Bad(FailedCalls { answer: None, .. })
        | CallResult::NotSent => {}
    }
}
