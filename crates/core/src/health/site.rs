//! The site's health: its upstreams, its dependencies, and Breakwater's own parts, as whoever
//! collects them at the edge has them.

use alloc::vec::Vec;

use super::{
    Component, Findings, Group, Kind, Known, Measurement, Name, RESPONSE_TIME, Report, Status,
};
use crate::config::Site;
use crate::time::{Millis, Timestamp};

/// How often an isolate that is asked for the site's health collects it anew: monitors ask no more
/// often. Where a dependency is probed more often, at that interval, or else what is known of it would
/// be stale before it is collected again.
const COLLECT_EVERY: Millis = Millis::from_secs(5);
/// How often an upstream is looked at: the round of each minute.
const ROUND_EVERY: Millis = Millis::from_secs(60);

/// Where the site's health is asked for, below `site.health`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The aggregate.
    Aggregate,
    /// Whether the Worker runs.
    Live,
    /// Whether the site can take traffic.
    Ready,
    /// Everything, for operators.
    Detailed,
}

impl Endpoint {
    /// What a path asks for, if it is one of health's.
    pub fn of(site: &Site, path: &str) -> Option<Self> {
        match path.strip_prefix(site.health.as_deref()?)? {
            "" => Some(Self::Aggregate),
            "/live" => Some(Self::Live),
            "/ready" => Some(Self::Ready),
            "/detailed" => Some(Self::Detailed),
            _ => None,
        }
    }

    /// Whose view it is.
    pub const fn group(self) -> Group {
        match self {
            Self::Live => Group::Live,
            Self::Ready => Group::Ready,
            Self::Aggregate | Self::Detailed => Group::All,
        }
    }
}

/// What an isolate has collected, and when.
#[derive(Clone, Debug)]
pub struct Collection {
    every: Millis,
    collected: Option<Timestamp>,
    components: Vec<Component>,
    findings: Vec<Findings>,
}

impl Collection {
    /// Nothing yet.
    pub fn new(site: &Site, now: Timestamp) -> Self {
        let components = components(site);
        let findings = components.iter().map(|_| Findings::none_since(now)).collect();
        let every = components.iter().map(|component| component.every).min();
        let every = every.map_or(COLLECT_EVERY, |every| every.min(COLLECT_EVERY));
        Self { every, collected: None, components, findings }
    }

    /// Whether it is to be collected anew; if so, it is taken as being collected, so that others who
    /// ask meanwhile are told what there is.
    pub fn begin(&mut self, now: Timestamp) -> bool {
        let is_due = self.collected.is_none_or(|at| now.since(at) >= self.every || now < at);
        if is_due {
            self.collected = Some(now);
        }
        is_due
    }

    /// Whether nothing has been collected ever.
    pub fn is_empty(&self) -> bool {
        self.findings.iter().all(|findings| findings.measured_at().is_none())
    }

    /// The upstream at this index was looked at, at `now`.
    pub fn handle_upstream(&mut self, upstream: usize, found: Vec<Measurement>, now: Timestamp) {
        if let Some(findings) = self.findings.get_mut(upstream) {
            findings.record(found, now);
        }
    }

    /// The findings of the dependency at this index, as its prober keeps them.
    pub fn handle_dependency(&mut self, site: &Site, dependency: usize, found: Findings) {
        if let Some(findings) = self.findings.get_mut(site.upstreams.len() + dependency) {
            *findings = found;
        }
    }

    /// Of so many coordinators these did not answer; the slowest took this long.
    pub fn handle_coordinators(&mut self, of: usize, failed: usize, took: Millis, now: Timestamp) {
        let status = if failed == 0 { Status::Pass } else { Status::Warn };
        let measured = Measurement::response_time(took, status);
        let measured = match failed {
            0 => measured,
            _ => measured.because(&alloc::format!("{failed} of {of} coordinators did not answer")),
        };
        self.own(COORDINATORS).record(alloc::vec![measured], now);
    }

    /// When the last round of each minute was made, if ever.
    pub fn handle_round(&mut self, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.own(ROUNDS).record(alloc::vec![Measurement::new("lastRun", Status::Pass)], at);
        }
    }

    fn own(&mut self, which: usize) -> &mut Findings {
        let index = self.findings.len() - OWN + which;
        &mut self.findings[index]
    }

    /// What it makes of a group.
    pub fn report(&self, group: Group, now: Timestamp) -> Report<'_> {
        let known = self.components.iter().zip(self.findings.iter().map(Known::Measured));
        Report::new(group, known, now)
    }

    /// How long ago it was collected.
    pub fn age(&self, now: Timestamp) -> Millis {
        self.collected.map_or(Millis::ZERO, |at| now.since(at))
    }

    /// How long others may keep a report of it, counted from its collection as `max-age` is beside
    /// `Age` (RFC 9111 §4.2): until it is collected anew. Never one that fails.
    pub fn fresh_for(&self, report: &Report<'_>) -> Millis {
        if report.status() == Status::Fail { Millis::ZERO } else { self.every }
    }
}

/// Breakwater's own parts, after all others.
const OWN: usize = 2;
const COORDINATORS: usize = 0;
const ROUNDS: usize = 1;

/// Upstreams, dependencies, and then our own, each in the file's order.
fn components(site: &Site) -> Vec<Component> {
    let upstreams = site.upstreams.iter().map(|upstream| Component {
        name: Name::fitting(&upstream.name),
        kind: Kind::Component,
        critical: upstream.critical,
        every: ROUND_EVERY,
        group: if upstream.critical { Group::Ready } else { Group::All },
        measures: Name::fitting("circuit"),
    });
    let dependencies = site.dependencies.iter().map(|dependency| dependency.component());
    let own = [("breakwater-coordinators", RESPONSE_TIME), ("breakwater-rounds", "lastRun")];
    let own = own.map(|(name, measures)| Component {
        name: Name::fitting(name),
        kind: Kind::System,
        // Breakwater fails open: without these the site still answers.
        critical: false,
        every: ROUND_EVERY,
        group: Group::All,
        measures: Name::fitting(measures),
    });
    upstreams.chain(dependencies).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn site() -> Site {
        let upstream = |name: &str, critical: bool, circuit: usize| {
            json!({ "name": name, "origin": "https://a.example", "critical": critical,
                    "probe": "/", "dialect": "http", "circuit": circuit })
        };
        serde_json::from_value(json!({
            "name": "Shop", "host": "shop.example", "status_host": null, "health": "/health",
            "upstreams": [upstream("web", true, 0), upstream("gemini", false, 1)],
            "circuits": [
                { "name": "web", "upstream": 0, "policy": {} },
                { "name": "gemini", "upstream": 1, "policy": {} },
            ],
            "routes": [{
                "pattern": "/*", "upstream": 0, "backup": null, "circuit": 0, "timeout": "30s",
                "deadline": "30s", "idle": "10s", "patience": "2s", "retry": null,
                "private": false, "cache": false, "negative_ttl": null, "unkeyed": [],
                "degrade": { "stale_if_error": null, "fallback": "auto" },
            }],
            "dependencies": [{
                "name": "database", "kind": "http", "url": "https://db.example/", "timeout": "5s",
                "every": "30s", "critical": true, "group": "all", "secret": null,
            }],
        }))
        .unwrap()
    }

    fn at(s: u64) -> Timestamp {
        Timestamp::from_millis(s * 1000)
    }

    fn found(status: Status) -> Vec<Measurement> {
        alloc::vec![Measurement::new("circuit", status)]
    }

    fn well() -> Collection {
        let mut collection = Collection::new(&site(), at(0));
        assert!(collection.begin(at(10)));
        for upstream in 0..2 {
            collection.handle_upstream(upstream, found(Status::Pass), at(10));
        }
        let mut database = Findings::none_since(at(0));
        database.record(found(Status::Pass), at(9));
        collection.handle_dependency(&site(), 0, database);
        collection.handle_coordinators(2, 0, Millis::new(3), at(10));
        collection.handle_round(Some(at(8)));
        collection
    }

    fn status(collection: &Collection, group: Group, now: u64) -> Status {
        collection.report(group, at(now)).status()
    }

    #[test]
    fn all_is_well_when_each_part_is() {
        let collection = well();
        for group in [Group::Live, Group::Ready, Group::All] {
            assert_eq!(status(&collection, group, 11), Status::Pass);
        }
        let report = collection.report(Group::All, at(12));
        assert_eq!(
            (collection.fresh_for(&report), collection.age(at(12))),
            (COLLECT_EVERY, Millis::from_secs(2))
        );
    }

    #[test]
    fn a_critical_upstream_that_is_down_fails_all_but_live() {
        let mut collection = well();
        collection.handle_upstream(0, found(Status::Fail), at(10));
        assert_eq!(status(&collection, Group::Ready, 11), Status::Fail);
        assert_eq!(status(&collection, Group::All, 11), Status::Fail);
        assert_eq!(status(&collection, Group::Live, 11), Status::Pass);
        let report = collection.report(Group::All, at(11));
        assert_eq!(collection.fresh_for(&report), Millis::ZERO);
    }

    #[test]
    fn an_optional_upstream_and_our_own_parts_warn_at_worst() {
        let mut collection = well();
        collection.handle_upstream(1, found(Status::Fail), at(10));
        assert_eq!(status(&collection, Group::All, 11), Status::Warn);
        assert_eq!(status(&collection, Group::Ready, 11), Status::Pass);
        let mut collection = well();
        collection.handle_coordinators(2, 1, Millis::new(3), at(10));
        assert_eq!(status(&collection, Group::All, 11), Status::Warn);
    }

    #[test]
    fn rounds_that_are_no_longer_made_warn_and_stale_critical_parts_fail() {
        let mut collection = well();
        collection.handle_upstream(0, found(Status::Pass), at(199));
        collection.handle_upstream(1, found(Status::Pass), at(199));
        let mut database = Findings::none_since(at(0));
        database.record(found(Status::Pass), at(199));
        collection.handle_dependency(&site(), 0, database.clone());
        assert_eq!(status(&collection, Group::All, 200), Status::Warn, "the rounds are stale");
        database.record(found(Status::Pass), at(100));
        collection.handle_dependency(&site(), 0, database);
        assert_eq!(status(&collection, Group::All, 200), Status::Fail, "the database is");
    }

    #[test]
    fn it_is_collected_once_in_a_while_however_many_ask() {
        let mut collection = well();
        assert!((11..15).all(|now| !collection.begin(at(now))));
        assert!(collection.begin(at(15)));
        assert!(!collection.begin(at(15)));
    }

    #[test]
    fn what_is_probed_often_is_collected_as_often_and_not_told_as_stale() {
        let mut written: Value = serde_json::to_value(site()).unwrap();
        written["dependencies"][0]["every"] = json!("1s");
        written["dependencies"][0]["timeout"] = json!("1s");
        let site: Site = serde_json::from_value(written).unwrap();
        let mut collection = Collection::new(&site, at(0));
        for now in (10_000..20_000).step_by(100).map(Timestamp::from_millis) {
            if collection.begin(now) {
                let mut database = Findings::none_since(at(0));
                // As old as it gets: the prober is about to be told what it asked a second ago.
                let measured = Timestamp::from_millis(now.as_millis() - 1_900);
                database.record(found(Status::Pass), measured);
                collection.handle_dependency(&site, 0, database);
                collection.handle_upstream(0, found(Status::Pass), now);
            }
            let report = collection.report(Group::All, now);
            assert_ne!(report.status(), Status::Fail, "{now:?}");
            assert_eq!(collection.fresh_for(&report), Millis::from_secs(1));
        }
    }

    #[test]
    fn paths_are_below_the_one_that_the_site_names() {
        let mut written: Value = serde_json::to_value(site()).unwrap();
        written["health"] = json!("/up");
        let renamed: Site = serde_json::from_value(written.clone()).unwrap();
        for (path, expected) in [
            ("/up", Some(Endpoint::Aggregate)),
            ("/up/live", Some(Endpoint::Live)),
            ("/up/ready", Some(Endpoint::Ready)),
            ("/up/detailed", Some(Endpoint::Detailed)),
            ("/up/", None),
            ("/upper", None),
            ("/health", None),
        ] {
            assert_eq!(Endpoint::of(&renamed, path), expected, "{path}");
        }
        written["health"] = Value::Null;
        let without: Site = serde_json::from_value(written).unwrap();
        assert_eq!(Endpoint::of(&without, "/health"), None);
    }
}
