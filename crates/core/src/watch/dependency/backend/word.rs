//! The words in which backends say how they are.

use alloc::format;
use alloc::string::String;

use crate::watch::health::Status;

/// Bytes of a word that are shown: it is a stranger's.
const SHOWN_MAX: usize = 20;

/// A backend's word for how it or a part of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) status: Status,
    text: &'a str,
}

impl<'a> Word<'a> {
    /// Reads a word; case does not matter. An unknown one warns, Spring's `UNKNOWN` among them,
    /// which would otherwise disappear behind what is well.
    pub(super) fn read(text: &'a str) -> Self {
        const WELL: [&str; 4] = ["pass", "ok", "up", "healthy"];
        const SICK: [&str; 6] =
            ["fail", "error", "down", "out_of_service", "shutting_down", "unhealthy"];
        let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        let status = if is_one_of(&WELL) {
            Status::Pass
        } else if is_one_of(&SICK) {
            Status::Fail
        } else {
            Status::Warn
        };
        Self { status, text }
    }

    /// The word in quotes, if it is one.
    pub(super) fn shown(self) -> String {
        let is_word = self.text.len() <= SHOWN_MAX
            && self.text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if is_word { format!("`{}`", self.text) } else { String::from("something unknown") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_all_dialects_are_known() {
        for (status, words) in [
            (Status::Pass, &["pass", "PASS", "ok", "up", "UP", "Healthy"][..]),
            (Status::Warn, &["warn", "degraded", "UNKNOWN", "", "FATAL?"]),
            (Status::Fail, &["fail", "error", "DOWN", "OUT_OF_SERVICE", "shutting_down"]),
        ] {
            for word in words {
                assert_eq!(Word::read(word).status, status, "{word}");
            }
        }
    }

    #[test]
    fn only_a_short_word_is_shown() {
        assert_eq!(Word::read("DOWN").shown(), "`DOWN`");
        for text in ["a b", "password=1", "a-very-long-word-of-a-stranger"] {
            assert_eq!(Word::read(text).shown(), "something unknown");
        }
    }
}
