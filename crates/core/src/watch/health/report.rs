//! The health of the whole, derived from all components of a group.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Component, Findings, Group, HealthVerdict, Status};
use crate::base::rfc3339::Rfc3339;
use crate::base::time::Timestamp;

/// Components that are named as the reason; the rest are counted.
const NAMED_MAX: usize = 8;

/// What is known of a component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known<'a> {
    /// What was found, if anything was.
    Measured(&'a Findings),
    /// The service does not have it here, and wants nothing of it; and how it would get it.
    NotConfigured(&'a str),
}

/// How well the components of a group are, at one point in time.
///
/// ```
/// use breakwater_core::watch::health::*;
/// use breakwater_core::base::time::{Millis, Timestamp};
///
/// let database = Component {
///     name: HealthName::fitting("database"),
///     kind: ComponentKind::Datastore,
///     critical: true,
///     every: Millis::from_secs(10),
///     group: Group::Ready,
///     measures: HealthName::fitting(RESPONSE_TIME),
/// };
/// let now = Timestamp::from_millis(1_000);
/// let mut findings = Findings::none_since(now);
/// let broken = Measurement::new(RESPONSE_TIME, Status::Fail).because("no connection");
/// findings.record(vec![broken], now);
///
/// let known = [(&database, Known::Measured(&findings))];
/// assert_eq!(HealthReport::new(Group::Ready, known, now).status().http_status(), 503);
/// assert_eq!(HealthReport::new(Group::Live, known, now).status().http_status(), 200);
/// ```
#[derive(Clone, Debug)]
pub struct HealthReport<'a> {
    pub(super) entries: Vec<ReportEntry<'a>>,
    pub(super) now: Timestamp,
    group: Group,
    closed_until: Option<Timestamp>,
}

/// A component with what it makes of the whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReportEntry<'a> {
    pub(super) component: &'a Component,
    pub(super) known: Known<'a>,
    pub(super) verdict: HealthVerdict,
}

impl<'a> HealthReport<'a> {
    /// Judges those components that the group holds.
    pub fn new(
        group: Group,
        components: impl IntoIterator<Item = (&'a Component, Known<'a>)>,
        now: Timestamp,
    ) -> Self {
        let members = components.into_iter().filter(|(part, _)| group.holds(part.group));
        let entries = members.map(|(component, known)| {
            let verdict = match known {
                Known::Measured(findings) => findings.verdict(component, now),
                Known::NotConfigured(_) => HealthVerdict::Pass,
            };
            ReportEntry { component, known, verdict }
        });
        Self { entries: entries.collect(), now, group, closed_until: None }
    }

    /// The same report for a service that is closed on purpose, as far as is known until `until`:
    /// it is not ready, so that it gets no traffic, and it warns, so that its operators are
    /// reminded.
    pub const fn closed_until(mut self, until: Timestamp) -> Self {
        self.closed_until = Some(until);
        self
    }

    /// The verdict on the whole, which is that of its worst component.
    pub fn verdict(&self) -> HealthVerdict {
        let worst = self.entries.iter().map(|entry| entry.verdict).max().unwrap_or_default();
        worst.max(match (self.closed_until, self.group) {
            (Some(_), Group::Ready) => HealthVerdict::Fail,
            (Some(_), Group::All) => HealthVerdict::Warn,
            (Some(_), Group::Live) | (None, _) => HealthVerdict::Pass,
        })
    }

    /// The status of the whole.
    pub fn status(&self) -> Status {
        self.verdict().status()
    }

    /// Whether it is closed, and which components are not well, the worst first, in words; nothing
    /// if all is well.
    pub(super) fn reasons(&self) -> Option<String> {
        let closed = self.closed_until.map(|until| format!("closed until {}", Rfc3339(until)));
        match (closed, self.unwell()) {
            (Some(closed), Some(unwell)) => Some(format!("{closed}, {unwell}")),
            (closed, unwell) => closed.or(unwell),
        }
    }

    fn unwell(&self) -> Option<String> {
        let mut unwell: Vec<_> =
            self.entries.iter().filter(|entry| entry.verdict != HealthVerdict::Pass).collect();
        unwell.sort_by_key(|entry| core::cmp::Reverse(entry.verdict));
        let named: Vec<_> =
            unwell.iter().take(NAMED_MAX).map(|entry| entry.words(self.now)).collect();
        let more = unwell.len() - named.len();
        match (named.is_empty(), more) {
            (true, _) => None,
            (false, 0) => Some(named.join(", ")),
            (false, _) => Some(format!("{}, and {more} more", named.join(", "))),
        }
    }
}

impl ReportEntry<'_> {
    /// What is wrong with the component, whether or not it affects the whole.
    fn words(&self, now: Timestamp) -> String {
        let Self { component, known, .. } = self;
        let wrong = match known {
            Known::NotConfigured(_) => "is not configured",
            Known::Measured(findings) if findings.is_stale(component.every, now) => "is stale",
            Known::Measured(findings) if findings.measured_at().is_none() => "is not measured yet",
            Known::Measured(findings) if findings.status() == Status::Fail => "fails",
            Known::Measured(_) => "warns",
        };
        format!("{} {wrong}", component.name)
    }
}
