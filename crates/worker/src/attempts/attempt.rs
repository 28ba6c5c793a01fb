//! One call: its answer's fields, and as much of its body as is read before the visitor gets it.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::outcome::Ended;
use breakwater_core::site::degrade::{Target, Trouble};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStream;

use super::{AnswerBody, PendingVerdict, Release, Settled, UpstreamAnswer, Whole, reads_whole};
use crate::exchange::{self, Exchange, SettledCall, milliseconds};
use crate::isolate::{self, CircuitPermit, Destination};
use crate::outgoing::OutgoingRequest;
use crate::platform::{self, Call, Caught as _, Reading};
use crate::reading::BodyReading;
use crate::{clock, examined};

/// One call.
pub(super) struct Attempt<'a> {
    pub(super) visit: &'a Exchange,
    pub(super) target: Destination,
    pub(super) whom: Target,
    /// Whether an answer that could become a stored response is read to its end first.
    pub(super) reads_whole: bool,
    pub(super) release: &'a Release,
}

/// How a call ended, the answer if it may go on to the visitor, and what is to be judged later.
pub(super) type AttemptResult = (Ended, Option<UpstreamAnswer>, Option<PendingVerdict>);

impl Attempt<'_> {
    /// Makes it; the answer's fields come before `until`, or it has timed out.
    pub(super) async fn make(
        &self,
        sending: &OutgoingRequest,
        permit: CircuitPermit,
        until: Timestamp,
    ) -> Result<AttemptResult, JsValue> {
        let (call, begun) = (Call::new(), clock::now());
        let sent = match sending.send(self.visit, self.target, &call) {
            Ok(sent) => sent,
            Err(error) => {
                return Ok(self.ended(
                    permit,
                    exchange::not_sent(self.visit, &error),
                    Millis::ZERO,
                    None,
                ));
            }
        };
        call.expect(milliseconds(until.since(begun)));
        self.receive(self.settle(permit, call, begun, sent).await).await
    }

    /// Waits for the answer's fields.
    pub(super) async fn settle(
        &self,
        permit: CircuitPermit,
        call: Call,
        begun: Timestamp,
        settling: Promise,
    ) -> Settled {
        let settled = JsFuture::from(settling).await.unwrap_or_else(|error| error);
        call.settle();
        let now = clock::now();
        let came = exchange::settled(self.visit, self.target, &call, settled, begun, now);
        let SettledCall { ended, response, took } = came;
        if response.is_none() {
            call.abort();
        }
        let (fields, is_watched, reading) = (None, false, None);
        Settled { permit, call, ended, response, took, fields, is_watched, reading }
    }

    /// Reads what may become a stored response, and tells what goes on to the visitor.
    pub(super) async fn receive(&self, settled: Settled) -> Result<AttemptResult, JsValue> {
        let Settled { mut permit, call, ended, response, took, fields, is_watched, reading } =
            settled;
        let Some(response) = response else { return Ok(self.ended(permit, ended, took, None)) };
        if examined::wants(self.target, ended, self.visit.path()) {
            permit.hear(examined::read(&response).await);
        }
        let answer = |body, fields| UpstreamAnswer {
            response: Clone::clone(&response),
            fields,
            body,
            whom: self.whom,
            target: self.target,
            took: clock::now().since(self.visit.arrived),
        };
        let fields = match fields {
            None if self.reads_whole => platform::fields(&response),
            fields => fields.unwrap_or_default(),
        };
        let now = clock::now();
        let reading = match reading {
            None if self.reads_whole
                && reads_whole(self.visit, response.status(), &fields, now).is_ok() =>
            {
                BodyReading::begin(self.visit, &response, &fields, now)
            }
            reading => reading,
        };
        let (mut streamed, mut share) = (None, None);
        if let Some(BodyReading { reading, share: taken }) = reading {
            match self.read_whole(&call, &reading).await {
                Ok(ReadBody::Whole(bytes)) => {
                    let whole = Whole::new(bytes, taken);
                    let answer = answer(AnswerBody::Whole(whole), fields);
                    return Ok(self.ended(permit, ended, took, Some(answer)));
                }
                Ok(ReadBody::Streamed(stream)) => (streamed, share) = (Some(stream), Some(taken)),
                Err(broken) => {
                    call.abort();
                    return Ok(self.ended(permit, broken, took, None));
                }
            }
        }
        if Trouble::of(ended).is_some() {
            let answer = answer(streamed.map_or(AnswerBody::Own, AnswerBody::Streamed), fields);
            return Ok(self.ended(permit, ended, took, Some(answer)));
        }
        let is_watched = is_watched || streamed.is_some();
        let is_sampled = || isolate::watches_body(self.target.circuit, clock::now());
        // What is not watched the platform passes on by itself. Only what has a body can break off.
        let passing = streamed.or_else(|| response.body());
        let Some(passing) = passing.filter(|_| is_watched || is_sampled()) else {
            return Ok(self.ended(permit, ended, took, Some(answer(AnswerBody::Own, fields))));
        };
        let watched = platform::watch(&response, &passing).caught()?;
        let (stream, done) = (watched.stream(), watched.done());
        if let Some(share) = share {
            // What was read by then waits for the visitor.
            share.hold_until(self.visit, done.clone());
        }
        permit.answered(clock::now());
        let verdict = PendingVerdict { target: self.target, permit, call, ended, took, done };
        Ok((ended, Some(answer(AnswerBody::Streamed(stream), fields)), Some(verdict)))
    }

    async fn read_whole(&self, call: &Call, reading: &Reading) -> Result<ReadBody, Ended> {
        self.release.watch(reading);
        match JsFuture::from(reading.result()).await {
            Ok(read) => {
                let read: platform::Read = read.unchecked_into();
                Ok(read.whole().map_or_else(|| ReadBody::Streamed(read.stream()), ReadBody::Whole))
            }
            Err(error) => {
                let timed_out = platform::is_timeout(&error);
                Err(exchange::broke(self.visit, self.target, call, timed_out))
            }
        }
    }

    fn ended(
        &self,
        permit: CircuitPermit,
        ended: Ended,
        took: Millis,
        answer: Option<UpstreamAnswer>,
    ) -> AttemptResult {
        self.visit.record(self.target, permit, ended, took, clock::now());
        (ended, answer, None)
    }
}

enum ReadBody {
    Whole(Uint8Array),
    Streamed(ReadableStream),
}
