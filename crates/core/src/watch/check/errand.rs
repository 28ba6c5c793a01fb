//! Checks that take more than one request, and those whose answer is that of somebody who was
//! asked about the target.
//!
//! An errand says what to send next, takes what came of it, and ends with an observation, or
//! without one: where the one who was asked fails, that says nothing of the target, and what is
//! known of the target grows old.

mod domain;
mod outside;

use core::fmt;

use alloc::string::String;

pub use domain::DomainQuestion;
pub(super) use domain::{DOMAIN_REQUESTS_MAX, registry_request};
pub use outside::{GlobalpingAccount, OUTSIDE};

use self::domain::DomainLookup;
use self::outside::OutsideTest;
use super::{Check, CheckAnswer, CheckKind, CheckObservation, CheckRequest};
use crate::base::redaction::Redactor;
use crate::base::secret_name::SecretName;
use crate::base::time::{Millis, Timestamp};

/// A check that is being made by several requests.
#[derive(Clone, Debug)]
pub struct CheckErrand(ErrandKind);

#[derive(Clone, Debug)]
enum ErrandKind {
    Domain(DomainLookup),
    Outside(OutsideTest),
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
    /// Wait this long, and ask again what to do.
    Wait(Millis),
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
    pub fn begin(check: &Check, place: &str, now: Timestamp) -> Option<Self> {
        if check.is_outside(place) {
            return Some(Self(ErrandKind::Outside(OutsideTest::begin(check, place, now))));
        }
        match &check.kind {
            CheckKind::Domain(question) => {
                Some(Self(ErrandKind::Domain(DomainLookup::begin(question, check.timeout, now))))
            }
            CheckKind::Http(_)
            | CheckKind::Tcp { .. }
            | CheckKind::Dns { .. }
            | CheckKind::Tls { .. }
            | CheckKind::Websocket { .. }
            | CheckKind::Heartbeat { .. }
            | CheckKind::Flow(_) => None,
        }
    }

    /// The secret that it asks with, on top of those of the check.
    pub fn secret<'a>(&self, account: Option<&'a GlobalpingAccount>) -> Option<&'a SecretName> {
        match &self.0 {
            ErrandKind::Domain(_) => None,
            ErrandKind::Outside(_) => account.map(|account| &account.token),
        }
    }

    /// What has to be done next. `account` asks for tests from outside places.
    pub fn poll(
        &self,
        check: &Check,
        place: &str,
        account: Option<&GlobalpingAccount>,
        now: Timestamp,
    ) -> ErrandStep {
        match &self.0 {
            ErrandKind::Domain(lookup) => lookup.poll(check, now),
            ErrandKind::Outside(test) => test.poll(check, place, account, now),
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
            ErrandKind::Domain(lookup) => lookup.handle_answer(check, place, answer, redactor, now),
            ErrandKind::Outside(test) => test.handle_answer(check, place, answer, redactor, now),
        }
    }
}
