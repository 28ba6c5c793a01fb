//! Texts in reports: without secrets, without control characters, and not too long.

use alloc::string::String;

use crate::base::cut::cut;
use crate::base::redaction::Redactor;

/// Makes texts fit to be sent.
#[derive(Clone, Copy)]
pub(super) struct ReportTexts<'a>(pub(super) &'a Redactor);

impl ReportTexts<'_> {
    /// Returns the beginning of a text, at most `longest` bytes, without the values of secrets.
    pub(super) fn text(self, text: &str, longest: usize) -> String {
        // A little more than fits, so that `cut` sees whether there is more.
        let beginning = self.0.beginning(text.as_bytes(), longest.saturating_add(4));
        let mut text = String::from_utf8_lossy(&beginning).into_owned();
        cut(&mut text, longest);
        text
    }

    /// Returns the same in one line: Sentry refuses the value of a tag that has more.
    pub(super) fn line(self, text: &str, longest: usize) -> String {
        let text = self.text(text, longest);
        match text.contains(char::is_control) {
            true => text.replace(char::is_control, " "),
            false => text,
        }
    }
}
