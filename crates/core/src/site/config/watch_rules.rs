//! What is watched, and whom to tell.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::time::Millis;
use crate::base::zone::TimeZoneRule;
use crate::watch::alert::{AlertChannel, Inhibition};
use crate::watch::check::Check;

/// What is watched, and whom to tell. It is no part of [`Site`](super::Site), since the isolates
/// that serve visitors do not need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRules {
    /// In the order of the file.
    pub checks: Vec<Check>,
    /// In the order of the file.
    pub channels: Vec<AlertChannel>,
    /// Incidents that open within this time of each other become one.
    pub group_wait: Millis,
    /// What is new about an incident is collected for so long after people were told of it.
    pub group_interval: Millis,
    /// In the order of the file.
    pub inhibitions: Vec<Inhibition>,
    /// The URL that is called after each full round, by name of a secret or as it stands: somebody
    /// outside notices when it is not called any more.
    pub dead_mans_switch: Option<crate::watch::alert::ChannelAddress>,
    /// The URL below which incidents are shown, without a slash at its end.
    pub incidents_url: String,
    /// The base of links to the repository, for runbooks that are paths.
    pub runbooks_url: Option<String>,
    /// The site's time zone.
    pub zone: Option<NamedZone>,
}

/// A time zone, with the name that the site file gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedZone {
    /// Such as `Europe/Berlin`.
    pub name: String,
    /// Its rule.
    pub rule: TimeZoneRule,
}
