//! Incidents.

use alloc::format;
use alloc::vec::Vec;

use super::shapes::{AffectedJson, IncidentJson, UpdateJson};
use super::{StatuspageApi, id_of};
use crate::base::rfc3339::Rfc3339;
use crate::site::status::wording::english;
use crate::site::status::{PublicIncident, PublicText, PublicUpdate};
use crate::watch::incident::{Impact, IncidentState};

impl<'a> StatuspageApi<'a> {
    pub(super) fn incident(&'a self, incident: &'a PublicIncident) -> IncidentJson<'a> {
        let is_of = |name: &str| incident.components.iter().any(|it| it.name == name);
        let monitoring = incident.updates.iter().find(|it| it.state == IncidentState::Monitoring);
        IncidentJson {
            id: &incident.id,
            name: english::incident_name(incident, self.view, self.place.site_name),
            status: incident.state.as_str(),
            created_at: Rfc3339(incident.opened_at),
            updated_at: Rfc3339(incident.updated_at),
            monitoring_at: monitoring.map(|update| Rfc3339(update.at)),
            resolved_at: incident.resolved_at.map(Rfc3339),
            impact: incident.impact,
            shortlink: self.place.incident_url(&incident.id),
            started_at: Rfc3339(incident.since),
            page_id: &self.page_id,
            incident_updates: self.updates(incident),
            components: self.components_where(|view| is_of(&view.component.name)),
            scheduled_for: None,
            scheduled_until: None,
        }
    }

    /// The updates, the latest first. What was found out afterwards is the latest of all.
    fn updates(&'a self, incident: &'a PublicIncident) -> Vec<UpdateJson<'a>> {
        let postmortem = incident.postmortem.as_deref().map(|text| UpdateJson {
            id: format!("{}-postmortem", incident.id),
            status: IncidentState::Postmortem.as_str(),
            body: text.into(),
            incident_id: &incident.id,
            created_at: Rfc3339(incident.updated_at),
            updated_at: Rfc3339(incident.updated_at),
            display_at: Rfc3339(incident.updated_at),
            affected_components: Vec::new(),
            deliver_notifications: false,
        });
        let updates = incident.updates.iter().enumerate().rev();
        let updates = updates.map(|(index, update)| self.update(incident, index, update));
        postmortem.into_iter().chain(updates).collect()
    }

    fn update(
        &'a self,
        incident: &'a PublicIncident,
        index: usize,
        update: &'a PublicUpdate,
    ) -> UpdateJson<'a> {
        let site = self.place.site_name;
        UpdateJson {
            id: format!("{}-{}", incident.id, update.number),
            status: update.state.as_str(),
            body: english::update_text(&update.text, incident, self.view, site),
            incident_id: &incident.id,
            created_at: Rfc3339(update.at),
            updated_at: Rfc3339(update.edited_at.unwrap_or(update.at)),
            display_at: Rfc3339(update.at),
            affected_components: self.affected(incident, index),
            deliver_notifications: update.notify,
        }
    }

    /// What an update changed for components. Of an incident only the impact that it has now is
    /// known, or had at its end. So the change is known of the end, and of the beginning as long as
    /// no person has said something else since.
    fn affected(&'a self, incident: &'a PublicIncident, index: usize) -> Vec<AffectedJson<'a>> {
        let later = incident.updates.get(index + 1..).unwrap_or_default();
        let update = incident.updates.get(index);
        let ends = update.is_some_and(|it| it.state == IncidentState::Resolved)
            && later.is_empty()
            && !incident.is_open();
        let begins = index == 0 && !later.iter().any(|it| is_written(&it.text));
        if !ends && !begins {
            return Vec::new();
        }
        let impacts = incident.components.iter().filter(|it| it.impact != Impact::Operational);
        let known = impacts.filter_map(|it| Some((it, self.view.component_named(&it.name)?)));
        let well = Impact::Operational.as_str();
        known
            .map(|(it, view)| AffectedJson {
                code: id_of("component", &it.name),
                name: &view.component.title,
                old_status: if ends { it.impact.as_str() } else { well },
                new_status: if ends { well } else { it.impact.as_str() },
            })
            .collect()
    }
}

const fn is_written(text: &PublicText) -> bool {
    match text {
        PublicText::Written(_) => true,
        PublicText::Found | PublicText::Recovered | PublicText::Closed => false,
    }
}
