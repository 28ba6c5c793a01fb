//! The definition of a dependency: a service on which the site depends, and where to ask about its
//! health.

use core::fmt;

use alloc::string::String;
use serde::{Deserialize, Serialize};

use super::DependencyKind;
use crate::base::origin::{Origin, OriginError, redacted};
use crate::base::path::is_target;
use crate::base::secret_name::SecretName;
use crate::base::time::Millis;
use crate::watch::health::Group;

/// Dependencies of one site: each is probed by an object of its own, in the round of each minute.
pub const DEPENDENCIES_MAX: usize = 32;
/// How often a dependency is probed where the file does not say.
pub const DEPENDENCY_EVERY_DEFAULT: Millis = Millis::from_secs(30);
/// The shortest interval: alarms of objects are no finer.
pub const DEPENDENCY_EVERY_MIN: Millis = Millis::from_secs(1);
/// The longest interval: findings count for three of them.
pub const DEPENDENCY_EVERY_MAX: Millis = Millis::from_secs(3_600);
/// How long an answer is waited for where the file does not say.
pub const DEPENDENCY_TIMEOUT_DEFAULT: Millis = Millis::from_secs(5);
/// The longest time-out.
pub const DEPENDENCY_TIMEOUT_MAX: Millis = Millis::from_secs(30);

/// A dependency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// `[a-z][a-z0-9_-]{0,31}`; neither an upstream nor another dependency is called so.
    pub name: String,
    /// What it speaks.
    pub kind: DependencyKind,
    /// Whom to ask.
    pub url: DependencyUrl,
    /// How long an answer is waited for; at most `every`, so that probes never overlap.
    pub timeout: Millis,
    /// The interval at which it is probed.
    pub every: Millis,
    /// Whether the site is of no use without it.
    pub critical: bool,
    /// The narrowest group that it belongs to, never `live`: no restart mends it.
    pub group: Group,
    /// The name of the Worker's secret that it is asked with.
    pub secret: Option<SecretName>,
}

/// `https://host[:port]/path[?query]`. `http` is for the machine itself, as in an [`Origin`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DependencyUrl(String);

impl DependencyUrl {
    /// Reads a URL. Where it names no path, it is the one that dependencies of that kind have.
    ///
    /// # Errors
    /// [`DependencyUrlError`] if it is not of that form, or names no path where the kind has none.
    pub fn parse(text: &str, kind: DependencyKind) -> Result<Self, DependencyUrlError> {
        let bare = text.find("://").is_some_and(|scheme| {
            let authority = text.get(scheme + 3..).unwrap_or_default();
            !authority.trim_end_matches('/').contains('/') && !authority.contains('?')
        });
        match (bare, kind.default_target()) {
            (false, _) => Self::read(text),
            (true, Some(target)) => {
                let origin = text.strip_suffix('/').unwrap_or(text);
                Self::read(&(String::from(origin) + target))
            }
            (true, None) => Err(DependencyUrlError::refused(
                text,
                "a table to ask below `/rest/v1/`, such as `/rest/v1/products?select=id`",
            )),
        }
    }

    fn read(text: &str) -> Result<Self, DependencyUrlError> {
        let (origin, target) = split(text);
        if origin.contains('@') {
            return Err(DependencyUrlError::refused(text, "no user and no password in it"));
        }
        Origin::parse(origin).map_err(DependencyUrlError::from)?;
        if !is_target(target) {
            return Err(DependencyUrlError::refused(
                text,
                "a normalised path, then a query if need be",
            ));
        }
        Ok(Self(text.into()))
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its path and its query: what stands behind the host.
    pub fn target(&self) -> &str {
        split(&self.0).1
    }
}

impl TryFrom<String> for DependencyUrl {
    type Error = DependencyUrlError;

    fn try_from(text: String) -> Result<Self, DependencyUrlError> {
        Self::read(&text)
    }
}

impl From<DependencyUrl> for String {
    fn from(endpoint: DependencyUrl) -> Self {
        endpoint.0
    }
}

/// The text is not the URL of a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyUrlError {
    /// The text, with `…` for user, password and query: errors end up in logs.
    pub value: String,
    /// What a URL has in that place.
    pub expected: &'static str,
}

impl DependencyUrlError {
    fn refused(text: &str, expected: &'static str) -> Self {
        Self { value: redacted(text), expected }
    }
}

impl From<OriginError> for DependencyUrlError {
    fn from(error: OriginError) -> Self {
        let OriginError { value, expected } = error;
        Self { value, expected }
    }
}

impl fmt::Display for DependencyUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a URL to ask, expected {}", self.value, self.expected)
    }
}

impl core::error::Error for DependencyUrlError {}

/// Scheme and authority, and what stands behind them.
fn split(text: &str) -> (&str, &str) {
    let authority = text.find("://").map_or(0, |at| at + 3);
    let rest = text.get(authority..).unwrap_or_default();
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    text.split_at(authority + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_url_without_a_path_gets_the_one_of_its_kind() {
        for (text, kind, url, target) in [
            ("https://a.example", DependencyKind::Http, "https://a.example/", "/"),
            (
                "https://a.example/",
                DependencyKind::BackendHealth,
                "https://a.example/health",
                "/health",
            ),
            ("https://a.example/up", DependencyKind::BackendHealth, "https://a.example/up", "/up"),
            (
                "https://a.example:8443",
                DependencyKind::UpstashRedis,
                "https://a.example:8443/ping",
                "/ping",
            ),
            ("http://[::1]:1", DependencyKind::S3, "http://[::1]:1/", "/"),
            (
                "https://a.supabase.co/rest/v1/t?select=id",
                DependencyKind::SupabaseRest,
                "https://a.supabase.co/rest/v1/t?select=id",
                "/rest/v1/t?select=id",
            ),
        ] {
            let endpoint = DependencyUrl::parse(text, kind).unwrap();
            assert_eq!((endpoint.as_str(), endpoint.target()), (url, target));
        }
    }

    #[test]
    fn every_default_is_a_target() {
        for kind in DependencyKind::ALL {
            assert!(kind.default_target().is_none_or(is_target), "{kind:?}");
        }
    }

    #[test]
    fn what_is_not_a_url_is_refused_and_no_secret_shown() {
        for text in [
            "",
            "a.example",
            "/health",
            "ftp://a.example/",
            "http://a.example/",
            "https://user:secret@a.example/",
            "https://user:secret@a.example",
            "https://a.example?key=secret",
            "https://a.example/a b?key=secret",
            "https://a.example/a#secret",
            "https://a.example/a?b#secret",
            "https://a.example//",
            "https://a.example/../a",
        ] {
            let error = DependencyUrl::parse(text, DependencyKind::Http).unwrap_err().to_string();
            assert!(!error.contains("secret") && !error.contains("user:"), "{error}");
            assert!(DependencyUrl::try_from(String::from(text)).is_err(), "{text}");
        }
    }
}
