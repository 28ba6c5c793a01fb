//! Objectives over traffic, as far as the isolates that count for them need to know.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::Site;
use crate::watch::objective::ObjectiveKind;

/// An objective over what visitors of a route got, or over how calls to an upstream ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficObjective {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub subject: TrafficSubject,
    /// What a good event is.
    pub kind: ObjectiveKind,
}

/// What an objective over traffic is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrafficSubject {
    /// The index of a route.
    Route(usize),
    /// The index of an upstream.
    Upstream(usize),
}

impl TrafficSubject {
    /// The index of the circuit whose coordinator adds up what isolates count. `None` if the site
    /// has no such route or upstream.
    pub fn circuit(self, site: &Site) -> Option<usize> {
        match self {
            Self::Route(index) => Some(site.routes.get(index)?.circuit),
            Self::Upstream(index) => Some(site.upstreams.get(index)?.circuit),
        }
    }
}
