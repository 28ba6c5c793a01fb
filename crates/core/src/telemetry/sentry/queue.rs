//! What waits to be sent: little, and never for long.

use alloc::collections::VecDeque;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::category::DataCategory;
use super::discards::{DiscardReason, Discards};
use super::envelope::{self, EnvelopeContent};
use super::item::{EncodedItem, EncodedKind, Reporting, SentryItem};
use super::rate_limit::RateLimits;
use super::sampling::Unrecorded;
use super::throttle::MinuteThrottle;
use crate::base::fields::Fields;
use crate::base::time::{Millis, Timestamp};

/// The largest number of items that wait. Sentry takes 100 lines of the log in an envelope.
pub const QUEUE_ITEMS_MAX: usize = 64;
/// The largest number of bytes that wait: a quarter of what all of telemetry may take of an
/// isolate's memory.
pub const QUEUE_BYTES_MAX: usize = 64 * 1024;
/// The largest number of transactions that are sent in a minute. Each is an envelope of its own, so
/// a request of ours.
pub const TRANSACTIONS_SENT_PER_MINUTE: u32 = 300;
/// The shortest time between two envelopes that hold nothing but what was discarded, in
/// milliseconds. Otherwise that travels with other envelopes.
const REPORT_EVERY: Millis = Millis::from_secs(60);

/// The status of a request that was sent too soon (RFC 6585 §4).
const TOO_MANY_REQUESTS: u16 = 429;

/// The reports of an isolate that wait to be sent.
///
/// Items are encoded as they come, so that what waits is counted to the byte. What does not fit,
/// and what Sentry wants no more of, is dropped and counted. An error takes the place of what is no
/// error, since lines of the log must not keep a panic from being seen.
#[derive(Clone, Debug, Default)]
pub struct SentryQueue {
    items: VecDeque<EncodedItem>,
    bytes: usize,
    limits: RateLimits,
    discards: Discards,
    transactions: MinuteThrottle,
    /// When an envelope last held what was discarded.
    reported: Timestamp,
}

impl SentryQueue {
    /// Takes an item, unless the site file ignores it, Sentry limits it, or there is no room for
    /// it. Returns whether it was taken.
    pub fn push(&mut self, item: &SentryItem, reporting: Reporting<'_>, now: Timestamp) -> bool {
        let settings = reporting.settings;
        if settings.ignores(item.class(), item.route())
            || item.schedule().is_some_and(|schedule| settings.ignores_schedule(schedule))
        {
            self.discards.record(DiscardReason::EventProcessor, item.category(), 1);
            return false;
        }
        let encoded = item.encode(reporting, now);
        if self.is_limited(&encoded, now) {
            self.discard(DiscardReason::RatelimitBackoff, &encoded);
            return false;
        }
        if item.category() == DataCategory::Error {
            self.make_room(encoded.payload.len());
        }
        let may_be_sent = |throttle: &mut MinuteThrottle| {
            item.category() != DataCategory::Transaction
                || throttle.admit(TRANSACTIONS_SENT_PER_MINUTE, now).is_ok()
        };
        if !self.has_room(encoded.payload.len()) || !may_be_sent(&mut self.transactions) {
            self.discard(DiscardReason::QueueOverflow, &encoded);
            return false;
        }
        self.bytes += encoded.payload.len();
        self.items.push_back(encoded);
        true
    }

    /// Counts requests that became no transactions. Of each only its own span is known.
    pub fn record_unrecorded(&mut self, unrecorded: Unrecorded) {
        let Unrecorded { unsampled, lost } = unrecorded;
        for category in [DataCategory::Transaction, DataCategory::Span] {
            self.discards.record(DiscardReason::SampleRate, category, unsampled);
            self.discards.record(DiscardReason::QueueOverflow, category, lost);
        }
    }

    /// Takes the next envelope, to be sent at once. The caller asks again until there is none, and
    /// passes each answer to [`handle_answer`](Self::handle_answer).
    pub fn poll_envelope(&mut self, now: Timestamp) -> Option<OutgoingEnvelope> {
        if self.limits.are_all_limited(now) {
            self.drop_limited(now);
            return None;
        }
        let first = self.take_first(now);
        let is_due = self.discards.has_losses() && REPORT_EVERY <= now.since(self.reported);
        let losses = match &first {
            Some(first) => first.iter().flat_map(EncodedItem::losses).collect(),
            None if is_due => Vec::new(),
            None => return None,
        };
        let discards = core::mem::take(&mut self.discards);
        let report = (!discards.is_empty()).then(|| {
            self.reported = now;
            discards.payload(now).to_string()
        });
        let items = first.unwrap_or_default();
        Some(OutgoingEnvelope { body: body(&items, report.as_deref(), now), losses, discards })
    }

    /// Takes in how an envelope was answered: the status and the fields of the answer, or nothing
    /// if there was none. It is never sent again. Returns whether Sentry has it.
    pub fn handle_answer(
        &mut self,
        sent: &OutgoingEnvelope,
        answer: Option<(u16, Fields<'_>)>,
        now: Timestamp,
    ) -> bool {
        let reason = match answer {
            None => Some(DiscardReason::NetworkError),
            Some((status, fields)) => {
                self.limits.handle_answer(status, fields, now);
                match status {
                    200..=299 => return true,
                    // Sentry counts what it refuses for its rate itself.
                    TOO_MANY_REQUESTS => None,
                    _ => Some(DiscardReason::SendError),
                }
            }
        };
        if let Some(reason) = reason {
            for (category, quantity) in &sent.losses {
                self.discards.record(reason, *category, *quantity);
            }
        }
        self.discards.add(&sent.discards);
        false
    }

    /// Returns what was discarded and not yet reported.
    pub const fn discards(&self) -> &Discards {
        &self.discards
    }

    /// Returns how many items wait, and their bytes.
    pub fn waiting(&self) -> (usize, usize) {
        (self.items.len(), self.bytes)
    }

    /// Returns whether the half of what may wait does. Who has more to add sends first.
    pub fn is_filling(&self) -> bool {
        self.items.len() * 2 >= QUEUE_ITEMS_MAX || self.bytes * 2 >= QUEUE_BYTES_MAX
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.items.len() < QUEUE_ITEMS_MAX && self.bytes + bytes <= QUEUE_BYTES_MAX
    }

    /// Drops what is no error, the oldest first, until these bytes have room.
    fn make_room(&mut self, bytes: usize) {
        let mut at = 0;
        while !self.has_room(bytes) {
            let Some(item) = self.items.get(at) else { return };
            if matches!(item.kind, EncodedKind::Event(_)) {
                at += 1;
            } else if let Some(item) = self.remove(at) {
                self.discard(DiscardReason::QueueOverflow, &item);
            }
        }
    }

    fn remove(&mut self, at: usize) -> Option<EncodedItem> {
        let item = self.items.remove(at)?;
        self.bytes -= item.payload.len();
        Some(item)
    }

    /// Takes the event that came first, or if there is none the item that did; and if that is a
    /// line of the log, all other lines too.
    fn take_first(&mut self, now: Timestamp) -> Option<Vec<EncodedItem>> {
        self.drop_limited(now);
        let event = self.items.iter().position(|it| matches!(it.kind, EncodedKind::Event(_)));
        let first = self.remove(event.unwrap_or(0))?;
        let mut taken = Vec::from([first]);
        while taken.iter().all(|item| item.kind == EncodedKind::Log) {
            let next = self.items.iter().position(|item| item.kind == EncodedKind::Log);
            let Some(line) = next.and_then(|at| self.remove(at)) else { break };
            taken.push(line);
        }
        Some(taken)
    }

    /// Drops what Sentry has limited since it was taken.
    fn drop_limited(&mut self, now: Timestamp) {
        let mut at = 0;
        while let Some(item) = self.items.get(at) {
            if !self.is_limited(item, now) {
                at += 1;
            } else if let Some(item) = self.remove(at) {
                self.discard(DiscardReason::RatelimitBackoff, &item);
            }
        }
    }

    /// Returns whether a limit forbids the item. A line of the log is under two of them. Spans that
    /// travel in a transaction are under the transaction's.
    fn is_limited(&self, item: &EncodedItem, now: Timestamp) -> bool {
        let mut categories = item.losses().into_iter().map(|(category, _)| category);
        categories.any(|it| it != DataCategory::Span && self.limits.is_limited(it, now))
    }

    fn discard(&mut self, reason: DiscardReason, item: &EncodedItem) {
        for (category, quantity) in item.losses() {
            self.discards.record(reason, category, quantity);
        }
    }
}

/// An envelope that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingEnvelope {
    /// The body of the request; its address and fields are those of the
    /// [`SentryDsn`](super::SentryDsn).
    pub body: Vec<u8>,
    /// What is lost, by category, if it does not arrive.
    losses: Vec<(DataCategory, u32)>,
    /// What it reports as discarded.
    discards: Discards,
}

fn body(items: &[EncodedItem], report: Option<&str>, now: Timestamp) -> Vec<u8> {
    let lines: Vec<String>;
    let content = match items {
        [] => EnvelopeContent::Discards,
        [EncodedItem { kind: EncodedKind::Event(id), payload }, ..] => {
            EnvelopeContent::Event(*id, payload)
        }
        [EncodedItem { kind: EncodedKind::Transaction(id, _), payload }, ..] => {
            EnvelopeContent::Transaction(*id, payload)
        }
        [EncodedItem { kind: EncodedKind::CheckIn, payload }, ..] => {
            EnvelopeContent::CheckIn(payload)
        }
        [EncodedItem { kind: EncodedKind::Log, .. }, ..] => {
            lines = items.iter().map(|item| item.payload.clone()).collect();
            EnvelopeContent::Logs(&lines)
        }
    };
    let mut body = Vec::new();
    envelope::write(content, report, now, &mut |bytes| body.extend_from_slice(bytes));
    body
}
