//! What strangers may read, put together out of all that the monitor knows.
//!
//! This is the only way from the one to the other: what is not taken here is told nowhere. No names
//! of checks, places, circuits and hosts are, no reasons, and nothing that operators write for each
//! other.

mod components;
mod incidents;
mod updates;

use alloc::vec::Vec;

pub(super) use incidents::public_incident;

use super::MonitorHost;
use super::counts::{HOUR, hour_of};
use crate::base::time::{Millis, Timestamp};
use crate::site::config::{Site, WatchRules};
use crate::site::status::{PublicStatus, VISITOR_HOURS_SHOWN, VisitorHour};

impl MonitorHost {
    /// What strangers may read at `now`. Days that are not in memory are missing
    /// ([`lacks_days_before`](Self::lacks_days_before)).
    pub fn public_status(&self, site: &Site, rules: &WatchRules, now: Timestamp) -> PublicStatus {
        let told = incidents::told_outages(self.incidents(), &rules.components, now);
        let components = rules.components.iter().map(|component| {
            let told = told.get(component.name.as_str()).map_or(&[][..], Vec::as_slice);
            self.public_component(site, rules, component, told, now)
        });
        PublicStatus {
            at: now,
            components: components.collect(),
            incidents: incidents::public_incidents(self.incidents(), &rules.components),
            maintenance: self.announced.told(now),
            visitors: if rules.status.visitors { self.visitor_hours(now) } else { Vec::new() },
        }
    }

    fn visitor_hours(&self, now: Timestamp) -> Vec<VisitorHour> {
        let since = first_hour(VISITOR_HOURS_SHOWN, now);
        let running = (self.site_hour.hour, self.site_hour.visitors);
        let hours = self.history.visitors().chain([running]);
        let hours = hours.filter(|(hour, _)| since <= *hour && *hour <= now);
        hours.filter_map(|(hour, shares)| VisitorHour::of(hour, &shares)).collect()
    }
}

/// The first of this many hours, of which the last is the one that runs.
fn first_hour(count: usize, now: Timestamp) -> Timestamp {
    hour_of(now).before(Millis::new(HOUR.get() * (count as u64 - 1)))
}
