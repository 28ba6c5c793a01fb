//! Inhibition: people are not told of an incident that another one explains.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::watch::severity::Severity;

/// Rules of one site.
pub const INHIBITIONS_MAX: usize = 20;

/// While an incident is open that `by` describes, people are not told of those that it holds.
///
/// No incident is held by one that matters less, and where a rule names severities, none by one
/// that matters as much. With checks that do not hold each other in a circle, which the site file
/// guarantees, incidents then do not either: of those that are open, one is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inhibition {
    /// What holds others.
    pub by: Inhibitor,
    /// The checks whose incidents are held; all if it is empty.
    pub checks: Vec<String>,
    /// The severities whose incidents are held; all if it is empty.
    pub severities: Vec<Severity>,
}

/// What holds incidents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inhibitor {
    /// An incident in which this check fails.
    Check(String),
    /// An incident that matters at least so much.
    Severity(Severity),
}

/// An incident, as far as a rule looks at it.
#[derive(Clone, Debug)]
pub struct InhibitionSubject<'a> {
    /// How much it matters.
    pub severity: Severity,
    /// The checks that fail in it.
    pub failing: Vec<&'a str>,
}

impl Inhibition {
    /// Whether an incident is one that holds others.
    pub fn is_by(&self, incident: &InhibitionSubject<'_>) -> bool {
        match &self.by {
            Inhibitor::Check(name) => incident.failing.contains(&name.as_str()),
            Inhibitor::Severity(severity) => incident.severity <= *severity,
        }
    }

    /// Whether `held` is an incident that `holder`, which holds others, holds.
    pub fn holds(&self, holder: &InhibitionSubject<'_>, held: &InhibitionSubject<'_>) -> bool {
        let is_check = |name: &&str| self.checks.iter().any(|check| check == name);
        let of_checks = self.checks.is_empty()
            || (!held.failing.is_empty() && held.failing.iter().all(is_check));
        let of_severity = self.severities.is_empty() || self.severities.contains(&held.severity);
        let may_hold = match (&self.by, self.severities.is_empty()) {
            (Inhibitor::Check(_), true) => holder.severity <= held.severity,
            (Inhibitor::Check(_) | Inhibitor::Severity(_), _) => holder.severity < held.severity,
        };
        of_checks && of_severity && may_hold
    }
}
