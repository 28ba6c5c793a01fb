//! Reports to Sentry: errors, transactions, check-ins and logs, as envelopes.
//!
//! Sentry's own crate does not support this target (getsentry/sentry-rust#226), so the formats of
//! develop.sentry.dev are written here, without clock, randomness or network. The caller makes a
//! [`SentryFault`] or another [`SentryItem`], pushes it into the [`SentryQueue`], sends what
//! [`SentryQueue::poll_envelope`] returns, and passes the answer to [`SentryQueue::handle_answer`].
//!
//! Two rules hold for all that is sent. **What may be sent is listed**: names are those of
//! [`ReportField`], a visitor's request is a [`ScrubbedRequest`], and there is no way to add a
//! query, a cookie, a body or any other field. **Nothing waits for Sentry**: the queue is small,
//! and what it has no room for, or what a rate limit forbids, is dropped and counted.

mod category;
mod check_in;
mod discards;
mod envelope;
mod event;
mod exception;
mod fact;
mod fault;
mod field;
mod ids;
mod item;
mod log_fact;
mod log_item;
mod queue;
mod rate_limit;
mod recording;
mod release;
mod repeats;
mod reported;
mod sampling;
mod schedule;
mod scrub;
mod settings;
mod text;
mod throttle;
mod trail;
mod transaction;
mod tunnel;

pub use crate::base::sentry_dsn::{SENTRY_CLIENT, SentryDsn, SentryDsnError};
pub use category::DataCategory;
pub use check_in::{
    CheckInStatus, CronMonitor, IntervalUnit, SLUG_MAX, SentryCheckIn, SentrySchedule, monitor_slug,
};
pub use discards::{DiscardReason, Discards};
pub use event::{
    BREADCRUMBS_MAX, MESSAGE_MAX, SentryBreadcrumb, SentryEvent, SentryLevel, TAG_MAX,
};
pub use exception::{EXCEPTIONS_MAX, FRAMES_MAX, SentryException, SentryFrame};
pub use fact::ReportFact;
pub use fault::{SentryFault, is_server_error};
pub use field::{FIELDS_MAX, ReportField, ReportValue, is_blanked};
pub use ids::{EventId, SentryTrace};
pub use item::{Reporting, SentryItem};
pub use log_fact::{is_log_reported, log_fact};
pub use log_item::SentryLog;
pub use queue::{
    OutgoingEnvelope, QUEUE_BYTES_MAX, QUEUE_ITEMS_MAX, SentryQueue, TRANSACTIONS_SENT_PER_MINUTE,
};
pub use rate_limit::{RATE_LIMIT_MAX, RateLimits};
pub use recording::{RecordedRequest, RecordedSpan, Recording, TransactionFact};
pub use release::release_of_build;
pub use repeats::{REPEAT_EVERY, REPEATS_MAX, RepeatGate, hash as issue_hash};
pub use reported::ReportedText;
pub use sampling::{Sampler, TRANSACTIONS_PER_MINUTE, Unrecorded};
pub use schedule::ReportSchedule;
pub use scrub::ScrubbedRequest;
pub use settings::{
    IGNORE_RULES_MAX, IgnoreRule, ReportClass, SAMPLE_RATE_DEFAULT, SentrySettings,
    TUNNEL_RATE_DEFAULT, TunnelSettings,
};
pub use throttle::MinuteThrottle;
pub use trail::Trail;
pub use transaction::{SPANS_MAX, SentrySpan, SentryTransaction, SpanOp, SpanStatus};
pub use tunnel::{
    ENVELOPE_MAX, TUNNEL_ANSWER_FIELDS, TUNNEL_ITEMS_MAX, TunnelForward, TunnelRefusal, frame,
};
