//! Patterns of the paths that a fault matches.

/// A pattern has at most 512 bytes; longer paths occur only in attacks.
const MAX_PATTERN_BYTES: usize = 512;

/// The forms that a pattern may have, for error messages.
pub(super) const ALLOWED: &str = "a path of up to 512 visible ASCII characters that begins with \
     \"/\" and holds no \"?\"; \"*\" only as its last character";

/// An exact path, or a prefix with a trailing `*`.
#[derive(Clone, Debug)]
pub(super) struct Pattern(String);

impl Pattern {
    /// Parses a pattern. Returns `None` if it is not a pattern, or could never match.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let path = pattern.strip_suffix('*').unwrap_or(pattern);
        let valid = path.starts_with('/')
            && pattern.len() <= MAX_PATTERN_BYTES
            && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"*?#".contains(&byte));
        valid.then(|| Self(pattern.to_owned()))
    }

    /// Whether the pattern matches `path`. `/api/*` matches `/api` too.
    pub(super) fn matches(&self, path: &str) -> bool {
        match self.0.strip_suffix('*') {
            None => path == self.0,
            Some(prefix) => path.starts_with(prefix) || prefix.strip_suffix('/') == Some(path),
        }
    }

    /// The pattern as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_exact_paths_and_prefixes() {
        #[track_caller]
        fn check(pattern: &str, path: &str, expected: bool) {
            let matches = Pattern::parse(pattern).unwrap().matches(path);
            assert_eq!(matches, expected, "{pattern} on {path}");
        }
        check("/api/me", "/api/me", true);
        check("/api/me", "/api/me/", false);
        check("/api/*", "/api/me", true);
        check("/api/*", "/api", true);
        check("/api/*", "/apis", false);
        check("/prod*", "/products/1", true);
        check("/*", "/", true);
        check("/*", "/anything/below", true);
    }

    #[test]
    fn patterns_that_cannot_match_are_refused() {
        for pattern in ["", "*", "api", "/a*b", "/**", "/a?b", "/a b", "/\u{e9}"] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
        assert!(Pattern::parse(&format!("/{}", "a".repeat(MAX_PATTERN_BYTES))).is_none());
    }
}
