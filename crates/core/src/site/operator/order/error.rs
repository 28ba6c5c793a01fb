//! The reason why a body is not a valid order, in one line that says what is allowed.

use core::fmt;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use crate::base::pattern::PatternError;
use crate::site::operator::api::write_names;

pub(super) const PATTERN_ALLOWED: &str = "a pattern such as `/products/*`";

/// Why a body is no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderError {
    /// It is not a JSON object whose keys are all different; the parser's words.
    NotAnObject(String),
    /// A key that means nothing there.
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that mean something.
        allowed: &'static [&'static str],
    },
    /// A key that must be there.
    MissingKey {
        /// The key.
        key: &'static str,
        /// What it takes.
        allowed: &'static str,
    },
    /// A value that the key does not take.
    Refused {
        /// The key.
        key: &'static str,
        /// The value as JSON, cut if it is long.
        value: String,
        /// What the key takes.
        allowed: &'static str,
    },
    /// A pattern that is none.
    Pattern {
        /// The value as JSON, cut if it is long.
        value: String,
        /// What is wrong with it.
        error: PatternError,
    },
    /// A name of something that there is not.
    UnknownName {
        /// The key.
        key: &'static str,
        /// The value as JSON, cut if it is long.
        value: String,
        /// The names of those that there are.
        known: Vec<String>,
    },
}

impl OrderError {
    pub(super) fn refused(key: &'static str, value: &Value, allowed: &'static str) -> Self {
        Self::Refused { key, value: shown(value), allowed }
    }

    pub(super) fn unknown(
        key: &'static str,
        value: &Value,
        known: impl Iterator<Item = String>,
    ) -> Self {
        Self::UnknownName { key, value: shown(value), known: known.collect() }
    }
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject(words) => write!(f, "the body is not a JSON object: {words}"),
            Self::UnknownKey { key, allowed } => {
                write!(f, "unknown key `{key}`")?;
                if allowed.is_empty() {
                    return f.write_str(", expected none");
                }
                write_names(f, allowed.iter().copied())
            }
            Self::MissingKey { key, allowed } => {
                write!(f, "`{key}` is missing, expected {allowed}")
            }
            Self::Refused { key, value, allowed } => {
                write!(f, "`{key}` cannot be `{value}`, expected {allowed}")
            }
            Self::Pattern { value, error } => {
                write!(f, "`match` cannot be `{value}`, expected {PATTERN_ALLOWED}: {error}")
            }
            Self::UnknownName { key, value, known } if known.is_empty() => {
                write!(f, "`{key}` cannot be `{value}`: the site file has none")
            }
            Self::UnknownName { key, value, known } => {
                write!(f, "`{key}` cannot be `{value}`")?;
                write_names(f, known.iter().map(String::as_str))
            }
        }
    }
}

impl core::error::Error for OrderError {}

/// A text as it is, anything else as JSON.
pub(in crate::site::operator) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| excerpt(&value.to_string()), excerpt)
}

/// The beginning of what an operator wrote, in one line.
pub(in crate::site::operator) fn excerpt(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    let mut characters = text.chars();
    let mut excerpt = String::new();
    for character in characters.by_ref().take(CHARACTERS_MAX) {
        if character.is_control() {
            excerpt.extend(character.escape_default());
        } else {
            excerpt.push(character);
        }
    }
    if characters.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}
