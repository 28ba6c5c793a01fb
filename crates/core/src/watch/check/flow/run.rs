//! One run of a flow: answers go in, requests come out, and what the check found at the end.

mod asking;
mod judging;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use asking::Hop;
use serde::{Deserialize, Serialize};

use super::redirect::redirected;
use super::{CookieJar, FLOW_REDIRECTS_MAX, FlowStep};
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::{
    Check, CheckAnswer, CheckObservation, FailedAttempt, FailureEvidence, bounded,
};
use crate::watch::monitor::CheckResult;

/// A request of a flow. It has no `Debug`, since it holds what is secret.
#[derive(Clone)]
pub struct FlowRequest {
    /// The method.
    pub method: String,
    /// The absolute URL. A redirect of the answer is not to be followed.
    pub url: String,
    /// The fields, a line each.
    pub fields: String,
    /// The body.
    pub body: Option<String>,
    /// How long the answer is waited for.
    pub limit: Millis,
}

/// How long a step took, its redirects among it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTiming {
    /// Its name.
    pub step: String,
    /// The time from its first request to its last answer.
    pub took: Millis,
    /// The status of its last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// One run of a flow. Ask [`poll_request`](Self::poll_request) for a request, send it, hand the
/// answer to [`handle_answer`](Self::handle_answer), and so on until there is no request;
/// [`finish`](Self::finish) then says what was found.
///
/// A step that fails ends the flow, but for the steps that are always made. The time-outs of those
/// are taken off the time that the check gives the others, so that the whole never takes longer
/// than the check's time-out.
pub struct FlowRun<'a> {
    check: &'a Check,
    steps: &'a [FlowStep],
    place: &'a str,
    secrets: Vec<(String, String)>,
    /// What was captured, by name. A later value of a name replaces the earlier one.
    captured: Vec<(&'a str, String)>,
    /// What is secret without being of use: earlier values, and such as cannot be used.
    hidden: Vec<(&'a str, String)>,
    jar: CookieJar,
    phase: RunPhase<'a>,
    began: Timestamp,
    /// The end of the time for steps that are not always made.
    until: Timestamp,
    timings: Vec<StepTiming>,
    found: Found,
}

/// Where a run is.
enum RunPhase<'a> {
    /// This step is next.
    Between { next: usize },
    /// This request is to be sent.
    Ready(Hop<'a>),
    /// It was sent.
    Asked(Hop<'a>),
}

/// What the steps found.
struct Found {
    result: CheckResult,
    reasons: Vec<String>,
    status: Option<u16>,
    /// Of the first step that failed, or else of the first that was degraded.
    evidence: Option<FailureEvidence>,
}

impl<'a> FlowRun<'a> {
    /// Begins a run of a check's steps at a place. `secrets` are names and values of all secrets
    /// that the steps send.
    pub fn new(
        check: &'a Check,
        steps: &'a [FlowStep],
        place: &'a str,
        secrets: Vec<(String, String)>,
        now: Timestamp,
    ) -> Self {
        let reserved = steps.iter().filter(|step| step.always).map(|step| step.timeout.get());
        let left = check.timeout.get().saturating_sub(reserved.sum());
        Self {
            check,
            steps,
            place,
            secrets,
            captured: Vec::new(),
            hidden: Vec::new(),
            jar: CookieJar::default(),
            phase: RunPhase::Between { next: 0 },
            began: now,
            until: now + Millis::new(left),
            timings: Vec::new(),
            found: Found {
                result: CheckResult::Up,
                reasons: Vec::new(),
                status: None,
                evidence: None,
            },
        }
    }

    /// Returns the request that is to be sent now; `None` at the end, and while an answer is owed.
    pub fn poll_request(&mut self, now: Timestamp) -> Option<FlowRequest> {
        loop {
            match core::mem::replace(&mut self.phase, RunPhase::Between { next: self.steps.len() })
            {
                RunPhase::Between { next } => {
                    let step = self.steps.get(next)?;
                    self.phase = RunPhase::Between { next: next + 1 };
                    if self.has_failed() && !step.always {
                        continue;
                    }
                    match self.first_hop(next, step, now) {
                        Ok(hop) => self.phase = RunPhase::Ready(hop),
                        // What it needs was to come from a step that has failed.
                        Err(_) if self.has_failed() => {}
                        Err(reason) => self.refuse(step, reason, now),
                    }
                }
                RunPhase::Ready(hop) => {
                    let limit = hop.until.since(now);
                    if limit == Millis::ZERO {
                        self.time_out(&hop, now);
                        continue;
                    }
                    let request = self.request(&hop, limit);
                    self.phase = RunPhase::Asked(hop);
                    return Some(request);
                }
                RunPhase::Asked(hop) => {
                    self.phase = RunPhase::Asked(hop);
                    return None;
                }
            }
        }
    }

    /// Takes the answer to the request that was sent last, or the lack of one.
    pub fn handle_answer(&mut self, answer: &CheckAnswer<'_>, now: Timestamp) {
        let next = RunPhase::Between { next: self.steps.len() };
        let hop = match core::mem::replace(&mut self.phase, next) {
            RunPhase::Asked(hop) => hop,
            other @ (RunPhase::Between { .. } | RunPhase::Ready(_)) => {
                self.phase = other;
                return;
            }
        };
        self.phase = RunPhase::Between { next: hop.index + 1 };
        let answer = match answer {
            CheckAnswer::Answered(answer) => answer,
            CheckAnswer::TimedOut => return self.time_out(&hop, now),
            CheckAnswer::Connected { .. } | CheckAnswer::Disconnected { .. } => {
                let reason = "the connection was refused, or broke".to_string();
                return self.end(&hop, None, reason, now);
            }
        };
        self.keep_cookies(&hop, answer.fields, now);
        let follows = hop.step.follows_redirects && is_redirect(answer.status);
        let location = answer.fields.get("location").filter(|_| follows);
        let Some(location) = location else { return self.judge(&hop, answer, None, now) };
        match redirected(&hop.url, location) {
            Some(url) if hop.redirects < FLOW_REDIRECTS_MAX => {
                self.hide_query(&url);
                self.phase = RunPhase::Ready(hop.redirected(answer.status, url));
            }
            Some(_) => {
                let reason = format!("more than {FLOW_REDIRECTS_MAX} redirects");
                // It is shown, so what is secret in it has to be known.
                self.capture(hop.step, answer);
                self.end(&hop, Some(answer), reason, now);
            }
            None => {
                let reason = "it redirects to another origin, which a flow does not ask";
                self.judge(&hop, answer, Some(reason), now);
            }
        }
    }

    /// Says what the run found.
    pub fn finish(mut self, now: Timestamp) -> CheckObservation {
        let next = RunPhase::Between { next: self.steps.len() };
        match core::mem::replace(&mut self.phase, next) {
            RunPhase::Ready(hop) | RunPhase::Asked(hop) => self.time_out(&hop, now),
            RunPhase::Between { .. } => {}
        }
        let took = now.since(self.began);
        if let Some(limit) = self.check.expect.latency.filter(|&limit| took > limit) {
            self.found.reasons.push(format!("it took {took}, expected {limit} at most"));
            if self.found.result == CheckResult::Up {
                self.found.result = CheckResult::Degraded;
            }
        }
        let reasons = bounded(core::mem::take(&mut self.found.reasons));
        if self.found.result != CheckResult::Up && self.found.evidence.is_none() {
            let attempt = FailedAttempt {
                at: now,
                place: self.place,
                kind: &self.check.kind,
                timeout: self.check.timeout,
                answer: None,
                phase: None,
                took,
                reasons: &reasons,
            };
            self.found.evidence = Some(FailureEvidence::new(&attempt, &self.redactor()));
        }
        let evidence = self.found.evidence.map(|mut evidence| {
            evidence.steps = self.timings;
            evidence.took = took;
            evidence.reasons.clone_from(&reasons);
            Box::new(evidence)
        });
        CheckObservation {
            check: self.check.name.clone(),
            result: self.found.result,
            took,
            status: self.found.status,
            reasons,
            evidence,
        }
    }

    fn has_failed(&self) -> bool {
        self.found.result == CheckResult::Down
    }
}

const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}
