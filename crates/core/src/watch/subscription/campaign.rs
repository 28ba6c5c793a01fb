//! One update on its way to all its subscribers.
//!
//! A campaign reads subscribers in the order of their ids, those of each medium on their own: slow
//! webhooks hold up no e-mail. What it has read is stored once what was sent to those is known to
//! have arrived or to have failed, so that a Worker that is killed repeats what was on its way, and
//! leaves no one out. What has failed is tried again, and given up after [`ATTEMPTS_MAX`] attempts
//! or when the campaign is over: an update that is a day old tells nothing.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::id::{Medium, SubscriberId};
use crate::base::stored::StoredForm;
use crate::base::time::{Millis, Timestamp};
use crate::watch::alert::outbox::{DeliveryEnd, span_after};

/// How long a campaign lasts: a day.
pub const CAMPAIGN_LASTS: Millis = Millis::from_secs(24 * 3600);
/// How often a message is sent to one subscriber, if it fails each time.
pub const ATTEMPTS_MAX: u32 = 6;
/// Messages of one batch.
pub const BATCH_MAX: usize = 25;
/// Subscribers of one medium that may wait for another attempt. While there is no room for those
/// that may fail next, no more are read.
pub const RETRIES_MAX: usize = 200;
/// How long the first retry waits, in milliseconds: a minute. Later ones wait for multiples of it,
/// so that the last is made after an hour and forty minutes.
const RETRY: Millis = Millis::from_secs(60);
/// How long a receiver is left alone at most because it says so, in milliseconds: an hour.
const RETRY_AFTER_MAX: Millis = Millis::from_secs(3600);

/// What subscribers are told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignSubject {
    /// An update of an incident.
    Update {
        /// The incident's id.
        incident: String,
        /// The number of the update.
        number: u32,
    },
    /// Maintenance that is planned.
    Maintenance {
        /// Its id.
        id: String,
    },
}

/// What became of an attempt to tell a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeFate {
    /// It has arrived.
    Told,
    /// It has failed, and is tried again.
    Retried,
    /// It has failed for good.
    GivenUp,
    /// The receiver is gone.
    Gone,
}

/// Whom a campaign tells next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CampaignStep {
    /// Those whose message has failed before.
    Retry(Vec<SubscriberId>),
    /// Those whose ids sort behind this text.
    Page {
        /// The last id that was read, or what sorts before all.
        after: String,
    },
}

/// A subscriber whose message has failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Retry {
    id: SubscriberId,
    attempts: u32,
    due: Timestamp,
}

/// How far a campaign is with one medium.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Lane {
    /// The last id that was read; empty at first.
    after: String,
    /// Whether there is none behind it.
    is_through: bool,
    /// In the order in which they failed, at most [`RETRIES_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retries: Vec<Retry>,
}

impl Lane {
    /// Whether there are others to read, and room for all of a batch to fail.
    const fn has_page(&self) -> bool {
        !self.is_through && self.retries.len() + BATCH_MAX <= RETRIES_MAX
    }
}

/// An update on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    id: String,
    subject: CampaignSubject,
    begun_at: Timestamp,
    /// It tells no one before.
    not_before: Timestamp,
    email: Lane,
    webhook: Lane,
    /// Subscribers who were told.
    told: u32,
    /// Subscribers whom nothing reached.
    given_up: u32,
}

impl StoredForm for Campaign {
    const VERSION: u32 = 1;
    const NAME: &'static str = "campaign";
    const NOUN: &'static str = "campaign";
}

impl Campaign {
    /// A campaign that tells no one before `wait` has passed. `id` is what the ids of its messages
    /// begin with: ASCII letters, digits, `_` and `-`.
    pub fn new(id: String, subject: CampaignSubject, wait: Millis, now: Timestamp) -> Self {
        let not_before = now + wait;
        let (email, webhook) = (Lane::default(), Lane::default());
        Self { id, subject, begun_at: now, not_before, email, webhook, told: 0, given_up: 0 }
    }

    /// Leaves out a medium that is not offered.
    pub const fn skip(&mut self, medium: Medium) {
        self.lane_mut(medium).is_through = true;
    }

    /// When [`next`](Self::next) has something for a medium; `None` if it has told all of them.
    pub fn next_due(&self, medium: Medium) -> Option<Timestamp> {
        let lane = self.lane(medium);
        let page = lane.has_page().then_some(self.not_before);
        let retry = lane.retries.iter().map(|retry| retry.due).min();
        let due = [page, retry].into_iter().flatten().min();
        due.map(|due| due.max(self.not_before))
    }

    /// Whom it tells next by this medium, at most [`BATCH_MAX`].
    pub fn next(&self, medium: Medium, now: Timestamp) -> Option<CampaignStep> {
        let lane = self.lane(medium);
        if now < self.not_before {
            return None;
        }
        let due = lane.retries.iter().filter(|retry| retry.due <= now);
        let due: Vec<SubscriberId> = due.take(BATCH_MAX).map(|retry| retry.id.clone()).collect();
        if !due.is_empty() {
            return Some(CampaignStep::Retry(due));
        }
        let after = if lane.after.is_empty() { medium.begin().into() } else { lane.after.clone() };
        lane.has_page().then_some(CampaignStep::Page { after })
    }

    /// Takes that all those of a page up to this id are told or wait for another attempt.
    pub fn handle_page(&mut self, medium: Medium, after: String, is_last: bool) {
        let lane = self.lane_mut(medium);
        lane.after = after;
        lane.is_through |= is_last;
    }

    /// Takes how an attempt to tell a subscriber ended, and returns what that means.
    pub fn handle_end(
        &mut self,
        id: &SubscriberId,
        end: &DeliveryEnd,
        random: u32,
        now: Timestamp,
    ) -> NoticeFate {
        let lane = self.lane_mut(id.medium());
        let known = lane.retries.iter().position(|retry| retry.id == *id);
        let before = known.map_or(0, |at| lane.retries.remove(at).attempts);
        let fate = match end {
            DeliveryEnd::Delivered => NoticeFate::Told,
            DeliveryEnd::Gone => NoticeFate::Gone,
            DeliveryEnd::Refused { .. } => NoticeFate::GivenUp,
            DeliveryEnd::Failed { retry_after, .. } => {
                let attempts = before + 1;
                if attempts >= ATTEMPTS_MAX || lane.retries.len() >= RETRIES_MAX {
                    NoticeFate::GivenUp
                } else {
                    let asked = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
                    let due = now + span_after(attempts, RETRY, random).max(asked);
                    lane.retries.push(Retry { id: id.clone(), attempts, due });
                    NoticeFate::Retried
                }
            }
        };
        match fate {
            NoticeFate::Told => self.told = self.told.saturating_add(1),
            NoticeFate::GivenUp | NoticeFate::Gone => {
                self.given_up = self.given_up.saturating_add(1);
            }
            NoticeFate::Retried => {}
        }
        fate
    }

    /// Forgets a subscriber who waits for another attempt, and who is there no more.
    pub fn forget(&mut self, id: &SubscriberId) {
        self.lane_mut(id.medium()).retries.retain(|retry| retry.id != *id);
    }

    /// Whether it has nothing more to do.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let is_done = Medium::ALL.into_iter().all(|medium| self.next_due(medium).is_none());
        is_done || now.since(self.begun_at) >= CAMPAIGN_LASTS
    }

    /// Whether it has not begun to tell anyone, since something may end what it is about.
    pub fn is_waiting(&self, now: Timestamp) -> bool {
        now < self.not_before
    }

    /// Pulls back what a clock that ran ahead has noted, for as long as the clock was set back.
    /// Returns whether anything has changed.
    pub fn handle_clock(&mut self, step: Millis, now: Timestamp) -> bool {
        if step == Millis::ZERO {
            return false;
        }
        let pulled = |time: Timestamp| time.before(step).max(now).min(time);
        self.begun_at = self.begun_at.min(now);
        self.not_before = pulled(self.not_before);
        for lane in [&mut self.email, &mut self.webhook] {
            for retry in &mut lane.retries {
                retry.due = pulled(retry.due);
            }
        }
        true
    }

    /// What the ids of its messages begin with.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it tells of.
    pub const fn subject(&self) -> &CampaignSubject {
        &self.subject
    }

    /// When it began.
    pub const fn begun_at(&self) -> Timestamp {
        self.begun_at
    }

    /// Subscribers who were told, and those whom nothing reached.
    pub const fn counts(&self) -> (u32, u32) {
        (self.told, self.given_up)
    }

    /// Subscribers who wait for another attempt.
    pub fn retries(&self) -> usize {
        self.email.retries.len() + self.webhook.retries.len()
    }

    /// The id of its message to a subscriber, the same at each attempt.
    pub fn message_to(&self, id: &SubscriberId) -> String {
        [&self.id, "-", id.as_str()].concat()
    }

    const fn lane(&self, medium: Medium) -> &Lane {
        match medium {
            Medium::Email => &self.email,
            Medium::Webhook => &self.webhook,
        }
    }

    const fn lane_mut(&mut self, medium: Medium) -> &mut Lane {
        match medium {
            Medium::Email => &mut self.email,
            Medium::Webhook => &mut self.webhook,
        }
    }
}
