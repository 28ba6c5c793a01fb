//! An incident: what was wrong, since when, what was done about it, and what people were told.
//!
//! A monitor opens an incident when a check is down, and an operator may open one by hand. Both
//! have the same timeline, in which what was observed stands beside what people wrote. An incident
//! that a monitor opened ends by itself when all of its checks are well again. Where a person said
//! that something is wrong, or that it is not over, only a person ends it, since checks do not see
//! everything that people see.
//!
//! Each step returns what it changed and what people are to be told; the caller gives that to the
//! outbox. An operator's step tells people exactly if the operator says so.

mod alerted;
mod change;
mod clock;
mod components;
mod evidence;
mod holds;
mod people;
mod shares;
mod state;
mod stored;
mod timeline;
mod title;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use change::{
    EARLIEST, INCIDENT_TEXT_MAX, INCIDENT_TITLE_MAX, IncidentChange, IncidentOpening, PEOPLE_MAX,
    WORDS_MAX,
};
pub use components::{
    COMPONENT_NAME_MAX, COMPONENTS_MAX, ComponentImpact, Impact, IncidentIndicator,
};
use evidence::OtherChecks;
pub use evidence::{IncidentEvidence, SUMMARY_MAX};
use holds::AlertHolds;
pub use people::IncidentError;
use serde::{Deserialize, Serialize};
pub use shares::EdgeShares;
pub use state::{Acknowledgement, IncidentCheck, IncidentOrigin, IncidentState, IncidentStep};
pub use timeline::{TIMELINE_MAX, TextEdit, Timeline, TimelineEntry, TimelineKind};
pub use title::{title_of, title_of_checks};

use crate::base::time::Timestamp;
use crate::watch::alert::AlertKind;
use crate::watch::severity::Severity;

/// The most checks of one incident: a site has no more.
pub const INCIDENT_CHECKS_MAX: usize = crate::watch::check::CHECKS_MAX;

/// The incident of a check, as its monitor opened it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckIncident {
    /// The name of the check.
    pub check: String,
    /// How much an incident of the check matters.
    pub severity: Severity,
    /// When the trouble began.
    pub since: Timestamp,
    /// Whether it is one of many in a short time.
    pub is_flapping: bool,
    /// What to do: a path in the repository, or a URL.
    pub runbook: Option<String>,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    id: String,
    title: String,
    /// Whether a person wrote the title of what the machine opened.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    is_titled: bool,
    severity: Severity,
    state: IncidentState,
    origin: IncidentOrigin,
    since: Timestamp,
    opened_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Timestamp>,
    /// Whether only a person ends it.
    is_manual: bool,
    is_flapping: bool,
    /// In the order in which they became part of it.
    checks: Vec<IncidentCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acknowledged: Option<Acknowledgement>,
    components: Vec<ComponentImpact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evidence: Option<IncidentEvidence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    runbook: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    postmortem: Option<String>,
    timeline: Timeline,
    /// The channels that were told of it, each with the last time.
    told: BTreeMap<String, Timestamp>,
    /// How many messages about it were made.
    messages: u32,
    #[serde(default, skip_serializing_if = "AlertHolds::is_empty")]
    holds: AlertHolds,
}

impl Incident {
    /// Opens an incident because a check is down. People are to be told of it as
    /// [`AlertKind::Opened`].
    pub fn open(
        id: String,
        title: String,
        first: &CheckIncident,
        evidence: IncidentEvidence,
        now: Timestamp,
    ) -> Self {
        let mut timeline = Timeline::default();
        timeline.add(now, TimelineKind::Opened { by: None }, now);
        Self {
            id,
            title,
            is_titled: false,
            severity: first.severity,
            state: IncidentState::Investigating,
            origin: IncidentOrigin::Machine,
            since: first.since,
            opened_at: now,
            resolved_at: None,
            is_manual: false,
            is_flapping: first.is_flapping,
            checks: [IncidentCheck::failing(&first.check, first.since)].into(),
            acknowledged: None,
            components: Vec::new(),
            evidence: Some(evidence.bounded()),
            runbook: first.runbook.clone(),
            postmortem: None,
            timeline,
            told: BTreeMap::new(),
            messages: 0,
            holds: AlertHolds::default(),
        }
    }

    /// Makes another check part of the incident, or one that failed before fail again. An incident
    /// that is over takes none: what fails later is another incident.
    pub fn join(&mut self, other: &CheckIncident, now: Timestamp) -> IncidentStep {
        let known = self.checks.iter().position(|check| check.name == other.check);
        let is_failing = known.and_then(|at| self.checks.get(at)).is_some_and(|it| it.is_failing);
        let has_room = known.is_some() || self.checks.len() < INCIDENT_CHECKS_MAX;
        if !self.is_open() || is_failing || !has_room {
            return IncidentStep::default();
        }
        let had_title_of_checks = self.title == self.title_of_checks();
        if let Some(check) = known.and_then(|at| self.checks.get_mut(at)) {
            check.is_failing = true;
            check.resolved_at = None;
            check.since = check.since.min(other.since);
        } else {
            self.checks.push(IncidentCheck::failing(&other.check, other.since));
        }
        if had_title_of_checks {
            self.title = self.title_of_checks();
        }
        self.severity = self.severity.min(other.severity);
        self.since = self.since.min(other.since);
        self.is_flapping |= other.is_flapping;
        if self.runbook.is_none() {
            self.runbook.clone_from(&other.runbook);
        }
        self.holds.handle_news(now);
        self.timeline.add(now, TimelineKind::Joined { check: other.check.clone() }, now);
        IncidentStep::changed(Some(AlertKind::Updated))
    }

    /// Notes that a check has been well since `at`, and resolves the incident if it was the last
    /// one. The incident then ended when the last of its checks was well.
    pub fn handle_check_resolved(
        &mut self,
        check: &str,
        at: Timestamp,
        now: Timestamp,
    ) -> IncidentStep {
        let Some(check) = self.checks.iter_mut().find(|known| known.name == check) else {
            return IncidentStep::default();
        };
        if !check.is_failing {
            return IncidentStep::default();
        }
        let at = at.max(check.since);
        check.is_failing = false;
        check.resolved_at = Some(at);
        let recovered = TimelineKind::CheckResolved { check: check.name.clone() };
        self.timeline.add(at, recovered, now);
        let is_over = self.is_open() && !self.is_manual && !self.has_failing_checks();
        if !is_over {
            if self.is_open() {
                self.holds.handle_news(now);
            }
            return IncidentStep::changed(None);
        }
        self.tell_answers(now);
        let ends = self.checks.iter().filter_map(|check| check.resolved_at);
        let end = ends.max().unwrap_or(now).max(self.since);
        self.end(end, None, None, now);
        IncidentStep { resolved: Some(end), ..IncidentStep::changed(Some(AlertKind::Resolved)) }
    }

    /// Adds what happened to the timeline, at the time `at`. Returns whether it is news: an
    /// observation is none if the check found the same at that place before.
    pub fn record(&mut self, at: Timestamp, kind: TimelineKind, now: Timestamp) -> bool {
        self.timeline.record(at, kind, now)
    }

    /// Replaces what is known of the trouble, of which the first paragraph is made. After the end
    /// it is kept as it was.
    pub fn set_evidence(&mut self, evidence: IncidentEvidence) {
        if self.is_open() {
            self.evidence = Some(evidence.bounded());
        }
    }

    /// Adds answers that visitors got to what is known of the trouble.
    pub fn add_answers(&mut self, more: &EdgeShares) {
        if let Some(evidence) = self.evidence.as_mut().filter(|_| self.resolved_at.is_none()) {
            evidence.edge.get_or_insert_default().add(more);
        }
    }

    /// Adds to the timeline what visitors got since the trouble began, if that is known.
    pub fn tell_answers(&mut self, now: Timestamp) {
        if let Some(shares) = self.evidence.as_ref().and_then(|evidence| evidence.edge) {
            self.timeline.add(now, TimelineKind::Visitors { shares: shares.named() }, now);
        }
    }

    /// Remembers that a channel is told of the incident now. Returns whether it is the first time.
    pub fn mark_told(&mut self, channel: &str, now: Timestamp) -> bool {
        self.holds.handle_told(channel);
        self.told.insert(channel.into(), now).is_none()
    }

    /// Makes the id of the next message about the incident, `{id}-{n}` with `n` from 1.
    pub fn next_message(&mut self) -> String {
        self.messages = self.messages.saturating_add(1);
        format!("{}-{}", self.id, self.messages)
    }

    /// Ends the incident. `by` is the person who says so, if one does; `told` is whether people are
    /// told, of one who writes nothing.
    fn end(&mut self, at: Timestamp, by: Option<&str>, told: Option<bool>, now: Timestamp) {
        self.state = IncidentState::Resolved;
        self.resolved_at = Some(at);
        self.timeline.add(at, TimelineKind::Resolved { by: by.map(String::from), told }, now);
    }

    fn title_of_checks(&self) -> String {
        title_of_checks(self.checks.iter().map(|check| &*check.name))
    }

    /// Whether one of its checks fails. That is possible after its end too, if a person ended it.
    pub fn has_failing_checks(&self) -> bool {
        self.checks.iter().any(|check| check.is_failing)
    }

    /// Whether it is not over.
    pub const fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }

    /// Whether only a person ends it.
    pub const fn is_manual(&self) -> bool {
        self.is_manual
    }

    /// Whether one of its checks fails again and again.
    pub const fn is_flapping(&self) -> bool {
        self.is_flapping
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// One line.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How much it matters.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// How far people are with it.
    pub const fn state(&self) -> IncidentState {
        self.state
    }

    /// What opened it.
    pub const fn origin(&self) -> IncidentOrigin {
        self.origin
    }

    /// When the trouble began.
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// When the incident was opened.
    pub const fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// When the trouble ended.
    pub const fn resolved_at(&self) -> Option<Timestamp> {
        self.resolved_at
    }

    /// Its checks, in the order in which they became part of it.
    pub fn checks(&self) -> &[IncidentCheck] {
        &self.checks
    }

    /// Who has taken it on.
    pub const fn acknowledged(&self) -> Option<&Acknowledgement> {
        self.acknowledged.as_ref()
    }

    /// The components that a person named, each with its impact.
    pub fn components(&self) -> &[ComponentImpact] {
        &self.components
    }

    /// What the incident means for the whole site, in Statuspage's words: what its worst component
    /// says, or its severity where no component is named.
    pub fn indicator(&self) -> IncidentIndicator {
        let worst = self.components.iter().map(|component| component.impact.indicator()).max();
        worst.unwrap_or_else(|| IncidentIndicator::of(self.severity))
    }

    /// What to do: a path in the repository, or a URL.
    pub fn runbook(&self) -> Option<&str> {
        self.runbook.as_deref()
    }

    /// What people found out afterwards.
    pub fn postmortem(&self) -> Option<&str> {
        self.postmortem.as_deref()
    }

    /// What is known of the trouble.
    pub const fn evidence(&self) -> Option<&IncidentEvidence> {
        self.evidence.as_ref()
    }

    /// All that happened, in its order.
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The channels that were told of it, in alphabetical order.
    pub fn told(&self) -> impl Iterator<Item = &str> {
        self.told.keys().map(|channel| &**channel)
    }

    /// Whether a channel was told of it.
    pub fn has_told(&self, channel: &str) -> bool {
        self.told.contains_key(channel)
    }

    /// When a channel was told of it last. The timeline may have dropped that.
    pub fn told_at(&self, channel: &str) -> Option<Timestamp> {
        self.told.get(channel).copied()
    }

    /// How many messages about it were made.
    pub const fn messages(&self) -> u32 {
        self.messages
    }

    /// The first paragraph, which writes itself: what is known, in at most [`SUMMARY_MAX`]
    /// characters. It is empty where nothing was observed.
    pub fn summary(&self) -> String {
        let Some(evidence) = &self.evidence else { return String::new() };
        let first = self.checks.iter().find(|check| check.name == evidence.check);
        // The first check may be well while others still fail.
        let end = self.resolved_at.or_else(|| first.and_then(|check| check.resolved_at));
        let others = self
            .checks
            .iter()
            .filter(|check| check.name != evidence.check && (check.is_failing || !self.is_open()));
        let others: Vec<&str> = others.map(|check| &*check.name).collect();
        let others =
            if self.is_open() { OtherChecks::Fail(&others) } else { OtherChecks::Failed(&others) };
        evidence.paragraph_with(others, end)
    }
}
