//! What is kept of all subscribers together: how many there are, what was sent to strangers, and
//! what was told.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::allowance::{EmailCount, StrangerLimit};
use super::campaign::Campaign;
use super::id::{Medium, SubscriberId};
use super::subscriber::{Subscriber, SubscriberPhase};
use crate::base::stored::StoredForm;
use crate::base::time::{Millis, Timestamp};

/// Subscribers who have confirmed.
pub const SUBSCRIBERS_MAX: u32 = 10_000;
/// Subscribers who have not confirmed yet. More are refused, until the oldest are
/// forgotten after a day.
pub const PENDING_MAX: u32 = 500;
/// Subscribed webhooks, confirmed or not: each may be slow to answer.
pub const WEBHOOKS_MAX: u32 = 500;
/// How often an e-mail that someone asked for is tried.
pub const OWED_ATTEMPTS: u32 = 3;
/// Campaigns that are over and of which the result is kept.
pub const RESULTS_MAX: usize = 20;
/// E-mails that someone asked for, and that wait, at most. There are no more than an hour has.
const OWED_MAX: usize = 2 * super::allowance::STRANGERS_AN_HOUR;
/// How long the first retry of such an e-mail waits, in milliseconds; the second waits twice that.
const OWED_RETRY: Millis = Millis::from_secs(60);

/// How many subscribers there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberCounts {
    /// Those who have not confirmed yet.
    pub pending: u32,
    /// Those who have confirmed.
    pub confirmed: u32,
    /// Those of whom only an id is left.
    pub ended: u32,
    /// Webhooks among those who have not ended.
    pub webhooks: u32,
}

impl SubscriberCounts {
    /// Counts a subscriber.
    pub const fn add(&mut self, subscriber: &Subscriber) {
        self.shift(subscriber, true);
    }

    /// Takes a subscriber out of the count.
    pub const fn remove(&mut self, subscriber: &Subscriber) {
        self.shift(subscriber, false);
    }

    const fn shift(&mut self, subscriber: &Subscriber, is_added: bool) {
        let (count, is_there) = match subscriber.phase() {
            SubscriberPhase::Pending { .. } => (&mut self.pending, true),
            SubscriberPhase::Confirmed { .. } => (&mut self.confirmed, true),
            SubscriberPhase::Ended { .. } => (&mut self.ended, false),
        };
        step(count, is_added);
        if is_there
            && let Some(contact) = subscriber.contact()
            && matches!(contact.medium(), Medium::Webhook)
        {
            step(&mut self.webhooks, is_added);
        }
    }

    /// Those of whom anything is stored.
    pub const fn all(&self) -> u32 {
        self.pending.saturating_add(self.confirmed).saturating_add(self.ended)
    }
}

const fn step(count: &mut u32, is_added: bool) {
    *count = if is_added { count.saturating_add(1) } else { count.saturating_sub(1) };
}

/// An e-mail that someone asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedMail {
    /// To whom.
    pub id: SubscriberId,
    /// Attempts that have failed.
    pub attempts: u32,
    /// When it is sent.
    pub due: Timestamp,
}

/// What became of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignResult {
    /// Its id.
    pub id: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it was over.
    pub ended_at: Timestamp,
    /// Subscribers who were told.
    pub told: u32,
    /// Subscribers whom nothing reached.
    pub given_up: u32,
}

/// The book of subscribers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberBook {
    /// How many there are. A sweep counts them again.
    pub counts: SubscriberCounts,
    /// When all of them were looked at last.
    pub swept_at: Timestamp,
    /// Whether the counts have someone whose row could not be read, and is gone.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_miscounted: bool,
    /// Messages to those who have not confirmed.
    pub strangers: StrangerLimit,
    /// E-mails in all.
    pub emails: EmailCount,
    /// In the order in which they were asked for.
    owed: Vec<OwedMail>,
    /// The number of the last update of an incident that was looked at, by the incident's id.
    pub updates: BTreeMap<String, u32>,
    /// The ids of maintenance that subscribers were told of.
    pub maintenance: Vec<String>,
    /// The latest first, at most [`RESULTS_MAX`].
    results: VecDeque<CampaignResult>,
}

impl StoredForm for SubscriberBook {
    const VERSION: u32 = 1;
    const NAME: &'static str = "subscriptions";
    const NOUN: &'static str = "book of subscribers";
}

impl SubscriberBook {
    /// Takes that an e-mail is owed to a subscriber. One that waits already is sent once.
    pub fn owe(&mut self, id: SubscriberId, now: Timestamp) {
        if self.owed.len() < OWED_MAX && !self.owed.iter().any(|owed| owed.id == id) {
            self.owed.push(OwedMail { id, attempts: 0, due: now });
        }
    }

    /// The e-mails that are due, at most `max`.
    pub fn owed(&self, max: usize, now: Timestamp) -> Vec<SubscriberId> {
        let due = self.owed.iter().filter(|owed| owed.due <= now);
        due.take(max).map(|owed| owed.id.clone()).collect()
    }

    /// When an e-mail is due next.
    pub fn owed_due(&self) -> Option<Timestamp> {
        self.owed.iter().map(|owed| owed.due).min()
    }

    /// Takes that an e-mail was sent, or is not needed any more.
    pub fn settle_owed(&mut self, id: &SubscriberId) {
        self.owed.retain(|owed| owed.id != *id);
    }

    /// Takes that an e-mail could not be sent. After [`OWED_ATTEMPTS`] it is not sent any more: the
    /// person asks again.
    pub fn fail_owed(&mut self, id: &SubscriberId, now: Timestamp) {
        for owed in self.owed.iter_mut().filter(|owed| owed.id == *id) {
            owed.attempts += 1;
            owed.due = now + Millis::new(OWED_RETRY.get() * u64::from(owed.attempts));
        }
        self.owed.retain(|owed| owed.attempts < OWED_ATTEMPTS);
    }

    /// Notes the result of a campaign that is over.
    pub fn note(&mut self, campaign: &Campaign, now: Timestamp) {
        let (told, given_up) = campaign.counts();
        let (id, begun_at) = (campaign.id().into(), campaign.begun_at());
        self.results.truncate(RESULTS_MAX - 1);
        self.results.push_front(CampaignResult { id, begun_at, ended_at: now, told, given_up });
    }

    /// The results of campaigns, the latest first.
    pub fn results(&self) -> impl Iterator<Item = &CampaignResult> {
        self.results.iter()
    }

    /// Pulls back what a clock that ran ahead has noted. Returns whether anything has changed.
    pub fn handle_clock(&mut self, now: Timestamp) -> bool {
        let mut is_ahead = self.swept_at > now;
        self.swept_at = self.swept_at.min(now);
        let longest = now + Millis::new(OWED_RETRY.get() * u64::from(OWED_ATTEMPTS));
        for owed in self.owed.iter_mut().filter(|owed| owed.due > longest) {
            owed.due = longest;
            is_ahead = true;
        }
        is_ahead
    }
}
