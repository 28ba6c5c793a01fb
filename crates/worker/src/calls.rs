//! The calls for one request. They run in `waitUntil`: they go on when the visitor has been
//! answered or has left, and what came of them counts.

mod attempt;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::id::UpstreamId;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::freshness::{self, Answered, Asked, Keep};
use breakwater_core::cache::rules::CopyRules;
use breakwater_core::circuit::breaker::Rejected;
use breakwater_core::circuit::fleet::CallKind;
use breakwater_core::circuit::outcome::Ended;
use breakwater_core::site::degrade::{Body as Sent, Calls, Last, Next, Trouble, Whom};
use futures::future::{self, Either};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, Response};
use worker::Delay;

use self::attempt::{Attempt, Made};
use crate::clock;
use crate::holding::Share;
use crate::isolate::{self, Permit, Target};
use crate::platform::{self, Call, Caught as _, Reading};
use crate::sending::Sending;
use crate::visit::{self, Visit};

/// How long a body that passes through is watched before its call counts as a success: what flows
/// for that long is no answer that breaks off.
const JUDGED_AFTER: Millis = Millis::from_secs(5);

/// A body that may go on to a visitor.
pub(crate) enum Body {
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
    pub(crate) share: Rc<Share>,
}

impl Whole {
    /// Whether it may be what the fields of its answer say that it is.
    fn is_as_labelled(&self, fields: Fields<'_>) -> bool {
        !fields.has("content-encoding")
            || freshness::is_as_labelled(fields, &self.bytes.subarray(0, 2).to_vec())
    }

    /// The body on its way to the visitor, and its room with it.
    pub(crate) fn hand(self, visit: &Visit) -> Result<JsValue, JsValue> {
        if self.bytes.length() == 0 {
            return Ok(self.bytes.into());
        }
        let handed = platform::hand(&self.bytes).caught()?;
        self.share.hold_until(visit, platform::property(&handed, "done").unchecked_into());
        Ok(platform::property(&handed, "stream"))
    }
}

/// An answer of an upstream.
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// As [`Fields`] reads them; read only where copies are at stake.
    pub(crate) fields: String,
    pub(crate) body: Body,
    pub(crate) whom: Whom,
    pub(crate) target: Target,
    /// From the request's arrival until it was there.
    pub(crate) took: Millis,
}

impl Answer {
    pub(crate) fn answered(&self) -> Answered<'_> {
        Answered { status: self.response.status(), fields: Fields::new(&self.fields) }
    }

    /// Its body, and how it is kept, if it may become a copy.
    pub(crate) fn to_keep(&self, rules: CopyRules<'_>, asked: Asked<'_>) -> Option<(&Whole, Keep)> {
        let (Body::Whole(whole), Whom::Origin) = (&self.body, self.whom) else { return None };
        let answered = self.answered();
        let keep = freshness::keep(rules, asked, answered, clock::now()).ok()?;
        whole.is_as_labelled(answered.fields).then_some((whole, keep))
    }
}

/// What came of the calls.
pub(crate) enum Called {
    /// An answer worth passing on.
    Good(Answer),
    /// Reason to try the lower rungs, and the upstream's own answer, if it gave one.
    Bad { trouble: Trouble, answer: Option<Answer>, took: Option<Millis> },
    /// The platform refused to send the request, or we failed at it.
    NotSent,
}

impl Called {
    /// What a call brought that is not good.
    pub(crate) fn bad(ended: Ended, answer: Option<Answer>, took: Option<Millis>) -> Self {
        if ended == Ended::NotSent {
            return Self::NotSent;
        }
        Self::Bad { trouble: Trouble::told(ended), answer, took }
    }
}

/// What is left to do when the visitor has the answer: a body that passes through may break off.
pub(crate) struct Unjudged {
    target: Target,
    permit: Permit,
    call: Call,
    ended: Ended,
    took: Millis,
    done: Promise,
}

/// By this a visitor who has no copy to fall back on gets the answer as it comes.
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

/// Makes the calls for a request. `reads_whole`: answers that could become copies are read to their
/// end before they count as good, so that one that breaks off can be replaced.
pub(crate) async fn run(
    visit: &Visit,
    sending: &Sending,
    reads_whole: bool,
    release: &Release,
) -> Result<(Called, Option<Unjudged>), JsValue> {
    let route = visit.target.route;
    let method = sending.method(visit);
    let kind = CallKind::of(method, || sending.has_body());
    let policy = sending.call_policy(route.call_policy());
    // A visitor who is slow to send takes none of the calls' time.
    let begun = if visit.has_body { clock::now() } else { visit.arrived };
    let mut calls = Calls::new(policy, method, sending.body(), begun);
    let mut last = None;
    let mut brought = None;
    let mut rejected = None;
    loop {
        let next =
            isolate::next_call(&mut calls, last, UpstreamId::new(route.upstream), clock::now());
        let Next::Call { whom, after, until } = next else { break };
        if after > Millis::ZERO {
            Delay::from(Duration::from_millis(after.get())).await;
        }
        let (target, now) = (visit.target.of(whom), clock::now());
        let lease = route.lease(sending.body() == Sent::Passing);
        let admitted = isolate::acquire(target.circuit, kind, lease, now);
        // Not only after the answer: a new isolate's first call may hang.
        visit.talk_if_due(target.circuit, now);
        match admitted {
            Err(reason) => {
                rejected = Some(reason);
                last = Some(Last::Rejected);
            }
            Ok(permit) => {
                let attempt = Attempt { visit, target, whom, reads_whole, release };
                let made = attempt.make(sending, permit, until).await?;
                last = Some(Last::Ended(made.0));
                brought = Some(called(visit, made));
            }
        }
    }
    Ok(brought.unwrap_or_else(|| (never_made(rejected), None)))
}

/// The one call of a request that turns to the ladder only after it was made, or after the circuit
/// refused it.
pub(crate) enum Begun {
    Rejected(Rejected),
    UnderWay {
        permit: Permit,
        call: Call,
        begun: Timestamp,
        /// Comes to the response, or to the error.
        settling: Promise,
    },
    Settled(Settled),
}

/// A call that has brought its answer's fields, or none.
pub(crate) struct Settled {
    pub(crate) permit: Permit,
    pub(crate) call: Call,
    pub(crate) ended: Ended,
    pub(crate) response: Option<Response>,
    pub(crate) took: Millis,
    /// The answer's fields, as [`Fields`] reads them, if they were read already.
    pub(crate) fields: Option<String>,
    /// Whether its body was drawn for being watched already.
    pub(crate) is_watched: bool,
}

/// Goes on as [`run`] does, with the one call that is made for this request.
pub(crate) async fn go_on(
    visit: &Visit,
    begun: Begun,
    reads_whole: bool,
    release: &Release,
) -> Result<(Called, Option<Unjudged>), JsValue> {
    let (target, whom) = (visit.target, Whom::Origin);
    let attempt = Attempt { visit, target, whom, reads_whole, release };
    let settled = match begun {
        Begun::Rejected(rejected) => return Ok((never_made(Some(rejected)), None)),
        Begun::UnderWay { permit, call, begun, settling } => {
            attempt.settle(permit, call, begun, settling).await
        }
        Begun::Settled(settled) => settled,
    };
    Ok(called(visit, attempt.receive(settled).await?))
}

/// What the visitor gets of a call, if no other follows it.
fn called(visit: &Visit, made: Made) -> (Called, Option<Unjudged>) {
    let (ended, answer, unjudged) = made;
    match (Trouble::of(ended), answer) {
        (None, Some(answer)) => (Called::Good(answer), unjudged),
        (_, answer) => {
            let took = Some(clock::now().since(visit.arrived));
            (Called::bad(ended, answer, took), None)
        }
    }
}

fn never_made(rejected: Option<Rejected>) -> Called {
    let trouble = rejected.map_or(Trouble::Disconnected, Trouble::Rejected);
    Called::Bad { trouble, answer: None, took: None }
}

impl Unjudged {
    /// Waits until the body has ended, or has flowed for long enough, and tells the breaker.
    pub(crate) async fn judge(self, visit: &Visit) {
        let ended = match within(JsFuture::from(self.done), JUDGED_AFTER).await {
            Some(Err(_)) => visit::broke(visit, self.target, &self.call, false),
            Some(Ok(taken)) if taken == JsValue::FALSE => Ended::VisitorLeft,
            Some(Ok(_)) | None => self.ended,
        };
        visit.record(self.target, self.permit, ended, self.took, clock::now());
    }
}

/// Whether an answer with this status and these fields could become a copy if a visitor without
/// cookies had asked. Then a visitor waits for all of it; other answers may stream for long.
pub(crate) fn could_be_kept(visit: &Visit, status: u16, fields: &str, now: Timestamp) -> bool {
    // A part that breaks off is cut from the copy instead.
    let status = if status == 206 { 200 } else { status };
    let answered = Answered { status, fields: Fields::new(fields) };
    freshness::is_public(visit.target.route.copy_rules(), visit.path(), answered, now)
}

/// What comes of it, if that takes no longer.
pub(crate) async fn within<F: Future + Unpin>(work: F, limit: Millis) -> Option<F::Output> {
    let limit = Delay::from(Duration::from_millis(limit.get()));
    match future::select(work, limit).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
