//! What of the site's state is published, and how.

use serde::{Deserialize, Serialize};

use crate::site::config::Mirror;
use crate::watch::subscription::SubscriptionRules;

/// The table `[status]` of the site file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRules {
    /// Whether it is published what visitors got, as shares of all answers of an hour.
    #[serde(default)]
    pub visitors: bool,
    /// Where a copy of the public status is kept besides.
    #[serde(default)]
    pub mirror: Option<Mirror>,
    /// By which ways strangers may subscribe to it; by none, if there is nothing.
    #[serde(default)]
    pub subscriptions: Option<SubscriptionRules>,
}
