//! The site's health: its upstreams, its dependencies, and Breakwater's own parts, as whoever
//! collects them at the edge has them.

use alloc::vec::Vec;

use crate::base::time::{Millis, Timestamp};
use crate::cache::snapshot::Coverage;
use crate::site::closed::Closed;
use crate::site::config::Site;
use crate::watch::health::{
    Component, Findings, Group, Kind, Known, Measurement, Name, RESPONSE_TIME, Report, Status,
};

/// How often an isolate that is asked for the site's health collects it anew: monitors ask no more
/// often. Where a dependency is probed more often, at that interval, or else what is known of it
/// would be stale before it is collected again.
const COLLECT_EVERY: Millis = Millis::from_secs(5);
/// How long whoever is asked for a part of it may take; what did not come by then grows stale.
pub const COLLECT_WITHIN: Millis = Millis::from_secs(2);
/// How often an upstream is looked at: the round of each minute.
const ROUND_EVERY: Millis = Millis::from_secs(60);

/// Where the site's health is asked for, below `site.health`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthEndpoint {
    /// The aggregate.
    Aggregate,
    /// Whether the Worker runs.
    Live,
    /// Whether the site can take traffic.
    Ready,
    /// Everything, for operators.
    Detailed,
}

impl HealthEndpoint {
    /// Where the site's health is told, below `site.health`: what it is, and the rest of the path.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Aggregate, ""),
        (Self::Live, "/live"),
        (Self::Ready, "/ready"),
        (Self::Detailed, "/detailed"),
    ];

    /// What a path, which is normalised, asks for, if it is one of health's.
    pub fn of(site: &Site, path: &str) -> Option<Self> {
        let rest = path.strip_prefix(site.health.as_deref()?)?;
        Self::ALL.iter().find(|(_, known)| *known == rest).map(|(endpoint, _)| *endpoint)
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
    /// When the collection that is under way began.
    collecting: Option<Timestamp>,
    components: Vec<Component>,
    findings: Vec<Findings>,
    closed_until: Option<Timestamp>,
}

impl Collection {
    /// Nothing yet.
    pub fn new(site: &Site, now: Timestamp) -> Self {
        let components = components(site);
        let findings = components.iter().map(|_| Findings::none_since(now)).collect();
        let every = components.iter().map(|component| component.every).min();
        let every = every.map_or(COLLECT_EVERY, |every| every.min(COLLECT_EVERY));
        Self { every, collected: None, collecting: None, components, findings, closed_until: None }
    }

    /// Whether it is to be collected anew, which then begins. Others who ask meanwhile are told
    /// what there is, unless that has grown too old to be told: then they collect too, since none
    /// can wait for what another's request awaits.
    pub fn begin(&mut self, now: Timestamp) -> bool {
        let is_older_than =
            |span: Millis| self.collected.is_none_or(|at| now < at || now.since(at) >= span);
        let is_under_way =
            self.collecting.is_some_and(|since| since <= now && now.since(since) < COLLECT_WITHIN);
        let begins = if is_under_way {
            is_older_than(Millis::new(self.every.get().saturating_mul(2)))
        } else {
            is_older_than(self.every)
        };
        if begins {
            self.collecting = Some(now);
        }
        begins
    }

    /// Takes note that all has been collected which came in time, asked for at `begun`.
    pub fn finish(&mut self, begun: Timestamp) {
        self.collected = Some(begun);
        self.collecting = None;
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
        self.record(COORDINATORS, measured, now);
    }

    /// When the last round of each minute was made, if ever.
    pub fn handle_round(&mut self, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.record(ROUNDS, Measurement::new(LAST_RUN, Status::Pass), at);
        }
    }

    /// How well the site's pages are kept in the bucket.
    pub fn handle_snapshots(&mut self, coverage: Coverage, now: Timestamp) {
        let Coverage { pages, missing, overdue, oldest } = coverage;
        let measured = |status| Measurement::new(AGE, status).with_number(oldest.get(), "ms");
        let measured = match (missing, overdue) {
            (0, 0) => measured(Status::Pass),
            _ => measured(if missing < pages { Status::Warn } else { Status::Fail }).because(
                &alloc::format!("of {pages} pages {missing} are missing and {overdue} overdue"),
            ),
        };
        self.record(SNAPSHOTS, measured, now);
    }

    /// Whether the whole site is closed for maintenance.
    pub fn handle_closed(&mut self, closed: Option<Closed<'_>>) {
        self.closed_until = closed.map(|closed| closed.until);
    }

    /// One of our own parts was measured. Not every site has each.
    fn record(&mut self, part: &str, measured: Measurement, now: Timestamp) {
        let known = self.components.iter().zip(&mut self.findings);
        let mut own = known.filter(|(component, _)| component.kind == Kind::System);
        if let Some((_, findings)) = own.find(|(component, _)| component.name.as_str() == part) {
            findings.record(alloc::vec![measured], now);
        }
    }

    /// What it makes of a group.
    pub fn report(&self, group: Group, now: Timestamp) -> Report<'_> {
        let known = self.components.iter().zip(self.findings.iter().map(Known::Measured));
        let report = Report::new(group, known, now);
        match self.closed_until {
            Some(until) => report.closed_until(until),
            None => report,
        }
    }

    /// How long ago it was collected.
    pub fn age(&self, now: Timestamp) -> Millis {
        self.collected.map_or(Millis::ZERO, |at| now.since(at))
    }

    /// When to ask again after a report that fails: when it opens, or when it is collected anew.
    pub fn retry_after(&self, now: Timestamp) -> Millis {
        let closed_for = self.closed_until.map_or(Millis::ZERO, |until| until.since(now));
        closed_for.max(self.every).max(Millis::from_secs(1))
    }

    /// How long others may keep a report of it, counted from its collection as `max-age` is beside
    /// `Age` (RFC 9111 §4.2): until it is collected anew. Never one that fails.
    pub fn fresh_for(&self, report: &Report<'_>) -> Millis {
        if report.status() == Status::Fail { Millis::ZERO } else { self.every }
    }
}

/// Breakwater's own parts.
const COORDINATORS: &str = "breakwater-coordinators";
const ROUNDS: &str = "breakwater-rounds";
const SNAPSHOTS: &str = "breakwater-snapshots";
/// What is measured of them.
const LAST_RUN: &str = "lastRun";
const AGE: &str = "age";

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
    let snapshots = (!site.snapshots.list.is_empty()).then_some((SNAPSHOTS, AGE));
    let own = [(COORDINATORS, RESPONSE_TIME), (ROUNDS, LAST_RUN)].into_iter().chain(snapshots);
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
mod tests;
