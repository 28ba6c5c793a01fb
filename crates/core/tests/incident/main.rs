//! Incidents: their lives, what they keep, the paragraph that writes itself, and the evidence of a
//! failed check.
//!
//! `BREAKWATER_INCIDENT_LIVES` sets the number of random lives.

mod evidence;
mod lives;
mod notices;
mod paragraph;
mod people;
mod steps;
mod stored;

use breakwater_core::base::time::Timestamp;
use breakwater_core::watch::incident::{
    CheckIncident, Incident, IncidentEvidence, TimelineEntry, title_of,
};
use breakwater_core::watch::monitor::CheckState;
use breakwater_core::watch::severity::Severity;

/// 2026-11-23T12:03:20Z.
const SINCE: u64 = 1_795_435_400_000;

/// Returns the time `seconds` after the trouble began.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(SINCE + seconds * 1000)
}

fn of_check(check: &str, severity: Severity, since: Timestamp) -> CheckIncident {
    CheckIncident { check: check.into(), severity, since, is_flapping: false, runbook: None }
}

fn evidence() -> IncidentEvidence {
    IncidentEvidence {
        at: at(60),
        check: "frontend".into(),
        failing_places: vec![("enam".into(), at(0)), ("weur".into(), at(10))],
        places_total: 3,
        reasons: vec!["status 503, expected 2xx".into()],
        ..IncidentEvidence::default()
    }
}

/// Returns an incident of `frontend`, opened a minute after the trouble began.
fn opened() -> Incident {
    let title = title_of("frontend", CheckState::Down);
    let first = of_check("frontend", Severity::P1, at(0));
    Incident::open("inc-1".into(), title, &first, evidence(), at(60))
}

/// Returns the names of what the timeline tells, in its order.
fn told(incident: &Incident) -> Vec<String> {
    let stored = |entry: &TimelineEntry| serde_json::to_value(&entry.kind).expect("JSON");
    let name = |kind: serde_json::Value| kind.as_object()?.keys().next().cloned();
    let entries = incident.timeline().entries().iter();
    entries.filter_map(|entry| name(stored(entry))).collect()
}
