//! Patterns that a body is searched for.
//!
//! The engine is regex-automata's `PikeVM`: its time is at most the size of the automaton times the
//! length of the body, and both are bounded, so a site file cannot make a check take for ever.
//! Counted repetitions such as `(a{100}){100}` are what makes an automaton large.

use core::fmt;

use alloc::string::String;

use regex_automata::nfa::thompson::{Config, pikevm::PikeVM};
use regex_automata::util::syntax;
use serde::{Deserialize, Serialize};

use super::AssertionError;
use super::comparison::refused;

/// Longest pattern, in bytes.
pub const BODY_PATTERN_MAX: usize = 1000;
/// Bytes of a body that patterns are searched for in: 64 KiB.
pub const PATTERN_BODY_MAX: usize = 64 * 1024;
/// Largest automaton of a pattern, in bytes: 16 KiB.
const AUTOMATON_MAX: usize = 16 * 1024;
/// What a pattern is written with.
const EXPECTED: &str = "a regular expression in the syntax of the crate `regex`, of 1 to 1000 bytes, without Unicode \
     classes such as `\\p{L}`, and not too large";

/// A regular expression that a body is searched for, line ends being ordinary characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BodyPattern(String);

impl BodyPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`AssertionError`] if it is not a regular expression, or one that is too large.
    pub fn parse(text: &str) -> Result<Self, AssertionError> {
        if text.is_empty() || text.len() > BODY_PATTERN_MAX || automaton(text).is_none() {
            return Err(refused(text, EXPECTED));
        }
        Ok(Self(text.into()))
    }

    /// Whether the pattern occurs in the first [`PATTERN_BODY_MAX`] of these bytes.
    pub fn occurs_in(&self, bytes: &[u8]) -> bool {
        let bytes = bytes.get(..PATTERN_BODY_MAX).unwrap_or(bytes);
        // It was built once when it was read, so it can be built again.
        automaton(&self.0).is_some_and(|vm| vm.is_match(&mut vm.create_cache(), bytes))
    }

    /// The number of its groups.
    pub(super) fn groups(&self) -> usize {
        // The match as a whole counts as a group too.
        automaton(&self.0).map_or(0, |vm| vm.get_nfa().group_info().all_group_len() - 1)
    }

    /// What its first group matches in the first [`PATTERN_BODY_MAX`] of these bytes, with U+FFFD
    /// for what is no text.
    pub(super) fn group_in(&self, bytes: &[u8]) -> Option<String> {
        let bytes = bytes.get(..PATTERN_BODY_MAX).unwrap_or(bytes);
        let vm = automaton(&self.0)?;
        let mut found = vm.create_captures();
        vm.captures(&mut vm.create_cache(), bytes, &mut found);
        let matched = bytes.get(found.get_group(1)?.range())?;
        Some(String::from_utf8_lossy(matched).into_owned())
    }
}

/// Unicode's tables would add hundreds of kilobytes to the bundle, so classes are those of ASCII.
fn automaton(text: &str) -> Option<PikeVM> {
    PikeVM::builder()
        .syntax(
            syntax::Config::new()
                .dot_matches_new_line(true)
                .unicode(false)
                .utf8(false)
                .nest_limit(50),
        )
        .thompson(Config::new().utf8(false).nfa_size_limit(Some(AUTOMATON_MAX)))
        .build(text)
        .ok()
}

impl TryFrom<String> for BodyPattern {
    type Error = AssertionError;

    fn try_from(text: String) -> Result<Self, AssertionError> {
        Self::parse(&text)
    }
}

impl From<BodyPattern> for String {
    fn from(pattern: BodyPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for BodyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{BODY_PATTERN_MAX, BodyPattern};

    #[test]
    fn a_pattern_is_searched_for_anywhere() {
        let pattern = BodyPattern::parse(r"order-\d{3,}").unwrap();
        assert!(pattern.occurs_in("ä: order-1234".as_bytes()));
        assert!(!pattern.occurs_in(b"order-12"));
        assert!(BodyPattern::parse("(?i)<TITLE>").unwrap().occurs_in(b"<title>"));
        assert!(BodyPattern::parse("ü").unwrap().occurs_in("für".as_bytes()));
    }

    #[test]
    fn bytes_that_are_no_text_are_searched_too() {
        assert!(BodyPattern::parse("b+c").unwrap().occurs_in(b"\xff\xfebbc\xff"));
    }

    #[test]
    fn what_is_no_pattern_or_too_large_is_refused() {
        for text in ["", "(", r"(?P<a", r"\p{L}", "(a{500}){500}{500}", r"(a)\1"] {
            assert_eq!(BodyPattern::parse(text).unwrap_err().value, text);
        }
        assert!(BodyPattern::parse(&"a".repeat(BODY_PATTERN_MAX + 1)).is_err());
    }
}
