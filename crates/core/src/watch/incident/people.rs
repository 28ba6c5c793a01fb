//! What people do to an incident.

use core::fmt;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::change::{IncidentChange, IncidentOpening, PEOPLE_MAX, WORDS_MAX};
use super::holds::AlertHolds;
use super::{
    Acknowledgement, Incident, IncidentOrigin, IncidentState, IncidentStep, TextEdit, Timeline,
    TimelineKind, components,
};
use crate::base::rfc3339::Shown;
use crate::base::time::Timestamp;
use crate::watch::alert::AlertKind;

/// Why an incident did not follow an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentError {
    /// It is over, and has to be re-opened first.
    Over,
    /// It is not over.
    NotOver,
    /// No entry of this number holds a text that a person wrote.
    NoText(u32),
    /// The end would be before the beginning.
    EndsTooEarly {
        /// The beginning.
        since: Timestamp,
    },
    /// People made as many entries as there is room for.
    TooManyEntries,
    /// People wrote as much as there is room for.
    TooManyWords,
}

impl fmt::Display for IncidentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over => f.write_str("the incident is over, re-open it first"),
            Self::NotOver => f.write_str("the incident is not over"),
            Self::NoText(entry) => {
                write!(f, "entry {entry} is not there, or holds no text that a person wrote")
            }
            Self::EndsTooEarly { since } => {
                write!(f, "the incident cannot end before it began at {}", Shown(*since))
            }
            Self::TooManyEntries => {
                write!(f, "people made {PEOPLE_MAX} entries of this incident, the most it takes")
            }
            Self::TooManyWords => {
                write!(f, "people wrote {WORDS_MAX} bytes about this incident, the most it takes")
            }
        }
    }
}

impl core::error::Error for IncidentError {}

impl Incident {
    /// Opens an incident by hand. With `resolved_at` it is over at once.
    pub fn open_by_hand(
        id: String,
        opening: &IncidentOpening,
        by: &str,
        now: Timestamp,
    ) -> (Self, IncidentStep) {
        let since = opening.since.or(opening.resolved_at).unwrap_or(now);
        let mut incident = Self {
            id,
            title: opening.title.clone(),
            is_titled: false,
            severity: opening.severity,
            state: IncidentState::Investigating,
            origin: IncidentOrigin::Operator,
            since,
            opened_at: now,
            resolved_at: None,
            is_manual: true,
            is_flapping: false,
            checks: Vec::new(),
            acknowledged: None,
            components: Vec::new(),
            evidence: None,
            runbook: None,
            postmortem: None,
            timeline: Timeline::default(),
            told: BTreeMap::new(),
            messages: 0,
            holds: AlertHolds::default(),
        };
        components::merge(&mut incident.components, &opening.components);
        incident.timeline.add(since, TimelineKind::Opened { by: Some(by.into()) }, now);
        let resolved = opening.resolved_at.map(|end| end.max(since));
        if let Some(end) = resolved {
            incident.end(end, Some(by), None, now);
        }
        incident.tell(&opening.text, by, resolved.unwrap_or(since), opening.notify, now);
        // What is over already opens nothing at those who are told.
        let kind = if resolved.is_some() { AlertKind::Updated } else { AlertKind::Opened };
        let alert = opening.notify.then_some(kind);
        (incident, IncidentStep { resolved, ..IncidentStep::changed(alert) })
    }

    /// The same incident as one that Breakwater itself opened, to tell operators of its trouble.
    pub(crate) fn of_machine(self) -> Self {
        Self { origin: IncidentOrigin::Machine, ..self }
    }

    /// Has the incident follow an operator.
    ///
    /// # Errors
    /// [`IncidentError`] if it cannot, and is as it was.
    pub fn apply(
        &mut self,
        change: &IncidentChange,
        by: &str,
        now: Timestamp,
    ) -> Result<IncidentStep, IncidentError> {
        self.check_room(change)?;
        match change {
            IncidentChange::Update { state, severity, title, text, components, at, notify } => {
                if state.is_some() && !self.is_open() {
                    return Err(IncidentError::Over);
                }
                self.state = state.unwrap_or(self.state);
                self.severity = severity.unwrap_or(self.severity);
                if let Some(title) = title {
                    self.title.clone_from(title);
                    self.is_titled = true;
                }
                components::merge(&mut self.components, components);
                self.tell(text, by, at.unwrap_or(now), *notify, now);
                Ok(IncidentStep::changed(notify.then_some(AlertKind::Updated)))
            }
            IncidentChange::Edit { entry, text } => self.edit(*entry, text, by, now),
            IncidentChange::Resolve { text, at, notify } => {
                self.resolve(text.as_deref(), by, at.unwrap_or(now), *notify, now)
            }
            IncidentChange::Reopen { text, notify } => {
                if self.is_open() {
                    return Err(IncidentError::NotOver);
                }
                self.is_manual |= !self.has_failing_checks();
                self.state = IncidentState::Investigating;
                self.resolved_at = None;
                self.acknowledged = None;
                self.timeline.add(now, TimelineKind::Reopened { by: by.into() }, now);
                self.tell(text, by, now, *notify, now);
                // A pager has closed its own incident, and an update would not wake it.
                Ok(IncidentStep::changed(notify.then_some(AlertKind::Opened)))
            }
            IncidentChange::Acknowledge => self.acknowledge(by, now),
            IncidentChange::Postmortem { text } => {
                if self.is_open() {
                    return Err(IncidentError::NotOver);
                }
                self.state = IncidentState::Postmortem;
                self.postmortem = Some(text.clone());
                self.timeline.add(now, TimelineKind::Postmortem { by: by.into() }, now);
                Ok(IncidentStep::changed(None))
            }
            IncidentChange::Note { text } => {
                let (by, text) = (by.into(), text.clone());
                self.timeline.add(now, TimelineKind::Note { by, text, edited: None }, now);
                Ok(IncidentStep::changed(None))
            }
        }
    }

    fn edit(
        &mut self,
        entry: u32,
        text: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<IncidentStep, IncidentError> {
        let found = self.timeline.entry_mut(entry).and_then(|entry| entry.kind.words_mut());
        let (words, edited) = found.ok_or(IncidentError::NoText(entry))?;
        if words == text {
            return Ok(IncidentStep::default());
        }
        *words = text.into();
        *edited = Some(TextEdit { by: by.into(), at: now });
        Ok(IncidentStep::changed(None))
    }

    fn resolve(
        &mut self,
        text: Option<&str>,
        by: &str,
        at: Timestamp,
        notify: bool,
        now: Timestamp,
    ) -> Result<IncidentStep, IncidentError> {
        if !self.is_open() {
            return Err(IncidentError::Over);
        }
        if at < self.since {
            return Err(IncidentError::EndsTooEarly { since: self.since });
        }
        self.end(at, Some(by), text.is_none().then_some(notify), now);
        if let Some(text) = text {
            self.tell(text, by, at, notify, now);
        }
        let alert = notify.then_some(AlertKind::Resolved);
        Ok(IncidentStep { resolved: Some(at), ..IncidentStep::changed(alert) })
    }

    fn acknowledge(&mut self, by: &str, now: Timestamp) -> Result<IncidentStep, IncidentError> {
        if !self.is_open() {
            return Err(IncidentError::Over);
        }
        if self.acknowledged.is_some() {
            return Ok(IncidentStep::default());
        }
        self.acknowledged = Some(Acknowledgement { by: by.into(), at: now });
        self.timeline.add(now, TimelineKind::Acknowledged { by: by.into() }, now);
        Ok(IncidentStep::changed(None))
    }

    fn tell(&mut self, text: &str, by: &str, at: Timestamp, notify: bool, now: Timestamp) {
        let (by, text, state) = (by.into(), text.into(), self.state);
        self.timeline.add(at, TimelineKind::Update { by, state, text, notify, edited: None }, now);
    }

    /// Refuses what there is no room for. An incident can always be acknowledged and ended.
    fn check_room(&self, change: &IncidentChange) -> Result<(), IncidentError> {
        let adds_entries = match change {
            IncidentChange::Resolve { .. } | IncidentChange::Acknowledge => return Ok(()),
            IncidentChange::Edit { .. } => false,
            IncidentChange::Update { .. }
            | IncidentChange::Reopen { .. }
            | IncidentChange::Postmortem { .. }
            | IncidentChange::Note { .. } => true,
        };
        if adds_entries && self.timeline.count_of_people() >= PEOPLE_MAX as usize {
            return Err(IncidentError::TooManyEntries);
        }
        let added = change.text().map_or(0, str::len);
        let postmortem = self.postmortem.as_ref().map_or(0, String::len);
        if self.timeline.words() + postmortem + added > WORDS_MAX {
            return Err(IncidentError::TooManyWords);
        }
        Ok(())
    }
}
