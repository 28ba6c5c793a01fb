//! A part of the site with what strangers may read of it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::state::ComponentState;
use super::uptime::{PublicDay, PublicHour};
use crate::base::time::{Millis, Timestamp};

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
    /// When it was measured last; of several checks, the one whose measurement is the first that
    /// does not count any more. Where one of them is not well, only those that are as bad matter.
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
