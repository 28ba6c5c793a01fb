//! The entry's knowledge of a call that brought no answer: the reason, and how far the request's
//! body got.

use super::line::{FieldKind, ReadLine};
use super::read_lines;

read_lines! {
    /// What is known of a call that brought no answer.
    CallFacts {
        /// Whether the upstream's time was up, and the call was ended for it.
        is_timed_out: bool,
        /// Whether the visitor's connection is gone.
        has_visitor_left: bool,
        /// Whether the platform refused to send the request, or our own code failed at it.
        is_refused: bool,
        /// What became of the request's body.
        upload: UploadState,
        /// How many bytes the body has, as far as that is known.
        size: u64,
        /// Milliseconds since the request was sent, or all of its body was.
        since: u64,
    }
}

impl ReadLine<'_> for u64 {
    const KIND: FieldKind = FieldKind::Number;

    fn read(line: &str) -> Self {
        line.parse().unwrap_or(0)
    }
}

/// What became of a request's body on its way to the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// There is none, or it was at hand and went out with the request.
    None,
    /// It is still on its way.
    Passing,
    /// All of it was handed over.
    Sent,
    /// The visitor's connection or the body's framing broke before its end.
    Broken,
    /// The visitor paused for too long, or took too long in all.
    Stalled,
}

impl UploadState {
    const WORDS: [&'static str; 5] = ["none", "passing", "sent", "broken", "stalled"];
}

impl ReadLine<'_> for UploadState {
    const KIND: FieldKind = FieldKind::Word(&Self::WORDS);

    fn read(line: &str) -> Self {
        match line {
            "passing" => Self::Passing,
            "sent" => Self::Sent,
            "broken" => Self::Broken,
            "stalled" => Self::Stalled,
            _ => Self::None,
        }
    }
}

/// What came of holding the beginning of a request's body, before anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// All of it is held.
    Whole,
    /// There is more than may be held.
    More,
    /// It broke off.
    Broken,
    /// The visitor paused for too long, or took too long in all.
    Stalled,
}

impl Held {
    pub(crate) const WORDS: [&'static str; 4] = ["whole", "more", "broken", "stalled"];

    /// Reads the entry's word, if it is one.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "whole" => Some(Self::Whole),
            "more" => Some(Self::More),
            "broken" => Some(Self::Broken),
            "stalled" => Some(Self::Stalled),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_as_another_state() {
        let read = UploadState::WORDS.map(UploadState::read);
        for (at, state) in read.iter().enumerate() {
            assert!(read[..at].iter().all(|other| other != state), "{state:?}");
        }
        assert!(Held::WORDS.iter().all(|word| Held::parse(word).is_some()));
        assert_eq!(Held::parse("w"), None);
    }

    #[test]
    fn facts_are_read_line_by_line() {
        let facts = CallFacts::parse("0\n1\n0\npassing\n40\n7");
        let expected = CallFacts {
            is_timed_out: false,
            has_visitor_left: true,
            is_refused: false,
            upload: UploadState::Passing,
            size: 40,
            since: 7,
        };
        assert_eq!(facts, expected);
    }
}
