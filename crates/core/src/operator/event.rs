//! What operators did, as the site's history keeps it and shows it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Name, Operator, Order, Ordered, Reason, SiteOrder};
use crate::config::Pattern;
use crate::maintenance::Window;
use crate::time::Timestamp;

/// Events kept: years of them, or a script that runs wild for an hour.
pub const EVENTS_MAX: u32 = 1_000;
/// Of them, what operators are shown, the newest first.
pub const EVENTS_SHOWN: u32 = 100;

/// Something that an operator did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: What,
    /// Why, if the operator said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Who.
    pub by: Operator,
}

/// What an operator did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// An order to circuits.
    Circuits {
        /// What was ordered.
        order: Name,
        /// The circuits.
        circuits: Vec<String>,
        /// When it lapses by itself, if it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// Copies were purged.
    Purge {
        /// Of which paths.
        #[serde(rename = "match")]
        pattern: Pattern,
        /// Snapshots that were among them.
        snapshots: u32,
    },
    /// Maintenance was ordered.
    Maintenance {
        /// When, and for which paths.
        #[serde(flatten)]
        window: Window,
    },
    /// Maintenance was lifted.
    LiftMaintenance {
        /// What was lifted.
        windows: Vec<Window>,
    },
}

impl Event {
    /// An order that these circuits were given at `now`.
    pub fn of_order(order: &Order, circuits: Vec<String>, by: Operator, now: Timestamp) -> Self {
        let Ordered { order, reason, expires_at, .. } = Ordered::new(order, by, now);
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
            SiteOrder::Maintenance { window, .. } => What::Maintenance { window: window.clone() },
            SiteOrder::LiftMaintenance { .. } => What::LiftMaintenance { windows: lifted },
        };
        Self { at: now, what, reason: order.reason().cloned(), by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standing::Standing;

    const NOW: Timestamp = Timestamp::from_millis(1_795_424_400_000);

    #[track_caller]
    fn check(event: &Event, stored: &str) {
        assert_eq!(serde_json::to_string(event).unwrap(), stored);
        assert_eq!(serde_json::from_str::<Event>(stored).unwrap(), *event);
    }

    fn of_site(order: &SiteOrder, lifted: Vec<Window>) -> Event {
        Event::of_site_order(order, 3, lifted, Operator::Token, NOW)
    }

    #[test]
    fn the_stored_form_is_this() {
        let bypass = Order::parse_bypass(br#"{"reason":"a","lasts":"2s"}"#).unwrap();
        check(
            &Event::of_order(&bypass, ["web".into(), "api".into()].into(), Operator::Token, NOW),
            concat!(
                r#"{"at":1795424400000,"event":"circuits","order":"bypass","circuits":["web","api"],"#,
                r#""expires_at":1795424402000,"reason":"a","by":"token"}"#
            ),
        );
        let purge = SiteOrder::parse_purge(br#"{"match":"/a/*","reason":"a"}"#).unwrap();
        check(
            &of_site(&purge, Vec::new()),
            concat!(
                r#"{"at":1795424400000,"event":"purge","match":"/a/*","snapshots":3,"#,
                r#""reason":"a","by":"token"}"#
            ),
        );
        let body = br#"{"reason":"a","lasts":"1s","message":"b"}"#;
        let order = SiteOrder::parse_maintenance(body, NOW).unwrap();
        let window = r#""match":"/*","start":1795424400000,"end":1795424401000,"message":"b""#;
        check(
            &of_site(&order, Vec::new()),
            &alloc::format!(
                r#"{{"at":1795424400000,"event":"maintenance",{window},"reason":"a","by":"token"}}"#
            ),
        );
        let mut standing = Standing::default();
        order.give_to(&mut standing, &crate::maintenance::Maintenance::default(), NOW).unwrap();
        let lifted = standing.windows().to_vec();
        let lift = SiteOrder::parse_lift_maintenance(b"").unwrap();
        check(
            &of_site(&lift, lifted),
            &alloc::format!(
                r#"{{"at":1795424400000,"event":"lift_maintenance","windows":[{{{window}}}],"by":"token"}}"#
            ),
        );
    }
}
