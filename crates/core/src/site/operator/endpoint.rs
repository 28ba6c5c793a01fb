//! What stands at which path, and which methods it takes.

use core::fmt;

use crate::site::config::{Site, Upstream};

/// The operators' part of a site, whatever the site calls its own.
pub(crate) const PREFIX: &str = "/_breakwater";

/// What an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Every upstream with its circuits.
    ShowUpstreams,
    /// To set or lift an override of an upstream's circuits.
    Override {
        /// The upstream's index in the site.
        upstream: usize,
    },
    /// Whether a bypass holds.
    ShowBypass,
    /// To have everything pass and nothing judged.
    Bypass,
    /// To end that.
    LiftBypass,
    /// What is kept for when nothing else is left.
    ShowSnapshots,
    /// Have copies forgotten.
    Purge,
    /// When the site is worked on.
    ShowMaintenance,
    /// To tell visitors that the site is being worked on.
    Maintenance,
    /// To end that.
    LiftMaintenance,
    /// What operators did.
    ShowEvents,
}

/// One path; `NAME` stands for an upstream's.
struct Place {
    path: &'static str,
    /// With `HEAD` for `GET`.
    allow: &'static str,
    /// What each method asks for.
    methods: &'static [(&'static str, Asked)],
}

/// An [`Endpoint`] before the upstream in its path is known.
#[derive(Clone, Copy)]
enum Asked {
    ShowUpstreams,
    Override,
    ShowBypass,
    Bypass,
    LiftBypass,
    ShowSnapshots,
    Purge,
    ShowMaintenance,
    Maintenance,
    LiftMaintenance,
    ShowEvents,
}

/// The segment that stands for an upstream's name.
const NAME: &str = "NAME";

const PLACES: [Place; 7] = [
    Place {
        path: "/_breakwater/upstreams",
        allow: "GET, HEAD",
        methods: &[("GET", Asked::ShowUpstreams), ("HEAD", Asked::ShowUpstreams)],
    },
    Place {
        path: "/_breakwater/upstreams/NAME/override",
        allow: "POST",
        methods: &[("POST", Asked::Override)],
    },
    Place {
        path: "/_breakwater/bypass",
        allow: "GET, HEAD, POST, DELETE",
        methods: &[
            ("GET", Asked::ShowBypass),
            ("HEAD", Asked::ShowBypass),
            ("POST", Asked::Bypass),
            ("DELETE", Asked::LiftBypass),
        ],
    },
    Place {
        path: "/_breakwater/snapshots",
        allow: "GET, HEAD",
        methods: &[("GET", Asked::ShowSnapshots), ("HEAD", Asked::ShowSnapshots)],
    },
    Place { path: "/_breakwater/purge", allow: "POST", methods: &[("POST", Asked::Purge)] },
    Place {
        path: "/_breakwater/maintenance",
        allow: "GET, HEAD, POST, DELETE",
        methods: &[
            ("GET", Asked::ShowMaintenance),
            ("HEAD", Asked::ShowMaintenance),
            ("POST", Asked::Maintenance),
            ("DELETE", Asked::LiftMaintenance),
        ],
    },
    Place {
        path: "/_breakwater/events",
        allow: "GET, HEAD",
        methods: &[("GET", Asked::ShowEvents), ("HEAD", Asked::ShowEvents)],
    },
];

impl Endpoint {
    /// Whether a path, which is normalised, is the operators'.
    pub fn owns(path: &str) -> bool {
        path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// What a request asks for.
    ///
    /// # Errors
    /// [`Unanswerable`] if nothing stands there, or if it does not take the method.
    pub fn find<'a>(
        site: &'a Site,
        method: &'a str,
        path: &'a str,
    ) -> Result<Self, Unanswerable<'a>> {
        let at = PLACES.iter().find_map(|place| Some((place, matched(place.path, path)?)));
        let Some((place, name)) = at else { return Err(Unanswerable::Path { path }) };
        let Some((_, asked)) = place.methods.iter().find(|(takes, _)| *takes == method) else {
            return Err(Unanswerable::Method { method, allow: place.allow });
        };
        Ok(match asked {
            Asked::ShowUpstreams => Self::ShowUpstreams,
            Asked::Override => {
                let upstream = site.upstreams.iter().position(|upstream| upstream.name == name);
                let known = &site.upstreams;
                let upstream = upstream.ok_or(Unanswerable::Upstream { name, known })?;
                Self::Override { upstream }
            }
            Asked::ShowBypass => Self::ShowBypass,
            Asked::Bypass => Self::Bypass,
            Asked::LiftBypass => Self::LiftBypass,
            Asked::ShowSnapshots => Self::ShowSnapshots,
            Asked::Purge => Self::Purge,
            Asked::ShowMaintenance => Self::ShowMaintenance,
            Asked::Maintenance => Self::Maintenance,
            Asked::LiftMaintenance => Self::LiftMaintenance,
            Asked::ShowEvents => Self::ShowEvents,
        })
    }

    /// Whether it changes anything.
    pub const fn is_write(self) -> bool {
        match self {
            Self::Override { .. }
            | Self::Bypass
            | Self::LiftBypass
            | Self::Purge
            | Self::Maintenance
            | Self::LiftMaintenance => true,
            Self::ShowUpstreams
            | Self::ShowBypass
            | Self::ShowSnapshots
            | Self::ShowMaintenance
            | Self::ShowEvents => false,
        }
    }
}

/// What stands for `NAME`, empty if the pattern has none; nothing if the path does not match.
fn matched<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let Some((before, after)) = pattern.split_once(NAME) else {
        return (pattern == path).then_some("");
    };
    let name = path.strip_prefix(before)?.strip_suffix(after)?;
    (!name.contains('/')).then_some(name)
}

/// A request that asks for nothing that there is.
#[derive(Clone, Copy, Debug, PartialEq)]
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
        allow: &'static str,
    },
}

impl fmt::Display for Unanswerable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { path } => {
                write!(f, "nothing at `{path}`")?;
                write_names(f, PLACES.iter().map(|place| place.path))
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
    use alloc::string::{String, ToString};

    fn found(method: &str, path: &str) -> String {
        match Endpoint::find(&site(), method, path) {
            Ok(endpoint) => format!("{endpoint:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_place_takes_its_methods() {
        for (method, path, endpoint) in [
            ("GET", "/_breakwater/upstreams", "ShowUpstreams"),
            ("HEAD", "/_breakwater/upstreams", "ShowUpstreams"),
            ("POST", "/_breakwater/upstreams/web/override", "Override { upstream: 0 }"),
            ("POST", "/_breakwater/upstreams/api/override", "Override { upstream: 1 }"),
            ("GET", "/_breakwater/bypass", "ShowBypass"),
            ("HEAD", "/_breakwater/bypass", "ShowBypass"),
            ("POST", "/_breakwater/bypass", "Bypass"),
            ("DELETE", "/_breakwater/bypass", "LiftBypass"),
            ("GET", "/_breakwater/snapshots", "ShowSnapshots"),
            ("POST", "/_breakwater/purge", "Purge"),
            ("GET", "/_breakwater/maintenance", "ShowMaintenance"),
            ("POST", "/_breakwater/maintenance", "Maintenance"),
            ("DELETE", "/_breakwater/maintenance", "LiftMaintenance"),
            ("GET", "/_breakwater/events", "ShowEvents"),
        ] {
            assert_eq!(found(method, path), endpoint, "{method} {path}");
        }
    }

    #[test]
    fn each_place_says_which_methods_it_takes() {
        for place in &PLACES {
            let methods = place.methods.iter().map(|(method, _)| *method);
            assert!(methods.eq(place.allow.split(", ")), "{}", place.path);
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
        for endpoint in [
            Endpoint::Override { upstream: 0 },
            Endpoint::Bypass,
            Endpoint::LiftBypass,
            Endpoint::Purge,
            Endpoint::Maintenance,
            Endpoint::LiftMaintenance,
        ] {
            assert!(endpoint.is_write());
        }
        for endpoint in [
            Endpoint::ShowUpstreams,
            Endpoint::ShowBypass,
            Endpoint::ShowSnapshots,
            Endpoint::ShowMaintenance,
            Endpoint::ShowEvents,
        ] {
            assert!(!endpoint.is_write());
        }
    }

    #[test]
    fn a_site_keeps_paths_that_only_begin_alike() {
        assert!(Endpoint::owns("/_breakwater"));
        assert!(Endpoint::owns("/_breakwater/x"));
        assert!(!Endpoint::owns("/_breakwaters"));
        assert!(!Endpoint::owns("/a/_breakwater"));
    }
}
