//! The public state of the site: what anyone may read of its components, incidents and maintenance.
//!
//! The monitor makes a [`PublicStatus`], which holds nothing but what strangers may read. Every
//! public form is made of that and of nothing else: the status page, the JSON that clients of
//! Statuspage read, feeds, calendars and badges. So none of them can tell more than another.
//!
//! What was measured grows old. A [`StatusView`] is a state as it is read at one moment: a
//! component that was not measured for longer than its checks allow reads as `unknown`, and never
//! as well, whatever was known of it before.

mod answer;
pub mod badge;
pub mod calendar;
mod component;
mod endpoint;
mod etag;
pub mod feed;
mod fields;
mod incident;
mod knowledge;
mod links;
mod maintenance;
pub mod mirror;
pub mod notice;
pub mod page;
mod place;
mod render;
mod renderings;
mod state;
pub mod statuspage;
pub mod subscribe;
pub mod text;
mod unmeasured;
mod uptime;
mod view;
mod visitors;
pub mod widget;
pub mod wording;
mod xml;

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

pub use answer::{
    StatusAnswer, StatusCall, StatusRead, StatusRefusal, WIDGET_SCRIPT, missing, plan, respond,
};
pub use component::PublicComponent;
pub use endpoint::{BadgeFormat, StatusApi, StatusEndpoint, StatusMonth};
pub use etag::etag;
pub use feed::FeedFormat;
pub use incident::{
    INCIDENT_BYTES, INCIDENTS_BYTES, INCIDENTS_SHOWN, PublicIncident, PublicText, PublicUpdate,
    UPDATES_SHOWN,
};
pub use knowledge::{
    ASK_AGAIN_AFTER, AskingNote, KeptStatus, KnownStatus, NextStep, STATUS_ASK_WITHIN,
    STATUS_FRESH_FOR, STATUS_KEPT_FOR, StatusKnowledge, copy_is_due,
};
pub use maintenance::{MAINTENANCE_AHEAD, MAINTENANCE_SHOWN, MaintenancePhase, PublicMaintenance};
pub use place::{StatusAddresses, StatusPlace};
pub use render::StatusForms;
pub use renderings::{RENDERINGS_MAX, Renderings};
pub use state::{ComponentState, StatusIndicator};
pub use uptime::{
    DAYS_SHOWN, HOURS_SHOWN, PARTIAL_WEIGHT_PPM, PublicDay, PublicHour, uptime_ppm, weight_ppm,
};
pub use view::{ComponentView, STATUS_STALE_AFTER, StatusView};
pub use visitors::{VISITOR_HOURS_SHOWN, VisitorHour};

use crate::base::stored::StoredForm;
use crate::base::time::Timestamp;

/// What strangers may read of the site's state, as the monitor knew it at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicStatus {
    /// When the monitor said this.
    pub at: Timestamp,
    /// In the order of the site file, at most
    /// [`COMPONENTS_SHOWN_MAX`](crate::watch::component::COMPONENTS_SHOWN_MAX).
    pub components: Vec<PublicComponent>,
    /// The latest first, at most [`INCIDENTS_SHOWN`] and every one that is open.
    pub incidents: Vec<PublicIncident>,
    /// By their beginning, the earliest first, at most [`MAINTENANCE_SHOWN`].
    pub maintenance: Vec<PublicMaintenance>,
    /// What visitors got in the hours that are over and in the one that runs, the earliest first,
    /// at most [`VISITOR_HOURS_SHOWN`]. It is empty where the site file does not publish it.
    pub visitors: Vec<VisitorHour>,
}

impl StoredForm for PublicStatus {
    const VERSION: u32 = 1;
    const NAME: &'static str = "status";
    const NOUN: &'static str = "public status";
}

impl PublicStatus {
    /// This state as it is read at `now`.
    pub fn at(&self, now: Timestamp) -> StatusView<'_> {
        StatusView::new(self, now)
    }
}
