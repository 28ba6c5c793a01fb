//! The English words of the public state.

use core::fmt;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

use super::{IncidentName, IncidentTrouble, MaintenanceOf, TroubleExtent, TroubleSubject};
use crate::base::calendar::Date;
use crate::base::time::Timestamp;
use crate::site::status::{
    ComponentState, MaintenancePhase, PublicIncident, PublicMaintenance, PublicText, StatusView,
};
use crate::watch::incident::{Impact, IncidentState};

/// The state of the whole site in one line, in Statuspage's words where it has some.
pub const fn headline(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "All Systems Operational",
        ComponentState::UnderMaintenance => "Service Under Maintenance",
        ComponentState::Unknown => "Status Unknown",
        ComponentState::DegradedPerformance => "Partially Degraded Service",
        ComponentState::PartialOutage => "Partial System Outage",
        ComponentState::MajorOutage => "Major Service Outage",
    }
}

/// The state of a component, in the lower case of badges.
pub const fn component_state(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "operational",
        ComponentState::UnderMaintenance => "under maintenance",
        ComponentState::Unknown => "unknown",
        ComponentState::DegradedPerformance => "degraded performance",
        ComponentState::PartialOutage => "partial outage",
        ComponentState::MajorOutage => "major outage",
    }
}

/// What an incident means for a component, in lower case.
pub fn impact(impact: Impact) -> &'static str {
    component_state(impact.into())
}

/// How far people are with an incident.
pub const fn incident_state(state: IncidentState) -> &'static str {
    match state {
        IncidentState::Investigating => "Investigating",
        IncidentState::Identified => "Identified",
        IncidentState::Monitoring => "Monitoring",
        IncidentState::Resolved => "Resolved",
        IncidentState::Postmortem => "Postmortem",
    }
}

/// Where a time of maintenance stands.
pub const fn maintenance_phase(phase: MaintenancePhase) -> &'static str {
    match phase {
        MaintenancePhase::Scheduled => "Scheduled",
        MaintenancePhase::InProgress => "In progress",
        MaintenancePhase::Completed => "Completed",
    }
}

/// What an incident is called, in one line.
pub fn incident_name<'a>(
    incident: &'a PublicIncident,
    view: &StatusView<'a>,
    site: &str,
) -> Cow<'a, str> {
    match IncidentName::of(incident, view) {
        IncidentName::Written(title) => title.into(),
        IncidentName::Found(trouble) => what_is_wrong(trouble, site).into(),
    }
}

/// What an update tells, as text with line breaks.
pub fn update_text<'a>(
    text: &'a PublicText,
    incident: &'a PublicIncident,
    view: &StatusView<'a>,
    site: &str,
) -> Cow<'a, str> {
    let trouble = || IncidentTrouble::of(incident, view);
    match text {
        PublicText::Written(text) => text.into(),
        PublicText::Found => {
            format!("Our checks have found that {}.", what_is_wrong(trouble(), site)).into()
        }
        PublicText::Recovered => {
            let IncidentTrouble { subject, .. } = trouble();
            let works = if is_many(subject) { "work" } else { "works" };
            let subject = subject_of(subject, site);
            format!("Our checks have found that {subject} {works} again.").into()
        }
        PublicText::Closed => "The incident is over.".into(),
    }
}

/// What maintenance is called, in one line.
pub fn maintenance_name(maintenance: &PublicMaintenance, site: &str) -> String {
    match MaintenanceOf::from(maintenance) {
        MaintenanceOf::Site => format!("Maintenance of {site}"),
        MaintenanceOf::Parts => format!("Maintenance of parts of {site}"),
    }
}

/// When maintenance is, and what operators say about it.
pub fn maintenance_text(maintenance: &PublicMaintenance) -> String {
    let span = ShownSpan(maintenance.start, maintenance.end);
    match &maintenance.message {
        Some(message) => format!("{span}. {message}"),
        None => format!("{span}."),
    }
}

/// Something is wrong, as a sentence without its full stop.
fn what_is_wrong(IncidentTrouble { extent, subject }: IncidentTrouble<'_>, site: &str) -> String {
    let is = if is_many(subject) { "are" } else { "is" };
    let subject = subject_of(subject, site);
    match extent {
        TroubleExtent::Down => format!("{subject} {is} down"),
        TroubleExtent::PartlyDown => format!("{subject} {is} partly down"),
        TroubleExtent::Slow => format!("{subject} {is} slow"),
        TroubleExtent::Unnoticed => format!("{subject} {is} not as usual"),
    }
}

fn subject_of<'a>(subject: TroubleSubject<'a>, site: &'a str) -> Cow<'a, str> {
    match subject {
        TroubleSubject::Site => site.into(),
        TroubleSubject::One(title) => title.into(),
        TroubleSubject::Two(one, other) => format!("{one} and {other}").into(),
        TroubleSubject::More(one, others) => format!("{one} and {others} others").into(),
    }
}

const fn is_many(subject: TroubleSubject<'_>) -> bool {
    match subject {
        TroubleSubject::Site | TroubleSubject::One(_) => false,
        TroubleSubject::Two(..) | TroubleSubject::More(..) => true,
    }
}

/// A time to the minute with its zone, which stays when readers of feeds drop all markup:
/// `2026-11-28 12:03 UTC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownMinute(pub Timestamp);

impl fmt::Display for ShownMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, day, .. } = Date::of(self.0);
        write!(f, "{year:04}-{:02}-{day:02} {} UTC", month + 1, ShownClock(self.0))
    }
}

/// A span of time: `2026-11-28 02:00 to 04:30 UTC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownSpan(pub Timestamp, pub Timestamp);

impl fmt::Display for ShownSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(start, end) = *self;
        let (first, last) = (Date::of(start), Date::of(end));
        if (first.year, first.month, first.day) != (last.year, last.month, last.day) {
            return write!(f, "{} to {}", ShownMinute(start), ShownMinute(end));
        }
        let Date { year, month, day, .. } = first;
        let (start, end) = (ShownClock(start), ShownClock(end));
        write!(f, "{year:04}-{:02}-{day:02} {start} to {end} UTC", month + 1)
    }
}

/// What clocks in UTC show: `12:03`.
struct ShownClock(Timestamp);

impl fmt::Display for ShownClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = Date::of(self.0).ms / 60_000;
        write!(f, "{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rfc3339::parse;
    use alloc::string::ToString as _;

    #[test]
    fn what_is_wrong_is_a_sentence_about_one_or_many() {
        for (extent, subject, expected) in [
            (TroubleExtent::Down, TroubleSubject::Site, "Shop is down"),
            (TroubleExtent::Slow, TroubleSubject::One("Website"), "Website is slow"),
            (
                TroubleExtent::PartlyDown,
                TroubleSubject::Two("Cart", "Search"),
                "Cart and Search are partly down",
            ),
            (TroubleExtent::Down, TroubleSubject::More("Cart", 2), "Cart and 2 others are down"),
            (TroubleExtent::Unnoticed, TroubleSubject::One("Search"), "Search is not as usual"),
        ] {
            assert_eq!(what_is_wrong(IncidentTrouble { extent, subject }, "Shop"), expected);
        }
    }

    #[test]
    fn a_span_names_its_day_once_if_it_has_only_one() {
        let at = |text| parse(text).unwrap();
        let start = at("2026-11-28T02:00:00Z");
        let span = |end| ShownSpan(start, at(end)).to_string();
        assert_eq!(span("2026-11-28T04:30:59Z"), "2026-11-28 02:00 to 04:30 UTC");
        assert_eq!(span("2026-11-29T02:00:00Z"), "2026-11-28 02:00 UTC to 2026-11-29 02:00 UTC");
    }
}
