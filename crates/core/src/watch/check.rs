//! What a check expects of an answer, parsed once, and what it makes of one.
//!
//! An assertion that does not hold makes the observation `down`, or `degraded` if the site file
//! puts it among those that only warn. An answer that is slower than `latency` is `degraded` too:
//! it was there. All reasons are told, not only the first one, since an operator who mends one of
//! two causes wants to know of the other.

mod answer;
mod assertion;
mod comparison;
mod cron;
mod definition;
mod errand;
mod evidence;
mod expiry;
mod flow;
mod json_path;
mod observation;
mod pattern;
mod places;
mod status_set;
mod traffic;
mod websocket;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use answer::CheckAnswer;
pub use assertion::{ASSERTION_MAX, Assertion, FieldAssertion, JsonAssertion};
pub use comparison::AssertionError;
pub use cron::CronSchedule;
pub use definition::{
    BUDGET, CHECK_EVERY_MAX, CHECK_EVERY_MIN, CHECK_TIMEOUT_DEFAULT, CHECK_TIMEOUT_MAX, CHECKS_MAX,
    Check, CheckFieldValue, CheckKind, CheckPlace, CheckRequest, DnsRecord, OWN_NAMES, PLACES_MAX,
    PROBER, TRAFFIC, TrafficSource, path_on,
};
pub use errand::{
    CheckErrand, DomainQuestion, ErrandStep, GlobalpingAccount, Inconclusive, OUTSIDE,
};
pub use evidence::{EVIDENCE_BODY_MAX, FailedAttempt, FailureEvidence, FailurePhase, command_of};
pub use expiry::ExpiryLimits;
pub use flow::{
    CAPTURED_MAX, COOKIE_MAX, COOKIES_MAX, CookieJar, FLOW_ALWAYS_TIMEOUT_DEFAULT,
    FLOW_CAPTURES_MAX, FLOW_REDIRECTS_MAX, FLOW_STEPS_MAX, FlowCapture, FlowRequest, FlowRun,
    FlowStep, FlowTemplate, StepTiming, TemplatePart, redirected,
};
pub use observation::CheckObservation;
pub use pattern::{BODY_PATTERN_MAX, BodyPattern, PATTERN_BODY_MAX};
pub use places::GROUP_MAX;
use serde::{Deserialize, Serialize};
pub use status_set::StatusSet;
pub use traffic::TrafficFindings;
pub use websocket::MESSAGES_MAX;

use super::monitor::CheckResult;
use crate::base::cut::cut;
use crate::base::fields::Fields;
use crate::base::time::Millis;

/// Bytes of a body that a check reads: 256 KiB. What stands behind them is not looked at.
pub const CHECK_BODY_MAX: usize = 256 * 1024;
/// Bytes of a body that are counted: 10 MiB. A longer one counts as that long.
pub const CHECK_SIZE_MAX: u32 = 10 * 1024 * 1024;
/// Checks that a prober makes at once, since the platform lets an event have six connections
/// (developers.cloudflare.com/workers/platform/limits, "Simultaneous open connections").
pub const CHECK_CONNECTIONS: usize = 6;
/// Reasons that an observation tells; the rest are counted.
pub const REASONS_MAX: usize = 8;
/// Longest reason, in bytes. A longer one ends in `…`.
pub const REASON_MAX: usize = 300;

/// What a check expects of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The statuses that are well.
    #[serde(default)]
    pub status: StatusSet,
    /// What has to hold, or the check is `down`.
    #[serde(default)]
    pub required: Vec<Assertion>,
    /// What has to hold, or the check is `degraded`.
    #[serde(default)]
    pub preferred: Vec<Assertion>,
    /// An answer that takes longer is `degraded`.
    #[serde(default)]
    pub latency: Option<Millis>,
}

/// An answer to a check.
#[derive(Clone, Copy, Debug)]
pub struct CheckedAnswer<'a> {
    /// The status of HTTP.
    pub status: u16,
    /// Its fields.
    pub fields: Fields<'a>,
    /// The first [`CHECK_BODY_MAX`] bytes of its body.
    pub body: &'a [u8],
    /// The length of the whole body in bytes. Those behind [`CHECK_BODY_MAX`] are counted, and not
    /// kept.
    pub size: u64,
    /// Whether more of the body was there than was read.
    pub is_cut: bool,
    /// The URL that answered, after redirects.
    pub url: &'a str,
    /// The time from the request to the end of what was read.
    pub took: Millis,
}

/// What a check makes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckJudgement {
    /// Whether all is well.
    pub result: CheckResult,
    /// Why it is not, at most [`REASONS_MAX`] sentences without a full stop. They quote statuses,
    /// numbers and what the site file says, and nothing of a body.
    pub reasons: Vec<String>,
}

impl Expectation {
    /// Judges an answer.
    pub fn judge(&self, answer: &CheckedAnswer<'_>) -> CheckJudgement {
        let (mut down, mut degraded) = (Vec::new(), Vec::new());
        if !self.status.contains(answer.status) {
            let (status, meaning) = (answer.status, meaning(answer.status));
            down.push(format!("status {status}{meaning}, expected {}", self.status));
        }
        let mut json = assertion::LazyJson::new(answer);
        for (assertions, reasons) in [(&self.required, &mut down), (&self.preferred, &mut degraded)]
        {
            let failed = assertions.iter().filter_map(|it| it.failure(answer, &mut json));
            reasons.extend(failed);
        }
        if let Some(limit) = self.latency.filter(|&limit| answer.took > limit) {
            degraded.push(format!("it took {}, expected {limit} at most", answer.took));
        }
        let result = match (down.is_empty(), degraded.is_empty()) {
            (false, _) => CheckResult::Down,
            (true, false) => CheckResult::Degraded,
            (true, true) => CheckResult::Up,
        };
        down.append(&mut degraded);
        CheckJudgement { result, reasons: bounded(down) }
    }
}

/// What a status means that only the platform gives: no connection to the target is secure
/// (developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors).
const fn meaning(status: u16) -> &'static str {
    match status {
        525 => " (no TLS with the target)",
        526 => " (the target's certificate is not valid)",
        _ => "",
    }
}

/// The first reasons, and how many more there are.
fn bounded(mut reasons: Vec<String>) -> Vec<String> {
    if reasons.len() > REASONS_MAX {
        let more = reasons.len() - (REASONS_MAX - 1);
        reasons.truncate(REASONS_MAX - 1);
        reasons.push(format!("{more} more assertions do not hold"));
    }
    // One that quotes a long assertion is cut.
    reasons.iter_mut().for_each(|reason| cut(reason, REASON_MAX));
    reasons
}
