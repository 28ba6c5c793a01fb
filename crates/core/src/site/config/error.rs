//! Why a file is refused, in one line that says where and what is allowed.

use core::fmt::{self, Write};

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::base::origin::OriginError;
use crate::base::pattern::PatternError;
use crate::base::share::ParseShareError;
use crate::base::time::ParseMillisError;
use crate::circuit::policy::PolicyError;
use crate::watch::dependency::EndpointError;

/// The first problem of a file. Displayed as `file:line:column: key: problem, expected …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The path of the key, such as `routes[1].upstream`; empty for the file as a whole.
    pub key: String,
    /// What is wrong there.
    pub problem: Box<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, key, problem } = self;
        write!(f, "{file}:{line}:{column}: ")?;
        let separator = if key.is_empty() { "" } else { ": " };
        // Values may hold line breaks, but the error is one line.
        for character in [key, separator, &problem.to_string()].into_iter().flat_map(str::chars) {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

impl core::error::Error for ConfigError {}

/// What is wrong with a key or its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The file is not TOML; the parser's words.
    Syntax(String),
    /// A key that means nothing there.
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that mean something.
        allowed: &'static [&'static str],
    },
    /// A key that must be there.
    MissingKey(&'static str),
    /// A table or list that must hold something.
    Empty {
        /// What it must hold.
        expected: &'static str,
    },
    /// A value of another type.
    WrongType {
        /// The value's type, and the value as it is written if it is a single one.
        found: String,
        /// What the key takes.
        expected: &'static str,
    },
    /// A value outside its limits.
    OutOfRange {
        /// The value.
        value: String,
        /// Its limits.
        allowed: String,
    },
    /// A name that names nothing.
    UnknownName {
        /// What it should name.
        what: &'static str,
        /// The name.
        value: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A text that the key does not take.
    Refused {
        /// The text, without secrets.
        value: String,
        /// What the key takes.
        expected: &'static str,
    },
    /// A duration that is none.
    Duration(ParseMillisError),
    /// A share that is none.
    Share(ParseShareError),
    /// A breaker that cannot be.
    Policy(PolicyError),
    /// An origin that is none.
    Origin(OriginError),
    /// A URL of a dependency that is none.
    Endpoint(EndpointError),
    /// A pattern that is none.
    Pattern(PatternError),
    /// A route that never gets a request.
    Unreachable {
        /// Its pattern.
        pattern: String,
        /// Index of the route that gets them all.
        route: usize,
        /// That route's pattern.
        by: String,
        /// The line of that pattern.
        line: usize,
    },
    /// The last route does not take all that is left.
    NotLast {
        /// Its pattern.
        pattern: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(message) => f.write_str(message),
            Self::UnknownKey { key, allowed } => {
                write!(f, "unknown key `{key}`")?;
                if let Some(near) = nearest(key, allowed) {
                    write!(f, " (did you mean `{near}`?)")?;
                }
                write_names(f, allowed)
            }
            Self::MissingKey(key) => write!(f, "missing key `{key}`"),
            Self::Empty { expected } => write!(f, "there is none, expected {expected}"),
            Self::WrongType { found, expected } => write!(f, "found {found}, expected {expected}"),
            Self::OutOfRange { value, allowed } => {
                write!(f, "`{value}` is out of range, expected {allowed}")
            }
            Self::UnknownName { what, value, known } => {
                write!(f, "unknown {what} `{value}`")?;
                write_names(f, known)
            }
            Self::Refused { value, expected } => {
                write!(f, "`{value}` is not allowed, expected {expected}")
            }
            Self::Duration(error) => error.fmt(f),
            Self::Share(error) => error.fmt(f),
            Self::Policy(error) => {
                write!(f, "cannot be `{}`, expected {}", error.value, error.allowed)
            }
            Self::Origin(error) => error.fmt(f),
            Self::Endpoint(error) => error.fmt(f),
            Self::Pattern(error) => error.fmt(f),
            Self::Unreachable { pattern, route, by, line } if pattern == by => {
                write!(f, "`{pattern}` is a duplicate of routes[{route}] on line {line}")?;
                write!(f, ", expected each pattern once")
            }
            Self::Unreachable { pattern, route, by, line } => {
                write!(f, "`{pattern}` can never match after `{by}` of routes[{route}]")?;
                write!(f, " on line {line}, expected it above that")
            }
            Self::NotLast { pattern } => {
                write!(f, "`{pattern}` is the last route, expected `/*` as the last")
            }
        }
    }
}

fn write_names(f: &mut fmt::Formatter<'_>, names: &[impl AsRef<str>]) -> fmt::Result {
    for (i, name) in names.iter().enumerate() {
        let separator = if i == 0 { ", expected one of" } else { "," };
        write!(f, "{separator} `{}`", name.as_ref())?;
    }
    Ok(())
}

/// The name that was probably meant: the nearest, if it is at most two edits away.
fn nearest<'a>(written: &str, names: &[&'a str]) -> Option<&'a str> {
    const EDITS_MAX: usize = 2;
    let near =
        names.iter().map(|name| (edits(written, name), *name)).min_by_key(|(edits, _)| *edits);
    near.filter(|&(edits, _)| edits <= EDITS_MAX && edits < written.len()).map(|(_, name)| name)
}

/// Characters to insert, delete or replace to get from one text to the other (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let mut above: Vec<usize> = (0..=to.chars().count()).collect();
    for (row, a) in from.chars().enumerate() {
        let mut left = row + 1;
        let mut diagonal = row;
        if let Some(first) = above.first_mut() {
            *first = left;
        }
        for (cell, b) in above.iter_mut().skip(1).zip(to.chars()) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = replaced.min(left + 1).min(*cell + 1);
            *cell = left;
        }
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("hots", "host", 2),
            ("host", "host", 0),
        ] {
            assert_eq!(edits(from, to), count, "{from} {to}");
        }
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        assert_eq!(nearest("fallbak", &["stale_if_error", "fallback"]), Some("fallback"));
        assert_eq!(nearest("retry", &["match", "timeout", "private"]), None);
        assert_eq!(nearest("x", &["a"]), None, "a whole other name is no misspelling");
        assert_eq!(nearest("a", &[]), None);
    }
}
