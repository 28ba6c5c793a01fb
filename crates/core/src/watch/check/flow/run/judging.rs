//! What a run makes of answers.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::asking::Hop;
use super::{FlowRun, StepTiming};
use crate::base::redaction::Redactor;
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::evidence::FailedStep;
use crate::watch::check::{CheckedAnswer, FailureEvidence, FlowStep, bounded};
use crate::watch::monitor::CheckResult;

impl<'a> FlowRun<'a> {
    /// Takes what later steps use, also from an answer that is not well: what is captured is hidden
    /// in what is shown of it. Returns why something is missing.
    pub(super) fn capture(
        &mut self,
        step: &'a FlowStep,
        answer: &CheckedAnswer<'_>,
    ) -> Vec<String> {
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
    pub(super) fn judge(
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

    pub(super) fn time_out(&mut self, hop: &Hop<'a>, now: Timestamp) {
        let reason = format!("no answer within {}", hop.until.since(hop.began));
        self.end(hop, None, reason, now);
    }

    /// Takes that a step has failed.
    pub(super) fn end(
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
    pub(super) fn refuse(&mut self, step: &FlowStep, reason: String, now: Timestamp) {
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
    pub(super) fn redactor(&self) -> Redactor {
        let secrets = self.secrets.iter().map(|(name, value)| (&**name, &**value));
        let captured = self.captured.iter().chain(&self.hidden);
        let captured = captured.map(|(name, value)| (*name, &**value));
        Redactor::new(secrets.chain(captured).chain(self.jar.iter()))
    }
}
