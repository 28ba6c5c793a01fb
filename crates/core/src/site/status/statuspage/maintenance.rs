//! Maintenance, which Statuspage has in the shape of an incident with a time that was announced.

use alloc::format;
use alloc::vec::Vec;

use super::StatuspageApi;
use super::shapes::{IncidentJson, UpdateJson};
use crate::base::rfc3339::Rfc3339;
use crate::base::time::Timestamp;
use crate::site::status::wording::english;
use crate::site::status::{MaintenancePhase, PublicMaintenance, StatusIndicator};

impl<'a> StatuspageApi<'a> {
    /// The times in one of these phases, the earliest first.
    pub(super) fn maintenances(&'a self, phases: &[MaintenancePhase]) -> Vec<IncidentJson<'a>> {
        let all = self.view.status().maintenance.iter();
        let meant = all.filter(|it| phases.contains(&it.phase(self.view.now())));
        meant.map(|it| self.maintenance(it)).collect()
    }

    pub(super) fn maintenance(&'a self, maintenance: &'a PublicMaintenance) -> IncidentJson<'a> {
        let phase = maintenance.phase(self.view.now());
        let site = self.place.site_name;
        let since = since(maintenance, phase);
        let is_over = phase == MaintenancePhase::Completed;
        let is_whole = maintenance.is_whole_site;
        IncidentJson {
            id: &maintenance.id,
            name: english::maintenance_name(maintenance, site).into(),
            status: phase.as_str(),
            created_at: Rfc3339(maintenance.public_since()),
            updated_at: Rfc3339(since),
            monitoring_at: None,
            resolved_at: is_over.then_some(Rfc3339(maintenance.end)),
            // Statuspage says `maintenance`, which its own strict clients refuse. It is no trouble.
            impact: StatusIndicator::None,
            shortlink: self.place.maintenance_url(&maintenance.id),
            started_at: Rfc3339(maintenance.start),
            page_id: &self.page_id,
            incident_updates: self.steps(maintenance, phase),
            components: self.components_where(|view| is_whole && !view.component.is_third_party),
            scheduled_for: Some(Rfc3339(maintenance.start)),
            scheduled_until: Some(Rfc3339(maintenance.end)),
        }
    }

    /// An update for each phase that it has come to, the latest first.
    fn steps(
        &'a self,
        maintenance: &'a PublicMaintenance,
        phase: MaintenancePhase,
    ) -> Vec<UpdateJson<'a>> {
        let come: &[MaintenancePhase] = match phase {
            MaintenancePhase::Scheduled => &[MaintenancePhase::Scheduled],
            MaintenancePhase::InProgress => {
                &[MaintenancePhase::InProgress, MaintenancePhase::Scheduled]
            }
            MaintenancePhase::Completed => &[
                MaintenancePhase::Completed,
                MaintenancePhase::InProgress,
                MaintenancePhase::Scheduled,
            ],
        };
        let step = |&phase: &MaintenancePhase| {
            let at = Rfc3339(since(maintenance, phase));
            let text = match phase {
                MaintenancePhase::Scheduled => english::maintenance_text(maintenance).into(),
                MaintenancePhase::InProgress => "The maintenance has begun.".into(),
                MaintenancePhase::Completed => "The maintenance is over.".into(),
            };
            UpdateJson {
                id: format!("{}-{}", maintenance.id, phase.as_str()),
                status: phase.as_str(),
                body: text,
                incident_id: &maintenance.id,
                created_at: at,
                updated_at: at,
                display_at: at,
                affected_components: Vec::new(),
                deliver_notifications: false,
            }
        };
        come.iter().map(step).collect()
    }
}

/// Since when it is in a phase that it has come to.
fn since(maintenance: &PublicMaintenance, phase: MaintenancePhase) -> Timestamp {
    match phase {
        MaintenancePhase::Scheduled => maintenance.public_since(),
        MaintenancePhase::InProgress => maintenance.start,
        MaintenancePhase::Completed => maintenance.end,
    }
}
