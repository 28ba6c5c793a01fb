//! The result of reading a dependency's answer.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::base::time::Millis;
use crate::circuit::outcome::Cause;
use crate::watch::health::{Measurement, Status};

/// The result of reading a dependency's answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DependencyReading {
    pub(super) status: Status,
    /// Why the dependency is not well, in our own words.
    pub(super) why: Option<String>,
    /// The measurements of its parts that it reported.
    pub(super) parts: Vec<Measurement>,
}

impl DependencyReading {
    pub(super) const fn pass() -> Self {
        Self { status: Status::Pass, why: None, parts: Vec::new() }
    }

    pub(super) fn new(status: Status, why: &str) -> Self {
        Self { status, why: Some(why.into()), parts: Vec::new() }
    }

    /// An answer that is not what the protocol says: something else answered in its place.
    pub(super) fn unexpected(status: u16, expected: &str) -> Self {
        Self::new(Status::Fail, &format!("it answered {status}, but not with {expected}"))
    }

    pub(super) fn measurements(self, took: Millis) -> Vec<Measurement> {
        let verdict = Measurement::response_time(took, self.status);
        let verdict = self.why.iter().fold(verdict, |verdict, why| verdict.because(why));
        let mut measurements = self.parts;
        measurements.insert(0, verdict);
        measurements
    }

    /// The reading for an API that is asked with our key, from the cause that its dialect found.
    pub(super) fn of_cause(cause: Cause, status: u16) -> Self {
        let (verdict, why) = match cause {
            Cause::Answered => return Self::pass(),
            Cause::Caller => (Status::Warn, "it refuses the question"),
            Cause::Credentials => (Status::Warn, "it refuses our secret"),
            Cause::Setup => (Status::Warn, "it demands another setting"),
            Cause::RateLimit | Cause::VisitorLimit => (Status::Warn, "our rate limit is reached"),
            Cause::Quota => (Status::Warn, "our quota for the period is used up"),
            Cause::NoQuota => (Status::Warn, "we have no quota at all"),
            Cause::Payment => (Status::Warn, "our credits are used up, or a bill is due"),
            Cause::Disconnected
            | Cause::VisitorLeft
            | Cause::VisitorStalled
            | Cause::BrokeWhileSending
            | Cause::NotSent => (Status::Fail, "no connection"),
            Cause::Interim => (Status::Warn, "its interim answer was taken for the answer"),
            Cause::TimedOut => (Status::Fail, "no answer in time"),
            Cause::Gateway => (Status::Fail, "a gateway could not reach it"),
            Cause::Unavailable => (Status::Fail, "it says that it is unavailable"),
            Cause::Overload => (Status::Fail, "it says that it is overloaded"),
            Cause::Outage => (Status::Fail, "it says that something it needs is down"),
            Cause::Unhealthy => (Status::Fail, "its own health check fails"),
            Cause::Paused => (Status::Fail, "it has been paused"),
            Cause::ServerError => (Status::Fail, "it failed at the question"),
            // One row is no heavy question: what cannot answer it in time is sick.
            Cause::StatementTimeout => (Status::Fail, "the database took too long for one row"),
        };
        Self::new(verdict, &format!("{why} ({status})"))
    }
}
