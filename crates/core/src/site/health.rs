//! The health of the site as an isolate collects it: its upstreams, its dependencies, and
//! Breakwater's own parts.

use alloc::vec::Vec;

use crate::base::time::{Millis, Timestamp};
use crate::cache::snapshot::Coverage;
use crate::site::closed::Closed;
use crate::site::config::{Site, WatchRules};
use crate::watch::health::{
    Component, ComponentKind, Detail, Findings, Group, HealthName, HealthReport, Known,
    Measurement, RESPONSE_TIME, Status,
};

/// How often an isolate that is asked for the site's health collects it again, in milliseconds;
/// monitors ask no more often. If a dependency is probed more often than this, the dependency's
/// interval applies instead. Otherwise its findings would be stale before the next collection.
const COLLECT_EVERY: Millis = Millis::from_secs(5);
/// How long, in milliseconds, an object may take to report its part of the health. A part that has
/// not arrived by then grows stale.
pub const COLLECT_WITHIN: Millis = Millis::from_secs(2);
/// How often an upstream's findings are renewed: by the round of each minute.
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
    /// The endpoints of the site's health, each with its path below `site.health`.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Aggregate, ""),
        (Self::Live, "/live"),
        (Self::Ready, "/ready"),
        (Self::Detailed, "/detailed"),
    ];

    /// The endpoint at a normalised path, if there is one.
    pub fn of(site: &Site, path: &str) -> Option<Self> {
        let rest = path.strip_prefix(site.health.as_deref()?)?;
        Self::ALL.iter().find(|(_, known)| *known == rest).map(|(endpoint, _)| *endpoint)
    }

    /// The group of components that the endpoint reports.
    pub const fn group(self) -> Group {
        match self {
            Self::Live => Group::Live,
            Self::Ready => Group::Ready,
            Self::Aggregate | Self::Detailed => Group::All,
        }
    }
}

/// The site's health as an isolate has collected it, with the time of the collection.
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
    /// A collection that has found nothing yet.
    pub fn new(site: &Site, rules: &WatchRules, now: Timestamp) -> Self {
        let components = components(site, rules);
        let findings = components.iter().map(|_| Findings::none_since(now)).collect();
        let every = components.iter().map(|component| component.every).min();
        let every = every.map_or(COLLECT_EVERY, |every| every.min(COLLECT_EVERY));
        Self { every, collected: None, collecting: None, components, findings, closed_until: None }
    }

    /// Starts a collection if the last one is older than the interval, and returns whether the
    /// caller must carry it out. A caller that finds one in progress reports the previous result,
    /// unless that is older than twice the interval: then it collects for itself, because one
    /// request of a Worker cannot wait for the I/O of another.
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

    /// Records that `failed` of the `of` coordinators did not answer, and that the slowest took
    /// `took`.
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

    /// Whether the monitor has to be asked for its last full round. Within a minute of one there is
    /// no other, so that the monitor is asked by each isolate once a minute while all is well.
    pub fn wants_watch_round(&self, now: Timestamp) -> bool {
        let known = self.components.iter().zip(&self.findings);
        let mut own = known.filter(|(component, _)| component.name.as_str() == MONITOR);
        own.any(|(component, findings)| findings.is_due(component.every, now))
    }

    /// When the monitor's last full round ended, as far as it remembers.
    pub fn handle_watch_round(&mut self, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.record(MONITOR, Measurement::new(LAST_RUN, Status::Pass), at);
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
        let mut own = known.filter(|(component, _)| component.kind == ComponentKind::System);
        if let Some((_, findings)) = own.find(|(component, _)| component.name.as_str() == part) {
            findings.record(alloc::vec![measured], now);
        }
    }

    /// What it makes of a group.
    pub fn report(&self, group: Group, now: Timestamp) -> HealthReport<'_> {
        let known = self.components.iter().zip(self.findings.iter().map(Known::Measured));
        let report = HealthReport::new(group, known, now);
        match self.closed_until {
            Some(until) => report.closed_until(until),
            None => report,
        }
    }

    /// How long ago it was collected.
    pub fn age(&self, now: Timestamp) -> Millis {
        self.collected.map_or(Millis::ZERO, |at| now.since(at))
    }

    /// When to ask again after a report that fails: when the site opens, or at the next collection.
    pub fn retry_after(&self, now: Timestamp) -> Millis {
        let closed_for = self.closed_until.map_or(Millis::ZERO, |until| until.since(now));
        closed_for.max(self.every).max(Millis::from_secs(1))
    }

    /// How long caches may keep a report, counted from its collection as `max-age` is beside `Age`
    /// (RFC 9111 §4.2): until the next collection. A report that fails may not be kept at all, nor
    /// what only operators are told.
    pub fn fresh_for(&self, report: &HealthReport<'_>, detail: Detail) -> Millis {
        match detail {
            Detail::Public | Detail::Stranger if report.status() != Status::Fail => self.every,
            Detail::Public | Detail::Stranger | Detail::Operator => Millis::ZERO,
        }
    }
}

/// Breakwater's own parts.
const COORDINATORS: &str = "breakwater-coordinators";
const ROUNDS: &str = "breakwater-rounds";
const MONITOR: &str = "breakwater-monitor";
const SNAPSHOTS: &str = "breakwater-snapshots";
/// What is measured of them.
const LAST_RUN: &str = "lastRun";
const AGE: &str = "age";

/// Upstreams, dependencies, and then our own, each in the file's order.
fn components(site: &Site, rules: &WatchRules) -> Vec<Component> {
    let upstreams = site.upstreams.iter().map(|upstream| Component {
        name: HealthName::fitting(&upstream.name),
        kind: ComponentKind::Component,
        critical: upstream.critical,
        every: ROUND_EVERY,
        group: if upstream.critical { Group::Ready } else { Group::All },
        measures: HealthName::fitting("circuit"),
    });
    let dependencies = site.dependencies.iter().map(|dependency| dependency.component());
    let snapshots = (!site.snapshots.list.is_empty()).then_some((SNAPSHOTS, AGE));
    let monitor = (!rules.checks.is_empty()).then_some((MONITOR, LAST_RUN));
    let own = [(COORDINATORS, RESPONSE_TIME), (ROUNDS, LAST_RUN)].into_iter();
    let own = own.chain(monitor).chain(snapshots);
    let own = own.map(|(name, measures)| Component {
        name: HealthName::fitting(name),
        kind: ComponentKind::System,
        // Breakwater fails open: without these the site still answers.
        critical: false,
        every: ROUND_EVERY,
        group: Group::All,
        measures: HealthName::fitting(measures),
    });
    upstreams.chain(dependencies).chain(own).collect()
}

#[cfg(test)]
mod tests;
