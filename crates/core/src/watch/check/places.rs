//! Where a check is made, and with which others.

use alloc::string::String;

use super::{Check, CheckKind, CheckPlace, TRAFFIC};

/// Checks of a group, which are stored and ordered together: 24. A prober has six connections at a
/// time (developers.cloudflare.com/workers/platform/limits), so a group whose checks all time out
/// is through after four time-outs.
pub const GROUP_MAX: usize = 24;

impl Check {
    /// The names of its places.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        let traffic = self.traffic.is_some().then_some(TRAFFIC);
        let platform = self.from.iter().map(|place: &CheckPlace| place.as_str());
        platform.chain(self.outside.iter().map(String::as_str)).chain(traffic)
    }

    /// Whether a place has to be asked to make it: a job reports by itself.
    pub fn is_probed_at(&self, place: &str) -> bool {
        let is_asked = !matches!(self.kind, CheckKind::Heartbeat { .. });
        is_asked && self.places().any(|it| it == place)
    }
}
