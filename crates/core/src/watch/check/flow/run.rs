//! One run of a flow: answers go in, requests come out, and what the check found at the end.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::redirect::{UrlParts, redirected};
use super::template::Escaping;
use super::{CookieJar, FLOW_REDIRECTS_MAX, FlowStep, FlowTemplate, TemplatePart};
use crate::base::fields::{self, Fields};
use crate::base::redaction::Redactor;
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::evidence::FailedStep;
use crate::watch::check::{
    Check, CheckAnswer, CheckObservation, CheckedAnswer, FailedAttempt, FailureEvidence, bounded,
};
use crate::watch::monitor::CheckResult;

/// The largest number of values in the query of one redirect that are hidden in evidence, beside the
/// query as a whole. A log-in sends a code and a state.
const QUERY_VALUES_MAX: usize = 8;

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

/// A request of a step: its first one, or one that a redirect led to.
struct Hop<'a> {
    index: usize,
    step: &'a FlowStep,
    method: String,
    url: String,
    fields: Vec<(&'a str, String)>,
    body: Option<String>,
    redirects: usize,
    began: Timestamp,
    until: Timestamp,
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

    /// # Errors
    /// Why the step cannot be asked.
    fn first_hop(
        &self,
        index: usize,
        step: &'a FlowStep,
        now: Timestamp,
    ) -> Result<Hop<'a>, String> {
        let until = now + step.timeout;
        let until = if step.always { until } else { until.min(self.until) };
        if until <= now {
            return Err(format!("no time is left of the check's {}", self.check.timeout));
        }
        let missing = || "a value that it sends is missing".to_string();
        let filled = |template: &FlowTemplate, escaping| {
            template.filled(escaping, |part| self.value_of(part)).ok_or_else(missing)
        };
        let mut fields = Vec::new();
        for (name, template) in &step.fields {
            let value = filled(template, Escaping::Plain)?;
            let value = value.trim();
            if !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
                return Err(format!("a value does not fit into the field `{name}`"));
            }
            fields.push((name.as_str(), value.into()));
        }
        let content_type = fields.iter().find(|(name, _)| *name == "content-type");
        let escaping = Escaping::of_body(content_type.map_or("", |(_, value): &(_, String)| value));
        let body = step.body.as_ref().map(|body| filled(body, escaping)).transpose()?;
        let url = filled(&step.url, Escaping::Percent)?;
        Ok(Hop {
            index,
            step,
            method: step.method.clone(),
            url,
            fields,
            body,
            redirects: 0,
            began: now,
            until,
        })
    }

    fn request(&self, hop: &Hop<'_>, limit: Millis) -> FlowRequest {
        let mut lines = String::new();
        let mut cookies = self.cookies(hop);
        for (name, value) in &hop.fields {
            match cookies.take_if(|_| *name == "cookie") {
                Some(kept) => fields::push(&mut lines, name, &[value, "; ", &*kept].concat()),
                None => fields::push(&mut lines, name, value),
            }
        }
        if let Some(cookies) = cookies {
            fields::push(&mut lines, "cookie", &cookies);
        }
        FlowRequest {
            method: hop.method.clone(),
            url: hop.url.clone(),
            fields: lines,
            body: hop.body.clone(),
            limit,
        }
    }

    fn cookies(&self, hop: &Hop<'_>) -> Option<String> {
        let url = UrlParts::of(&hop.url);
        self.jar.field(url.authority(), if url.path.is_empty() { "/" } else { url.path })
    }

    fn keep_cookies(&mut self, hop: &Hop<'_>, fields: Fields<'_>, now: Timestamp) {
        let url = UrlParts::of(&hop.url);
        for (_, value) in fields.iter().filter(|(name, _)| *name == "set-cookie") {
            self.jar.set(value, url.authority(), url.path, now);
        }
    }

    /// Hides what a redirect has in its query: log-ins put codes there.
    fn hide_query(&mut self, url: &str) {
        let (_, query) = url.split_once('?').unwrap_or_default();
        let values = query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(_, it)| it));
        let hidden = [query].into_iter().chain(values.take(QUERY_VALUES_MAX));
        self.hidden.extend(hidden.map(|value| ("redirect", value.to_string())));
    }

    fn value_of(&self, part: &TemplatePart) -> Option<&str> {
        match part {
            TemplatePart::Text(_) => None,
            TemplatePart::Captured(name) => {
                self.captured.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
            }
            TemplatePart::Secret(name) => {
                let found = self.secrets.iter().find(|(known, _)| known == name.as_str());
                found.map(|(_, value)| &**value)
            }
        }
    }

    /// Takes what later steps use, also from an answer that is not well: what is captured is hidden
    /// in what is shown of it. Returns why something is missing.
    fn capture(&mut self, step: &'a FlowStep, answer: &CheckedAnswer<'_>) -> Vec<String> {
        let mut missing = Vec::new();
        for (name, capture) in &step.capture {
            let name = name.as_str();
            match capture.take(answer) {
                Ok(value) => {
                    if let Some(at) = self.captured.iter().position(|(known, _)| *known == name) {
                        self.hidden.push(self.captured.swap_remove(at));
                    }
                    self.captured.push((name, value));
                }
                Err(error) => {
                    self.hidden.extend(error.found.map(|found| (name, found)));
                    missing.push(format!("nothing is captured as `{name}`: {}", error.reason));
                }
            }
        }
        missing
    }

    /// Judges the last answer to a step. `more` explains an answer that is not well.
    fn judge(
        &mut self,
        hop: &Hop<'a>,
        answer: &CheckedAnswer<'_>,
        more: Option<&str>,
        now: Timestamp,
    ) {
        let answer = CheckedAnswer { url: &hop.url, took: now.since(hop.began), ..*answer };
        let judgement = hop.step.expect.judge(&answer);
        let missing = self.capture(hop.step, &answer);
        let (mut result, mut reasons) = (judgement.result, judgement.reasons);
        if result != CheckResult::Down && !missing.is_empty() {
            result = CheckResult::Down;
            reasons = missing;
        }
        if result == CheckResult::Down {
            reasons.extend(more.map(String::from));
        }
        self.take(hop, Some(&answer), result, reasons, now);
    }

    fn time_out(&mut self, hop: &Hop<'a>, now: Timestamp) {
        let reason = format!("no answer within {}", hop.until.since(hop.began));
        self.end(hop, None, reason, now);
    }

    /// Takes that a step has failed.
    fn end(
        &mut self,
        hop: &Hop<'a>,
        answer: Option<&CheckedAnswer<'_>>,
        reason: String,
        now: Timestamp,
    ) {
        self.take(hop, answer, CheckResult::Down, vec![reason], now);
    }

    /// Takes what became of a step that was asked.
    fn take(
        &mut self,
        hop: &Hop<'a>,
        answer: Option<&CheckedAnswer<'_>>,
        result: CheckResult,
        reasons: Vec<String>,
        now: Timestamp,
    ) {
        let (took, status) = (now.since(hop.began), answer.map(|answer| answer.status));
        self.timings.push(StepTiming { step: hop.step.name.clone(), took, status });
        self.add(hop.step, self.cookies(hop).is_some(), answer, (result, reasons), (took, now));
    }

    /// Takes that a step cannot be asked.
    fn refuse(&mut self, step: &FlowStep, reason: String, now: Timestamp) {
        let failed = (CheckResult::Down, vec![reason]);
        self.add(step, false, None, failed, (Millis::ZERO, now));
    }

    fn add(
        &mut self,
        step: &FlowStep,
        has_cookies: bool,
        answer: Option<&CheckedAnswer<'_>>,
        (result, reasons): (CheckResult, Vec<String>),
        (took, at): (Millis, Timestamp),
    ) {
        // What fails after the failure says little; the status is that of what ended the flow.
        if !self.has_failed() {
            self.found.status = answer.map(|answer| answer.status);
        }
        if result == CheckResult::Up {
            return;
        }
        let redactor = self.redactor();
        let told = |reason: &String| format!("step `{}`: {}", step.name, redactor.text(reason));
        let reasons = bounded(reasons.iter().map(told).collect());
        let is_worse = match self.found.result {
            CheckResult::Up => true,
            CheckResult::Degraded => result == CheckResult::Down,
            CheckResult::Down => false,
        };
        if is_worse {
            self.found.result = result;
            let failed = FailedStep {
                at,
                place: self.place,
                step,
                has_cookies,
                answer,
                took,
                reasons: &reasons,
            };
            self.found.evidence = Some(FailureEvidence::of_step(&failed, &redactor));
        }
        self.found.reasons.extend(reasons);
    }

    /// Knows all that is secret so far.
    fn redactor(&self) -> Redactor {
        let secrets = self.secrets.iter().map(|(name, value)| (&**name, &**value));
        let captured = self.captured.iter().chain(&self.hidden);
        let captured = captured.map(|(name, value)| (*name, &**value));
        Redactor::new(secrets.chain(captured).chain(self.jar.iter()))
    }
}

impl Hop<'_> {
    /// The request that a redirect leads to (Fetch Standard, "HTTP-redirect fetch", steps 11 to 13).
    fn redirected(mut self, status: u16, url: String) -> Self {
        let drops_body = match status {
            301 | 302 => self.method == "POST",
            303 => !matches!(&*self.method, "GET" | "HEAD"),
            _ => false,
        };
        if drops_body {
            self.method = "GET".into();
            self.body = None;
            self.fields.retain(|(name, _)| !name.starts_with("content-"));
        }
        Self { url, redirects: self.redirects + 1, ..self }
    }
}

const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}
