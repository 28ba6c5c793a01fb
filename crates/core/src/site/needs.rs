//! What a site needs of the platform: bindings, secrets, and what else a deployment must have.
//!
//! The code owns this list, and a deployment is checked against it. It holds names only, never the
//! value of a secret.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::site::config::Site;

/// The binding of the coordinators, one object per circuit.
pub const UPSTREAMS: &str = "UPSTREAMS";
/// The binding of the site's own object.
pub const SITE: &str = "SITE";
/// The binding of the probers of dependencies.
pub const DEPENDENCIES: &str = "DEPENDENCIES";
/// The binding of the monitor.
pub const MONITOR: &str = "MONITOR";
/// The binding of the probers of places.
pub const PROBES: &str = "PROBES";
/// The binding of the bucket of snapshots.
pub const SNAPSHOTS: &str = "SNAPSHOTS";
/// The secret that operators show.
pub const ADMIN_TOKEN: &str = "ADMIN_TOKEN";

/// When the round comes: each minute.
const CRON: &str = "* * * * *";
/// Without this flag the Worker does not learn that a visitor has left, and the visitor's call
/// counts against the upstream.
const FLAG: &str = "enable_request_signal";

/// What must be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// The site's host.
    pub host: String,
    /// The status page's host.
    pub status_host: Option<String>,
    /// Bindings of Durable Objects, and their classes.
    pub objects: Vec<(String, String)>,
    /// Bindings of R2 buckets.
    pub buckets: Vec<String>,
    /// When the Worker is to be woken.
    pub crons: Vec<String>,
    /// Compatibility flags.
    pub flags: Vec<String>,
    /// Secrets.
    pub secrets: Vec<Secret>,
    /// What the colo's cache is used for: it does nothing on workers.dev.
    pub cache: Vec<String>,
}

/// A secret of the Worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// What it is for, and what there is without it.
    pub purpose: String,
}

impl Needs {
    /// What a site needs.
    pub fn of(site: &Site) -> Self {
        let object = |binding: &str, class: &str| (binding.to_string(), class.to_string());
        Self {
            host: site.host.clone(),
            status_host: site.status_host.clone(),
            objects: vec![
                object(UPSTREAMS, "UpstreamDo"),
                object(SITE, "SiteDo"),
                object(DEPENDENCIES, "DependencyDo"),
                object(MONITOR, "MonitorDo"),
                object(PROBES, "ProbeDo"),
            ],
            buckets: if site.snapshots.list.is_empty() { vec![] } else { vec![SNAPSHOTS.into()] },
            crons: vec![CRON.into()],
            flags: vec![FLAG.into()],
            secrets: secrets(site),
            cache: cache(site),
        }
    }
}

fn secrets(site: &Site) -> Vec<Secret> {
    let secret = |name: &str, purpose: &str| Secret { name: name.into(), purpose: purpose.into() };
    let mut secrets = vec![secret(
        ADMIN_TOKEN,
        "the operators' bearer token; without it `/_breakwater/*` answers 401 to all",
    )];
    if let Some(name) = &site.maintenance.secret {
        secrets.push(secret(name, "lets its bearers see the site during maintenance"));
    }
    for dependency in &site.dependencies {
        let Some(name) = &dependency.secret else { continue };
        if !secrets.iter().any(|known| known.name == name.as_str()) {
            let purpose = alloc::format!("asks the dependency `{}`", dependency.name);
            secrets.push(Secret { name: name.as_str().into(), purpose });
        }
    }
    secrets
}

fn cache(site: &Site) -> Vec<String> {
    let keeps = site.routes.iter().filter(|route| route.store_rules().stores());
    let routes: Vec<&str> = keeps.map(|route| route.pattern.as_str()).collect();
    // Verdicts are shared through it whatever the site says.
    let mut uses = vec!["circuits, which isolates of a colo share".to_string()];
    if !routes.is_empty() {
        uses.push(alloc::format!("copies of {}", routes.join(", ")));
    }
    uses
}

#[cfg(all(test, feature = "toml"))]
mod tests {
    use super::*;
    use crate::site::config::parse;

    fn needs(extra: &str) -> Needs {
        let text = alloc::format!(
            "[site]\nname = \"Shop\"\nhost = \"shop.example\"\nmaintenance_secret = \"PASS\"\n\
             [upstreams.web]\norigin = \"https://web.example\"\n\
             [[routes]]\nmatch = \"/a/*\"\nupstream = \"web\"\n\
             [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n{extra}"
        );
        Needs::of(&parse("test", &text).expect("a site"))
    }

    #[test]
    fn a_bucket_is_needed_for_snapshots_alone() {
        assert_eq!(needs("").buckets, [""; 0]);
        let rule = "[[snapshots]]\nmatch = \"/\"\nevery = \"1h\"\n";
        assert_eq!(needs(rule).buckets, [SNAPSHOTS]);
    }

    #[test]
    fn secrets_are_those_that_the_file_names_each_once() {
        let names: Vec<_> = needs("").secrets.into_iter().map(|secret| secret.name).collect();
        assert_eq!(names, [ADMIN_TOKEN, "PASS"]);
    }

    #[test]
    fn routes_with_copies_are_named() {
        assert_eq!(needs("").cache.len(), 1);
        let uses = needs("degrade = { stale_if_error = \"1h\" }\n").cache;
        assert_eq!(uses[1], "copies of /*");
    }
}
