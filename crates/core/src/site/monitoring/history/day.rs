//! What is kept of one day, by UTC.
//!
//! The shares of failures are kept without their weight, and without what people said of the time:
//! both are applied when somebody reads, since the site file may weigh a component otherwise
//! tomorrow, and people write down later what no check saw.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::stored::StoredForm;
use crate::base::time::{Millis, Timestamp};
use crate::site::monitoring::counts::{HOUR, HourCounts, HourWorst};
use crate::watch::incident::EdgeShares;

/// The hours of a day.
pub(in crate::site::monitoring) const HOURS_OF_DAY: u8 = 24;
const DAY_MS: u64 = HOUR.get() * HOURS_OF_DAY as u64;
/// The whole, in millionths.
const WHOLE_PPM: u64 = 1_000_000;

/// The day of a time, in days since 1970-01-01, and the hour of the day.
pub(in crate::site::monitoring) const fn day_and_hour(at: Timestamp) -> (u32, u8) {
    let hour = at.as_millis() % DAY_MS / HOUR.get();
    ((at.as_millis() / DAY_MS) as u32, hour as u8)
}

/// The beginning of an hour of a day.
pub(in crate::site::monitoring) const fn hour_at(day: u32, hour: u8) -> Timestamp {
    Timestamp::from_millis(day as u64 * DAY_MS + hour as u64 * HOUR.get())
}

/// What was found of a component in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::site::monitoring) struct HourFindings {
    /// The share of observations that failed, in millionths, rounded up. Of several checks the
    /// greatest counts.
    pub(in crate::site::monitoring) failed_ppm: u32,
    /// The worst that was confirmed.
    pub(in crate::site::monitoring) worst: HourWorst,
    /// Whether announced maintenance held meanwhile.
    pub(in crate::site::monitoring) in_maintenance: bool,
    /// How long answers took, if there were any.
    pub(in crate::site::monitoring) average: Option<Millis>,
}

impl HourFindings {
    /// What the counts of its checks come to; `None` if nothing was observed.
    pub(in crate::site::monitoring) fn of<'a>(
        counts: impl IntoIterator<Item = &'a HourCounts>,
    ) -> Option<Self> {
        let mut found: Option<Self> = None;
        let (mut answers, mut took) = (0, 0_u64);
        for counts in counts.into_iter().filter(|counts| counts.total() > 0) {
            let failed = u64::from(counts.down) * WHOLE_PPM;
            let failed_ppm = failed.div_ceil(counts.total()) as u32;
            answers += counts.total() - u64::from(counts.down);
            took = took.saturating_add(counts.took_sum.get());
            let known = found.get_or_insert(Self {
                failed_ppm,
                worst: counts.worst,
                in_maintenance: false,
                average: None,
            });
            known.failed_ppm = known.failed_ppm.max(failed_ppm);
            known.worst = known.worst.max(counts.worst);
            known.in_maintenance |= counts.in_maintenance;
        }
        let average = took.checked_div(answers).map(Millis::new);
        found.map(|found| Self { average, ..found })
    }
}

/// What is kept of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::site::monitoring) struct DayRecord {
    /// By the name of the component.
    components: BTreeMap<String, ComponentDay>,
    /// What visitors got, as [`EdgeShares`] have it, by the hour of the day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    visitors: Vec<(u8, [u64; 6])>,
}

impl StoredForm for DayRecord {
    const VERSION: u32 = 1;
    const NAME: &'static str = "day";
    const NOUN: &'static str = "day of the history";
}

impl DayRecord {
    /// A component's part of the day.
    pub(in crate::site::monitoring) fn component(&self, name: &str) -> Option<&ComponentDay> {
        self.components.get(name)
    }

    /// What visitors got in each hour that is known, the earliest first.
    pub(in crate::site::monitoring) fn visitors(
        &self,
    ) -> impl Iterator<Item = (u8, EdgeShares)> + '_ {
        self.visitors.iter().map(|(hour, counts)| (*hour, EdgeShares::from_array(*counts)))
    }

    /// Adds an hour of a component. Returns whether that says anything new.
    pub(super) fn add(&mut self, component: &str, hour: u8, found: &HourFindings) -> bool {
        if let Some(known) = self.components.get_mut(component) {
            return known.add(hour, found);
        }
        self.components.entry(component.into()).or_default().add(hour, found)
    }

    /// Adds what visitors got in an hour, to what is known of it.
    pub(super) fn add_visitors(&mut self, hour: u8, more: &EdgeShares) {
        let place = self.visitors.partition_point(|(known, _)| *known < hour);
        match self.visitors.get_mut(place).filter(|(known, _)| *known == hour) {
            Some((_, known)) => {
                let mut sum = EdgeShares::from_array(*known);
                sum.add(more);
                *known = sum.to_array();
            }
            None => self.visitors.insert(place, (hour, more.to_array())),
        }
    }

    /// Forgets the hours from this one on. Returns whether there were any.
    pub(super) fn forget_from(&mut self, hour: u8) -> bool {
        let before = self.visitors.len();
        self.visitors.retain(|(known, _)| *known < hour);
        let mut has_changed = self.visitors.len() < before;
        self.components.retain(|_, component| {
            has_changed |= component.forget_from(hour);
            component.measured != 0
        });
        has_changed
    }
}

/// A component's part of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::site::monitoring) struct ComponentDay {
    /// A bit for each hour in which it was measured, the lowest for the first.
    measured: u32,
    /// Those of them in which announced maintenance held.
    #[serde(default, skip_serializing_if = "is_none")]
    maintenance: u32,
    /// The hours in which something was wrong: the hour, the share that failed in millionths, and
    /// the worst that was confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    trouble: Vec<(u8, u32, HourWorst)>,
    /// How long answers took, in milliseconds, by the hour.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    took: Vec<(u8, u64)>,
}

impl ComponentDay {
    /// Adds an hour. What is known of it already stays, and the worse of both counts: what a check
    /// counted in an hour is added until the check is made again. Returns whether that is any news.
    pub(in crate::site::monitoring) fn add(&mut self, hour: u8, found: &HourFindings) -> bool {
        let before = (self.measured, self.maintenance);
        let bit = bit_of(hour);
        self.measured |= bit;
        if found.in_maintenance {
            self.maintenance |= bit;
        }
        let mut has_changed = before != (self.measured, self.maintenance);
        if found.failed_ppm > 0 || found.worst > HourWorst::Well {
            has_changed |= self.add_trouble(hour, found);
        }
        if let Some(average) = found.average
            && !self.took.iter().any(|(known, _)| *known == hour)
        {
            let place = self.took.partition_point(|(known, _)| *known < hour);
            self.took.insert(place, (hour, average.get()));
            has_changed = true;
        }
        has_changed
    }

    fn add_trouble(&mut self, hour: u8, found: &HourFindings) -> bool {
        let place = self.trouble.partition_point(|(known, ..)| *known < hour);
        let Some((_, failed_ppm, worst)) =
            self.trouble.get_mut(place).filter(|(known, ..)| *known == hour)
        else {
            self.trouble.insert(place, (hour, found.failed_ppm, found.worst));
            return true;
        };
        let before = (*failed_ppm, *worst);
        *failed_ppm = before.0.max(found.failed_ppm);
        *worst = before.1.max(found.worst);
        before != (*failed_ppm, *worst)
    }

    fn forget_from(&mut self, hour: u8) -> bool {
        let kept = bit_of(hour).wrapping_sub(1);
        let has_changed = self.measured & !kept != 0;
        self.measured &= kept;
        self.maintenance &= kept;
        self.trouble.retain(|(known, ..)| *known < hour);
        self.took.retain(|(known, _)| *known < hour);
        has_changed
    }

    /// The hours that count, each with the share that failed and the worst that was confirmed: it
    /// was measured in them, and no announced maintenance held.
    pub(super) fn counted(&self) -> impl Iterator<Item = (u8, u32, HourWorst)> + '_ {
        let hours = self.measured & !self.maintenance;
        (0..HOURS_OF_DAY).filter(move |hour| hours & bit_of(*hour) != 0).map(|hour| {
            let trouble = self.trouble.iter().find(|(known, ..)| *known == hour);
            trouble.copied().unwrap_or((hour, 0, HourWorst::Well))
        })
    }

    /// How long answers took in each hour that is known, the earliest first.
    pub(in crate::site::monitoring) fn took(&self) -> impl Iterator<Item = (u8, Millis)> + '_ {
        self.took.iter().map(|(hour, average)| (*hour, Millis::new(*average)))
    }
}

const fn bit_of(hour: u8) -> u32 {
    1 << (hour & 31)
}

const fn is_none(bits: &u32) -> bool {
    *bits == 0
}
