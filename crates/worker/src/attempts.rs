//! The calls for one request. They run in `waitUntil`: they go on when the visitor has been
//! answered or has left, and what came of them counts.

mod attempt;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::id::UpstreamId;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::freshness::{self, NotStorable, ResponseHead};
use breakwater_core::cache::stored::{CacheKey, HANDED_OVER_MAX};
use breakwater_core::circuit::breaker::Rejected;
use breakwater_core::circuit::outcome::Ended;
use breakwater_core::site::degrade::{
    Attempts, CallResult, JUDGED_AFTER, LastAttempt, NextAttempt, Rungs, Target, Trouble,
};
use breakwater_core::site::request::{self, WholeBody};
use futures::future::{self, Either};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, Response};
use worker::Delay;

use self::attempt::{Attempt, AttemptResult};
use crate::clock;
use crate::exchange::{self, Exchange};
use crate::holding::BodyShare;
use crate::isolate::{self, CallPurpose, CircuitPermit, Destination};
use crate::outgoing::OutgoingRequest;
use crate::platform::{self, Call, Caught as _, Reading};
use crate::reading::BodyReading;

/// A body that may go on to a visitor.
pub(crate) enum AnswerBody {
    /// As the answer has it.
    Own,
    /// Read to its end.
    Whole(Whole),
    /// Passed on as it comes.
    Streamed(ReadableStream),
}

/// A body that was read to its end, as it came.
pub(crate) struct Whole {
    pub(crate) bytes: Uint8Array,
    pub(crate) share: Rc<BodyShare>,
}

impl Whole {
    /// A body for which this room was taken.
    pub(crate) fn new(bytes: Uint8Array, share: Rc<BodyShare>) -> Self {
        share.shrink(bytes.length());
        Self { bytes, share }
    }

    /// Whether it may be what the fields of its answer say that it is.
    fn is_as_labelled(&self, fields: Fields<'_>) -> bool {
        !fields.has("content-encoding")
            || freshness::is_as_labelled(fields, &self.bytes.subarray(0, 2).to_vec())
    }

    /// The body on its way to the visitor, and its room with it, unless it is short.
    pub(crate) fn hand(self, visit: &Exchange) -> Result<JsValue, JsValue> {
        if self.bytes.length() <= HANDED_OVER_MAX {
            return Ok(self.bytes.into());
        }
        let handed = platform::hand(&self.bytes).caught()?;
        self.share.hold_until(visit, handed.done());
        Ok(handed.stream().into())
    }
}

/// An answer of an upstream.
pub(crate) struct UpstreamAnswer {
    pub(crate) response: Response,
    /// As [`Fields`] reads them; read only where stored responses are at stake.
    pub(crate) fields: String,
    pub(crate) body: AnswerBody,
    pub(crate) whom: Target,
    pub(crate) target: Destination,
    /// From the request's arrival until it was there.
    pub(crate) took: Millis,
}

impl UpstreamAnswer {
    pub(crate) fn answered(&self) -> ResponseHead<'_> {
        ResponseHead { status: self.response.status(), fields: Fields::new(&self.fields) }
    }

    /// Its body, if it was read to its end, and the key under which it may be stored.
    pub(crate) fn whole_body<'a>(&'a self, key: &'a CacheKey) -> Option<WholeBody<'a, Whole>> {
        let AnswerBody::Whole(body) = &self.body else { return None };
        let (length, fields) = (body.bytes.length() as usize, Fields::new(&self.fields));
        Some(WholeBody { body, length, is_as_labelled: body.is_as_labelled(fields), key })
    }
}

/// What came of the calls.
pub(crate) type AttemptsResult = CallResult<UpstreamAnswer, UpstreamAnswer>;

/// What is left to do when the visitor has the answer: a body that passes through may break off.
pub(crate) struct PendingVerdict {
    target: Destination,
    permit: CircuitPermit,
    call: Call,
    ended: Ended,
    took: Millis,
    done: Promise,
}

/// Lets a visitor who has no stored response to fall back on have the answer as it comes.
#[derive(Clone, Default)]
pub(crate) struct Release(Rc<RefCell<ReleaseState>>);

#[derive(Default)]
struct ReleaseState {
    is_released: bool,
    reading: Option<Reading>,
}

impl Release {
    /// Whatever is being read whole, or will be, is handed on instead.
    pub(crate) fn release(&self) {
        let mut state = self.0.borrow_mut();
        state.is_released = true;
        if let Some(reading) = state.reading.take() {
            reading.release();
        }
    }

    fn watch(&self, reading: &Reading) {
        let mut state = self.0.borrow_mut();
        if state.is_released {
            reading.release();
        } else {
            state.reading = Some(reading.clone());
        }
    }
}

/// Makes the calls for a request. Where stored responses are open to the visitor, answers that
/// could become stored responses are read to their end before they count as good, so that one that
/// breaks off can be replaced.
pub(crate) async fn run(
    visit: &Exchange,
    sending: &OutgoingRequest,
    rungs: Rungs,
    release: &Release,
) -> Result<(AttemptsResult, Option<PendingVerdict>), JsValue> {
    let route = visit.target.route;
    let reads_whole = rungs.stored.is_open();
    let method = sending.method(visit);
    let purpose = CallPurpose::of(visit, sending, rungs);
    let policy = sending.call_policy(route.call_policy());
    // A visitor who is slow to send takes none of the calls' time.
    let begun = if visit.has_body { clock::now() } else { visit.arrived };
    let mut calls = Attempts::new(policy, method, sending.body(), begun);
    let mut last = None;
    let mut brought = None;
    let mut rejected = None;
    loop {
        let next =
            isolate::next_call(&mut calls, last, UpstreamId::new(route.upstream), clock::now());
        let NextAttempt::Call { whom, after, until } = next else { break };
        if after > Millis::ZERO {
            Delay::from(Duration::from_millis(after.get())).await;
        }
        let (target, now) = (visit.target.of(whom), clock::now());
        let admitted = isolate::acquire(target, whom, purpose, now);
        // Not only after the answer: a new isolate's first call may hang.
        visit.talk_if_due(target.circuit, now);
        match admitted {
            Err(reason) => {
                rejected = Some(reason);
                last = Some(LastAttempt::Rejected);
            }
            Ok(permit) => {
                if matches!(last, Some(LastAttempt::Ended(_))) {
                    isolate::count_retry(target.circuit);
                }
                let attempt = Attempt { visit, target, whom, reads_whole, release };
                let made = attempt.make(sending, permit, until).await?;
                last = Some(LastAttempt::Ended(made.0));
                brought = Some(called(visit, made));
            }
        }
    }
    Ok(brought.unwrap_or_else(|| (AttemptsResult::never_made(rejected), None)))
}

/// The one call of a request that turns to the ladder only after it was made, or after the circuit
/// refused it.
pub(crate) enum FirstCall {
    Rejected(Rejected),
    Made(MadeCall),
}

/// A call that was made before its request turned to the ladder.
pub(crate) enum MadeCall {
    UnderWay {
        permit: CircuitPermit,
        call: Call,
        begun: Timestamp,
        /// Comes to the response, or to the error.
        settling: Promise,
    },
    Settled(Settled),
}

/// A call that has brought its answer's fields, or none.
pub(crate) struct Settled {
    pub(crate) permit: CircuitPermit,
    pub(crate) call: Call,
    pub(crate) ended: Ended,
    pub(crate) response: Option<Response>,
    pub(crate) took: Millis,
    /// The answer's fields, as [`Fields`] reads them, if they were read already.
    pub(crate) fields: Option<String>,
    /// Whether its body was drawn for being watched already.
    pub(crate) is_watched: bool,
    /// The reading of its body, if that has begun.
    pub(crate) reading: Option<BodyReading>,
}

/// Goes on as [`run`] does, with the one call that is made for this request.
pub(crate) async fn go_on(
    visit: &Exchange,
    made: MadeCall,
    reads_whole: bool,
    release: &Release,
) -> Result<(AttemptsResult, Option<PendingVerdict>), JsValue> {
    let (target, whom) = (visit.target, Target::Origin);
    let attempt = Attempt { visit, target, whom, reads_whole, release };
    let settled = match made {
        MadeCall::UnderWay { permit, call, begun, settling } => {
            attempt.settle(permit, call, begun, settling).await
        }
        MadeCall::Settled(settled) => settled,
    };
    Ok(called(visit, attempt.receive(settled).await?))
}

/// What the visitor gets of a call, if no other follows it.
fn called(visit: &Exchange, made: AttemptResult) -> (AttemptsResult, Option<PendingVerdict>) {
    let (ended, answer, verdict) = made;
    match (Trouble::of(ended), answer) {
        (None, Some(answer)) => (AttemptsResult::Good(answer), verdict),
        (_, answer) => {
            let took = Some(clock::now().since(visit.arrived));
            (AttemptsResult::bad(ended, answer, took), None)
        }
    }
}

impl PendingVerdict {
    /// Waits until the body has ended, or has flowed for long enough, and tells the breaker.
    pub(crate) async fn judge(self, visit: &Exchange) {
        let ended = match within(JsFuture::from(self.done), JUDGED_AFTER).await {
            Some(Err(_)) => exchange::broke(visit, self.target, &self.call, false),
            Some(Ok(taken)) if taken == JsValue::FALSE => Ended::VisitorLeft,
            Some(Ok(_)) | None => self.ended,
        };
        visit.record(self.target, self.permit, ended, self.took, clock::now());
    }
}

/// Whether an answer with this status and these fields is read to its end for a visitor, or why it
/// could not be stored then.
pub(crate) fn reads_whole(
    visit: &Exchange,
    status: u16,
    fields: &str,
    now: Timestamp,
) -> Result<(), NotStorable> {
    let answered = ResponseHead { status, fields: Fields::new(fields) };
    request::reads_whole(visit.target.route.store_rules(), visit.path(), answered, now)
}

/// What comes of it, if that takes no longer.
pub(crate) async fn within<F: Future + Unpin>(work: F, limit: Millis) -> Option<F::Output> {
    let limit = Delay::from(Duration::from_millis(limit.get()));
    match future::select(work, limit).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
