//! The request by which a dependency is asked about its health.

use core::fmt;

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::{Dependency, DependencyKind};
use crate::base::time::{Millis, Timestamp};
use crate::watch::health::{Component, HealthName, Measurement, RESPONSE_TIME, Status};

/// By this a dependency can tell our probes from visitors.
const USER_AGENT: &str = "Breakwater-Probe";

/// A request without a body. Redirects are not followed: what they lead to is not the dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyRequest<'a> {
    /// The method.
    pub method: &'static str,
    /// Where to.
    pub url: &'a str,
    /// The fields, with names in lower case. Some hold the secret.
    pub fields: Vec<(&'static str, Cow<'a, str>)>,
}

/// The secret that a dependency is asked with is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretUnset<'a> {
    /// The secret's name.
    pub name: &'a str,
}

impl SecretUnset<'_> {
    /// The measurement for a dependency that cannot be asked because its secret is not set. It
    /// warns: the state of the dependency is unknown, and only an operator can change that.
    pub fn measurements(self) -> Vec<Measurement> {
        vec![Measurement::new(RESPONSE_TIME, Status::Warn).because(&format!("{self}"))]
    }
}

impl fmt::Display for SecretUnset<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret `{}` is not set", self.name)
    }
}

impl core::error::Error for SecretUnset<'_> {}

/// How much longer than its time-out a probe may take until it is over.
const PROBE_SLACK: Millis = Millis::from_secs(5);

impl Dependency {
    /// The dependency as a part of the site.
    pub fn component(&self) -> Component {
        Component {
            name: HealthName::fitting(&self.name),
            kind: self.kind.component_kind(),
            critical: self.critical,
            every: self.every,
            group: self.group,
            measures: HealthName::fitting(RESPONSE_TIME),
        }
    }

    /// Whether a probe that began at `since` is still under way. An event that is cut short never
    /// ends its own, so one that has taken longer than any may is over.
    pub fn is_probing(&self, since: Option<Timestamp>, now: Timestamp) -> bool {
        let longest = self.timeout.saturating_add(PROBE_SLACK);
        since.is_some_and(|since| since <= now && now.since(since) < longest)
    }

    /// What to ask it. `secret` is the value of the secret that [`Dependency::secret`] names.
    ///
    /// # Errors
    /// [`SecretUnset`] if it names one and there is no value.
    pub fn request<'a>(
        &'a self,
        secret: Option<&'a str>,
    ) -> Result<DependencyRequest<'a>, SecretUnset<'a>> {
        let secret = match (&self.secret, secret.filter(|value| !value.is_empty())) {
            (None, _) => None,
            (Some(_), Some(value)) => Some(value),
            (Some(name), None) => return Err(SecretUnset { name: name.as_str() }),
        };
        Ok(DependencyRequest {
            method: "GET",
            url: self.url.as_str(),
            fields: self.kind.fields(secret),
        })
    }
}

impl DependencyKind {
    /// The fields that a dependency of this kind is asked with, names in lower case, the secret
    /// among them.
    pub fn fields(self, secret: Option<&str>) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut fields = vec![
            ("user-agent", Cow::Borrowed(USER_AGENT)),
            ("accept", Cow::Borrowed(accepted(self))),
            ("cache-control", Cow::Borrowed("no-cache")),
        ];
        if self == Self::SupabaseRest {
            // One row is enough to know, and a table may be large (docs.postgrest.org,
            // references/api/pagination_count).
            fields.push(("range-unit", Cow::Borrowed("items")));
            fields.push(("range", Cow::Borrowed("0-0")));
        }
        if let Some(secret) = secret {
            if is_behind_supabases_gateway(self) {
                fields.push(("apikey", Cow::Borrowed(secret)));
            }
            fields.push(("authorization", Cow::Owned(format!("Bearer {secret}"))));
        }
        fields
    }
}

/// The gateway reads the key from a field of its own, and hands `authorization` on.
const fn is_behind_supabases_gateway(kind: DependencyKind) -> bool {
    matches!(
        kind,
        DependencyKind::SupabaseRest
            | DependencyKind::SupabaseAuth
            | DependencyKind::SupabaseStorage
    )
}

const fn accepted(kind: DependencyKind) -> &'static str {
    match kind {
        DependencyKind::Http | DependencyKind::S3 => "*/*",
        DependencyKind::BackendHealth => "application/health+json, application/json",
        DependencyKind::SupabaseRest
        | DependencyKind::SupabaseAuth
        | DependencyKind::SupabaseStorage
        | DependencyKind::UpstashRedis
        | DependencyKind::Statuspage => "application/json",
    }
}
