//! An incident as people are told of it.

use alloc::format;
use alloc::string::String;

use super::Incident;
use crate::base::time::Timestamp;
use crate::watch::alert::{Alert, AlertKind, AlertedIncident};

impl Incident {
    /// An alert of this kind, with the incident as it is. The incident is shown below `base_url`.
    pub fn alert(&self, kind: AlertKind, base_url: &str, now: Timestamp) -> Alert {
        Alert {
            kind,
            at: now,
            incident: AlertedIncident {
                id: self.id.clone(),
                title: self.title.clone(),
                severity: self.severity,
                state: self.state.as_str().into(),
                since: self.since,
                resolved_at: self.resolved_at,
                checks: self.checks.iter().map(|check| check.name.clone()).collect(),
                summary: self.told_summary(),
                url: format!("{}/{}", base_url.trim_end_matches('/'), self.id),
                runbook: self.runbook.clone(),
                is_acknowledged: self.acknowledged.is_some(),
            },
        }
    }

    /// What a person said last and, as a paragraph of its own, what was observed. A person's words
    /// from before the last turn are left out, since they may no longer be true.
    fn told_summary(&self) -> String {
        let paragraph = self.summary();
        match self.last_words() {
            None => paragraph,
            Some(words) if paragraph.is_empty() => words.into(),
            Some(words) => format!("{words}\n\n{paragraph}"),
        }
    }

    fn last_words(&self) -> Option<&str> {
        let turns = self.timeline.entries().iter().filter(|entry| entry.kind.is_turn());
        turns.max_by_key(|entry| entry.number)?.kind.words()
    }
}
