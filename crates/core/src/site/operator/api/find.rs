//! What a request asks for.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use super::path::{self, Placeholder};
use super::{API, Endpoint, Role, paths, write_names};
use crate::base::secret_name::SecretName;
use crate::site::config::{Site, WatchRules};
use crate::watch::check::{Check, CheckKind};

/// A request that the API answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundEndpoint<'a> {
    /// The operation's line of the table.
    pub endpoint: &'static Endpoint,
    /// What the path names.
    pub named: NamedByPath<'a>,
}

/// What the path of a request names. What its line of the table has a [`Placeholder`] for is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamedByPath<'a> {
    /// The index in the site of an upstream.
    pub upstream: Option<usize>,
    /// A check; for a report, one whose job reports by itself.
    pub check: Option<&'a Check>,
    /// The id of an incident, of which there may be none.
    pub incident: Option<&'a str>,
    /// The name of a session, of which there may be none.
    pub session: Option<&'a str>,
    /// The id of a subscriber, of whom there may be none.
    pub subscriber: Option<&'a str>,
    /// The code with which a job has ended.
    pub code: Option<u32>,
}

/// Finds what a request asks for. Whether its sender may ask for it is another matter:
/// [`FoundEndpoint::report_token`] and [`Role::at`](super::Role::at) say what has to be shown.
///
/// # Errors
/// [`Unanswerable`] if nothing stands at the path, or if it does not take the method.
pub fn find<'a>(
    site: &'a Site,
    rules: &'a WatchRules,
    method: &'a str,
    path: &'a str,
) -> Result<FoundEndpoint<'a>, Unanswerable<'a>> {
    let of_path = || API.iter().filter(|endpoint| path::matches(endpoint.path, path));
    if of_path().next().is_none() {
        return Err(Unanswerable::Path { path });
    }
    let takes = |endpoint: &&Endpoint| endpoint.methods().any(|takes| takes == method);
    let Some(endpoint) = of_path().find(takes) else {
        let allow: Vec<&str> = of_path().flat_map(Endpoint::methods).collect();
        return Err(Unanswerable::Method { method, allow: allow.join(", ") });
    };
    let mut named = NamedByPath::default();
    for (placeholder, segment) in path::places(endpoint.path, path) {
        named.take(placeholder, segment, site, rules)?;
    }
    Ok(FoundEndpoint { endpoint, named })
}

impl<'a> NamedByPath<'a> {
    fn take(
        &mut self,
        what: Placeholder,
        name: &'a str,
        site: &'a Site,
        rules: &'a WatchRules,
    ) -> Result<(), Unanswerable<'a>> {
        match what {
            Placeholder::Upstream => {
                let known = site.upstreams.iter().map(|upstream| &*upstream.name);
                let index = known.clone().position(|upstream| upstream == name);
                self.upstream = Some(index.ok_or_else(|| unknown(what, name, known))?);
            }
            Placeholder::Check | Placeholder::Heartbeat => {
                let fits = |check: &&Check| what == Placeholder::Check || is_heartbeat(check);
                let known = rules.checks.iter().filter(fits);
                let check = known.clone().find(|check| check.name == name);
                let unknown = || unknown(what, name, known.map(|check| &*check.name));
                self.check = Some(check.ok_or_else(unknown)?);
            }
            Placeholder::Incident => self.incident = Some(name),
            Placeholder::Session => self.session = Some(name),
            Placeholder::Subscriber => self.subscriber = Some(name),
            Placeholder::Code => self.code = path::code(name),
        }
        Ok(())
    }
}

impl FoundEndpoint<'_> {
    /// The name of the secret that the sender of a job's report has to show. There is none for what
    /// operators ask for.
    pub fn report_token(&self) -> Option<&SecretName> {
        match (self.endpoint.role, self.named.check.map(|check| &check.kind)) {
            (Role::Heartbeat, Some(CheckKind::Heartbeat { token, .. })) => Some(token),
            // A path of a report that names no job is not found.
            (Role::Heartbeat | Role::Operator(_) | Role::Anyone, _) => None,
        }
    }
}

const fn is_heartbeat(check: &Check) -> bool {
    matches!(check.kind, CheckKind::Heartbeat { .. })
}

fn unknown<'a>(
    what: Placeholder,
    name: &'a str,
    known: impl Iterator<Item = &'a str>,
) -> Unanswerable<'a> {
    Unanswerable::Unknown { what, name, known: known.collect() }
}

/// A request that asks for nothing that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswerable<'a> {
    /// Nothing stands at this path.
    Path {
        /// The path.
        path: &'a str,
    },
    /// The path names something that the site does not have.
    Unknown {
        /// What it names.
        what: Placeholder,
        /// The name.
        name: &'a str,
        /// Those that there are.
        known: Vec<&'a str>,
    },
    /// What stands there does not take this method.
    Method {
        /// The method.
        method: &'a str,
        /// For the field `Allow`.
        allow: String,
    },
}

impl fmt::Display for Unanswerable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { path } => {
                write!(f, "nothing at `{path}`")?;
                write_names(f, paths())
            }
            Self::Unknown { what, name, known } if known.is_empty() => {
                write!(f, "no {} `{name}`: the site file has none", what.as_str())
            }
            Self::Unknown { what, name, known } => {
                write!(f, "no {} `{name}`", what.as_str())?;
                write_names(f, known.iter().copied())
            }
            Self::Method { method, allow } => {
                write!(f, "`{method}` is not allowed here, expected ")?;
                f.write_str(allow)
            }
        }
    }
}

impl core::error::Error for Unanswerable<'_> {}
