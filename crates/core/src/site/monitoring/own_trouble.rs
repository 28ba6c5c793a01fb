//! Incidents of the monitor's own: it is told once that something is wrong on this side.

use alloc::string::String;

use super::incidents::Incidents;
use crate::base::time::Timestamp;
use crate::watch::incident::{CheckIncident, Incident, IncidentEvidence};
use crate::watch::severity::Severity;

/// Something that is wrong on this side.
pub(super) struct OwnTrouble {
    /// The name under which it is in an incident. No check has it.
    pub(super) check: &'static str,
    pub(super) title: &'static str,
    pub(super) severity: Severity,
    pub(super) runbook: &'static str,
}

impl Incidents {
    /// Whether there is an open incident of this trouble.
    pub(super) fn has_own(&self, check: &str) -> bool {
        self.iter().any(|incident| {
            incident.is_open()
                && incident.checks().iter().any(|it| it.name == check && it.is_failing)
        })
    }

    /// Opens or ends the incident of the monitor itself.
    pub(super) fn set_own_trouble(
        &mut self,
        trouble: &OwnTrouble,
        is_there: bool,
        now: Timestamp,
        reason: impl FnOnce() -> String,
    ) {
        let is_open = self.has_own(trouble.check);
        if is_open && !is_there {
            self.end_check(trouble.check, now, now);
        }
        if is_there && !is_open {
            let first = CheckIncident {
                check: trouble.check.into(),
                severity: trouble.severity,
                since: now,
                is_flapping: false,
                runbook: Some(trouble.runbook.into()),
            };
            let evidence = IncidentEvidence {
                at: now,
                check: trouble.check.into(),
                reasons: [reason()].into(),
                ..IncidentEvidence::default()
            };
            let id = self.new_id(now);
            self.add(Incident::open(id, trouble.title.into(), &first, evidence, now));
        }
    }
}
