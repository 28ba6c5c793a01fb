//! What has to be known of a fault where it happens, for its report to be made elsewhere.
//!
//! A module that broke can report nothing, and the module that answers visitors has no room for
//! what makes envelopes. So what happened is a short text, which the entry keeps until the control
//! plane makes an event of it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;

use super::check_in::{CheckInStatus, SentryCheckIn};
use super::fault::SentryFault;
use super::field::{ReportField, ReportValue};
use super::ids::{EventId, SentryTrace};
use super::item::SentryItem;
use super::schedule::ReportSchedule;
use super::scrub::ScrubbedRequest;
use super::settings::ReportClass;
use crate::base::fields::Fields;
use crate::base::time::{Millis, Timestamp};
use crate::base::wire::read_lines;

/// What a panic's words begin with (`core::panic::PanicHookInfo`).
const PANICKED: &str = "panicked at ";
/// The place of a trap that says none.
const NO_PLACE: &str = "trap";

read_lines! {
    /// What happened, in words and numbers that are ours or the site file's. Only what a panic says
    /// may be more.
    ///
    /// ```
    /// use breakwater_core::telemetry::sentry::{ReportFact, SentryFault};
    ///
    /// let text = "panic\nworker\n\npanicked at src/a.rs:1:2: no such key\n\n\n0\n\n\n0\n7";
    /// let fault = SentryFault::of(&ReportFact::parse(text));
    /// let panic = SentryFault::Panic {
    ///     plane: "worker",
    ///     message: "no such key",
    ///     place: "src/a.rs:1:2",
    /// };
    /// assert_eq!(fault, Some(panic));
    /// ```
    ReportFact<'a> {
        /// The class.
        class: &'a str,
        /// What it is about: a module, a circuit, a channel, an object, an upstream, a schedule.
        subject: &'a str,
        /// What of it: a circuit's upstream, what an object was asked for, a route's pattern.
        part: &'a str,
        /// What went wrong: what a panic says, why a circuit turned, an error's word.
        said: &'a str,
        /// A circuit's state before.
        from: &'a str,
        /// A circuit's state now.
        to: &'a str,
        /// A status, how often something was tried, or for how many milliseconds.
        number: u64,
        /// The request's method, if it was a visitor's.
        method: &'a str,
        /// The trace in the form of the field `traceparent`, if it is known.
        traceparent: &'a str,
        /// How many of the same were left out before this one.
        left_out: u64,
        /// When it happened, in milliseconds since the epoch.
        at: u64,
    }
}

impl<'a> ReportFact<'a> {
    /// Returns what is to be known of a fault.
    pub const fn of(fault: SentryFault<'a>, at: Timestamp) -> Self {
        let fact = Self {
            class: fault.class().as_str(),
            subject: "",
            part: "",
            said: "",
            from: "",
            to: "",
            number: 0,
            method: "",
            traceparent: "",
            left_out: 0,
            at: at.as_millis(),
        };
        match fault {
            SentryFault::Panic { plane, message, place } => {
                Self { subject: plane, part: place, said: message, ..fact }
            }
            SentryFault::CpuLimitKill { plane } => Self { subject: plane, ..fact },
            SentryFault::CircuitTransition { circuit, upstream, from, to, reason } => {
                Self { subject: circuit, part: upstream, said: reason, from, to, ..fact }
            }
            SentryFault::FailedDelivery { channel, error, attempts } => {
                Self { subject: channel, said: error, number: attempts, ..fact }
            }
            SentryFault::FailedObjectCall { object, operation, error } => {
                Self { subject: object, part: operation, said: error, ..fact }
            }
            SentryFault::UpstreamError { upstream, route, status } => {
                Self { subject: upstream, part: route, number: status as u64, ..fact }
            }
        }
    }

    /// Returns the text. No value has a line break: names are of the site file, and errors are
    /// single words; in a panic's words a space stands for it.
    pub fn to_lines(&self) -> String {
        let Self { class, subject, part, said, from, to, number, .. } = *self;
        let Self { method, traceparent, left_out, at, .. } = *self;
        alloc::format!(
            "{class}\n{subject}\n{part}\n{said}\n{from}\n{to}\n{number}\n{method}\n{traceparent}\n\
             {left_out}\n{at}"
        )
    }

    /// Returns what is reported; nothing if the text makes no sense. `host` is the site's, and
    /// `random` becomes the ids that are not known.
    pub fn item(&self, host: &str, random: u128) -> Option<SentryItem> {
        if self.class == ReportClass::CheckIn.as_str() {
            return self.check_in(random).map(|it| SentryItem::CheckIn(Box::new(it)));
        }
        let fault = SentryFault::of(self)?;
        let mut event = fault.event(random);
        event.at = Some(Timestamp::from_millis(self.at)).filter(|_| self.at > 0);
        // What happened in no request has a trace of its own, so that each event can be found by
        // one.
        let own = || SentryTrace {
            trace_id: random.rotate_left(64).max(1),
            span_id: ((random >> 32) as u64).max(1),
            parent_span_id: None,
        };
        event.trace = Some(SentryTrace::parse(self.traceparent).unwrap_or_else(own));
        if let (Some(route), false) = (fault.route(), self.method.is_empty()) {
            event.request = Some(ScrubbedRequest::new(host, route, self.method, Fields::new("")));
        }
        if self.left_out > 0 {
            event.context = vec![(ReportField::Count, ReportValue::Number(self.left_out))];
        }
        Some(SentryItem::Event(Box::new(event)))
    }

    fn check_in(&self, random: u128) -> Option<SentryCheckIn> {
        let status = CheckInStatus::ALL.into_iter().find(|status| status.as_str() == self.said)?;
        let schedule = ReportSchedule::of_slug(self.subject)?;
        Some(SentryCheckIn {
            id: EventId::of_random(random),
            slug: self.subject.into(),
            status,
            duration: Some(Millis::new(self.number)),
            monitor: Some(schedule.monitor()),
            trace: None,
        })
    }
}

impl<'a> SentryFault<'a> {
    /// Returns the fault that a text is about. What a panic says holds its place in front.
    pub fn of(fact: &ReportFact<'a>) -> Option<Self> {
        let ReportFact { subject, part, said, from, to, number, .. } = *fact;
        let class = ReportClass::ALL.into_iter().find(|class| class.as_str() == fact.class)?;
        Some(match class {
            ReportClass::Panic => {
                let words = said.strip_prefix(PANICKED).and_then(|words| words.split_once(": "));
                let (place, message) = words.unwrap_or((NO_PLACE, said));
                Self::Panic { plane: subject, message, place }
            }
            ReportClass::CpuLimitKill => Self::CpuLimitKill { plane: subject },
            ReportClass::CircuitTransition => {
                Self::CircuitTransition { circuit: subject, upstream: part, from, to, reason: said }
            }
            ReportClass::FailedDelivery => {
                Self::FailedDelivery { channel: subject, error: said, attempts: number }
            }
            ReportClass::FailedObjectCall => {
                Self::FailedObjectCall { object: subject, operation: part, error: said }
            }
            ReportClass::UpstreamError => {
                let status = u16::try_from(number).ok()?;
                Self::UpstreamError { upstream: subject, route: part, status }
            }
            ReportClass::Transaction | ReportClass::CheckIn | ReportClass::Log => return None,
        })
    }

    /// Returns a number that all reports of one issue have in common, and hardly any other.
    pub fn issue(&self) -> u64 {
        let parts = self.fingerprint();
        super::repeats::hash(parts.iter().map(String::as_str), 0)
    }
}
