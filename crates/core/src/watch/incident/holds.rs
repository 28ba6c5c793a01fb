//! What holds back the messages about an incident, and what is told later because of that.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{Incident, TimelineKind};
use crate::base::time::Timestamp;
use crate::watch::alert::AlertKind;

/// What is not told yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AlertHolds {
    /// When there was news last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    news_at: Option<Timestamp>,
    /// What each channel is told when its quiet hours are over.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    owed: BTreeMap<String, AlertKind>,
    /// The incident that explains this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inhibited_by: Option<String>,
    /// When the last incident that explained this one ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    released_at: Option<Timestamp>,
}

impl AlertHolds {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn handle_news(&mut self, now: Timestamp) {
        self.news_at = Some(now);
    }

    /// Drops what is owed: the channel is told now.
    pub(super) fn handle_told(&mut self, channel: &str) {
        self.owed.remove(channel);
    }
}

impl Incident {
    /// When there was news last that those who were told of the incident have to be told.
    pub const fn news_at(&self) -> Option<Timestamp> {
        self.holds.news_at
    }

    /// What a channel is told when its quiet hours are over.
    pub fn owed(&self, channel: &str) -> Option<AlertKind> {
        self.holds.owed.get(channel).copied()
    }

    /// Whether a channel is told something when its quiet hours are over.
    pub fn owes(&self) -> bool {
        !self.holds.owed.is_empty()
    }

    /// Has a channel told this when its quiet hours are over. News add nothing to an incident of
    /// which it is told then anyway.
    pub fn owe(&mut self, channel: &str, kind: AlertKind) {
        let is_news_of_opened =
            kind == AlertKind::Updated && self.owed(channel) == Some(AlertKind::Opened);
        if !is_news_of_opened {
            self.holds.owed.insert(channel.into(), kind);
        }
    }

    /// Forgets what channels would have been told when their quiet hours are over.
    pub fn forget_owed(&mut self) {
        self.holds.owed.clear();
    }

    /// The id of the incident that explains this one, of which people are not told meanwhile.
    pub fn inhibited_by(&self) -> Option<&str> {
        self.holds.inhibited_by.as_deref()
    }

    /// Takes which incident explains this one, if one does. Returns whether that is news.
    pub fn set_inhibited(&mut self, by: Option<&str>, now: Timestamp) -> bool {
        if self.inhibited_by() == by {
            return false;
        }
        let before = core::mem::replace(&mut self.holds.inhibited_by, by.map(String::from));
        let entry = match by {
            Some(by) => TimelineKind::Inhibited { by: by.into() },
            None => {
                self.holds.released_at = Some(now);
                TimelineKind::Released { by: before.unwrap_or_default() }
            }
        };
        self.timeline.add(now, entry, now);
        true
    }

    /// When people were to be told of the incident at the earliest: when it was opened, or when
    /// nothing explained it any more.
    pub fn tellable_since(&self) -> Timestamp {
        self.holds.released_at.unwrap_or(self.opened_at)
    }
}
