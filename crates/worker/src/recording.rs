//! What is recorded of those visitors' requests that become transactions at Sentry. Core decides
//! which do; of all others nothing is kept.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::base::trace::Trace;
use breakwater_core::circuit::outcome::Ended;
use breakwater_core::telemetry::sentry::{
    RecordedRequest, RecordedSpan, Recording, Sampler, SpanOp,
};
use breakwater_platform::sentry;

use crate::clock;
use crate::isolate::{self, Destination};

thread_local! {
    // A copy that is written back whole: a kill in the middle of the work leaves nothing borrowed.
    static SAMPLER: Cell<Sampler> = const { Cell::new(Sampler::new()) };
}

/// Records a request, if it becomes a transaction.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Option<Rc<RefCell<Recording<'static>>>>);

impl Recorder {
    /// Decides about a request. If it is recorded, its upstream is told so by the trace.
    pub(crate) fn begin(route: &str, trace: &mut Trace, now: Timestamp) -> Self {
        let site = isolate::site();
        let Some(settings) = &site.sentry else { return Self::default() };
        let (source, random) = (site.tracing, isolate::draw());
        let is_recorded =
            with_sampler(|it| it.records(settings, source, route, trace, random, now));
        if !is_recorded {
            return Self::default();
        }
        trace.set_sampled();
        Self(Some(Rc::default()))
    }

    /// Adds the call to an upstream that ended like this.
    pub(crate) fn called(&self, target: Destination, ended: Ended, began: Timestamp, took: Millis) {
        self.add(|| RecordedSpan {
            op: SpanOp::HttpClient,
            subject: &target.upstream.name,
            began,
            took,
            status: ended.status().unwrap_or_default(),
            said: ended.missing_because(),
        });
    }

    /// The time at which something begins that is added when it has ended. Where nothing is
    /// recorded the clock is not read.
    pub(crate) fn begun(&self) -> Timestamp {
        self.0.as_ref().map_or(Timestamp::from_millis(0), |_| clock::now())
    }

    /// Adds that a kind of stored response was looked for.
    pub(crate) fn looked_up(&self, kind: &'static str, is_found: bool, began: Timestamp) {
        self.add(|| RecordedSpan {
            op: SpanOp::CacheGet,
            subject: kind,
            began,
            took: clock::now().since(began),
            status: if is_found { 200 } else { 0 },
            said: "",
        });
    }

    /// Adds that a response was stored, or could not be.
    pub(crate) fn stored(&self, is_stored: bool, began: Timestamp) {
        self.add(|| RecordedSpan {
            op: SpanOp::CachePut,
            subject: STORED,
            began,
            took: clock::now().since(began),
            status: if is_stored { 200 } else { 0 },
            said: if is_stored { "" } else { "failed" },
        });
    }

    /// Adds that an object was asked while the visitor waited.
    pub(crate) fn asked(
        &self,
        binding: &'static str,
        operation: &'static str,
        is_answered: bool,
        began: Timestamp,
    ) {
        self.add(|| RecordedSpan {
            op: SpanOp::Rpc,
            subject: binding,
            began,
            took: clock::now().since(began),
            status: if is_answered { 200 } else { 0 },
            said: operation,
        });
    }

    /// Hands the transaction over. What is added after that is in none.
    pub(crate) fn answered<'a>(&self, request: impl FnOnce() -> RecordedRequest<'a>) {
        if let Some(recording) = &self.0 {
            let before = with_sampler(Sampler::take);
            let recording = recording.take();
            if !sentry::keep(&recording.to_lines(&request(), before)) {
                with_sampler(|it| {
                    it.give_back(before);
                    it.count_lost();
                });
            }
        }
    }

    fn add(&self, span: impl FnOnce() -> RecordedSpan<'static>) {
        if let Some(recording) = &self.0 {
            recording.borrow_mut().add(span());
        }
    }
}

/// The name of a stored response that was made for the same kind of visitors, in a span.
pub(crate) const STORED: &str = "stored_response";
/// That of one that was made for others.
pub(crate) const STAND_IN: &str = "stand_in";
/// That of a snapshot.
pub(crate) const SNAPSHOT: &str = "snapshot";

fn with_sampler<T>(work: impl FnOnce(&mut Sampler) -> T) -> T {
    let mut sampler = SAMPLER.get();
    let done = work(&mut sampler);
    SAMPLER.set(sampler);
    done
}
