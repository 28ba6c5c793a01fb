//! The parts of the site that the status page shows.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::state::ComponentState;
use super::uptime::{PublicDay, PublicHour};
use crate::base::time::{Millis, Timestamp};
use crate::watch::incident::Impact;

/// The most components of a site: a page with more of them is not read.
pub const COMPONENTS_SHOWN_MAX: usize = 64;

/// A part of the site, as the site file publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its name in addresses, `[a-z][a-z0-9_-]{0,31}`.
    pub name: String,
    /// What people read, 1 to 64 characters.
    pub title: String,
    /// What it is, 1 to 200 characters.
    pub description: Option<String>,
    /// The title of the group that it stands in, 1 to 64 characters.
    pub group: Option<String>,
    /// What is measured of it.
    pub source: ComponentSource,
    /// What it means for visitors when what is measured fails.
    pub impact: Impact,
    /// Whether it is shown only while something is wrong with it.
    pub only_if_degraded: bool,
    /// Whether it is published how long its checks take, as an average.
    pub response_times: bool,
}

/// What the state of a component is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentSource {
    /// Checks, by name. The worst of them counts. There is at least one.
    Checks(Vec<String>),
    /// A dependency, by name: a service of somebody else.
    Dependency(String),
}

/// A component with what strangers may read of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicComponent {
    /// Its name in addresses.
    pub name: String,
    /// What people read.
    pub title: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The title of its group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether it is a service of somebody else.
    #[serde(default)]
    pub is_third_party: bool,
    /// Whether it is shown only while something is wrong with it.
    #[serde(default)]
    pub only_if_degraded: bool,
    /// How it was when it was measured last, or `unknown` if it never was.
    pub state: ComponentState,
    /// Since when it is like that, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it was measured last; of several checks, the one that was measured longest ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<Timestamp>,
    /// How long a measurement counts.
    pub stale_after: Millis,
    /// The latest days, the earliest first, at most [`DAYS_SHOWN`](super::DAYS_SHOWN). A day on
    /// which nothing was measured is left out.
    pub days: Vec<PublicDay>,
    /// How long its checks took in the latest hours, the earliest first, at most
    /// [`HOURS_SHOWN`](super::HOURS_SHOWN). It is empty where the site file does not publish it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<PublicHour>,
}
