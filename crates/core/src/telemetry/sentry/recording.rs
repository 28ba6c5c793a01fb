//! What is recorded of a request that becomes a transaction.
//!
//! The module that answers visitors records it, and hands it over as a short text. The control
//! plane, which may be in another isolate, makes the transaction of it.

use core::fmt::Write as _;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::field::{ReportField, ReportValue};
use super::ids::{EventId, SentryTrace};
use super::sampling::Unrecorded;
use super::settings::ReportClass;
use super::transaction::{SPANS_MAX, SentrySpan, SentryTransaction, SpanOp, SpanStatus};
use crate::base::time::{Millis, Timestamp};
use crate::base::trace::{Trace, TraceHead};
use crate::base::wire::read_lines;

/// Parts the members of a span. No name in the site file has one.
const TAB: char = '\t';

/// A call that was made for a request. Names are ours or the site file's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedSpan<'a> {
    /// What was done.
    pub op: SpanOp,
    /// Whom it was done to: an upstream, a kind of stored response, the binding of an object.
    pub subject: &'a str,
    /// When it began.
    pub began: Timestamp,
    /// How long it took.
    pub took: Millis,
    /// The status that came, or 200 for what has none and went well; 0 if nothing came.
    pub status: u16,
    /// What went wrong, or what an object was asked for, as one word.
    pub said: &'a str,
}

/// What is known of a request when it is answered.
#[derive(Clone, Copy, Debug)]
pub struct RecordedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The route's pattern.
    pub route: &'a str,
    /// The upstream.
    pub upstream: &'a str,
    /// The circuit's state.
    pub circuit: &'a str,
    /// Where the answer came from.
    pub source: &'a str,
    /// The answer's status.
    pub status: u16,
    /// The trace.
    pub trace: &'a Trace,
    /// When the request arrived.
    pub began: Timestamp,
    /// How long it took until it was answered.
    pub took: Millis,
}

/// The calls of a request so far, in the order in which they ended.
#[derive(Clone, Debug, Default)]
pub struct Recording<'a>(Vec<RecordedSpan<'a>>);

impl<'a> Recording<'a> {
    /// Adds a call, unless there are more than a transaction has room for.
    pub fn add(&mut self, span: RecordedSpan<'a>) {
        if self.0.len() < SPANS_MAX {
            self.0.push(span);
        }
    }

    /// Returns the text of the transaction. `before` is what became of none before it.
    pub fn to_lines(&self, request: &RecordedRequest<'_>, before: Unrecorded) -> String {
        let class = ReportClass::Transaction.as_str();
        let RecordedRequest { method, route, upstream, circuit, source, status, .. } = *request;
        let Trace { request_id, traceparent, head, .. } = request.trace;
        let parent = head.map_or(0, |TraceHead { span_id, .. }| span_id);
        let (began, took) = (request.began.as_millis(), request.took);
        let Unrecorded { unsampled, lost } = before;
        let mut text = format!(
            "{class}\n{method}\n{route}\n{upstream}\n{circuit}\n{source}\n{status}\n\
             {traceparent}\n{parent}\n{request_id}\n{began}\n{}\n{unsampled}\n{lost}",
            took.get(),
        );
        for span in &self.0 {
            let RecordedSpan { op, subject, began, took, status, said } = *span;
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n{}{TAB}{subject}{TAB}{}{TAB}{}{TAB}{status}{TAB}{said}",
                op.as_str(),
                began.as_millis(),
                took.get(),
            );
        }
        text
    }
}

read_lines! {
    /// A request that was recorded. The lines of its calls follow. The text travels from isolates
    /// of one deployment to objects of another: another form of it needs another name of its class.
    TransactionFact<'a> {
        /// That it is a transaction.
        class: &'a str,
        /// The method.
        method: &'a str,
        /// The route's pattern.
        route: &'a str,
        /// The upstream.
        upstream: &'a str,
        /// The circuit's state.
        circuit: &'a str,
        /// Where the answer came from.
        source: &'a str,
        /// The answer's status.
        status: u64,
        /// The trace in the form of the field `traceparent`.
        traceparent: &'a str,
        /// The caller's span; 0 if there is none.
        parent: u64,
        /// The request's id.
        request_id: &'a str,
        /// When the request arrived, in milliseconds since the epoch.
        began: u64,
        /// How long it took, in milliseconds.
        took: u64,
        /// How many requests before it were not of the sample.
        unsampled: u64,
        /// For how many recorded ones before it there was no room.
        lost: u64,
    }
}

impl TransactionFact<'_> {
    /// Returns what became of no transaction before this one.
    pub(super) fn before(&self) -> Unrecorded {
        let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Unrecorded { unsampled: count(self.unsampled), lost: count(self.lost) }
    }
}

/// Returns the transaction of a text; nothing if it makes no sense. `random` becomes the ids that
/// are not known.
pub(super) fn transaction(text: &str, random: u128) -> Option<SentryTransaction> {
    let fact = TransactionFact::parse(text);
    let trace = SentryTrace::parse(fact.traceparent)?;
    let trace = SentryTrace { parent_span_id: Some(fact.parent).filter(|id| *id > 0), ..trace };
    let status = u16::try_from(fact.status).ok()?;
    let (start, took) = (Timestamp::from_millis(fact.began), Millis::new(fact.took));
    let calls = text.split('\n').skip(TransactionFact::LINES.len()).take(SPANS_MAX);
    let mut spans: Vec<SentrySpan> = Vec::new();
    for call in calls {
        let resent = spans.iter().filter(|span| span.op == SpanOp::HttpClient).count() as u64;
        spans.extend(span(call, fact.method, resent, span_id(random, spans.len() as u64)));
    }
    spans.sort_by_key(|span| span.start);
    Some(SentryTransaction {
        id: EventId::of_random(random),
        route: fact.route.into(),
        trace,
        op: SpanOp::HttpServer,
        start,
        end: start + took,
        status: SpanStatus::of_http(status),
        tags: known([
            (ReportField::Method, fact.method),
            (ReportField::Route, fact.route),
            (ReportField::Upstream, fact.upstream),
            (ReportField::Circuit, fact.circuit),
            (ReportField::Source, fact.source),
            (ReportField::RequestId, fact.request_id),
        ])
        .chain([(ReportField::Status, fact.status.into())])
        .collect(),
        spans,
    })
}

/// Returns the call of a line. `resent` is how many calls to upstreams there were before it.
fn span(line: &str, method: &str, resent: u64, id: u64) -> Option<SentrySpan> {
    let mut members = line.split(TAB);
    let (op, subject) = (members.next()?, members.next()?);
    let op = SpanOp::ALL.into_iter().find(|known| known.as_str() == op)?;
    let mut number = || members.next()?.parse::<u64>().ok();
    let (began, took, status) = (number()?, number()?, number()?);
    let said = members.next().unwrap_or_default();
    let (has_come, went_well) = (status > 0, (1..400).contains(&status));
    let (description, data): (String, Vec<_>) = match op {
        SpanOp::HttpServer | SpanOp::HttpClient => {
            let named = [
                (ReportField::Method, method),
                (ReportField::Upstream, subject),
                (ReportField::ErrorType, said),
            ];
            let status = has_come.then_some((ReportField::Status, status.into()));
            let resent = (resent > 0).then_some((ReportField::ResendCount, resent.into()));
            (format!("{method} {subject}"), known(named).chain(status).chain(resent).collect())
        }
        SpanOp::CacheGet => (subject.into(), [(ReportField::CacheHit, has_come.into())].into()),
        SpanOp::CachePut => (subject.into(), known([(ReportField::ErrorType, said)]).collect()),
        SpanOp::Rpc | SpanOp::Cron => {
            let named = [(ReportField::RpcService, subject), (ReportField::RpcMethod, said)];
            (format!("{subject}/{said}"), known(named).collect())
        }
    };
    let start = Timestamp::from_millis(began);
    // That the cache does not have something is no error.
    let status = if went_well || op == SpanOp::CacheGet {
        SpanStatus::Ok
    } else if has_come {
        SpanStatus::of_http(u16::try_from(status).unwrap_or_default())
    } else {
        SpanStatus::of_missing(said)
    };
    let end = start + Millis::new(took);
    Some(SentrySpan { id, parent: None, op, description, start, end, status, data })
}

fn known<'a>(
    fields: impl IntoIterator<Item = (ReportField, &'a str)>,
) -> impl Iterator<Item = (ReportField, ReportValue)> {
    let known = fields.into_iter().filter(|(_, text)| !text.is_empty());
    known.map(|(field, text)| (field, text.into()))
}

/// Returns the id of a transaction's span: what is drawn for the transaction gives all of them, by
/// the step of SplitMix64's sequence (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014).
fn span_id(random: u128, number: u64) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    ((random >> 64) as u64).wrapping_add(number.wrapping_add(1).wrapping_mul(STEP)).max(1)
}
