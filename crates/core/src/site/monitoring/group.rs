//! Checks that are stored together.
//!
//! A row that is written costs the same whatever its size, so what a batch of observations changes
//! stands in one row, and the observations themselves in another: with
//! [`GROUP_MAX`](crate::watch::check::GROUP_MAX) checks in a group, a site of a thousand writes 84
//! rows in a minute instead of two thousand.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::counts::hour_of;
use super::watched::WatchedCheck;
use crate::base::stored::StoredForm;
use crate::base::time::Timestamp;
use crate::telemetry::metrics::CarriedWork;

/// Checks that are stored together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CheckGroup {
    /// The hour that the counts are of.
    pub(super) hour: Timestamp,
    /// At most [`GROUP_MAX`](crate::watch::check::GROUP_MAX), in the order of the site file.
    pub(super) checks: Vec<WatchedCheck>,
    /// What the monitor had done when the row was written.
    #[serde(default, skip_serializing_if = "CarriedWork::is_none")]
    pub(super) work: CarriedWork,
    /// Whether it differs from what is stored.
    #[serde(skip)]
    pub(super) has_changed: bool,
}

impl CheckGroup {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { hour: hour_of(now), has_changed: true, ..Self::default() }
    }
}

impl StoredForm for CheckGroup {
    const VERSION: u32 = 1;
    const NAME: &'static str = "group";
    const NOUN: &'static str = "group of checks";
}
