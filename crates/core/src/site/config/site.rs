//! The parsed site.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::base::origin::Origin;
use crate::base::path::EscapedSlashes;
use crate::base::pattern::Pattern;
use crate::base::time::Millis;
use crate::cache::rules::CopyRules;
use crate::cache::snapshot::Rules;
use crate::circuit::breaker::lease_for;
use crate::circuit::outcome::Dialect;
use crate::circuit::policy::Policy;
use crate::circuit::retry::{self, RetryPolicy};
use crate::site::config::UPLOAD_MAX;
use crate::site::degrade::{CallPolicy, Fallback};
use crate::watch::dependency::Dependency;
use crate::watch::maintenance::Maintenance;

/// A site: every index in it points at something, and its last route is `/*`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
#[non_exhaustive]
pub struct Site {
    /// What it is called on the status page.
    pub name: String,
    /// Its host, bare and in lower case.
    pub host: String,
    /// The host whose `/` is the status page.
    pub status_host: Option<String>,
    /// The path below which its health is told; none if it is not.
    pub health: Option<String>,
    /// What stands behind it, in the file's order; never empty.
    pub upstreams: Vec<Upstream>,
    /// One per upstream, in the same order, then one per route with its own `breaker`.
    pub circuits: Vec<Circuit>,
    /// In the file's order. The first match wins, and each can match.
    pub routes: Vec<Route>,
    /// What is asked about its health besides the upstreams, in the file's order.
    pub dependencies: Vec<Dependency>,
    /// The languages of Breakwater's own pages, never empty; the first is for visitors who ask for
    /// none of them.
    pub locales: Vec<String>,
    /// Whether a copy of a page says that it is one.
    pub banner: bool,
    /// What is kept for when nothing else is left.
    pub snapshots: Rules,
    /// When the site is worked on.
    pub maintenance: Maintenance,
}

impl Site {
    /// The route that takes this path, which is normalised, and its index.
    pub fn route(&self, normalised_path: &str) -> (usize, &Route) {
        // A site has a last route, which matches everything: the index is always in range.
        let last = self.routes.len().saturating_sub(1);
        let found = self.routes.iter().position(|route| route.pattern.matches(normalised_path));
        let index = found.unwrap_or(last);
        (index, &self.routes[index])
    }
}

/// A service behind the site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upstream {
    /// `[a-z][a-z0-9_-]{0,31}`.
    pub name: String,
    /// Where it is.
    pub origin: Origin,
    /// Whether the site is down without it.
    pub critical: bool,
    /// The path, beginning with `/`, that says whether it works; it may have a query.
    pub probe: Option<String>,
    /// How its answers are read.
    pub dialect: Dialect,
    /// Index of the circuit that its routes share.
    pub circuit: usize,
}

/// What one circuit breaker guards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circuit {
    /// The upstream's name, followed by the route's pattern where the route has its own.
    pub name: String,
    /// Index of the upstream.
    pub upstream: usize,
    /// When it trips and recovers.
    pub policy: Policy,
}

/// Where requests for some paths go, and what happens when that fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// The paths.
    pub pattern: Pattern,
    /// Index of the upstream.
    pub upstream: usize,
    /// Index of the upstream that stands in for it; another one.
    pub backup: Option<usize>,
    /// Index of the circuit: the upstream's, or the route's own.
    pub circuit: usize,
    /// How long a call may take until the answer's fields are there.
    pub timeout: Millis,
    /// How long all calls of one request may take together, and the bodies that are read whole; at
    /// least `timeout`.
    pub deadline: Millis,
    /// How long a body that is read whole may pause.
    pub idle: Millis,
    /// How long a visitor's body may pause on its way to the upstream.
    pub upload_idle: Millis,
    /// How long a visitor waits before a copy is served, if there is one; at most `timeout`.
    pub patience: Millis,
    /// What becomes of escaped slashes in a path.
    #[serde(default)]
    pub escaped_slashes: EscapedSlashes,
    /// Whether failed calls are made again.
    pub retry: Option<RetryPolicy>,
    /// Answers belong to one visitor, so that no copy is kept.
    pub private: bool,
    /// Fresh copies answer in the upstream's place.
    pub cache: bool,
    /// Errors that name a lifetime of their own answer in the upstream's place too, for this long
    /// at most; only with `cache`.
    pub negative_ttl: Option<Millis>,
    /// Request fields that may reach the upstream though no copy's key holds them.
    pub unkeyed: Vec<String>,
    /// What visitors get when the upstream fails.
    pub degrade: Degrade,
}

impl Route {
    /// How long the lease of a call's permit is: the call ends with its time-out, and what became
    /// of it must still be told. The time-out of a call that a body passes through begins when the
    /// visitor has sent all of it; a lease that ended before would free a place that is taken.
    pub fn lease(&self, body_passes: bool) -> Millis {
        let sending = if body_passes { UPLOAD_MAX } else { Millis::ZERO };
        lease_for(sending.saturating_add(self.timeout))
    }

    /// What it wants of copies.
    pub fn copy_rules(&self) -> CopyRules<'_> {
        CopyRules {
            caches: self.cache,
            stale_if_error: self.degrade.stale_if_error,
            negative_ttl: self.negative_ttl,
            is_private: self.private,
            unkeyed: &self.unkeyed,
        }
    }

    /// What it says about calls.
    pub fn call_policy(&self) -> CallPolicy {
        CallPolicy {
            timeout: self.timeout,
            deadline: self.deadline,
            retry: self.retry,
            has_backup: self.backup.is_some(),
        }
    }

    /// Whether a request with this method may be sent more than once, so that its body is needed
    /// again.
    pub fn may_repeat(&self, method: &str) -> bool {
        let retries = self.retry.is_some_and(|retry| retry.attempts > 1);
        (retries || self.backup.is_some()) && retry::is_idempotent(method)
    }

    /// Whether one call is all that is made for such a request: then two synchronous halves around
    /// it do, unless a copy is to answer first.
    pub fn calls_once(&self, method: &str) -> bool {
        self.backup.is_none() && !self.may_repeat(method)
    }
}

/// What visitors get when the upstream fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degrade {
    /// Copies up to this much past their freshness are served; without it none are kept.
    pub stale_if_error: Option<Millis>,
    /// What is served where there is no copy.
    pub fallback: Fallback,
}

/// What was read is not a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteError {
    /// The last route is not `/*`, or there is none.
    NoLastRoute,
    /// It speaks no language.
    NoLocale,
    /// An index points at nothing.
    Dangling {
        /// What it should point at: `upstream` or `circuit`.
        what: &'static str,
        /// The index.
        index: usize,
    },
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLastRoute => write!(f, "the last route is not `/*`"),
            Self::NoLocale => write!(f, "there is no locale"),
            Self::Dangling { what, index } => write!(f, "there is no {what} {index}"),
        }
    }
}

impl core::error::Error for SiteError {}

/// A site as it is read, before its indices are known to point at something.
#[derive(Deserialize)]
struct Unchecked {
    name: String,
    host: String,
    status_host: Option<String>,
    #[serde(default)]
    health: Option<String>,
    upstreams: Vec<Upstream>,
    circuits: Vec<Circuit>,
    routes: Vec<Route>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default = "default_locales")]
    locales: Vec<String>,
    #[serde(default)]
    banner: bool,
    #[serde(default)]
    snapshots: Rules,
    #[serde(default)]
    maintenance: Maintenance,
}

/// What Breakwater speaks where the file does not say.
pub(super) fn default_locales() -> Vec<String> {
    ["en".into()].into()
}

impl TryFrom<Unchecked> for Site {
    type Error = SiteError;

    fn try_from(read: Unchecked) -> Result<Self, SiteError> {
        let Unchecked {
            name,
            host,
            status_host,
            health,
            upstreams,
            circuits,
            routes,
            dependencies,
            locales,
            banner,
            snapshots,
            maintenance,
        } = read;
        if locales.is_empty() {
            return Err(SiteError::NoLocale);
        }
        if !routes.last().is_some_and(|route| route.pattern.matches_everything()) {
            return Err(SiteError::NoLastRoute);
        }
        let to_upstreams = circuits.iter().map(|circuit| circuit.upstream);
        let backups = routes.iter().filter_map(|route| route.backup);
        for index in to_upstreams.chain(routes.iter().map(|route| route.upstream)).chain(backups) {
            if index >= upstreams.len() {
                return Err(SiteError::Dangling { what: "upstream", index });
            }
        }
        let to_circuits = upstreams.iter().map(|upstream| upstream.circuit);
        for index in to_circuits.chain(routes.iter().map(|route| route.circuit)) {
            if index >= circuits.len() {
                return Err(SiteError::Dangling { what: "circuit", index });
            }
        }
        Ok(Self {
            name,
            host,
            status_host,
            health,
            upstreams,
            circuits,
            routes,
            dependencies,
            locales,
            banner,
            snapshots,
            maintenance,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn written() -> Value {
        let route = |pattern: &str| {
            json!({
                "pattern": pattern, "upstream": 0, "backup": null, "circuit": 0,
                "timeout": "30s", "deadline": "30s", "idle": "10s", "upload_idle": "1m",
                "patience": "2s", "retry": null, "private": false, "cache": false, "negative_ttl": null, "unkeyed": [],
                "degrade": { "stale_if_error": null, "fallback": "auto" },
            })
        };
        json!({
            "name": "Shop", "host": "shop.example", "status_host": null,
            "upstreams": [{
                "name": "web", "origin": "https://web.example", "critical": true, "probe": "/",
                "dialect": "http", "circuit": 0,
            }],
            "circuits": [{ "name": "web", "upstream": 0, "policy": {} }],
            "routes": [route("/api/*"), route("/api"), route("/*")],
        })
    }

    #[track_caller]
    fn refused(pointer: &str, value: Value) -> String {
        let mut written = written();
        *written.pointer_mut(pointer).unwrap() = value;
        let error = serde_json::from_value::<Site>(written).unwrap_err();
        alloc::string::ToString::to_string(&error)
    }

    #[test]
    fn the_first_route_that_matches_wins_and_some_route_always_does() {
        let site: Site = serde_json::from_value(written()).unwrap();
        for (path, index) in [("/api", 0), ("/api/a", 0), ("/apis", 2), ("/", 2), ("", 2), ("*", 2)]
        {
            let (found, route) = site.route(path);
            assert_eq!(found, index, "{path}");
            assert_eq!(*route, site.routes[index]);
        }
    }

    #[test]
    fn what_was_not_written_from_a_site_is_no_site() {
        assert_eq!(refused("/routes", json!([])), "the last route is not `/*`");
        assert_eq!(refused("/routes/2/pattern", json!("/b")), "the last route is not `/*`");
        assert_eq!(refused("/routes/0/upstream", json!(1)), "there is no upstream 1");
        assert_eq!(refused("/routes/0/backup", json!(5)), "there is no upstream 5");
        assert_eq!(refused("/circuits/0/upstream", json!(2)), "there is no upstream 2");
        assert_eq!(refused("/routes/0/circuit", json!(3)), "there is no circuit 3");
        assert_eq!(refused("/upstreams/0/circuit", json!(4)), "there is no circuit 4");
        assert_eq!(
            refused("/routes/0/pattern", json!("/a//b")),
            "`/a//b` is not normalised, expected `/a/b`"
        );
        assert_eq!(
            refused("/upstreams/0/origin", json!("ftp://a")),
            "`ftp://a` is not an origin, expected `https://` and a host"
        );
    }
}
