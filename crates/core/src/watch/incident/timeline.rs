//! The timeline of an incident: all that happened, in the order in which it happened.

mod kind;

use alloc::vec::Vec;

pub use kind::{TextEdit, TimelineKind};
use serde::{Deserialize, Serialize};

use super::change::PEOPLE_MAX;
use crate::base::time::Timestamp;

/// Entries of one timeline. Half of them tell how it began and half how it ended, at one turn each
/// few seconds for half an hour.
pub const TIMELINE_MAX: usize = 500;

// What is never dropped has room: what people wrote, each with an end or a re-opening beside it,
// and the opening and the last end.
const _: () = assert!(2 * PEOPLE_MAX as usize + 4 < TIMELINE_MAX);

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// A number that no other entry of the incident has, and that stays the same.
    pub number: u32,
    /// When it happened.
    pub at: Timestamp,
    /// When it was added, which is later if it was back-filled.
    pub recorded_at: Timestamp,
    /// What happened.
    pub kind: TimelineKind,
}

/// All that happened to an incident, ordered by the time at which it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    entries: Vec<TimelineEntry>,
    next_number: u32,
    dropped: u32,
}

impl Timeline {
    /// The entries that were kept, at most [`TIMELINE_MAX`].
    pub fn entries(&self) -> &[TimelineEntry] {
        &self.entries
    }

    /// How many entries were dropped for want of room. All of them were made by the machine or
    /// told of orders, and they came from the middle.
    pub const fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Adds an entry behind all that happened at the same time, and returns its number.
    pub(super) fn add(&mut self, at: Timestamp, kind: TimelineKind, now: Timestamp) -> u32 {
        let number = self.next_number;
        self.next_number = self.next_number.saturating_add(1);
        let place = self.entries.partition_point(|entry| entry.at <= at);
        let entry = TimelineEntry { number, at, recorded_at: now, kind: kind.bounded() };
        self.entries.insert(place, entry);
        if self.entries.len() > TIMELINE_MAX {
            self.drop_one();
        }
        number
    }

    /// Adds what the machine saw. Returns whether it did: what an incident's own steps add is not
    /// taken, and an observation only if it differs from the one before of the same check and
    /// place.
    pub(super) fn record(&mut self, at: Timestamp, kind: TimelineKind, now: Timestamp) -> bool {
        let is_news = if let TimelineKind::Observed { check, place, result, .. } = &kind {
            let known = self.entries.iter().rev().filter(|entry| entry.at <= at);
            let mut known = known.filter_map(|entry| entry.kind.observed(check, place));
            known.next() != Some(*result)
        } else {
            !kind.is_kept() && !kind.is_turn()
        };
        if is_news {
            self.add(at, kind, now);
        }
        is_news
    }

    /// Whether an entry was added later than that.
    pub(super) fn is_ahead_of(&self, time: Timestamp) -> bool {
        self.entries.iter().any(|entry| entry.recorded_at > time)
    }

    /// Pulls back the entries that were added after `now`. They stay in their order.
    pub(super) fn handle_clock(&mut self, now: Timestamp) {
        for entry in self.entries.iter_mut().filter(|entry| entry.recorded_at > now) {
            entry.recorded_at = now;
            entry.at = entry.at.min(now);
        }
        self.entries.sort_by_key(|entry| entry.at);
    }

    /// The entry with this number.
    pub fn entry(&self, number: u32) -> Option<&TimelineEntry> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    pub(super) fn entry_mut(&mut self, number: u32) -> Option<&mut TimelineEntry> {
        self.entries.iter_mut().find(|entry| entry.number == number)
    }

    /// How many entries people made.
    pub(super) fn count_of_people(&self) -> usize {
        self.entries.iter().filter(|entry| entry.kind.is_of_people()).count()
    }

    /// What people wrote, in bytes.
    pub(super) fn words(&self) -> usize {
        self.entries.iter().filter_map(|entry| entry.kind.words()).map(str::len).sum()
    }

    /// Drops the entry next to the middle that may be dropped, so that the beginning and the end
    /// stay. An operator's order goes only where nothing else is left.
    fn drop_one(&mut self) {
        let middle = self.entries.len() / 2;
        let nearest = |may_go: &dyn Fn(&TimelineKind) -> bool| {
            let entries = self.entries.iter().enumerate().filter(|(_, it)| may_go(&it.kind));
            entries.map(|(index, _)| index).min_by_key(|index| index.abs_diff(middle))
        };
        let dropped = nearest(&|kind| !kind.is_kept() && !kind.is_order())
            .or_else(|| nearest(&|kind| !kind.is_kept()));
        if let Some(index) = dropped {
            self.entries.remove(index);
            self.dropped = self.dropped.saturating_add(1);
        }
    }
}
