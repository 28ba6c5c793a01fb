//! The stored form of objectives: two rows for all of them, however many there are.
//!
//! A row that is written is billed whatever its size. What changes each minute is in one row, the
//! minutes; the hours are in another one, which is written when an hour is over. The hour that runs
//! is made of its minutes.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::buckets::{BucketRow, HOUR_SPAN, MINUTE_SPAN};
use super::tally::{MINUTES_KEPT, hours_kept};
use super::{Objective, ObjectiveTally};
use crate::base::stored::StoredForm;
use crate::base::time::Timestamp;

/// What is stored of objectives that changes each minute, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectiveMinutes(BTreeMap<String, StoredMinutes>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct StoredMinutes {
    minutes: BucketRow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ticket: Option<Timestamp>,
}

/// What is stored of the hours of objectives that are over, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectiveHours(BTreeMap<String, BucketRow>);

impl StoredForm for ObjectiveMinutes {
    const VERSION: u32 = 1;
    const NAME: &'static str = "objectives";
    const NOUN: &'static str = "minutes of objectives";
}

impl StoredForm for ObjectiveHours {
    const VERSION: u32 = 1;
    const NAME: &'static str = "objective-hours";
    const NOUN: &'static str = "hours of objectives";
}

impl ObjectiveMinutes {
    /// What changes each minute of these tallies.
    pub fn of<'a>(tallies: impl Iterator<Item = (&'a str, &'a ObjectiveTally)>) -> Self {
        let some = tallies.filter(|(_, tally)| !tally.is_empty());
        Self(some.map(|(name, tally)| (name.into(), minutes_of(tally))).collect())
    }
}

impl ObjectiveHours {
    /// The latest hour of which anything is stored, by its beginning.
    pub fn reached(&self) -> Timestamp {
        let hours = self.0.values().filter_map(BucketRow::last);
        let latest = hours.max().unwrap_or_default();
        Timestamp::from_millis(latest.saturating_mul(HOUR_SPAN.get()))
    }

    /// The hours of these tallies.
    pub fn of<'a>(tallies: impl Iterator<Item = (&'a str, &'a ObjectiveTally)>) -> Self {
        let some = tallies.filter(|(_, tally)| !tally.hours.is_empty());
        Self(some.map(|(name, tally)| (name.into(), trimmed(&tally.hours))).collect())
    }
}

impl ObjectiveTally {
    /// The tally of an objective, as it was stored. What an hour has that is not among the hours
    /// is taken from its minutes.
    pub fn load(
        objective: &Objective,
        minutes: &mut ObjectiveMinutes,
        hours: &mut ObjectiveHours,
    ) -> Self {
        let StoredMinutes { mut minutes, page, ticket } =
            minutes.0.remove(&objective.name).unwrap_or_default();
        let mut hours = hours.0.remove(&objective.name).unwrap_or_default();
        let kept = hours_kept(objective);
        minutes.trim(MINUTES_KEPT);
        hours.trim(kept);
        // The hour that runs was stored when it began, and its minutes have all of it.
        if hours.last().is_some() && hours.last() == minutes.last().map(hour_of_minute) {
            hours.forget_last();
        }
        let known = hours.last();
        for (minute, counts) in minutes.numbered() {
            let hour = hour_of_minute(minute);
            if known.is_none_or(|known| hour > known) {
                hours.add(hour, counts, kept);
            }
        }
        Self { minutes, hours, page, ticket }
    }
}

const fn hour_of_minute(minute: u64) -> u64 {
    minute / (HOUR_SPAN.get() / MINUTE_SPAN.get())
}

fn minutes_of(tally: &ObjectiveTally) -> StoredMinutes {
    StoredMinutes { minutes: trimmed(&tally.minutes), page: tally.page, ticket: tally.ticket }
}

/// The row without buckets at its beginning in which nothing happened.
fn trimmed(row: &BucketRow) -> BucketRow {
    let mut row = row.clone();
    row.trim(usize::MAX);
    row
}
