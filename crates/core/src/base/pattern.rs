//! Patterns of the paths that a route serves.

use core::fmt;

use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::base::path;

/// The path below which all paths belong to Breakwater. No route may match them.
const RESERVED: &str = "/_breakwater";

/// A pattern of paths: `/exact`, `/prefix/*`, which also matches `/prefix`, or `/*`, which matches
/// everything.
///
/// A pattern is written in the form that [`normalise`](path::normalise) gives to paths, since it is
/// compared with normalised paths.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Returns [`PatternError`] if the text could match no path, or only paths that belong to
    /// Breakwater.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let value = || String::from(text);
        if !text.starts_with('/') {
            return Err(PatternError::NoSlash { value: value() });
        }
        let base = text.strip_suffix("/*").unwrap_or(text);
        if base.contains('*') {
            return Err(PatternError::Star { value: value() });
        }
        if let Some(character) = path::illegal_character(text) {
            return Err(PatternError::Character { value: value(), character });
        }
        if !path::is_normalised(text) {
            let normalised = path::normalise(text).into_owned();
            return Err(PatternError::NotNormalised { value: value(), normalised });
        }
        if is_at_or_below(base, RESERVED) {
            return Err(PatternError::Reserved { value: value() });
        }
        Ok(Self(text.into()))
    }

    /// Returns the pattern `/*`.
    pub fn everything() -> Self {
        Self("/*".into())
    }

    /// Returns a pattern of Breakwater's own, which no route may have.
    pub(crate) const fn own(pattern: String) -> Self {
        Self(pattern)
    }

    /// Returns the pattern of a normalised path and of all below it.
    #[cfg(feature = "toml")]
    pub(crate) fn at_and_below(path: &str) -> Self {
        Self([path, "/*"].concat())
    }

    /// Returns the pattern in the form in which it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the pattern matches this path, which must be normalised.
    pub fn matches(&self, normalised_path: &str) -> bool {
        match self.prefix() {
            Some(prefix) => is_at_or_below(normalised_path, prefix),
            None => normalised_path == self.0,
        }
    }

    /// Returns the pattern as a regular expression of JavaScript that matches the same normalised
    /// paths. Every slash in it is escaped already, so it can stand as a literal.
    pub fn to_regex(&self) -> String {
        let literal = self.prefix().unwrap_or(&self.0);
        let mut regex = String::with_capacity(self.0.len() + 16);
        regex.push('^');
        for character in literal.chars() {
            if matches!(character, '/' | '.' | '+' | '$' | '|' | '(' | ')' | '[' | ']') {
                regex.push('\\');
            }
            regex.push(character);
        }
        match self.prefix() {
            // Every path is below the root.
            Some("") => {}
            Some(_) => regex.push_str("(?:\\/|$)"),
            None => regex.push('$'),
        }
        regex
    }

    /// Returns whether the pattern matches every path that `other` matches. If it does, a route
    /// with `other` after it would never be used.
    pub fn covers(&self, other: &Self) -> bool {
        match (self.prefix(), other.prefix()) {
            (Some(prefix), Some(base)) => is_at_or_below(base, prefix),
            (_, None) => self.matches(&other.0),
            (None, Some(_)) => false,
        }
    }

    /// Returns whether the pattern is `/*`.
    pub fn matches_everything(&self) -> bool {
        self.0 == "/*"
    }

    /// Returns whether the pattern matches more than one path.
    pub fn is_prefix(&self) -> bool {
        self.prefix().is_some()
    }

    /// Returns the text before `/*`.
    fn prefix(&self) -> Option<&str> {
        self.0.strip_suffix("/*")
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        Self::parse(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a route's pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// The text does not begin with `/`.
    NoSlash {
        /// The text.
        value: String,
    },
    /// The text has a `*` elsewhere than at the end, after a `/`.
    Star {
        /// The text.
        value: String,
    },
    /// The text contains a character that no path has.
    Character {
        /// The text.
        value: String,
        /// The first such character.
        character: char,
    },
    /// The text is not normalised. Paths are normalised before they are matched, so none would
    /// match it.
    NotNormalised {
        /// The text.
        value: String,
        /// The normalised form of the text.
        normalised: String,
    },
    /// The text is one of Breakwater's own paths.
    Reserved {
        /// The text.
        value: String,
    },
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSlash { value } => write!(f, "`{value}` has no leading slash, expected `/…`"),
            Self::Star { value } => {
                write!(f, "`{value}` has a misplaced `*`, expected it only at the end, after a `/`")
            }
            Self::Character { value, character } => {
                write!(f, "`{value}` contains `{character}`, expected a percent-encoded path")
            }
            Self::NotNormalised { value, normalised } => {
                write!(f, "`{value}` is not normalised, expected `{normalised}`")
            }
            Self::Reserved { value } => {
                write!(f, "`{value}` is reserved, expected a path outside `{RESERVED}/`")
            }
        }
    }
}

impl core::error::Error for PatternError {}

/// Returns whether the path is the prefix or below it. Every path is below the empty prefix, the
/// root.
fn is_at_or_below(path: &str, prefix: &str) -> bool {
    match path.strip_prefix(prefix) {
        Some(rest) => prefix.is_empty() || rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn a_prefix_matches_itself_and_what_is_below() {
        let api = pattern("/api/*");
        for path in ["/api", "/api/", "/api/a", "/api/a/b"] {
            assert!(api.matches(path), "{path}");
        }
        for path in ["/", "/ap", "/apis", "/API/a", "/a/api"] {
            assert!(!api.matches(path), "{path}");
        }
    }

    #[test]
    fn an_exact_pattern_matches_only_itself() {
        assert!(pattern("/ws").matches("/ws"));
        assert!(!pattern("/ws").matches("/ws/"));
        assert!(!pattern("/ws").matches("/ws/a"));
        assert!(pattern("/").matches("/"));
        assert!(!pattern("/").matches("/a"));
    }

    #[test]
    fn the_root_pattern_matches_whatever_comes() {
        for path in ["/", "/a/b", "", "*", "a"] {
            assert!(pattern("/*").matches(path), "{path}");
        }
    }

    #[test]
    fn a_regex_escapes_all_that_would_mean_something() {
        for (text, regex) in [
            ("/*", "^"),
            ("/", r"^\/$"),
            ("/api/*", r"^\/api(?:\/|$)"),
            ("/a.b+c$d|e(f)[g]", r"^\/a\.b\+c\$d\|e\(f\)\[g\]$"),
        ] {
            assert_eq!(pattern(text).to_regex(), regex, "{text}");
        }
    }

    #[test]
    fn covering_is_matching_all_that_the_other_matches() {
        let patterns =
            ["/*", "/", "/a", "/a/", "/a/*", "/a/b", "/a/b/*", "/ab", "/ab/*", "/b/*"].map(pattern);
        let paths = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/a/c", "/ab", "/ab/c", "/b", "/b/", "/c"];
        for first in &patterns {
            for second in &patterns {
                let all = paths.iter().all(|path| !second.matches(path) || first.matches(path));
                assert_eq!(first.covers(second), all, "{first} {second}");
            }
        }
    }

    #[test]
    fn what_is_not_a_pattern_is_refused() {
        for text in [
            "",
            "*",
            "api",
            "a/*",
            "/a*",
            "/*/a",
            "/a/**",
            "/a/*/",
            "/*/*",
            "//",
            "/a//b",
            "/a/../b",
            "/.",
            "/%61",
            "/%2f",
            "/%",
            "/a?b",
            "/a#b",
            "/a b",
            "/é",
            "/a\n",
            "/a\\b",
            "/_breakwater",
            "/_breakwater/",
            "/_breakwater/*",
            "/_breakwater/events",
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
        assert!(Pattern::parse("/_breakwaters").is_ok());
    }
}
