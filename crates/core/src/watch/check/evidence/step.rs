//! What is kept of a step of a flow that failed.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use super::command::command_of_step;
use super::{EVIDENCE_BODY_MAX, FIELD_MAX, FIELDS_KEPT, FailureEvidence, URL_MAX, shown};
use crate::base::origin::redacted;
use crate::base::redaction::Redactor;
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::{CheckedAnswer, FlowStep};

/// A step that failed, as it was made.
#[derive(Clone, Copy)]
pub(in crate::watch::check) struct FailedStep<'a> {
    /// When the answer, or the lack of one, was known.
    pub(in crate::watch::check) at: Timestamp,
    /// Where the check was made from.
    pub(in crate::watch::check) place: &'a str,
    /// The step.
    pub(in crate::watch::check) step: &'a FlowStep,
    /// Whether cookies were sent.
    pub(in crate::watch::check) has_cookies: bool,
    /// What was answered.
    pub(in crate::watch::check) answer: Option<&'a CheckedAnswer<'a>>,
    /// How long it took.
    pub(in crate::watch::check) took: Millis,
    /// Why it failed.
    pub(in crate::watch::check) reasons: &'a [String],
}

impl FailureEvidence {
    /// Keeps what tells an operator why the step failed. The redactor knows all that was captured.
    ///
    /// An answer with the status that was expected, to a step that captures something, may hold a
    /// token that was not found in it, so its body is left out; and so are the queries of
    /// redirects, where log-ins put codes.
    pub(in crate::watch::check) fn of_step(failed: &FailedStep<'_>, redactor: &Redactor) -> Self {
        let FailedStep { step, answer, .. } = *failed;
        let fields = answer.map(|answer| answer.fields).unwrap_or_default();
        let kept =
            FIELDS_KEPT.into_iter().filter_map(|name| Some((name, fields.get(name)?.trim())));
        let fields = kept.map(|(name, value)| {
            let value = if name == "location" { redacted(value) } else { value.to_owned() };
            (name.to_owned(), shown(redactor, value.as_bytes(), FIELD_MAX))
        });
        let may_hold_a_token =
            |status: u16| !step.capture.is_empty() && step.expect.status.contains(status);
        let body = answer.filter(|answer| !may_hold_a_token(answer.status));
        Self {
            at: failed.at,
            place: failed.place.into(),
            method: Some(step.method.clone()),
            url: shown(redactor, step.url.as_written().as_bytes(), URL_MAX),
            status: answer.map(|answer| answer.status),
            fields: fields.collect(),
            body: body
                .map(|answer| shown(redactor, answer.body, EVIDENCE_BODY_MAX))
                .unwrap_or_default(),
            took: failed.took,
            reasons: failed.reasons.to_vec(),
            phase: None,
            step: Some(step.name.clone()),
            steps: Vec::new(),
            command: Some(command_of_step(step, failed.has_cookies, redactor)),
        }
    }
}
