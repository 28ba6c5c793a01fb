//! The plan of a request: everything about its answer that its facts alone decide.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::base::id::CircuitId;
use crate::base::path;
use crate::base::time::Timestamp;
use crate::cache::freshness;
use crate::site::closed::{self, Closed};
use crate::site::config::{Route, Site};
use crate::site::degrade::{Rungs, StoredUse};
use crate::site::guard::{self, Refused};
use crate::site::health::HealthEndpoint;
use crate::site::resolve::{Owner, SiteHost};
use crate::site::standing::SiteState;

/// The facts of a request that decide its plan.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The method.
    pub method: &'a str,
    /// The length of the whole URL, in bytes.
    pub url_bytes: usize,
    /// The host that it names.
    pub host: SiteHost,
    /// The path as the platform would send it: percent-encoded, without query.
    pub path: &'a str,
    /// The length of all fields, names and values together, in bytes.
    pub fields_bytes: usize,
    /// The field `Via`; empty if there is none.
    pub via: &'a str,
    /// Whether the request carries `Authorization`.
    pub has_authorization: bool,
    /// Whether the request carries `Upgrade`, as one for a WebSocket does.
    pub is_upgrade: bool,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan<'a> {
    /// The operators' API answers.
    Operators {
        /// The normalised path.
        path: Cow<'a, str>,
    },
    /// The health view answers.
    Health(HealthEndpoint),
    /// The public status answers.
    Status {
        /// The normalised path.
        path: Cow<'a, str>,
    },
    /// The guard refuses the request.
    Refused(Refused),
    /// A route answers.
    Route {
        /// The index of the route.
        route: usize,
        /// The path that is sent to the upstream.
        path: Cow<'a, str>,
        /// How the route answers.
        way: Way,
    },
}

/// How a route answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The site is closed for maintenance.
    Closed {
        /// When the site opens again, as far as is known.
        until: Timestamp,
        /// What visitors are told.
        message: Option<String>,
    },
    /// The request upgrades its connection: one call is made, and no rung stands in for it.
    Upgrade,
    /// Operators let every call of the circuit pass: one call is made, and no rung stands in.
    Bypass,
    /// The upstream is called first, and once. The rungs matter where that call takes too long,
    /// brings no good answer, or brings one that may be stored.
    Straight(Rungs),
    /// A stored response may answer before the upstream does, or more than one call may be made.
    Ladder(Rungs),
}

impl Way {
    /// Whether `Cache-Status` says what became of the answer in the cache, on a route that keeps
    /// copies. Where one call's answer passes as it is, no cache was asked.
    pub const fn tells_of_cache(&self) -> bool {
        match self {
            Self::Closed { .. } | Self::Upgrade | Self::Bypass => false,
            Self::Straight(_) | Self::Ladder(_) => true,
        }
    }

    /// Whether the isolate may learn new standing orders behind the answer. A visitor on the ladder
    /// to whom a stored response may be served learns them first where the known ones are too old,
    /// since a purge may be among the new ones. `are_orders_trusted` says that they are not.
    pub const fn learns_behind(&self, are_orders_trusted: bool) -> bool {
        match self {
            Self::Closed { .. } | Self::Upgrade | Self::Bypass => true,
            Self::Straight(rungs) | Self::Ladder(rungs) => {
                !rungs.stored.is_open() || are_orders_trusted
            }
        }
    }
}

/// What the isolate knows besides the request and the site file.
pub trait Context {
    /// The name by which Breakwater calls itself in `Via`.
    fn pseudonym(&self) -> &str;
    /// The standing orders.
    fn orders(&self) -> &SiteState;
    /// Whether operators let every call of a circuit pass.
    fn is_bypassed(&self, circuit: CircuitId) -> bool;
    /// Whether the visitor shows the secret that opens a closed site. It is asked only where the
    /// site is closed.
    fn may_pass(&self) -> bool;
}

/// Plans a request. The phases follow each other as in the drawing: who owns the path, whether the
/// guard lets the request pass, whether standing orders close the site, and which way the route
/// takes.
pub fn plan<'a>(
    site: &Site,
    facts: &Facts<'a>,
    context: &impl Context,
    now: Timestamp,
) -> Plan<'a> {
    let resolved = match site.resolve(facts.host, facts.path) {
        Ok(resolved) => resolved,
        Err(refused) => return Plan::Refused(refused),
    };
    let index = match resolved.owner {
        Owner::Operators => return Plan::Operators { path: resolved.path },
        Owner::Health(endpoint) => return Plan::Health(endpoint),
        Owner::Status => return Plan::Status { path: resolved.path },
        Owner::Route(index) => index,
    };
    let Facts { url_bytes, fields_bytes, via, .. } = *facts;
    if let Err(refused) = guard::check(url_bytes, fields_bytes, Some(via), context.pseudonym()) {
        return Plan::Refused(refused);
    }
    let way = way(site, &site.routes[index], facts, &resolved.path, context, now);
    Plan::Route { route: index, path: resolved.path, way }
}

fn way(
    site: &Site,
    route: &Route,
    facts: &Facts<'_>,
    path: &str,
    context: &impl Context,
    now: Timestamp,
) -> Way {
    let normalised = path::normalise(path);
    let closed = closed::closed(&site.maintenance, context.orders(), &normalised, now);
    if let Some(closed) = closed.filter(|_| !context.may_pass()) {
        return Way::from(closed);
    }
    if facts.is_upgrade {
        return Way::Upgrade;
    }
    if context.is_bypassed(CircuitId::new(route.circuit)) {
        return Way::Bypass;
    }
    let rungs = rungs(site, route, facts, &normalised);
    if route.calls_once(facts.method) && rungs.stored != StoredUse::AsCache {
        Way::Straight(rungs)
    } else {
        Way::Ladder(rungs)
    }
}

/// The rungs that are open to a request of this route.
///
/// A snapshot may serve a path that a rule names, and any path of a route that stores responses,
/// since pages there need assets that no rule names. A visitor who sends `Authorization` gets
/// neither, and a private route has neither.
fn rungs(site: &Site, route: &Route, facts: &Facts<'_>, normalised_path: &str) -> Rungs {
    let (copies, rules) = (route.store_rules(), &site.snapshots);
    let stored = match freshness::may_serve(copies, facts.method, facts.has_authorization) {
        true if route.cache => StoredUse::AsCache,
        true => StoredUse::OnError,
        false => StoredUse::Never,
    };
    let has_snapshots = !rules.list.is_empty()
        && (copies.stores() || rules.of(normalised_path).is_some())
        && matches!(facts.method, "GET" | "HEAD")
        && !facts.has_authorization
        && !route.private;
    Rungs { stored, has_snapshots }
}

impl From<Closed<'_>> for Way {
    fn from(closed: Closed<'_>) -> Self {
        Self::Closed { until: closed.until, message: closed.message.map(String::from) }
    }
}
