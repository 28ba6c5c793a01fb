//! The reason why a file is refused, in one line that says where the problem is and what is
//! allowed.

use core::fmt::{self, Write};

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::base::origin::OriginError;
use crate::base::pattern::PatternError;
use crate::base::share::ParseShareError;
use crate::base::time::ParseMillisError;
use crate::circuit::policy::PolicyError;
use crate::watch::dependency::DependencyUrlError;

/// The first problem in a file. It is displayed as `file:line:column: key: problem, expected …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file's name, as the caller gave it to `parse`.
    pub file: String,
    /// The line of the problem, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// The path of the key, such as `routes[1].upstream`. It is empty for the file as a whole.
    pub key: String,
    /// The problem at that place.
    pub problem: Box<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, .. } = self;
        write!(f, "{file}:{line}:{column}: {}", self.without_place())
    }
}

impl ConfigError {
    /// The error as `key: problem, expected …`: the key's path is the place in a text that is no
    /// file.
    pub fn without_place(&self) -> impl fmt::Display {
        Placeless(self)
    }
}

struct Placeless<'a>(&'a ConfigError);

impl fmt::Display for Placeless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConfigError { key, problem, .. } = self.0;
        let separator = if key.is_empty() { "" } else { ": " };
        // A value may contain line breaks, but the error must be one line.
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

/// A problem with a key or its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The file is not TOML. This is the parser's own message.
    Syntax(String),
    /// The table has a key that is not known there.
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that are allowed there.
        allowed: &'static [&'static str],
    },
    /// The table lacks this required key.
    MissingKey(&'static str),
    /// The table has none of these keys, one of which is required.
    MissingOneOf(&'static [&'static str]),
    /// The table has a key that only tables of other kinds have.
    OtherKind {
        /// The key.
        key: &'static str,
        /// The table's kind.
        kind: &'static str,
        /// The kinds that have the key.
        kinds: &'static [&'static str],
    },
    /// A table or list is empty although it needs an entry.
    Empty {
        /// The entry that it needs.
        expected: &'static str,
    },
    /// The value has the wrong type.
    WrongType {
        /// The value's type, followed by the value as it is written unless it is a list or a table.
        found: String,
        /// The type that the key expects.
        expected: &'static str,
    },
    /// The value is outside its limits.
    OutOfRange {
        /// The value.
        value: String,
        /// The limits of the value.
        allowed: String,
    },
    /// The value names something that does not exist.
    UnknownName {
        /// The kind of thing that it should name.
        what: &'static str,
        /// The name.
        value: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// The key does not accept this text.
    Refused {
        /// The text, without anything that may be a secret.
        value: String,
        /// The text that the key expects.
        expected: &'static str,
    },
    /// The text is not a duration.
    Duration(ParseMillisError),
    /// The text is not a share.
    Share(ParseShareError),
    /// The breaker's settings are invalid.
    Policy(PolicyError),
    /// The text is not an origin.
    Origin(OriginError),
    /// The text is not the URL of a dependency.
    DependencyUrl(DependencyUrlError),
    /// The text is not a pattern.
    Pattern(PatternError),
    /// The names depend on each other in a circle.
    Circle {
        /// The names on the circle, each of which depends on the next, and the last on the first.
        names: Vec<String>,
    },
    /// The route can never receive a request.
    Unreachable {
        /// The route's pattern.
        pattern: String,
        /// The index of the earlier route that receives all of its requests.
        route: usize,
        /// The earlier route's pattern.
        by: String,
        /// The line of the earlier route's pattern.
        line: usize,
    },
    /// The last route does not match everything.
    NotLast {
        /// The last route's pattern.
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
            Self::MissingOneOf(keys) => {
                write!(f, "missing key")?;
                write_names(f, keys)
            }
            Self::OtherKind { key, kind, kinds } => {
                write!(f, "`{key}` is not allowed with the kind `{kind}`")?;
                write_names(f, kinds)
            }
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
            Self::DependencyUrl(error) => error.fmt(f),
            Self::Pattern(error) => error.fmt(f),
            Self::Circle { names } => {
                for name in names.iter().take(NAMES_SHOWN_MAX) {
                    write!(f, "`{name}` → ")?;
                }
                let more = if names.len() > NAMES_SHOWN_MAX { "… → " } else { "" };
                let first = names.first().map_or("", String::as_str);
                write!(f, "{more}`{first}` is a circle, expected an end of what depends on what")
            }
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

/// The largest number of names that an error lists. No table has this many keys, but a site may
/// have thousands of checks.
const NAMES_SHOWN_MAX: usize = 40;

fn write_names(f: &mut fmt::Formatter<'_>, names: &[impl AsRef<str>]) -> fmt::Result {
    for (i, name) in names.iter().take(NAMES_SHOWN_MAX).enumerate() {
        let separator = if i == 0 { ", expected one of" } else { "," };
        write!(f, "{separator} `{}`", name.as_ref())?;
    }
    match names.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

/// Returns the name that was probably meant: the nearest one, if it is at most two edits away.
fn nearest<'a>(written: &str, names: &[&'a str]) -> Option<&'a str> {
    /// The largest distance of a name that is suggested, in edits.
    const EDITS_MAX: usize = 2;
    let near =
        names.iter().map(|name| (edits(written, name), *name)).min_by_key(|(edits, _)| *edits);
    near.filter(|&(edits, _)| edits <= EDITS_MAX && edits < written.len()).map(|(_, name)| name)
}

/// Returns how many characters must be inserted, deleted or replaced to turn one text into the
/// other (the Levenshtein distance).
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
