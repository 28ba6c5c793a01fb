//! A monitor whose record was lost while its check had an incident.

use alloc::vec::Vec;

use super::place::Place;
use super::{CheckState, Monitor, OpenIncident};
use crate::base::time::Timestamp;

impl Monitor {
    /// A monitor that goes on with an incident of which the rest is lost. Nothing but the incident
    /// says how the check is, so each place is taken to fail since its beginning: the check ends
    /// the incident after as many good observations as any other, and opens no second one while it
    /// stays down.
    pub fn resumed<'a>(
        places: impl Iterator<Item = &'a str>,
        since: Timestamp,
        is_flapping: bool,
        now: Timestamp,
    ) -> Self {
        let since = since.min(now);
        let places: Vec<Place> = places.map(|name| Place::failing(name, since, now)).collect();
        Self {
            state: CheckState::Down,
            now,
            places,
            incident: Some(OpenIncident::new(since, now, is_flapping)),
            ..Self::default()
        }
    }
}
