//! The site after parsing.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::base::origin::Origin;
use crate::base::path::EscapedSlashes;
use crate::base::pattern::Pattern;
use crate::base::time::Millis;
use crate::base::trace::TraceSource;
use crate::cache::rules::StoreRules;
use crate::cache::snapshot::SnapshotRules;
use crate::circuit::breaker::lease_for;
use crate::circuit::outcome::Dialect;
use crate::circuit::policy::Policy;
use crate::circuit::retry::{self, RetryPolicy};
use crate::site::config::{TrafficObjective, TrafficSubject, UPLOAD_MAX};
use crate::site::degrade::{BannerRule, CallPolicy, Fallback};
use crate::telemetry::log::LogRules;
use crate::telemetry::sentry::SentrySettings;
use crate::watch::dependency::Dependency;
use crate::watch::maintenance::Maintenance;

/// A site. Every index in it refers to an existing entry, and its last route is `/*`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedSite")]
#[non_exhaustive]
pub struct Site {
    /// The site's name on the status page.
    pub name: String,
    /// The site's host, a bare name in lower case.
    pub host: String,
    /// The host whose `/` is the status page.
    pub status_host: Option<String>,
    /// The path of the site's own host below which the public status is served. It is `None` if it
    /// is not served there.
    pub status: Option<String>,
    /// The path below which the site's health is reported. It is `None` if the health is not
    /// reported.
    pub health: Option<String>,
    /// The services behind the site, in the order of the file. There is at least one.
    pub upstreams: Vec<Upstream>,
    /// The circuits: one for each upstream, in the same order, then one for each route with its own
    /// `breaker`.
    pub circuits: Vec<Circuit>,
    /// The routes, in the order of the file. The first route that matches serves a request, and no
    /// route is covered by an earlier one.
    pub routes: Vec<Route>,
    /// The services whose health is checked besides the upstreams, in the order of the file.
    pub dependencies: Vec<Dependency>,
    /// The languages of Breakwater's own pages. There is at least one, and the first is for
    /// visitors who ask for none of them.
    pub locales: Vec<String>,
    /// Whether a stored page that is served says that it is a stored one.
    pub banner: bool,
    /// The pages that are stored as snapshots, for the case that no other answer is left.
    pub snapshots: SnapshotRules,
    /// The times of maintenance.
    pub maintenance: Maintenance,
    /// Which events become lines of the log.
    pub logs: LogRules,
    /// Where the traces of requests come from.
    pub tracing: TraceSource,
    /// The objectives over traffic, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<TrafficObjective>,
    /// Where errors are reported, if they are.
    pub sentry: Option<SentrySettings>,
}

impl Site {
    /// Returns the route that matches this path, which must be normalised, and the route's index.
    pub fn route(&self, normalised_path: &str) -> (usize, &Route) {
        // The site has a last route, which matches everything, so the index is always in range.
        let last = self.routes.len().saturating_sub(1);
        let found = self.routes.iter().position(|route| route.pattern.matches(normalised_path));
        let index = found.unwrap_or(last);
        (index, &self.routes[index])
    }
}

/// A service behind the site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upstream {
    /// The name, `[a-z][a-z0-9_-]{0,31}`.
    pub name: String,
    /// The origin that requests are sent to.
    pub origin: Origin,
    /// The name in the field `Host` of requests to it, a bare name in lower case. It is `None` if
    /// that is the origin's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Whether the site is down without this upstream.
    pub critical: bool,
    /// The path that reports whether the upstream works. It begins with `/` and may have a query.
    pub probe: Option<String>,
    /// How the upstream's answers are judged.
    pub dialect: Dialect,
    /// The index of the circuit that the upstream's routes share.
    pub circuit: usize,
}

/// The part of the site that one circuit breaker guards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circuit {
    /// The upstream's name. For a route's own circuit, the route's pattern follows.
    pub name: String,
    /// The index of the upstream.
    pub upstream: usize,
    /// The rules by which the circuit trips and recovers.
    pub policy: Policy,
}

/// The upstream for some paths, and the behaviour when that upstream fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// The paths that the route serves.
    pub pattern: Pattern,
    /// The index of the upstream.
    pub upstream: usize,
    /// The index of another upstream that stands in when this one fails.
    pub backup: Option<usize>,
    /// The index of the circuit, which is the upstream's or the route's own.
    pub circuit: usize,
    /// The longest time of a call until the fields of its answer arrive.
    pub timeout: Millis,
    /// The longest time of all calls of one request together, including the bodies that are read to
    /// their end. It is at least `timeout`.
    pub deadline: Millis,
    /// The longest pause of a body that is read to its end.
    pub idle: Millis,
    /// The longest pause of a visitor's body on its way to the upstream.
    pub upload_idle: Millis,
    /// How long a visitor waits before a stored response is served, if there is one. It is at most
    /// `timeout`.
    pub patience: Millis,
    /// How escaped slashes in a path are treated.
    #[serde(default)]
    pub escaped_slashes: EscapedSlashes,
    /// The policy for repeating failed calls. It is `None` if they are not repeated.
    pub retry: Option<RetryPolicy>,
    /// Whether each answer belongs to one visitor, so that none is stored.
    pub private: bool,
    /// Whether fresh stored responses are served in place of the upstream's answers.
    pub cache: bool,
    /// The longest time for which errors are served from the cache. It applies to errors that state
    /// a lifetime of their own, and it is set only together with `cache`.
    pub negative_ttl: Option<Millis>,
    /// The request fields that may reach the upstream although no cache key contains them.
    pub unkeyed: Vec<String>,
    /// Whether `stale_if_error` holds whatever the `Cache-Control` of an answer says of stale use.
    /// It is set only together with `stale_if_error`.
    #[serde(default)]
    pub override_cache_control: bool,
    /// Which visitors are told that a stored page is a stored one. It is `None` if the site says
    /// that for all routes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<BannerRule>,
    /// The answers for visitors when the upstream fails.
    pub degrade: Degrade,
}

impl Route {
    /// Returns the lease of a call's permit. The call ends with its time-out, and after that its
    /// outcome must still be reported. If the visitor's body passes through the call, the time-out
    /// begins when the whole body has been sent. A lease that ended earlier would free a slot that
    /// is still in use.
    pub fn lease(&self, body_passes: bool) -> Millis {
        let sending = if body_passes { UPLOAD_MAX } else { Millis::ZERO };
        lease_for(sending.saturating_add(self.timeout))
    }

    /// Returns the route's rules for stored responses.
    pub fn store_rules(&self) -> StoreRules<'_> {
        StoreRules {
            caches: self.cache,
            stale_if_error: self.degrade.stale_if_error,
            negative_ttl: self.negative_ttl,
            is_private: self.private,
            unkeyed: &self.unkeyed,
            overrides: self.override_cache_control,
        }
    }

    /// Returns whether a visitor with this field `Cookie` is told that a page is a stored one.
    pub fn shows_banner(&self, site: &Site, cookie: Option<&str>) -> bool {
        self.banner.as_ref().map_or(site.banner, |rule| rule.is_for(cookie))
    }

    /// Returns the route's rules for calls.
    pub fn call_policy(&self) -> CallPolicy {
        CallPolicy {
            timeout: self.timeout,
            deadline: self.deadline,
            retry: self.retry,
            has_backup: self.backup.is_some(),
        }
    }

    /// Returns whether a request with this method may be sent more than once, so that its body must
    /// be kept for the next call.
    pub fn may_repeat(&self, method: &str) -> bool {
        let retries = self.retry.is_some_and(|retry| retry.attempts > 1);
        (retries || self.backup.is_some()) && retry::is_idempotent(method)
    }

    /// Returns whether at most one call is made for a request with this method. Two synchronous
    /// halves around that call then suffice, unless a stored response may answer first.
    pub fn calls_once(&self, method: &str) -> bool {
        self.backup.is_none() && !self.may_repeat(method)
    }
}

/// What visitors get when the upstream fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degrade {
    /// How long past its freshness a stored response may be served. Without it, no response is
    /// stored for this purpose.
    pub stale_if_error: Option<Millis>,
    /// The answer that is served if there is no stored response.
    pub fallback: Fallback,
}

/// The data that was read is not a valid site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteError {
    /// The last route is not `/*`, or there is none.
    NoLastRoute,
    /// The site has no language.
    NoLocale,
    /// An index refers to an entry that does not exist.
    Dangling {
        /// The kind of entry that it should refer to: `upstream`, `circuit` or `route`.
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

/// A site that was read, before its indices have been checked.
#[derive(Deserialize)]
struct UncheckedSite {
    name: String,
    host: String,
    status_host: Option<String>,
    #[serde(default)]
    status: Option<String>,
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
    snapshots: SnapshotRules,
    #[serde(default)]
    maintenance: Maintenance,
    #[serde(default)]
    logs: LogRules,
    #[serde(default)]
    tracing: TraceSource,
    #[serde(default)]
    objectives: Vec<TrafficObjective>,
    #[serde(default)]
    sentry: Option<SentrySettings>,
}

/// Returns the languages of Breakwater's pages if the file does not set `locales`.
pub(super) fn default_locales() -> Vec<String> {
    ["en".into()].into()
}

impl TryFrom<UncheckedSite> for Site {
    type Error = SiteError;

    fn try_from(read: UncheckedSite) -> Result<Self, SiteError> {
        let UncheckedSite {
            name,
            host,
            status_host,
            status,
            health,
            upstreams,
            circuits,
            routes,
            dependencies,
            locales,
            banner,
            snapshots,
            maintenance,
            logs,
            tracing,
            objectives,
            sentry,
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
        for TrafficObjective { subject, .. } in &objectives {
            match *subject {
                TrafficSubject::Route(index) if index >= routes.len() => {
                    return Err(SiteError::Dangling { what: "route", index });
                }
                TrafficSubject::Upstream(index) if index >= upstreams.len() => {
                    return Err(SiteError::Dangling { what: "upstream", index });
                }
                TrafficSubject::Route(_) | TrafficSubject::Upstream(_) => {}
            }
        }
        Ok(Self {
            name,
            host,
            status_host,
            status,
            health,
            upstreams,
            circuits,
            routes,
            dependencies,
            locales,
            banner,
            snapshots,
            maintenance,
            logs,
            tracing,
            objectives,
            sentry,
        })
    }
}

#[cfg(test)]
mod tests;
