//! Checks that take more than one request, and those whose answer is that of somebody who was
//! asked about the target.
//!
//! An errand says what to send next, takes what came of it, and ends with an observation, or
//! without one: where the one who was asked fails, that says nothing of the target, and what is
//! known of the target grows old.

mod domain;

use core::fmt;

use alloc::string::String;

pub use domain::DomainQuestion;
pub(super) use domain::registry_request;

use self::domain::DomainLookup;
use super::{Check, CheckAnswer, CheckKind, CheckObservation, CheckRequest};
use crate::base::redaction::Redactor;
use crate::base::time::{Millis, Timestamp};

/// A check that is being made by several requests.
#[derive(Clone, Debug)]
pub struct CheckErrand(Errand);

#[derive(Clone, Debug)]
enum Errand {
    Domain(DomainLookup),
}

/// What an errand needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrandStep {
    /// Send a request, and pass what comes of it within this time to
    /// [`CheckErrand::handle_answer`].
    Ask {
        /// The request.
        request: CheckRequest,
        /// How long its answer is waited for.
        within: Millis,
    },
    /// Nothing more: this is what was found.
    End(Result<CheckObservation, Inconclusive>),
}

/// Nothing was learned of what a check asks about. It says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inconclusive(String);

impl Inconclusive {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Inconclusive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Inconclusive {}

impl CheckErrand {
    /// Begins to make a check at a place, if that takes an errand.
    pub fn begin(check: &Check, _place: &str, now: Timestamp) -> Option<Self> {
        match &check.kind {
            CheckKind::Domain(question) => {
                Some(Self(Errand::Domain(DomainLookup::begin(question, check.timeout, now))))
            }
            CheckKind::Http(_)
            | CheckKind::Tcp { .. }
            | CheckKind::Dns { .. }
            | CheckKind::Heartbeat { .. } => None,
        }
    }

    /// What has to be done next.
    pub fn poll(&self, check: &Check, now: Timestamp) -> ErrandStep {
        match &self.0 {
            Errand::Domain(lookup) => lookup.poll(check, now),
        }
    }

    /// Takes what came of the last request.
    pub fn handle_answer(
        &mut self,
        check: &Check,
        place: &str,
        answer: &CheckAnswer<'_>,
        redactor: &Redactor,
        now: Timestamp,
    ) {
        match &mut self.0 {
            Errand::Domain(lookup) => lookup.handle_answer(check, place, answer, redactor, now),
        }
    }
}
