//! The incidents that strangers read of.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::Serialize;

use super::updates::public_updates;
use crate::base::cut::cut;
use crate::base::time::Timestamp;
use crate::site::monitoring::history::ToldOutage;
use crate::site::status::{
    INCIDENT_BYTES, INCIDENTS_BYTES, INCIDENTS_SHOWN, PublicIncident, PublicText, PublicUpdate,
    UPDATES_SHOWN,
};
use crate::watch::component::{ComponentSource, PublishedComponent};
use crate::watch::incident::{
    ComponentImpact, Impact, Incident, IncidentIndicator, IncidentOrigin,
};

/// What is left of a text, in bytes, where there is no room for more.
const CUT_WORDS: usize = 300;

/// What an incident means for a component.
struct Affected<'a> {
    component: &'a PublishedComponent,
    /// What it means, or meant while a check of the component failed.
    impact: Impact,
    /// Whether it does so no more, although the incident is not over.
    is_well_again: bool,
}

/// The components that an incident is about, in the order of the site file: those that people
/// named, with what they said, and those whose checks fail or failed.
fn affected<'a>(incident: &Incident, components: &'a [PublishedComponent]) -> Vec<Affected<'a>> {
    let of_component = |component: &'a PublishedComponent| {
        let told = told_impact(incident, component, components);
        if let Some(impact) = told {
            return Some(Affected { component, impact, is_well_again: false });
        }
        let ComponentSource::Checks(names) = &component.source else { return None };
        let mut checks = incident.checks().iter().filter(|it| names.contains(&it.name)).peekable();
        checks.peek()?;
        let is_well_again = incident.is_open() && !checks.any(|it| it.is_failing);
        Some(Affected { component, impact: component.impact, is_well_again })
    };
    components.iter().filter_map(of_component).collect()
}

/// What people said that an incident means for a component. They name it by its name or its title,
/// and a name is first of all a name.
fn told_impact(
    incident: &Incident,
    component: &PublishedComponent,
    components: &[PublishedComponent],
) -> Option<Impact> {
    let is_name = |text: &str| components.iter().any(|known| known.name == text);
    let is_meant =
        |text: &str| text == component.name || (text == component.title && !is_name(text));
    let told = incident.components().iter().filter(|it| is_meant(&it.name));
    told.map(|it| it.impact).max()
}

/// The times at which people said that components were not well, by the name of the component.
pub(super) fn told_outages<'a>(
    incidents: impl Iterator<Item = &'a Incident>,
    components: &[PublishedComponent],
    now: Timestamp,
) -> BTreeMap<&str, Vec<ToldOutage>> {
    let mut told: BTreeMap<&str, Vec<ToldOutage>> = BTreeMap::new();
    for incident in incidents.filter(|it| it.origin() == IncidentOrigin::Operator) {
        let (start, end) = (incident.since(), incident.resolved_at().unwrap_or(now).min(now));
        for component in components {
            let impact = told_impact(incident, component, components);
            let impact = impact.filter(|impact| *impact > Impact::Operational);
            if let Some(impact) = impact {
                let outage = ToldOutage { start, end, impact };
                told.entry(&component.name).or_default().push(outage);
            }
        }
    }
    told
}

/// The incidents that are told, the latest first: all that are open, and the latest of those that
/// are over, as far as there is room.
pub(super) fn public_incidents<'a>(
    incidents: impl Iterator<Item = &'a Incident>,
    components: &[PublishedComponent],
) -> Vec<PublicIncident> {
    let mut told: Vec<&Incident> = incidents.collect();
    told.sort_by_key(|it| (it.is_open(), it.since(), it.opened_at()));
    let mut shown: Vec<PublicIncident> = Vec::new();
    let (mut over, mut room) = (0, INCIDENTS_BYTES);
    for incident in told.into_iter().rev() {
        let Some(mut incident) = public_incident(incident, components) else { continue };
        if !incident.is_open() {
            over += 1;
        }
        let mut size = bytes(&incident);
        if over > INCIDENTS_SHOWN || (over > 0 && size > room) {
            break;
        }
        if size > room {
            shorten(&mut incident);
            size = bytes(&incident);
        }
        room = room.saturating_sub(size);
        shown.push(incident);
    }
    shown.sort_by(|a, b| (b.since, b.opened_at, &b.id).cmp(&(a.since, a.opened_at, &a.id)));
    shown
}

/// An incident, unless it is the machine's and about nothing that the site publishes.
pub(in crate::site::monitoring) fn public_incident(
    incident: &Incident,
    components: &[PublishedComponent],
) -> Option<PublicIncident> {
    let affected = affected(incident, components);
    if affected.is_empty() && incident.origin() == IncidentOrigin::Machine {
        return None;
    }
    let worst = affected.iter().map(|it| it.impact.indicator()).max();
    let (mut updates, changed_at) = public_updates(incident);
    let is_published = |check: &str| {
        affected.iter().any(|it| match &it.component.source {
            ComponentSource::Checks(names) => names.iter().any(|name| name == check),
            ComponentSource::Dependency(_) => false,
        })
    };
    let checks = incident.checks().iter().filter(|it| is_published(&it.name));
    let turns = checks.flat_map(|it| [Some(it.since), it.resolved_at]).flatten();
    let updated_at = turns.chain([incident.opened_at(), changed_at]).max();
    let postmortem = incident.postmortem();
    let room = INCIDENT_BYTES.saturating_sub(postmortem.map_or(0, |text| bytes(&text)));
    bound(&mut updates, room);
    updates.first()?;
    Some(PublicIncident {
        id: incident.id().into(),
        title: incident.written_title().map(Into::into),
        state: incident.state(),
        impact: worst.unwrap_or_else(|| IncidentIndicator::of(incident.severity())),
        components: affected.iter().map(Affected::shown).collect(),
        since: incident.since(),
        opened_at: incident.opened_at(),
        updated_at: updated_at.unwrap_or_default(),
        resolved_at: incident.resolved_at(),
        updates,
        postmortem: postmortem.map(Into::into),
    })
}

impl Affected<'_> {
    fn shown(&self) -> ComponentImpact {
        let impact = if self.is_well_again { Impact::Operational } else { self.impact };
        ComponentImpact { name: self.component.name.clone(), impact }
    }
}

/// Leaves the first update and the latest, as many as are shown and as there is room for.
fn bound(updates: &mut Vec<PublicUpdate>, room: usize) {
    let mut sizes: Vec<usize> = updates.iter().map(bytes).collect();
    let mut size: usize = sizes.iter().sum();
    while updates.len() > 2 && (updates.len() > UPDATES_SHOWN || size > room) {
        updates.remove(1);
        size -= sizes.remove(1);
    }
}

/// Leaves the beginning of what was said last.
fn shorten(incident: &mut PublicIncident) {
    incident.updates.drain(..incident.updates.len().saturating_sub(1));
    for update in &mut incident.updates {
        if let PublicText::Written(text) = &mut update.text {
            cut(text, CUT_WORDS);
        }
    }
    if let Some(postmortem) = &mut incident.postmortem {
        cut(postmortem, CUT_WORDS);
    }
}

/// The bytes of its JSON.
fn bytes(value: &impl Serialize) -> usize {
    serde_json::to_string(value).map_or(0, |json| json.len())
}
