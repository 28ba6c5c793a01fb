//! Uptime: how much of what was measured was well.
//!
//! The formula is published on the page (`docs/reference/status-page.md` has it too). For each hour
//! of UTC in which a component was measured, the share of observations that failed is weighted by
//! what a failure of the component means for visitors: 1 for a major outage, 0.3 for a partial one,
//! 0 for degraded performance. An incident that a person opened counts with the part of the hour
//! that it held and the weight of its impact on the component; of both the greater counts. Uptime
//! is 1 minus the average of these hours. Hours without a measurement, and hours of announced
//! maintenance, count neither way.

use serde::{Deserialize, Serialize};

use super::state::ComponentState;
use crate::base::time::{Millis, Timestamp};
use crate::watch::incident::Impact;

/// How many days are shown.
pub const DAYS_SHOWN: usize = 90;
/// How many hours of response times are shown.
pub const HOURS_SHOWN: usize = 48;
/// What a partial outage counts for, in millionths of a major one, as Instatus has it.
pub const PARTIAL_WEIGHT_PPM: u32 = 300_000;

/// What an hour counts for in which all of this failed, in millionths.
pub const fn weight_ppm(impact: Impact) -> u32 {
    match impact {
        Impact::Operational | Impact::DegradedPerformance => 0,
        Impact::PartialOutage => PARTIAL_WEIGHT_PPM,
        Impact::MajorOutage => 1_000_000,
    }
}

/// One day of a component, by UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicDay {
    /// Days since 1970-01-01.
    pub day: u32,
    /// Hours in which it was measured, 1 to 24.
    pub hours: u8,
    /// The sum over these hours of what was lost, in millionths of an hour: 0 to 24,000,000.
    pub lost_ppm: u32,
    /// The worst that was seen.
    pub worst: ComponentState,
}

impl PublicDay {
    /// The day's uptime in millionths.
    pub fn uptime_ppm(&self) -> u32 {
        uptime_ppm([self]).unwrap_or_default()
    }
}

/// The uptime of some days in millionths, rounded down; `None` if nothing was measured. A day with
/// any loss is never 1,000,000.
pub fn uptime_ppm<'a>(days: impl IntoIterator<Item = &'a PublicDay>) -> Option<u32> {
    let (mut hours, mut lost) = (0_u64, 0_u64);
    for day in days {
        hours += u64::from(day.hours);
        lost += u64::from(day.lost_ppm);
    }
    if hours == 0 {
        return None;
    }
    let share = lost.div_ceil(hours).min(1_000_000);
    Some(1_000_000 - share as u32)
}

/// How long the checks of a component took in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicHour {
    /// The beginning of the hour.
    pub hour: Timestamp,
    /// The average of what answered.
    pub average: Millis,
}
