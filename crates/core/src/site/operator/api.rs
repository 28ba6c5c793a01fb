//! The operators' API: which operation stands at which path and method.

mod table;

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

pub use self::table::API;
use crate::site::config::{Site, Upstream};

/// The operators' part of a site, whatever the site calls its own.
pub(crate) const PREFIX: &str = "/_breakwater";
/// The segment of a path in the table that stands for an upstream's name.
pub const UPSTREAM_NAME: &str = "NAME";

/// What an operator can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Show every upstream with its circuits.
    ShowUpstreams,
    /// Set or lift an override of an upstream's circuits.
    SetOverride,
    /// Show the orders that hold for each circuit.
    ShowBypass,
    /// Let everything pass, and judge nothing.
    SetBypass,
    /// End that.
    LiftBypass,
    /// Show the snapshots.
    ShowSnapshots,
    /// End copies and snapshots.
    Purge,
    /// Show when the site is worked on.
    ShowMaintenance,
    /// Tell visitors that the site is being worked on.
    OrderMaintenance,
    /// End that.
    LiftMaintenance,
    /// Show what operators did.
    ShowEvents,
}

/// Whether an operation changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It only shows something.
    Read,
    /// It changes something: a browser has to confirm that its operator means it.
    Write,
}

/// Who may ask for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Those who show the operators' token.
    Operator,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The operation.
    pub operation: Operation,
    /// Its method; `HEAD` goes with `GET`.
    pub method: &'static str,
    /// Its path, in which [`UPSTREAM_NAME`] stands for an upstream's name.
    pub path: &'static str,
    /// Whether it changes anything.
    pub access: Access,
    /// Who may ask for it.
    pub role: Role,
    /// What it does, in a sentence or two.
    pub about: &'static str,
    /// The members of the JSON object that it takes; none for one that takes no body.
    pub body: &'static [Member],
    /// The members of the JSON object that a 200 has.
    pub answer: &'static [Member],
    /// The statuses of its own errors, beside those of every operation.
    pub errors: &'static [u16],
}

/// A member of a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its key.
    pub name: &'static str,
    /// What its value looks like.
    pub form: ValueForm,
    /// Whether it has to be there.
    pub required: bool,
    /// What it means, in a sentence.
    pub about: &'static str,
}

/// What a JSON value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueForm {
    /// A text.
    Text,
    /// A span such as `30m`.
    Duration,
    /// A time such as `2026-12-24T20:00:00Z`.
    Time,
    /// A pattern of paths such as `/products/*`.
    Pattern,
    /// What circuits are to do.
    Override,
    /// A whole number.
    Count,
    /// An array of objects.
    List,
    /// An object.
    Object,
}

/// A request that the API answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundEndpoint {
    /// The operation's line of the table.
    pub endpoint: &'static Endpoint,
    /// The index in the site of the upstream that the path names, if it names one.
    pub upstream: Option<usize>,
}

/// Whether a path, which is normalised, is the operators'.
pub fn owns(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Finds what a request asks for.
///
/// # Errors
/// [`Unanswerable`] if nothing stands at the path, or if it does not take the method.
pub fn find<'a>(
    site: &'a Site,
    method: &'a str,
    path: &'a str,
) -> Result<FoundEndpoint, Unanswerable<'a>> {
    let of_path = || API.iter().filter(|endpoint| matched(endpoint.path, path).is_some());
    let Some(first) = of_path().next() else { return Err(Unanswerable::Path { path }) };
    let takes = |endpoint: &&Endpoint| methods(endpoint).any(|takes| takes == method);
    let Some(endpoint) = of_path().find(takes) else {
        let allow: Vec<&str> = of_path().flat_map(methods).collect();
        return Err(Unanswerable::Method { method, allow: allow.join(", ") });
    };
    let name = matched(first.path, path).unwrap_or_default();
    let upstream = if endpoint.path.contains(UPSTREAM_NAME) {
        let known = &site.upstreams;
        let at = known.iter().position(|upstream| upstream.name == name);
        Some(at.ok_or(Unanswerable::Upstream { name, known })?)
    } else {
        None
    };
    Ok(FoundEndpoint { endpoint, upstream })
}

/// The methods that an endpoint takes.
fn methods(endpoint: &Endpoint) -> impl Iterator<Item = &'static str> + use<> {
    let head = (endpoint.method == "GET").then_some("HEAD");
    core::iter::once(endpoint.method).chain(head)
}

/// The paths of the table, each once.
fn paths() -> impl Iterator<Item = &'static str> {
    let is_first = |at: usize| at == 0 || API[at - 1].path != API[at].path;
    API.iter().enumerate().filter(move |(at, _)| is_first(*at)).map(|(_, endpoint)| endpoint.path)
}

/// The part of the path that stands in the place of [`UPSTREAM_NAME`], empty if the pattern has no
/// such place; `None` if the path does not match.
fn matched<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let Some((before, after)) = pattern.split_once(UPSTREAM_NAME) else {
        return (pattern == path).then_some("");
    };
    let name = path.strip_prefix(before)?.strip_suffix(after)?;
    (!name.contains('/')).then_some(name)
}

/// A request that asks for nothing that there is.
#[derive(Clone, Debug, PartialEq)]
pub enum Unanswerable<'a> {
    /// Nothing stands at this path.
    Path {
        /// The path.
        path: &'a str,
    },
    /// The path names no upstream of the site.
    Upstream {
        /// What it names.
        name: &'a str,
        /// Those that there are.
        known: &'a [Upstream],
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
            Self::Upstream { name, known } => {
                write!(f, "no upstream `{name}`")?;
                write_names(f, known.iter().map(|upstream| upstream.name.as_str()))
            }
            Self::Method { method, allow } => {
                write!(f, "`{method}` is not allowed here, expected ")?;
                f.write_str(allow)
            }
        }
    }
}

impl core::error::Error for Unanswerable<'_> {}

/// `, expected one of …`: what else there is.
pub(super) fn write_names<'a>(
    f: &mut fmt::Formatter<'_>,
    names: impl Iterator<Item = &'a str>,
) -> fmt::Result {
    for (i, name) in names.enumerate() {
        let separator = if i == 0 { ", expected one of" } else { "," };
        write!(f, "{separator} `{name}`")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::operator::site;
    use alloc::format;
    use alloc::string::ToString;

    fn found(method: &str, path: &str) -> String {
        match find(&site(), method, path) {
            Ok(FoundEndpoint { endpoint, upstream: None }) => format!("{:?}", endpoint.operation),
            Ok(FoundEndpoint { endpoint, upstream: Some(at) }) => {
                format!("{:?} {at}", endpoint.operation)
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_place_takes_its_methods() {
        for (method, path, endpoint) in [
            ("GET", "/_breakwater/upstreams", "ShowUpstreams"),
            ("HEAD", "/_breakwater/upstreams", "ShowUpstreams"),
            ("POST", "/_breakwater/upstreams/web/override", "SetOverride 0"),
            ("POST", "/_breakwater/upstreams/api/override", "SetOverride 1"),
            ("GET", "/_breakwater/bypass", "ShowBypass"),
            ("HEAD", "/_breakwater/bypass", "ShowBypass"),
            ("POST", "/_breakwater/bypass", "SetBypass"),
            ("DELETE", "/_breakwater/bypass", "LiftBypass"),
            ("GET", "/_breakwater/snapshots", "ShowSnapshots"),
            ("POST", "/_breakwater/purge", "Purge"),
            ("GET", "/_breakwater/maintenance", "ShowMaintenance"),
            ("POST", "/_breakwater/maintenance", "OrderMaintenance"),
            ("DELETE", "/_breakwater/maintenance", "LiftMaintenance"),
            ("GET", "/_breakwater/events", "ShowEvents"),
        ] {
            assert_eq!(found(method, path), endpoint, "{method} {path}");
        }
    }

    #[test]
    fn each_place_says_which_methods_it_takes() {
        for endpoint in &API {
            let path = endpoint.path.replace(UPSTREAM_NAME, "web");
            let refused = found("PUT", &path);
            for method in methods(endpoint) {
                assert!(refused.contains(method), "{method} {path}: {refused}");
            }
        }
        assert_eq!(
            found("PUT", "/_breakwater/bypass"),
            "`PUT` is not allowed here, expected GET, HEAD, POST, DELETE"
        );
        assert_eq!(
            found("GET", "/_breakwater/upstreams/web/override"),
            "`GET` is not allowed here, expected POST"
        );
        assert_eq!(
            found("post", "/_breakwater/bypass"),
            "`post` is not allowed here, expected GET, HEAD, POST, DELETE",
            "methods are case-sensitive (RFC 9110 §9.1)"
        );
    }

    #[test]
    fn a_path_with_nothing_there_is_told_what_there_is() {
        for path in [
            "/_breakwater",
            "/_breakwater/",
            "/_breakwater/upstreams/",
            "/_breakwater/upstreams/override",
            "/_breakwater/upstreams/web",
            "/_breakwater/upstreams/web/x/override",
            "/_breakwater/bypass/all",
        ] {
            let known = "expected one of `/_breakwater/upstreams`, \
                `/_breakwater/upstreams/NAME/override`, `/_breakwater/bypass`, \
                `/_breakwater/snapshots`, `/_breakwater/purge`, `/_breakwater/maintenance`, \
                `/_breakwater/events`";
            assert_eq!(found("POST", path), format!("nothing at `{path}`, {known}"));
        }
    }

    #[test]
    fn an_unknown_upstream_is_told_those_that_there_are() {
        for name in ["shop", "", "Web", "web/", "NAME"] {
            let path = format!("/_breakwater/upstreams/{name}/override");
            let told = found("POST", &path);
            if name.contains('/') {
                assert!(told.starts_with("nothing at"), "{told}");
            } else {
                assert_eq!(told, format!("no upstream `{name}`, expected one of `web`, `api`"));
            }
        }
    }

    #[test]
    fn only_what_changes_something_is_a_write() {
        for endpoint in API {
            assert_eq!(endpoint.access == Access::Read, endpoint.method == "GET", "{endpoint:?}");
        }
    }

    #[test]
    fn each_operation_stands_in_one_place() {
        for (at, endpoint) in API.iter().enumerate() {
            for other in &API[at + 1..] {
                assert_ne!(endpoint.operation, other.operation);
                assert_ne!((endpoint.path, endpoint.method), (other.path, other.method));
            }
        }
        assert_eq!(paths().count(), 7, "the entries of a path stand beside each other");
    }

    #[test]
    fn bodies_have_the_members_that_the_parsers_take() {
        use crate::base::time::Timestamp;
        use crate::site::operator::{Order, SiteOrder};
        let body = br#"{"nothing-that-there-is": 1}"#;
        for endpoint in API {
            let error = match endpoint.operation {
                Operation::SetOverride => Order::parse_override(body, &site(), 0).unwrap_err(),
                Operation::SetBypass => Order::parse_bypass(body).unwrap_err(),
                Operation::LiftBypass => Order::parse_lift(body).unwrap_err(),
                Operation::Purge => SiteOrder::parse_purge(body).unwrap_err(),
                Operation::OrderMaintenance => {
                    SiteOrder::parse_maintenance(body, Timestamp::default()).unwrap_err()
                }
                Operation::LiftMaintenance => SiteOrder::parse_lift_maintenance(body).unwrap_err(),
                Operation::ShowUpstreams
                | Operation::ShowBypass
                | Operation::ShowSnapshots
                | Operation::ShowMaintenance
                | Operation::ShowEvents => {
                    assert!(endpoint.body.is_empty());
                    continue;
                }
            };
            let mut names: Vec<String> =
                endpoint.body.iter().map(|member| format!("`{}`", member.name)).collect();
            let error = error.to_string();
            let (_, told) = error.split_once("expected one of ").unwrap();
            let mut told: Vec<&str> = told.split(", ").collect();
            names.sort();
            told.sort_unstable();
            assert_eq!(names, told, "{:?}", endpoint.operation);
        }
    }

    #[test]
    fn a_site_keeps_paths_that_only_begin_alike() {
        assert!(owns("/_breakwater"));
        assert!(owns("/_breakwater/x"));
        assert!(!owns("/_breakwaters"));
        assert!(!owns("/a/_breakwater"));
    }
}
