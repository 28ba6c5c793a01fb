//! The plan of a request: the order of its phases, and each way that it may take.

#![cfg(feature = "toml")]

mod outgoing;
mod phases;
mod ways;

use std::cell::Cell;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::config::{Site, parse};
use breakwater_core::site::degrade::{Rungs, StoredUse};
use breakwater_core::site::request::{Context, Facts, Plan, Way, plan};
use breakwater_core::site::resolve::SiteHost;
use breakwater_core::site::standing::SiteState;
use breakwater_core::watch::maintenance::Window;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const PSEUDONYM: &str = "breakwater-shop.example";

/// A site with a route of each kind; the last one is the plainest.
const SITE: &str = r#"[site]
name = "Shop"
host = "shop.example"
status_host = "status.shop.example"
health = "/health"
[upstreams.web]
origin = "https://web.example"
[upstreams.spare]
origin = "https://spare.example"
[[routes]]
match = "/cached/*"
upstream = "web"
cache = true
[[routes]]
match = "/kept/*"
upstream = "web"
degrade = { stale_if_error = "1h" }
[[routes]]
match = "/retried/*"
upstream = "web"
retry = { attempts = 2 }
[[routes]]
match = "/backed/*"
upstream = "web"
backup = "spare"
[[routes]]
match = "/private/*"
upstream = "web"
private = true
[[routes]]
match = "/*"
upstream = "web"
[[snapshots]]
match = "/listed/*"
every = "10m"
"#;

/// A plain `GET`, as a browser sends it.
const PLAIN: Facts<'_> = Facts {
    method: "GET",
    url_bytes: 40,
    host: SiteHost::Site,
    path: "/",
    fields_bytes: 500,
    via: "",
    has_authorization: false,
    is_upgrade: false,
};

const NO_RUNGS: Rungs = Rungs { stored: StoredUse::Never, has_snapshots: false };
const SNAPSHOT: Rungs = Rungs { stored: StoredUse::Never, has_snapshots: true };
const ON_ERROR: Rungs = Rungs { stored: StoredUse::OnError, has_snapshots: true };
const AS_CACHE: Rungs = Rungs { stored: StoredUse::AsCache, has_snapshots: true };

/// What the isolate knows, and whether it was asked for the secret.
#[derive(Debug, Default)]
struct Known {
    orders: SiteState,
    is_bypassed: bool,
    may_pass: bool,
    was_asked_to_pass: Cell<bool>,
}

impl Context for Known {
    fn pseudonym(&self) -> &str {
        PSEUDONYM
    }

    fn orders(&self) -> &SiteState {
        &self.orders
    }

    fn is_bypassed(&self, _circuit: CircuitId) -> bool {
        self.is_bypassed
    }

    fn may_pass(&self) -> bool {
        self.was_asked_to_pass.set(true);
        self.may_pass
    }
}

impl Known {
    /// Operators have closed the whole site.
    fn closed() -> Self {
        let mut known = Self::default();
        let window = Window {
            pattern: Pattern::parse("/*").expect("a pattern"),
            start: NOW,
            end: NOW + Millis::from_secs(600),
            message: Some("We move house.".into()),
        };
        known.orders.order(window, NOW).expect("room for a window");
        known
    }
}

fn site() -> Site {
    parse("breakwater.toml", SITE).unwrap_or_else(|error| panic!("{error}"))
}

fn planned<'a>(facts: &Facts<'a>, known: &Known) -> Plan<'a> {
    plan(&site(), facts, known, NOW)
}

/// The way of a request that a route answers.
#[track_caller]
fn way_of(facts: &Facts<'_>, known: &Known) -> Way {
    match planned(facts, known) {
        Plan::Route { way, .. } => way,
        other @ (Plan::Operators { .. }
        | Plan::Health(_)
        | Plan::Status { .. }
        | Plan::Refused(_)) => {
            panic!("{} has no route: {other:?}", facts.path)
        }
    }
}
