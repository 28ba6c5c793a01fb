//! The shapes of Statuspage's API v2 (metastatuspage.com/api).
//!
//! No member is ever `null`: what is not known is left out, and a list without elements is `[]`.
//! Published readers lose a whole answer to a `null` (PyPI statuspage-prometheus-exporter 2.6.0),
//! and none of them misses a member. Breakwater's own members stand below `breakwater`.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::base::rfc3339::Rfc3339;
use crate::site::status::{ComponentState, StatusIndicator};

/// The page that the state is of.
#[derive(Clone, Serialize)]
pub(super) struct PageJson<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) url: &'a str,
    pub(super) time_zone: &'static str,
    pub(super) updated_at: Rfc3339,
}

/// An answer: the page, and what was asked for.
#[derive(Serialize)]
pub(super) struct AnswerJson<'a, T> {
    pub(super) page: PageJson<'a>,
    #[serde(flatten)]
    pub(super) content: T,
}

/// What `status.json` has.
#[derive(Serialize)]
pub(super) struct StatusJson {
    pub(super) status: IndicatorJson,
    pub(super) breakwater: OwnStatusJson,
}

/// What `summary.json` has.
#[derive(Serialize)]
pub(super) struct SummaryJson<'a> {
    pub(super) components: Vec<ComponentJson<'a>>,
    pub(super) incidents: Vec<IncidentJson<'a>>,
    pub(super) scheduled_maintenances: Vec<IncidentJson<'a>>,
    pub(super) status: IndicatorJson,
    pub(super) breakwater: OwnSummaryJson,
}

/// What `components.json` has.
#[derive(Serialize)]
pub(super) struct ComponentsJson<'a> {
    pub(super) components: Vec<ComponentJson<'a>>,
}

/// What `components/NAME.json` has.
#[derive(Serialize)]
pub(super) struct OneComponentJson<'a> {
    pub(super) component: ComponentJson<'a>,
}

/// What `incidents.json` has.
#[derive(Serialize)]
pub(super) struct IncidentsJson<'a> {
    pub(super) incidents: Vec<IncidentJson<'a>>,
}

/// What `incidents/ID.json` has.
#[derive(Serialize)]
pub(super) struct OneIncidentJson<'a> {
    pub(super) incident: IncidentJson<'a>,
}

/// What `scheduled-maintenances.json` has.
#[derive(Serialize)]
pub(super) struct MaintenancesJson<'a> {
    pub(super) scheduled_maintenances: Vec<IncidentJson<'a>>,
}

/// What `scheduled-maintenances/ID.json` has.
#[derive(Serialize)]
pub(super) struct OneMaintenanceJson<'a> {
    pub(super) scheduled_maintenance: IncidentJson<'a>,
}

/// How the whole site is.
#[derive(Serialize)]
pub(super) struct IndicatorJson {
    pub(super) indicator: StatusIndicator,
    pub(super) description: &'static str,
}

/// A component, or a group of components.
#[derive(Clone, Serialize)]
pub(super) struct ComponentJson<'a> {
    pub(super) id: String,
    pub(super) name: &'a str,
    pub(super) status: &'static str,
    pub(super) created_at: Rfc3339,
    pub(super) updated_at: Rfc3339,
    pub(super) position: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    pub(super) showcase: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group_id: Option<String>,
    pub(super) page_id: &'a str,
    pub(super) group: bool,
    pub(super) only_show_if_degraded: bool,
    /// The ids of its members, on groups only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) components: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) breakwater: Option<OwnComponentJson<'a>>,
}

/// An incident, or a time of maintenance.
#[derive(Serialize)]
pub(super) struct IncidentJson<'a> {
    pub(super) id: &'a str,
    pub(super) name: Cow<'a, str>,
    pub(super) status: &'static str,
    pub(super) created_at: Rfc3339,
    pub(super) updated_at: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) monitoring_at: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resolved_at: Option<Rfc3339>,
    pub(super) impact: StatusIndicator,
    pub(super) shortlink: String,
    pub(super) started_at: Rfc3339,
    pub(super) page_id: &'a str,
    pub(super) incident_updates: Vec<UpdateJson<'a>>,
    pub(super) components: Vec<ComponentJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scheduled_for: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scheduled_until: Option<Rfc3339>,
}

/// What is told at one time.
#[derive(Serialize)]
pub(super) struct UpdateJson<'a> {
    pub(super) id: String,
    pub(super) status: &'static str,
    pub(super) body: Cow<'a, str>,
    pub(super) incident_id: &'a str,
    pub(super) created_at: Rfc3339,
    pub(super) updated_at: Rfc3339,
    pub(super) display_at: Rfc3339,
    pub(super) affected_components: Vec<AffectedJson<'a>>,
    pub(super) deliver_notifications: bool,
}

/// A component that an update changed.
#[derive(Serialize)]
pub(super) struct AffectedJson<'a> {
    pub(super) code: String,
    pub(super) name: &'a str,
    pub(super) old_status: &'static str,
    pub(super) new_status: &'static str,
}

/// What Breakwater says of the whole site besides.
#[derive(Serialize)]
pub(super) struct OwnStatusJson {
    pub(super) state: ComponentState,
    pub(super) as_of: Rfc3339,
}

/// The same with what visitors got.
#[derive(Serialize)]
pub(super) struct OwnSummaryJson {
    #[serde(flatten)]
    pub(super) status: OwnStatusJson,
    pub(super) visitors: Vec<OwnHourJson>,
}

/// What visitors got in an hour, in parts of a thousand.
#[derive(Serialize)]
pub(super) struct OwnHourJson {
    pub(super) hour: Rfc3339,
    pub(super) origin_permille: u64,
    pub(super) copies_permille: u64,
    pub(super) snapshots_permille: u64,
    pub(super) fallbacks_permille: u64,
    pub(super) other_permille: u64,
    pub(super) errors_permille: u64,
}

/// What Breakwater says of a component besides.
#[derive(Clone, Serialize)]
pub(super) struct OwnComponentJson<'a> {
    /// Its name in addresses. Groups have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    pub(super) state: ComponentState,
    pub(super) is_third_party: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Rfc3339>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) measured_at: Option<Rfc3339>,
    pub(super) stale_after_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uptime_ppm: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uptime_days: Option<usize>,
}
