//! What is told, one entry for each update.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::{FEED_ENTRIES, FEED_MAINTENANCE_AHEAD};
use crate::base::calendar::Date;
use crate::base::percent;
use crate::base::rfc3339::LAST;
use crate::base::time::Timestamp;
use crate::site::status::wording::english::{self, ShownMinute};
use crate::site::status::xml::escaped;
use crate::site::status::{
    MaintenancePhase, PublicComponent, PublicIncident, PublicMaintenance, PublicText, PublicUpdate,
    StatusPlace, StatusView,
};
use crate::watch::incident::{Impact, IncidentState};

/// One thing that is told.
pub(super) struct FeedEntry {
    /// A tag URI that no other entry has, and that stays the same.
    pub(super) id: String,
    pub(super) title: String,
    /// Where people read more.
    pub(super) url: String,
    pub(super) published: Timestamp,
    pub(super) updated: Timestamp,
    /// HTML.
    pub(super) content: String,
}

/// The latest [`FEED_ENTRIES`] entries, the latest first, of everything or of what concerns a
/// component.
pub(super) fn entries(
    place: &StatusPlace<'_>,
    view: &StatusView<'_>,
    component: Option<&PublicComponent>,
) -> Vec<FeedEntry> {
    let mut all = Vec::new();
    for incident in view.status().incidents.iter().filter(|it| concerns(it, component)) {
        add_incident(&mut all, place, view, incident);
    }
    let is_own = component.is_none_or(|component| !component.is_third_party);
    for maintenance in &view.status().maintenance {
        if component.is_none() || (is_own && maintenance.is_whole_site) {
            all.extend(announcement(place, view, maintenance));
        }
    }
    all.sort_by(|one, other| {
        (Reverse(one.published), &one.id).cmp(&(Reverse(other.published), &other.id))
    });
    all.truncate(FEED_ENTRIES);
    all
}

/// Whether an incident is about a component. One that names none is about all that the site runs
/// itself.
fn concerns(incident: &PublicIncident, component: Option<&PublicComponent>) -> bool {
    let Some(component) = component else { return true };
    let is_named = incident.components.iter().any(|it| it.name == component.name);
    is_named || (incident.components.is_empty() && !component.is_third_party)
}

/// Adds an incident of which subscribers are told. One that was filled in afterwards without a
/// word to them is on the page only, as are updates that they are not to be told of, except for the
/// end of what they have heard of.
fn add_incident(
    all: &mut Vec<FeedEntry>,
    place: &StatusPlace<'_>,
    view: &StatusView<'_>,
    incident: &PublicIncident,
) {
    if !incident.updates.iter().any(is_told) {
        return;
    }
    let is_end = |update: &PublicUpdate| update.state == IncidentState::Resolved;
    let told = incident.updates.iter().filter(|it| is_told(it) || is_end(it));
    let site = place.site_name;
    let name = english::incident_name(incident, view, site);
    let entry = |key: &str, anchor: &str, state, published, updated, text: &str| FeedEntry {
        id: tag(place, incident.opened_at, &["incidents", &incident.id, key]),
        title: format!("{}: {name}", english::incident_state(state)),
        url: place.update_url(&incident.id, anchor),
        published,
        updated,
        content: incident_html(view, incident, text, published),
    };
    for update in told {
        let text = english::update_text(&update.text, incident, view, site);
        let updated = update.edited_at.unwrap_or_default().max(update.at);
        let number = format!("{}", update.number);
        let anchor = [&incident.id, "-", &number].concat();
        all.push(entry(&number, &anchor, update.state, update.at, updated, &text));
    }
    if let Some(text) = &incident.postmortem {
        let at = incident.updated_at;
        all.push(entry("postmortem", "postmortem", IncidentState::Postmortem, at, at, text));
    }
}

/// Whether subscribers are told of an update. They are of all that the machine finds.
const fn is_told(update: &PublicUpdate) -> bool {
    match update.text {
        PublicText::Found | PublicText::Recovered => true,
        PublicText::Written(_) | PublicText::Closed => update.notify,
    }
}

fn incident_html(
    view: &StatusView<'_>,
    incident: &PublicIncident,
    text: &str,
    at: Timestamp,
) -> String {
    let mut html = html_of(text);
    let mut affected = Vec::new();
    for it in incident.components.iter().filter(|it| it.impact != Impact::Operational) {
        if let Some(component) = view.component_named(&it.name) {
            let (title, impact) = (&component.component.title, english::impact(it.impact));
            affected.push(format!("{title} ({impact})"));
        }
    }
    if !affected.is_empty() {
        html += &html_of(&format!("Affected: {}.", affected.join(", ")));
    }
    html + &html_of(&format!("{}.", ShownMinute(at)))
}

/// The announcement of maintenance. Each change of its time is an announcement of its own.
fn announcement(
    place: &StatusPlace<'_>,
    view: &StatusView<'_>,
    maintenance: &PublicMaintenance,
) -> Option<FeedEntry> {
    let ahead = maintenance.start.before(FEED_MAINTENANCE_AHEAD);
    let published = maintenance.announced_at.unwrap_or(ahead);
    if view.now() < published {
        return None;
    }
    let revision = format!("{}", maintenance.revision);
    let name = english::maintenance_name(maintenance, place.site_name);
    let phase = english::maintenance_phase(MaintenancePhase::Scheduled);
    Some(FeedEntry {
        id: tag(place, published, &["maintenance", &maintenance.id, &revision]),
        title: format!("{phase}: {name}"),
        url: place.maintenance_url(&maintenance.id),
        published,
        updated: published,
        content: html_of(&english::maintenance_text(maintenance)),
    })
}

/// Text as HTML: each line that is not empty is a paragraph.
fn html_of(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        html.push_str("<p>");
        html.push_str(&escaped(line));
        html.push_str("</p>");
    }
    html
}

/// A tag URI (RFC 4151 §2.1): the site's host, the day in UTC on which the tag was made, and what
/// it is of.
fn tag(place: &StatusPlace<'_>, made: Timestamp, path: &[&str]) -> String {
    let Date { year, month, day, .. } = Date::of(made.min(LAST));
    let (host, month) = (place.host(), month + 1);
    let mut tag = format!("tag:{host},{year:04}-{month:02}-{day:02}:status");
    for part in path {
        tag.push('/');
        percent::push(&mut tag, part);
    }
    tag
}
