//! The public state as clients of Statuspage read it: its API v2, in JSON.
//!
//! `docs/reference/status-api.md` has the shapes. Clients refuse other words than Statuspage's, so
//! that what Breakwater knows besides, such as the state `unknown`, stands in members of its own.

mod component;
mod incident;
mod maintenance;
mod shapes;

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use self::component::{Listed, listed};
use self::shapes::{
    AnswerJson, ComponentJson, ComponentsJson, IncidentsJson, IndicatorJson, MaintenancesJson,
    OneComponentJson, OneIncidentJson, OneMaintenanceJson, OwnHourJson, OwnStatusJson,
    OwnSummaryJson, PageJson, StatusJson, SummaryJson,
};
use super::etag::push_digest;
use super::wording::english;
use super::{MaintenancePhase, StatusPlace, StatusView, VisitorHour};
use crate::base::rfc3339::Rfc3339;

/// How many incidents `incidents.json` has, the latest first: as many as Statuspage's own.
pub const INCIDENTS_LISTED: usize = 50;

/// How many bytes of a name's SHA-256 an id has: 6, in 12 digits, as long as Statuspage's ids.
const ID_BYTES: usize = 6;

/// `summary.json`: the state with its components, open incidents, and maintenance that holds or is
/// to come.
pub fn summary(place: &StatusPlace<'_>, view: &StatusView<'_>) -> String {
    let api = StatuspageApi::new(place, view);
    let visitors = view.status().visitors.iter().map(hour).collect();
    api.answer(SummaryJson {
        components: api.components(),
        incidents: view.open_incidents().map(|it| api.incident(it)).collect(),
        scheduled_maintenances: api
            .maintenances(&[MaintenancePhase::InProgress, MaintenancePhase::Scheduled]),
        status: api.indicator(),
        breakwater: OwnSummaryJson { status: api.own_status(), visitors },
    })
}

/// `status.json`: the state of the whole site.
pub fn status(place: &StatusPlace<'_>, view: &StatusView<'_>) -> String {
    let api = StatuspageApi::new(place, view);
    api.answer(StatusJson { status: api.indicator(), breakwater: api.own_status() })
}

/// `components.json`: all components and groups.
pub fn components(place: &StatusPlace<'_>, view: &StatusView<'_>) -> String {
    let api = StatuspageApi::new(place, view);
    api.answer(ComponentsJson { components: api.components() })
}

/// `components/NAME.json`: one component, by its name or by the id that it or a group has in the
/// other documents; `None` if there is no such component.
pub fn component(place: &StatusPlace<'_>, view: &StatusView<'_>, name: &str) -> Option<String> {
    let api = StatuspageApi::new(place, view);
    let by_name = api.listed.iter().find(|it| it.name() == Some(name));
    let meant = by_name.or_else(|| api.listed.iter().find(|it| it.id() == name))?;
    Some(api.answer(OneComponentJson { component: api.component(meant, true) }))
}

/// `incidents.json`: the latest [`INCIDENTS_LISTED`] incidents.
pub fn incidents(place: &StatusPlace<'_>, view: &StatusView<'_>) -> String {
    let api = StatuspageApi::new(place, view);
    let latest = view.status().incidents.iter().take(INCIDENTS_LISTED);
    api.answer(IncidentsJson { incidents: latest.map(|it| api.incident(it)).collect() })
}

/// `incidents/unresolved.json`: the incidents that are not over.
pub fn unresolved_incidents(place: &StatusPlace<'_>, view: &StatusView<'_>) -> String {
    let api = StatuspageApi::new(place, view);
    api.answer(IncidentsJson {
        incidents: view.open_incidents().map(|it| api.incident(it)).collect(),
    })
}

/// `incidents/ID.json`: one incident; `None` if there is none of this id.
pub fn incident(place: &StatusPlace<'_>, view: &StatusView<'_>, id: &str) -> Option<String> {
    let api = StatuspageApi::new(place, view);
    Some(api.answer(OneIncidentJson { incident: api.incident(view.incident(id)?) }))
}

/// `scheduled-maintenances.json`, or with phases `scheduled-maintenances/upcoming.json` and
/// `scheduled-maintenances/active.json`: the times of maintenance in one of these phases.
pub fn scheduled_maintenances(
    place: &StatusPlace<'_>,
    view: &StatusView<'_>,
    phases: &[MaintenancePhase],
) -> String {
    let api = StatuspageApi::new(place, view);
    api.answer(MaintenancesJson { scheduled_maintenances: api.maintenances(phases) })
}

/// `scheduled-maintenances/ID.json`: one time of maintenance; `None` if there is none of this id.
pub fn scheduled_maintenance(
    place: &StatusPlace<'_>,
    view: &StatusView<'_>,
    id: &str,
) -> Option<String> {
    let api = StatuspageApi::new(place, view);
    let meant = view.status().maintenance.iter().find(|it| it.id == id)?;
    Some(api.answer(OneMaintenanceJson { scheduled_maintenance: api.maintenance(meant) }))
}

/// What all documents of one state share.
struct StatuspageApi<'a> {
    place: &'a StatusPlace<'a>,
    view: &'a StatusView<'a>,
    page_id: String,
    listed: Vec<Listed<'a>>,
}

impl<'a> StatuspageApi<'a> {
    fn new(place: &'a StatusPlace<'a>, view: &'a StatusView<'a>) -> Self {
        Self { place, view, page_id: id_of("page", place.site_url), listed: listed(view) }
    }

    /// A document. Only maps with keys that are no texts, and a writer that fails, make errors.
    fn answer<T: Serialize>(&'a self, content: T) -> String {
        let page = PageJson {
            id: &self.page_id,
            name: self.place.site_name,
            url: self.place.url,
            time_zone: "Etc/UTC",
            updated_at: Rfc3339(self.view.status().at),
        };
        serde_json::to_string(&AnswerJson { page, content }).unwrap_or_default()
    }

    fn indicator(&self) -> IndicatorJson {
        let worst = self.view.worst();
        IndicatorJson { indicator: worst.indicator(), description: english::headline(worst) }
    }

    fn own_status(&self) -> OwnStatusJson {
        OwnStatusJson { state: self.view.worst(), as_of: Rfc3339(self.view.status().at) }
    }

    fn components(&'a self) -> Vec<ComponentJson<'a>> {
        self.listed.iter().map(|it| self.component(it, true)).collect()
    }
}

/// An id that is made of what something is and what it is called, so that it stays the same for as
/// long as the name does.
fn id_of(kind: &str, name: &str) -> String {
    let mut id = String::with_capacity(2 * ID_BYTES);
    push_digest(&mut id, &[kind, ":", name].concat(), ID_BYTES);
    id
}

fn hour(VisitorHour { hour, permille }: &VisitorHour) -> OwnHourJson {
    OwnHourJson {
        hour: Rfc3339(*hour),
        origin_permille: permille.origin,
        copies_permille: permille.copies,
        snapshots_permille: permille.snapshots,
        fallbacks_permille: permille.fallbacks,
        other_permille: permille.other,
        errors_permille: permille.errors,
    }
}
