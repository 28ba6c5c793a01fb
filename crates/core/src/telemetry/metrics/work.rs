//! What objects of the control plane have done: the site's object and the monitor each count their
//! own part.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::labels::{DeliveryLabel, FetchLabel, MessageLabel, ObservationLabel};
use crate::base::stored::StoredForm;

/// Observations of checks, by what they found.
const OBSERVATIONS: usize = 0;
/// Alerts, by what they say.
const ALERTS: usize = OBSERVATIONS + ObservationLabel::ALL.len();
/// Attempts of deliveries, by how they ended.
const DELIVERIES: usize = ALERTS + MessageLabel::ALL.len();
/// Snapshots that were due, by what became of them.
const FETCHES: usize = DELIVERIES + DeliveryLabel::ALL.len();
/// All columns.
const WORK_COLUMNS: usize = FETCHES + FetchLabel::ALL.len();

/// The work of one object since it was first stored, or the sum of several objects'. The counts
/// only grow; each object stores them with what they count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkTotals {
    counts: [u64; WORK_COLUMNS],
}

impl StoredForm for WorkTotals {
    const VERSION: u32 = 1;
    const NAME: &'static str = "work";
    const NOUN: &'static str = "totals of work";
}

impl WorkTotals {
    /// Counts an observation of a check.
    pub fn count_observation(&mut self, found: ObservationLabel) {
        self.add(OBSERVATIONS + found as usize, 1);
    }

    /// Counts an alert, however many channels it goes to.
    pub fn count_alert(&mut self, says: MessageLabel) {
        self.add(ALERTS + says as usize, 1);
    }

    /// Counts the end of an attempt to deliver an alert to a channel.
    pub fn count_delivery(&mut self, end: DeliveryLabel) {
        self.add(DELIVERIES + end as usize, 1);
    }

    /// Counts snapshots of a round.
    pub fn count_fetches(&mut self, became: FetchLabel, number: u32) {
        self.add(FETCHES + became as usize, number.into());
    }

    /// Adds the work of another object.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(more);
        }
    }

    /// Raises each count to the other's, if that is greater: of what one object stored in several
    /// rows at several times, this makes what it stored last.
    pub fn raise_to(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = (*count).max(more);
        }
    }

    pub(super) fn observations(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.named(OBSERVATIONS, ObservationLabel::ALL.iter().map(|label| label.as_str()))
    }

    pub(super) fn alerts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.named(ALERTS, MessageLabel::ALL.iter().map(|label| label.as_str()))
    }

    pub(super) fn deliveries(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.named(DELIVERIES, DeliveryLabel::ALL.iter().map(|label| label.as_str()))
    }

    pub(super) fn fetches(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.named(FETCHES, FetchLabel::ALL.iter().map(|label| label.as_str()))
    }

    fn named<'a>(
        &'a self,
        first: usize,
        names: impl Iterator<Item = &'static str> + 'a,
    ) -> impl Iterator<Item = (&'static str, u64)> + 'a {
        names.zip(self.counts.iter().skip(first).copied())
    }

    fn add(&mut self, column: usize, more: u64) {
        if let Some(count) = self.counts.get_mut(column) {
            *count = count.saturating_add(more);
        }
    }
}

/// Totals as a part of another stored form: an array that begins with the version of
/// [`WorkTotals`]. Those of another version are passed over, since the rest of that form is worth
/// more than they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<u64>", from = "Vec<u64>")]
pub struct CarriedWork(pub Option<WorkTotals>);

impl CarriedWork {
    /// Whether there are none that can be read.
    pub const fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl From<CarriedWork> for Vec<u64> {
    fn from(CarriedWork(totals): CarriedWork) -> Self {
        totals.map_or_else(Self::new, |totals| {
            core::iter::once(WorkTotals::VERSION.into()).chain(totals.counts).collect()
        })
    }
}

impl From<Vec<u64>> for CarriedWork {
    fn from(carried: Vec<u64>) -> Self {
        let counts = match carried.split_first() {
            Some((version, counts)) if *version == u64::from(WorkTotals::VERSION) => counts,
            Some(_) | None => return Self(None),
        };
        Self(counts.try_into().ok().map(|counts| WorkTotals { counts }))
    }
}
