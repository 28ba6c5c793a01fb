//! A state as it is read at one moment.

use alloc::vec::Vec;

use super::maintenance::MaintenancePhase;
use super::state::{ComponentState, StatusIndicator};
use super::uptime::uptime_ppm;
use super::{PublicComponent, PublicIncident, PublicMaintenance, PublicStatus};
use crate::base::time::{Millis, Timestamp};

/// When a state is so old that it says nothing of any component: 5 minutes, after which the
/// monitor has missed several rounds, whatever its checks allow.
pub const STATUS_STALE_AFTER: Millis = Millis::from_secs(300);

/// A state with the moment at which it is read.
#[derive(Clone, Copy, Debug)]
pub struct StatusView<'a> {
    status: &'a PublicStatus,
    now: Timestamp,
}

/// A component at the moment at which it is read.
#[derive(Clone, Copy, Debug)]
pub struct ComponentView<'a> {
    /// What is known of it.
    pub component: &'a PublicComponent,
    /// How it is now.
    pub state: ComponentState,
}

impl<'a> StatusView<'a> {
    pub(super) const fn new(status: &'a PublicStatus, now: Timestamp) -> Self {
        Self { status, now }
    }

    /// What is read.
    pub const fn status(&self) -> &'a PublicStatus {
        self.status
    }

    /// When it is read.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// How old it is.
    pub fn age(&self) -> Millis {
        self.now.since(self.status.at)
    }

    /// Whether it is too old to say anything of a component.
    pub fn is_stale(&self) -> bool {
        self.age() >= STATUS_STALE_AFTER
    }

    /// The components that are shown, in the order of the site file.
    pub fn components(&self) -> Vec<ComponentView<'a>> {
        let views = self.status.components.iter().map(|component| self.component(component));
        views
            .filter(|view| {
                !view.component.only_if_degraded || view.state != ComponentState::Operational
            })
            .collect()
    }

    /// A component by name, whether or not it is shown.
    pub fn component_named(&self, name: &str) -> Option<ComponentView<'a>> {
        let found = self.status.components.iter().find(|component| component.name == name);
        found.map(|component| self.component(component))
    }

    /// A component as it is now.
    pub fn component(&self, component: &'a PublicComponent) -> ComponentView<'a> {
        let is_young = |at: Timestamp| self.now.since(at) < component.stale_after;
        let is_known = !self.is_stale() && component.measured_at.is_some_and(is_young);
        let measured = if is_known { component.state } else { ComponentState::Unknown };
        // What people said holds, however old the measurements are.
        let told = self.open_incidents().flat_map(|incident| &incident.components);
        let told = told.filter(|impact| impact.name == component.name);
        let told = told.map(|impact| ComponentState::from(impact.impact)).max();
        let is_closed =
            self.maintenance_in(MaintenancePhase::InProgress).any(|it| it.is_whole_site);
        let state = match told {
            _ if is_closed && !component.is_third_party => ComponentState::UnderMaintenance,
            Some(told) if told > ComponentState::Operational => told.max(measured),
            _ => measured,
        };
        ComponentView { component, state }
    }

    /// The worst state of all components, which the banner tells; `unknown` if there is none. What
    /// others run does not count, as long as something of the site's own is shown.
    pub fn worst(&self) -> ComponentState {
        let components = self.components();
        let own = components.iter().filter(|view| !view.component.is_third_party);
        let own = own.map(|view| view.state).max();
        let of_components = own.or_else(|| components.iter().map(|view| view.state).max());
        // An incident that names no component concerns the site as a whole.
        let unnamed = self.open_incidents().filter(|incident| incident.components.is_empty());
        let unnamed = unnamed.map(|incident| match incident.impact {
            StatusIndicator::None => ComponentState::Operational,
            StatusIndicator::Minor => ComponentState::DegradedPerformance,
            StatusIndicator::Major => ComponentState::PartialOutage,
            StatusIndicator::Critical => ComponentState::MajorOutage,
        });
        of_components.into_iter().chain(unnamed).max().unwrap_or_default()
    }

    /// How the whole site is, in Statuspage's words.
    pub fn indicator(&self) -> StatusIndicator {
        self.worst().indicator()
    }

    /// The incidents that are not over, the latest first.
    pub fn open_incidents(&self) -> impl Iterator<Item = &'a PublicIncident> + use<'a> {
        self.status.incidents.iter().filter(|incident| incident.is_open())
    }

    /// The incident of this id.
    pub fn incident(&self, id: &str) -> Option<&'a PublicIncident> {
        self.status.incidents.iter().find(|incident| incident.id == id)
    }

    /// The times of maintenance in a phase, the earliest first.
    pub fn maintenance_in(
        &self,
        phase: MaintenancePhase,
    ) -> impl Iterator<Item = &'a PublicMaintenance> + use<'a> {
        let now = self.now;
        self.status.maintenance.iter().filter(move |it| it.phase(now) == phase)
    }
}

impl ComponentView<'_> {
    /// Its uptime in the days that are shown, in millionths; `None` if nothing was measured.
    pub fn uptime_ppm(&self) -> Option<u32> {
        uptime_ppm(&self.component.days)
    }
}
