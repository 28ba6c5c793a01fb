//! What is kept of a check that failed, so that an operator sees what the check saw, and can ask
//! again by hand. No value of a secret is in it.

mod command;
mod step;

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

pub use command::command_of;
use serde::{Deserialize, Serialize};
pub(super) use step::FailedStep;

use super::{CheckKind, CheckedAnswer, StepTiming};
use crate::base::redaction::Redactor;
use crate::base::time::{Millis, Timestamp};

/// Bytes of a body that are kept: 1 KiB, which holds the message of most errors.
pub const EVIDENCE_BODY_MAX: usize = 1024;
/// The longest value of a field that is kept, in bytes.
const FIELD_MAX: usize = 256;
/// The longest URL that is kept, in bytes.
const URL_MAX: usize = 2048;
/// The fields that are kept, in this order: who answered, whether it was Breakwater, and when to
/// come again.
const FIELDS_KEPT: [&str; 8] = [
    "content-type",
    "server",
    "retry-after",
    "cf-ray",
    "date",
    "cache-control",
    "breakwater",
    "location",
];

/// How far a check came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailurePhase {
    /// No connection was made.
    Connect,
    /// No status and fields arrived.
    Headers,
    /// The body did not arrive whole.
    Body,
}

/// A check that failed, as it was made.
#[derive(Clone, Copy, Debug)]
pub struct FailedAttempt<'a> {
    /// When the answer, or the lack of one, was known.
    pub at: Timestamp,
    /// Where the check was made from.
    pub place: &'a str,
    /// What was asked.
    pub kind: &'a CheckKind,
    /// How long an answer was waited for.
    pub timeout: Millis,
    /// What was answered.
    pub answer: Option<&'a CheckedAnswer<'a>>,
    /// How far it came, where that is known.
    pub phase: Option<FailurePhase>,
    /// How long it took.
    pub took: Millis,
    /// Why it failed.
    pub reasons: &'a [String],
}

/// What is kept of a check that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureEvidence {
    /// When the answer, or the lack of one, was known.
    pub at: Timestamp,
    /// Where the check was made from.
    pub place: String,
    /// The method, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The URL that was asked, or the one that answered after redirects.
    pub url: String,
    /// The status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Some of its fields, with names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
    /// The first [`EVIDENCE_BODY_MAX`] bytes of its body, as text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// How long it took.
    pub took: Millis,
    /// Why it failed.
    pub reasons: Vec<String>,
    /// How far it came, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<FailurePhase>,
    /// The step of a flow that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The steps of a flow that were made, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepTiming>,
    /// What asks the same in a POSIX shell. Secrets are variables of their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<String>,
}

impl FailureEvidence {
    /// Keeps what tells an operator why the check failed.
    pub fn new(attempt: &FailedAttempt<'_>, redactor: &Redactor) -> Self {
        let (method, asked) = asked(attempt.kind);
        let answer = attempt.answer;
        let url = answer.map(|answer| answer.url).filter(|url| !url.is_empty());
        let fields = answer.map(|answer| answer.fields).unwrap_or_default();
        let kept =
            FIELDS_KEPT.into_iter().filter_map(|name| Some((name, fields.get(name)?.trim())));
        let shown = |text: &str, longest| shown(redactor, text.as_bytes(), longest);
        Self {
            at: attempt.at,
            place: attempt.place.into(),
            method,
            url: shown(url.unwrap_or(&asked), URL_MAX),
            status: answer.map(|answer| answer.status),
            fields: kept.map(|(name, value)| (name.to_owned(), shown(value, FIELD_MAX))).collect(),
            body: answer
                .map(|answer| self::shown(redactor, answer.body, EVIDENCE_BODY_MAX))
                .unwrap_or_default(),
            took: attempt.took,
            reasons: attempt.reasons.iter().map(|reason| redactor.text(reason)).collect(),
            phase: attempt.phase,
            step: None,
            steps: Vec::new(),
            command: command_of(attempt.kind, attempt.timeout, redactor),
        }
    }

    /// What asks the same in a POSIX shell, if anything does: `curl`, with secrets as variables of
    /// their names.
    pub fn curl(&self) -> Option<&str> {
        self.command.as_deref()
    }
}

/// The method and the URL that are asked.
fn asked(kind: &CheckKind) -> (Option<String>, String) {
    if let Some(request) = kind.request() {
        return (Some(request.method.clone()), request.url.clone());
    }
    match kind {
        CheckKind::Tcp { host, port } => (None, alloc::format!("tcp://{host}:{port}")),
        CheckKind::Flow(steps) => {
            (None, steps.first().map(|step| step.url.as_written()).unwrap_or_default())
        }
        CheckKind::Tls { host, port, .. } => (None, alloc::format!("tls://{host}:{port}")),
        CheckKind::Http(_)
        | CheckKind::Websocket { .. }
        | CheckKind::Dns { .. }
        | CheckKind::Domain(_)
        | CheckKind::Heartbeat { .. } => (None, String::new()),
    }
}

/// The beginning of what was received, as a text that no terminal obeys.
fn shown(redactor: &Redactor, bytes: &[u8], longest: usize) -> String {
    let mut beginning = redactor.beginning(bytes, longest);
    // A character that was cut in two is no error of the one who sent it.
    if let Err(error) = core::str::from_utf8(&beginning)
        && error.error_len().is_none()
        && beginning.len() == longest
    {
        beginning.truncate(error.valid_up_to());
    }
    let visible = |c: char| {
        if c.is_control() && !matches!(c, '\n' | '\t') { char::REPLACEMENT_CHARACTER } else { c }
    };
    String::from_utf8_lossy(&beginning).replace("\r\n", "\n").chars().map(visible).collect()
}
