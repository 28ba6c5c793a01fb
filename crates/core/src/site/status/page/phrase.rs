//! What is said of states: of one, of parts by their names, and of the whole site.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::texts::StatusTexts;
use super::words::{fill, list};
use crate::site::status::{ComponentState, PublicIncident, StatusIndicator, StatusView};
use crate::watch::incident::{Impact, IncidentState};

/// The name of a state.
pub(super) const fn name_of<'a>(texts: &StatusTexts<'a>, state: ComponentState) -> &'a str {
    match state {
        ComponentState::Operational => texts.state_operational,
        ComponentState::UnderMaintenance => texts.state_under_maintenance,
        ComponentState::Unknown => texts.state_unknown,
        ComponentState::DegradedPerformance => texts.state_degraded_performance,
        ComponentState::PartialOutage => texts.state_partial_outage,
        ComponentState::MajorOutage => texts.state_major_outage,
    }
}

/// How far people are with an incident.
pub(super) const fn progress<'a>(texts: &StatusTexts<'a>, state: IncidentState) -> &'a str {
    match state {
        IncidentState::Investigating => texts.incident_investigating,
        IncidentState::Identified => texts.incident_identified,
        IncidentState::Monitoring => texts.incident_monitoring,
        IncidentState::Resolved => texts.incident_resolved,
        IncidentState::Postmortem => texts.incident_postmortem,
    }
}

/// What is said of parts that are in one state: `Website and API do not work`.
fn of_parts(texts: &StatusTexts<'_>, state: ComponentState, names: &[&str]) -> String {
    let (one, many) = match state {
        ComponentState::Operational => (texts.is_operational_one, texts.is_operational_many),
        ComponentState::UnderMaintenance => {
            (texts.is_under_maintenance_one, texts.is_under_maintenance_many)
        }
        ComponentState::Unknown => (texts.is_unknown_one, texts.is_unknown_many),
        ComponentState::DegradedPerformance => {
            (texts.is_degraded_performance_one, texts.is_degraded_performance_many)
        }
        ComponentState::PartialOutage => {
            (texts.is_partial_outage_one, texts.is_partial_outage_many)
        }
        ComponentState::MajorOutage => (texts.is_major_outage_one, texts.is_major_outage_many),
    };
    fill(texts.counted(names.len(), one, many), &[("names", &list(texts, names))])
}

/// What is said where all parts are in one state.
const fn of_all<'a>(texts: &StatusTexts<'a>, state: ComponentState) -> &'a str {
    match state {
        ComponentState::Operational => texts.all_operational,
        ComponentState::UnderMaintenance => texts.all_under_maintenance,
        ComponentState::Unknown => texts.all_unknown,
        ComponentState::DegradedPerformance => texts.all_degraded_performance,
        ComponentState::PartialOutage => texts.all_partial_outage,
        ComponentState::MajorOutage => texts.all_major_outage,
    }
}

/// What is said where parts are in a state that cannot be named, or are too many.
const fn of_some<'a>(texts: &StatusTexts<'a>, state: ComponentState) -> &'a str {
    match state {
        ComponentState::Operational => texts.all_operational,
        ComponentState::UnderMaintenance => texts.some_under_maintenance,
        ComponentState::Unknown => texts.some_unknown,
        ComponentState::DegradedPerformance => texts.some_degraded_performance,
        ComponentState::PartialOutage => texts.some_partial_outage,
        ComponentState::MajorOutage => texts.some_major_outage,
    }
}

/// The most parts that the banner names.
const BANNER_NAMES_MAX: usize = 2;

/// What is said of the whole site, by the worst of its own parts.
pub(super) fn verdict(texts: &StatusTexts<'_>, view: StatusView<'_>) -> String {
    let worst = view.worst();
    if view.is_stale() && worst == ComponentState::Unknown {
        return texts.stale.into();
    }
    let all = view.components();
    let mut own: Vec<_> = all.iter().filter(|part| !part.component.is_third_party).collect();
    if own.is_empty() {
        own = all.iter().collect();
    }
    let hit = own.iter().filter(|part| part.state == worst);
    let names: Vec<_> = hit.map(|part| part.component.title.as_str()).collect();
    if worst == ComponentState::Operational || (names.len() == own.len() && names.len() != 1) {
        return of_all(texts, worst).into();
    }
    match names.len() {
        1..=BANNER_NAMES_MAX => of_parts(texts, worst, &names),
        _ => of_some(texts, worst).into(),
    }
}

/// The title of an incident: a person's, or else what it means for the parts that it hits hardest.
pub(super) fn title_of(
    texts: &StatusTexts<'_>,
    view: StatusView<'_>,
    incident: &PublicIncident,
) -> String {
    if let Some(title) = &incident.title {
        return title.clone();
    }
    let worst = incident.components.iter().map(|part| part.impact).max();
    match worst.filter(|worst| *worst > Impact::Operational) {
        Some(worst) => {
            let hit = incident.components.iter().filter(|part| part.impact == worst);
            let names: Vec<_> = hit.map(|part| part_title(view, &part.name)).collect();
            of_parts(texts, worst.into(), &names)
        }
        None => texts.incident_unnamed.to_string(),
    }
}

/// What people call a part of the site.
pub(super) fn part_title<'a>(view: StatusView<'a>, name: &'a str) -> &'a str {
    view.component_named(name).map_or(name, |part| &part.component.title)
}

/// The state whose mark an incident has.
pub(super) const fn mark_of(impact: StatusIndicator) -> ComponentState {
    match impact {
        StatusIndicator::None => ComponentState::Operational,
        StatusIndicator::Minor => ComponentState::DegradedPerformance,
        StatusIndicator::Major => ComponentState::PartialOutage,
        StatusIndicator::Critical => ComponentState::MajorOutage,
    }
}
