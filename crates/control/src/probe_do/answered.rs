//! An answer that has crossed the border to Rust.

use breakwater_core::base::fields::Fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::time::Millis;
use breakwater_core::watch::check::CheckedAnswer;

use crate::requests::Answered;

/// An answer that has crossed the border to Rust.
pub(super) struct AnswerRead {
    status: u16,
    lines: String,
    body: Vec<u8>,
    size: u64,
    is_cut: bool,
    url: String,
}

impl AnswerRead {
    pub(super) fn of(answered: &Answered) -> Self {
        Self {
            status: answered.status(),
            lines: answered.fields(),
            body: answered.body().to_vec(),
            size: answered.size() as u64,
            is_cut: answered.is_cut(),
            url: answered.url(),
        }
    }

    /// A message of a WebSocket that this URL opened, as an answer.
    pub(super) fn of_message(body: Vec<u8>, url: &str) -> Self {
        let size = body.len() as u64;
        let (lines, url) = (String::new(), url.to_owned());
        Self { status: 101, lines, body, size, is_cut: false, url }
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The same without the values of secrets.
    pub(super) fn without_secrets(self, redactor: &Redactor) -> Self {
        Self {
            lines: redactor.text(&self.lines),
            body: redactor.beginning(&self.body, usize::MAX),
            url: redactor.text(&self.url),
            ..self
        }
    }

    /// The answer, which was there after this time.
    pub(super) fn answer(&self, took: Millis) -> CheckedAnswer<'_> {
        CheckedAnswer {
            status: self.status,
            fields: Fields::new(&self.lines),
            body: &self.body,
            size: self.size,
            is_cut: self.is_cut,
            url: &self.url,
            took,
        }
    }
}
