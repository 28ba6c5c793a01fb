//! What operators did, as the site's history keeps it and shows it.

mod asked;
mod session;

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    CheckOrder, CheckTest, Operation, Operator, Order, OrderName, OrderReason, Ordered, SiteOrder,
};
use crate::base::pattern::Pattern;
use crate::base::rfc3339::Shown;
use crate::base::time::Timestamp;
use crate::cache::tag_purge::CacheTag;
use crate::watch::incident::IncidentChange;
use crate::watch::maintenance::{MaintenanceSeries, Window};

pub use asked::AskedOnce;
pub use session::SessionEvent;

/// Events kept: years of them, or a script that runs wild for an hour.
pub const EVENTS_MAX: u32 = 1_000;
/// Of them, what operators are shown, the newest first.
pub const EVENTS_SHOWN: u32 = 100;

/// Something that an operator did. It is only written: the history keeps it as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// Why, if the operator said so.
    pub reason: Option<OrderReason>,
    /// Who.
    pub by: Operator,
}

/// What an operator did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An order to circuits.
    Circuits {
        /// What was ordered.
        order: OrderName,
        /// The circuits.
        circuits: Vec<String>,
        /// When it lapses by itself, if it does.
        expires_at: Option<Timestamp>,
    },
    /// Copies were purged.
    Purge {
        /// Of which paths.
        pattern: Pattern,
        /// Snapshots that were among them.
        snapshots: u32,
    },
    /// Copies with these tags were purged.
    PurgeTags {
        /// The tags.
        tags: Vec<CacheTag>,
        /// Snapshots that were among them.
        snapshots: u32,
    },
    /// Maintenance was ordered.
    Maintenance {
        /// When, and for which paths.
        window: Window,
    },
    /// Maintenance that recurs was ordered.
    Series {
        /// When, and for which paths.
        series: Box<MaintenanceSeries>,
    },
    /// Maintenance was lifted.
    LiftMaintenance {
        /// What was lifted.
        windows: Vec<Window>,
    },
    /// A check is not made.
    PauseCheck {
        /// The check.
        check: String,
        /// When it is made again by itself.
        expires_at: Timestamp,
    },
    /// A check is made again.
    LiftPause {
        /// The check.
        check: String,
    },
    /// A check was tried once.
    TestCheck {
        /// What the operator called it.
        check: String,
        /// Its kind.
        kind: &'static str,
        /// What was asked, without a query.
        target: String,
        /// From where.
        places: Vec<&'static str>,
    },
    /// An incident was opened by hand.
    OpenIncident {
        /// Its id.
        incident: String,
        /// Its title.
        title: String,
    },
    /// An incident was ended by hand.
    ResolveIncident {
        /// Its id.
        incident: String,
    },
    /// An incident is not over.
    ReopenIncident {
        /// Its id.
        incident: String,
    },
    /// Anything else, done with a tool of the MCP endpoint, which always says why.
    Tool {
        /// What was done.
        operation: Operation,
        /// To what, by the API's names.
        about: Vec<(&'static str, Value)>,
    },
    /// Something was done once, and nothing of it holds.
    Once(AskedOnce),
    /// A session has begun or ended.
    Session(SessionEvent),
    /// All that was stored of a subscriber was deleted.
    ForgetSubscriber {
        /// Its id, which does not tell its address.
        subscriber: String,
    },
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &self.at)?;
        match &self.what {
            What::Circuits { order, circuits, expires_at } => {
                map.serialize_entry("event", "circuits")?;
                map.serialize_entry("order", order)?;
                map.serialize_entry("circuits", circuits)?;
                if let Some(expires_at) = expires_at {
                    map.serialize_entry("expires_at", expires_at)?;
                }
            }
            What::Purge { pattern, snapshots } => {
                map.serialize_entry("event", "purge")?;
                map.serialize_entry("match", pattern)?;
                map.serialize_entry("snapshots", snapshots)?;
            }
            What::PurgeTags { tags, snapshots } => {
                map.serialize_entry("event", "purge")?;
                map.serialize_entry("tags", tags)?;
                map.serialize_entry("snapshots", snapshots)?;
            }
            What::Maintenance { window } => {
                map.serialize_entry("event", "maintenance")?;
                map.serialize_entry("window", &ShownWindow(window))?;
            }
            What::Series { series } => {
                map.serialize_entry("event", "maintenance_series")?;
                map.serialize_entry("series", &SeriesView(series))?;
            }
            What::LiftMaintenance { windows } => {
                map.serialize_entry("event", "lift_maintenance")?;
                let windows: Vec<ShownWindow<'_>> = windows.iter().map(ShownWindow).collect();
                map.serialize_entry("windows", &windows)?;
            }
            What::PauseCheck { check, expires_at } => {
                map.serialize_entry("event", "pause_check")?;
                map.serialize_entry("check", check)?;
                map.serialize_entry("expires_at", expires_at)?;
            }
            What::LiftPause { check } => {
                map.serialize_entry("event", "lift_pause")?;
                map.serialize_entry("check", check)?;
            }
            What::TestCheck { check, kind, target, places } => {
                map.serialize_entry("event", "test_check")?;
                map.serialize_entry("check", check)?;
                map.serialize_entry("kind", kind)?;
                map.serialize_entry("target", target)?;
                map.serialize_entry("places", places)?;
            }
            What::OpenIncident { incident, title } => {
                map.serialize_entry("event", "open_incident")?;
                map.serialize_entry("incident", incident)?;
                map.serialize_entry("title", title)?;
            }
            What::ResolveIncident { incident } => {
                map.serialize_entry("event", "resolve_incident")?;
                map.serialize_entry("incident", incident)?;
            }
            What::ReopenIncident { incident } => {
                map.serialize_entry("event", "reopen_incident")?;
                map.serialize_entry("incident", incident)?;
            }
            What::Tool { operation, about } => {
                map.serialize_entry("event", operation.name())?;
                for (name, value) in about {
                    map.serialize_entry(name, value)?;
                }
            }
            What::Once(asked) => asked.add_to(&mut map)?,
            What::Session(event) => event.add_to(&mut map)?,
            What::ForgetSubscriber { subscriber } => {
                map.serialize_entry("event", "forget_subscriber")?;
                map.serialize_entry("subscriber", subscriber)?;
            }
        }
        if let Some(reason) = &self.reason {
            map.serialize_entry("reason", reason)?;
        }
        map.serialize_entry("by", &self.by)?;
        map.end()
    }
}

/// A series as operators see it.
#[derive(Debug)]
pub struct SeriesView<'a>(pub &'a MaintenanceSeries);

impl Serialize for SeriesView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let MaintenanceSeries { pattern, start, zone, lasts, rule, message, .. } = self.0;
        let start = Shown(Timestamp::from_unix_seconds(*start)).to_string();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("match", pattern)?;
        // The clocks of the zone show it, so it has no offset.
        map.serialize_entry("start", start.trim_end_matches('Z'))?;
        map.serialize_entry("zone", zone.as_str())?;
        map.serialize_entry("lasts", lasts)?;
        map.serialize_entry("rrule", rule)?;
        if let Some(message) = message {
            map.serialize_entry("message", message)?;
        }
        map.end()
    }
}

/// A window as operators see it.
struct ShownWindow<'a>(&'a Window);

impl Serialize for ShownWindow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("match", &self.0.pattern)?;
        map.serialize_entry("start", &self.0.start)?;
        map.serialize_entry("end", &self.0.end)?;
        if let Some(message) = &self.0.message {
            map.serialize_entry("message", message)?;
        }
        map.end()
    }
}

impl Event {
    /// An order that these circuits were given at `now`.
    pub fn of_order(order: &Order, circuits: Vec<String>, by: Operator, now: Timestamp) -> Self {
        let Ordered { order, reason, by, expires_at, .. } = Ordered::new(order, by, now);
        Self { at: now, what: What::Circuits { order, circuits, expires_at }, reason, by }
    }

    /// An order that the site followed at `now`: `snapshots` were purged, `lifted` were lifted.
    pub fn of_site_order(
        order: &SiteOrder,
        snapshots: u32,
        lifted: Vec<Window>,
        by: Operator,
        now: Timestamp,
    ) -> Self {
        let what = match order {
            SiteOrder::Purge { pattern, .. } => What::Purge { pattern: pattern.clone(), snapshots },
            SiteOrder::PurgeTags { tags, .. } => What::PurgeTags { tags: tags.clone(), snapshots },
            SiteOrder::Maintenance { window, .. } => What::Maintenance { window: window.clone() },
            SiteOrder::Series { series, .. } => What::Series { series: series.clone() },
            SiteOrder::LiftMaintenance { .. } => What::LiftMaintenance { windows: lifted },
        };
        Self { at: now, what, reason: order.reason().cloned(), by }
    }

    /// An order that a check was given at `now`.
    pub fn of_check_order(order: &CheckOrder, check: String, by: Operator, now: Timestamp) -> Self {
        let what = match order.paused_until(now) {
            Some(expires_at) => What::PauseCheck { check, expires_at },
            None => What::LiftPause { check },
        };
        Self { at: now, what, reason: order.reason().cloned(), by }
    }

    /// A check that was tried at `now`.
    pub fn of_check_test(test: &CheckTest, by: Operator, now: Timestamp) -> Self {
        let check = test.check();
        let what = What::TestCheck {
            check: check.name.clone(),
            kind: check.kind.as_str(),
            target: test.target(),
            places: check.from.iter().map(|place| place.as_str()).collect(),
        };
        Self { at: now, what, reason: None, by }
    }

    /// An incident that was opened by hand at `now`.
    pub const fn of_opening(incident: String, title: String, by: Operator, now: Timestamp) -> Self {
        Self { at: now, what: What::OpenIncident { incident, title }, reason: None, by }
    }

    /// A subscriber who was deleted at `now`.
    pub const fn of_forgetting(subscriber: String, by: Operator, now: Timestamp) -> Self {
        Self { at: now, what: What::ForgetSubscriber { subscriber }, reason: None, by }
    }

    /// What was done to an incident at `now`, if it is of weight for the whole site. The incident's
    /// own timeline has all of it.
    pub fn of_change(
        change: &IncidentChange,
        incident: String,
        by: Operator,
        now: Timestamp,
    ) -> Option<Self> {
        let what = match change {
            IncidentChange::Resolve { .. } => What::ResolveIncident { incident },
            IncidentChange::Reopen { .. } => What::ReopenIncident { incident },
            IncidentChange::Update { .. }
            | IncidentChange::Edit { .. }
            | IncidentChange::Acknowledge
            | IncidentChange::Postmortem { .. }
            | IncidentChange::Note { .. } => return None,
        };
        Some(Self { at: now, what, reason: None, by })
    }
}

#[cfg(test)]
mod tests;
